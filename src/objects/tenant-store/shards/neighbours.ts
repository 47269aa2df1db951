/** The other objects of a tenant, for one of them. */
import type { ItemStore, StoreError } from '../../../dynamo/item-store.ts';
import type { ObjectState } from '../../../wire/store-version.ts';
import type { StoreAddress, TenantStoreRpc } from '../rpc.ts';
import { TenantStoreClient } from '../tenant-store-client.ts';
import { movedError } from './moved.ts';
import type { AskAnswer, AskName, AskRequest, Asks, ShardRpc } from './asks.ts';

export interface NeighboursOptions {
  self: StoreAddress;
  shards: number;
  connect: (address: StoreAddress) => TenantStoreRpc & ShardRpc;
}

/** What was asked was not done: the division has changed, or a neighbour was not reached. */
export class NotAnswered extends Error {
  readonly reason: StoreError;

  constructor(reason: StoreError) {
    super(reason.message);
    this.reason = reason;
  }
}

export class Neighbours {
  readonly #options: NeighboursOptions;
  readonly #stores = new Map<number, ItemStore>();
  readonly #states = new Map<number, ObjectState>();

  constructor(options: NeighboursOptions) {
    this.#options = options;
  }

  /** Without the object itself. */
  get others(): number[] {
    const { self, shards } = this.#options;
    return Array.from({ length: shards }, (_, shard) => shard).filter((shard) => shard !== self.shard);
  }

  /** Their states, as far as answers of theirs have gone into what this object says. */
  get states(): ObjectState[] {
    return [...this.#states.values()];
  }

  /** Their rows, as anybody reads them. */
  storeOf(shard: number): ItemStore {
    const known = this.#stores.get(shard);
    if (known !== undefined) return known;
    const { self, connect } = this.#options;
    const store = new TenantStoreClient(() => connect({ ...self, shard }), self.tenant);
    this.#stores.set(shard, store);
    return store;
  }

  /** @throws NotAnswered */
  async ask<Name extends AskName>(shard: number, name: Name, ask: Asks[Name]['ask']): Promise<Asks[Name]['answer']> {
    const { self, connect } = this.#options;
    const answer = await asked({ ...self, shard }, connect, name, ask);
    this.#states.set(answer.state.shard, answer.state);
    return answer.value;
  }

  /** Asks all others the same. @throws NotAnswered when one has not answered */
  askAll<Name extends AskName>(name: Name, ask: Asks[Name]['ask']): Promise<Asks[Name]['answer'][]> {
    return Promise.all(this.others.map((shard) => this.ask(shard, name, ask)));
  }
}

/** Asks one object. @throws NotAnswered */
export async function asked<Name extends AskName>(
  address: StoreAddress,
  connect: (address: StoreAddress) => ShardRpc,
  name: Name,
  ask: Asks[Name]['ask'],
): Promise<{ value: Asks[Name]['answer']; state: ObjectState }> {
  // The name and what it takes belong together.
  const request = { tenant: address.tenant, ask: { name, ...ask } } as AskRequest;
  let answer: AskAnswer;
  try {
    answer = JSON.parse(await connect(address).ask(JSON.stringify(request))) as AskAnswer; // written by the object
  } catch (cause) {
    throw new NotAnswered({
      code: 'unavailable',
      message: `the shard ${address.shard} was not reached: ${String(cause)}`,
      retryAfterMs: 0,
    });
  }
  if ('moved' in answer) throw new NotAnswered(movedError(answer.moved));
  return { value: answer.answer as Asks[Name]['answer'], state: answer.state };
}
