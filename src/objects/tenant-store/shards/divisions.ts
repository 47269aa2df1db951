/**
 * How a tenant's keys are divided, as the tenant's first object (shard 0 of epoch 0) knows it for good, and how that changes: all shards of the old
 * division are closed before the first of the new one is opened, so that no key ever has two owners. Every step may be done twice, and what was begun is gone on with after a loss.
 */
import { MAX_SHARDS, shardOf, UNDIVIDED, type Division } from './division.ts';
import { partitionKeyOfId } from '../item-key.ts';
import type { StoreAddress } from '../rpc.ts';
import type { SettingsStorage } from '../settings.ts';
import type { Ask, AskName, Asks, DivisionReport, LeftState, ShardRpc } from './asks.ts';
import { asked } from './neighbours.ts';

export interface DivisionsOptions {
  address: StoreAddress;
  settings: SettingsStorage;
  connect: (address: StoreAddress) => ShardRpc;
  onDividing?: (isUnderWay: boolean) => void;
}

/** The asks that the tenant's first object answers, whether or not it has keys. */
export type DivisionAsk = Extract<Ask, { name: 'division' | 'divide' }>;

export function isDivisionAsk(ask: Ask): ask is DivisionAsk {
  return ask.name === 'division' || ask.name === 'divide';
}

/** `past`: see `DivisionReport`. */
type StoredDivision = Division & { past?: readonly number[] };

export class Divisions {
  readonly #options: DivisionsOptions;
  #change: Promise<void> | null = null;

  constructor(options: DivisionsOptions) {
    this.#options = options;
  }

  get current(): Division {
    const { epoch, shards } = this.#load('division') ?? UNDIVIDED;
    return { epoch, shards };
  }

  get report(): DivisionReport {
    const { past = [1], ...current } = this.#load('division') ?? { ...UNDIVIDED, past: [1] };
    const next = this.#load('next-division');
    // What is being opened may be there already.
    return { ...current, past: next === null ? past : [...past, next.shards], isChanging: next !== null };
  }

  /** @throws TypeError for a number of shards that cannot be */
  async answer(ask: DivisionAsk): Promise<DivisionReport> {
    if (ask.name === 'divide') await this.#divide(ask);
    return this.report;
  }

  /** Asks all shards of the current division. @throws NotAnswered */
  askAll<Name extends AskName>(name: Name, ask: Asks[Name]['ask']): Promise<Asks[Name]['answer'][]> {
    return this.#askAll(this.current, name, () => ask);
  }

  /** Goes on with a change that was begun. @throws NotAnswered when a shard was not reached: it is to be tried again */
  async resume(): Promise<void> {
    const next = this.#load('next-division');
    if (next === null) return;
    this.#change ??= this.#changeTo(next).finally(() => (this.#change = null));
    await this.#change;
  }

  async #divide({ shards, epoch }: Asks['divide']['ask']): Promise<void> {
    if (!Number.isInteger(shards) || shards < 1 || shards > MAX_SHARDS) throw new TypeError(`expected 1 to ${MAX_SHARDS} shards`);
    const { current } = this;
    const isLate = epoch !== undefined && epoch !== current.epoch;
    if (this.#load('next-division') === null && !isLate && shards !== current.shards) {
      this.#save('next-division', { epoch: current.epoch + 1, shards });
      this.#options.onDividing?.(true);
    }
    await this.resume();
  }

  async #changeTo(next: Division): Promise<void> {
    const left = await this.#askAll(this.current, 'close', () => ({ next }));
    await this.#askAll(next, 'open', (shard) => ({ shards: next.shards, left: partOf(left, shard, next.shards) }));
    const { past = [1] } = this.#load('division') ?? { ...UNDIVIDED, past: [1] };
    this.#save('division', { ...next, past: [...past, next.shards] });
    this.#save('next-division', null);
    this.#options.onDividing?.(false);
  }

  #askAll<Name extends AskName>(
    { epoch, shards }: Division,
    name: Name,
    askOf: (shard: number) => Asks[Name]['ask'],
  ): Promise<Asks[Name]['answer'][]> {
    const { address, connect } = this.#options;
    const ask = async (shard: number) => (await asked({ tenant: address.tenant, epoch, shard }, connect, name, askOf(shard))).value;
    return Promise.all(Array.from({ length: shards }, (_, shard) => ask(shard)));
  }

  #load(name: 'division' | 'next-division'): StoredDivision | null {
    const text = this.#options.settings.load(name);
    return text === undefined ? null : (JSON.parse(text) as StoredDivision); // as #save had it
  }

  #save(name: 'division' | 'next-division', division: StoredDivision | null): void {
    this.#options.settings.save(name, division && JSON.stringify(division));
  }
}

/** Of all that was left, what a shard has to know. Who asks for a write in doubt asks all. */
function partOf(left: readonly LeftState[], shard: number, shards: number): LeftState {
  return {
    keys: left.flatMap(({ keys }) => keys.filter(({ id }) => shardOf(partitionKeyOfId(id), shards) === shard)),
    allUntilMs: Math.max(0, ...left.map(({ allUntilMs }) => allUntilMs)),
    doubtful: left.flatMap(({ doubtful }) => doubtful),
    isReadOnly: left.some(({ isReadOnly }) => isReadOnly),
  };
}
