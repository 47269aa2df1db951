/**
 * One of a tenant's objects without its platform: answers for its part of the keys from when it is opened until it is closed.
 *
 * Closing is durable before it is answered, and from then on nothing that has not left leaves. Who takes over is told which writes may still be
 * applied, as an instance of the object finds them in its journal; so it holds those keys, and reads all others strongly for a while. Calls that
 * had begun may end after that. What they have from memory is in order: they overlap all that the next owner has written. What they have read is not:
 * it may be of a write that the next owner has not acknowledged, and of which it serves what was before. So whoever has awaited asks whether the object,
 * and the instance of it, still answers.
 */
import type { OperationContext } from '../../../dynamo/item-store.ts';
import type { ObjectState } from '../../../wire/store-version.ts';
import { BackgroundTurns } from '../background-turns.ts';
import { afterWaiting } from '../call-bounds.ts';
import type { CertainOutcome, DoubtfulStorage, DoubtfulWrite } from '../certain-writes.ts';
import { DEFAULT_HOLD_DOWN_MS } from '../freshness.ts';
import { isRead } from '../../../dynamo/operation-kinds.ts';
import { joinReplies, RESEND } from '../reply-budget.ts';
import { refusal, WRONG_OBJECT } from '../refusals.ts';
import type { StoreAddress, StoreCall, StoreRequest, TenantStoreRpc } from '../rpc.ts';
import type { SettingsStorage } from '../settings.ts';
import type { StoreCore } from '../store-core.ts';
import type { StorePart } from '../store-parts.ts';
import type { WriteJournal } from '../write-journal.ts';
import type { AskAnswer, AskRequest, Asks, LeftState, ShardRpc } from './asks.ts';
import { Divisions, isDivisionAsk } from './divisions.ts';
import { movedError } from './moved.ts';
import { Neighbours } from './neighbours.ts';
import { answerStoreAsk, isStoreAsk, leftKeysOf } from './shard-asks.ts';
import { ShardRole } from './shard-role.ts';

/** Writes in doubt that are handed over. */
export interface DoubtfulStore extends DoubtfulStorage {
  all(): { token: string; write: DoubtfulWrite }[];
}

export interface StoreShardOptions {
  address: StoreAddress;
  settings: SettingsStorage;
  doubtful: DoubtfulStore;
  /** opens the journal anew, with what was left in it */
  openJournal: () => WriteJournal;
  makeCore: (options: {
    journal: WriteJournal;
    part: StorePart | undefined;
    closed: () => ReturnType<typeof movedError> | null;
  }) => StoreCore;
  /** names the instance, see `ObjectState` */
  instance: string;
  connect: (address: StoreAddress) => TenantStoreRpc & ShardRpc;
  nowMs: () => number;
  sleep: (ms: number) => Promise<void>;
  /** a division of the keys was begun that may have to be gone on with; null: it has ended */
  onDividing?: (isUnderWay: boolean) => void;
}

type AnswerCall = (call: StoreCall, core: StoreCore) => string | Promise<string>;

interface BegunCalls {
  calls: readonly StoreCall[];
  replies: readonly (string | Promise<string>)[];
  began: number;
  core: StoreCore;
  hasWaited: boolean;
}

/** How long the writes that run are waited for, before they count as in doubt. */
const DRAIN_MS = 5_000;
const DRAIN_STEP_MS = 20;
/** What tells more of a write stands first. */
const CERTAINTIES = ['applied', 'running', 'refused', 'doubtful'] as const;
/** Keys in one row of the journal. */
const KEYS_PER_ROW = 1_000;

export class StoreShard implements ShardRpc {
  readonly role: ShardRole;
  readonly divisions: Divisions;
  readonly #options: StoreShardOptions;
  /** the part of an `AnswerState` that stays the same, as JSON */
  readonly #name: string;
  readonly #turns: BackgroundTurns;
  #journal: WriteJournal | null = null;
  #core: StoreCore | null = null;
  #neighbours: Neighbours | null = null;

  constructor(options: StoreShardOptions) {
    this.#options = options;
    const { address, instance } = options;
    this.#name = `"epoch":${address.epoch},"shard":${address.shard},"instance":${JSON.stringify(instance)}`;
    this.role = new ShardRole(options.settings, options.address);
    this.divisions = new Divisions(options);
    this.#turns = new BackgroundTurns(() => options.sleep(0));
  }

  get journal(): WriteJournal {
    return (this.#journal ??= this.#options.openJournal());
  }

  get core(): StoreCore {
    return (this.#core ??= this.#openCore());
  }

  /** See `LentKeys`. */
  forgetExpired(): void {
    this.#core?.parts.lent.forgetExpired();
  }

  /** Whether the instance has done anything yet. */
  get isAwake(): boolean {
    return this.#core !== null;
  }

  /**
   * @param reply answers a call. None rejects
   * @returns at once what is all in memory, unless others in the background are before it
   * @throws what the storage throws when another instance has taken over meanwhile
   */
  execute(request: string, reply: AnswerCall): string | Promise<string> {
    const { tenant, calls } = JSON.parse(request) as StoreRequest; // written by TenantStoreClient
    const answer: AnswerCall = (call, core) => (tenant === this.#options.address.tenant ? reply(call, core) : refusal(WRONG_OBJECT));
    const turn = calls.every(isInBackground) ? this.#turns.take(callerOf(calls)) : null;
    if (turn === null) return this.#begin(calls, answer, false);
    const { nowMs } = this.#options;
    const cameAtMs = nowMs();
    return turn.then(() => this.#begin(whenWaited(calls, nowMs() - cameAtMs), answer, true));
  }

  /** @param hasWaited since the calls came: what is in memory may be of an instance that has been replaced by now */
  #begin(calls: readonly StoreCall[], answer: AnswerCall, hasWaited: boolean): string | Promise<string> {
    if (!this.role.isOpen && !calls.every(isOfLedger)) return `{"moved":${JSON.stringify(this.role.next)}}`;
    const { core } = this;
    const began = core.changes;
    // All begin in this turn, so that what they miss leaves together.
    const replies = calls.map((call) => answer(call, core));
    if (!hasWaited && replies.every((one) => typeof one === 'string')) return this.#answerText(calls, replies, began, core);
    return this.#whenAnswered({ calls, replies, began, core, hasWaited });
  }

  async #whenAnswered({ calls, replies, began, core, hasWaited }: BegunCalls): Promise<string> {
    const texts: string[] = [];
    for (const one of replies) texts.push(typeof one === 'string' ? one : await one);
    if (this.role.isStillOpen()) return this.#answerText(calls, texts, began, core);
    const hasRead = (index: number) => (hasWaited || typeof replies[index] !== 'string') && isRead(calls[index]?.operation ?? '');
    const told = texts.map((text, index) => (hasRead(index) ? RESEND : text));
    return this.#answerText(calls, told, began, core);
  }

  #answerText(calls: readonly StoreCall[], replies: readonly string[], began: number, core: StoreCore): string {
    const others = this.#neighbours?.states ?? [];
    const othersText = others.length === 0 ? '' : `,"others":${JSON.stringify(others)}`;
    return `{"replies":${joinReplies(calls, replies)},"state":{${this.#name},"began":${began},"ended":${core.changes}${othersText}}}`;
  }

  async ask(request: string): Promise<string> {
    const { tenant, ask } = JSON.parse(request) as AskRequest; // written by Neighbours
    if (tenant !== this.#options.address.tenant) throw new TypeError('the ask is of another tenant');
    if (ask.name === 'close') return this.#answer(await this.#close(ask));
    if (ask.name === 'open') return this.#answer(await this.#open(ask));
    if (isDivisionAsk(ask)) return this.#answer(await this.divisions.answer(ask));
    if (!this.role.isOpen || !isStoreAsk(ask)) return JSON.stringify({ moved: this.role.next } satisfies AskAnswer);
    const { core } = this;
    return this.#answer(await answerStoreAsk(ask, core.parts, (token) => core.settle(token)));
  }

  /** What became of the write with an idempotency token, whichever shard has sent it. */
  async settleAnywhere(token: string): Promise<CertainOutcome> {
    const { epoch, shards } = this.divisions.current;
    if (epoch === this.#options.address.epoch && shards === 1) return this.core.settle(token);
    const outcomes = await this.divisions.askAll('settle', { token });
    // Writes in doubt were handed over to all, and each knows what has become of its own.
    return CERTAINTIES.flatMap((certainty) => outcomes.filter(({ state }) => state === certainty))[0] ?? { state: 'forgotten' };
  }

  #answer(answer: unknown): string {
    return JSON.stringify({ answer, state: this.#state } satisfies AskAnswer);
  }

  get #state(): ObjectState {
    const { address, instance } = this.#options;
    return { shard: address.shard, instance, changes: this.#core?.changes ?? 0 };
  }

  async #close({ next }: Asks['close']['ask']): Promise<LeftState> {
    const { nowMs, sleep, doubtful } = this.#options;
    const { parts } = this.core;
    if (this.role.isOpen) this.role.close(next);
    const drainedByMs = nowMs() + DRAIN_MS;
    // Who takes over tells of later changes, which what is still to be told here must not undo.
    parts.changes?.close();
    while ((parts.lines.runningWrites > 0 || parts.changes?.isSending === true) && nowMs() < drainedByMs) await sleep(DRAIN_STEP_MS);
    const doubtfulWrites = [...doubtful.all(), ...parts.certain.running];
    const left = { ...leftKeysOf(parts), doubtful: doubtfulWrites, isReadOnly: parts.mode.isReadOnly };
    // Nobody is answered from it any more.
    parts.lines.invalidateAll(() => true);
    return left;
  }

  async #open({ shards, left }: Asks['open']['ask']): Promise<true> {
    if (this.role.isOpen) return true;
    const { settings, doubtful, nowMs } = this.#options;
    const now = nowMs();
    for (let start = 0; start < left.keys.length; start += KEYS_PER_ROW) await this.#inherit(left.keys.slice(start, start + KEYS_PER_ROW));
    for (const { token, write } of left.doubtful) doubtful.save(token, write);
    settings.save('read-only', left.isReadOnly ? 'yes' : null);
    this.role.open(shards, now, left.allUntilMs);
    // What was inherited is found in the journal, as by any instance that starts.
    this.#core = null;
    this.#journal = null;
    return true;
  }

  /** Makes keys durable as those of writes of which nobody knows the end. */
  async #inherit(keys: LeftState['keys']): Promise<void> {
    const latestMs = keys.reduce((latest, { untilMs }) => Math.max(latest, untilMs), 0);
    const intent = {
      operation: 'TransactWriteItems' as const,
      keys: keys.map(({ id }) => id),
      changes: keys.map(() => 'update' as const),
      leavesByMs: latestMs - DEFAULT_HOLD_DOWN_MS,
      isInherited: true as const,
    };
    const announced = this.journal.announce(intent);
    if (announced === null) throw new Error('the journal has no room for what was left');
    await this.journal.beforeLeaving(announced);
  }

  #openCore(): StoreCore {
    const { address, connect, makeCore } = this.#options;
    const { shards, openedAtMs, allHeldUntilMs } = this.role;
    this.#neighbours = shards === 1 ? null : new Neighbours({ self: address, shards, connect });
    // A single object may have taken over from others, too.
    const neighbours = this.#neighbours ?? new Neighbours({ self: address, shards: 1, connect });
    const isPart = shards > 1 || openedAtMs > 0;
    const part = isPart ? { shard: address.shard, shards, neighbours, openedAtMs, allHeldUntilMs } : undefined;
    return makeCore({ journal: this.journal, part, closed: () => (this.role.isOpen ? null : movedError(this.role.next)) });
  }
}

function isOfLedger({ operation }: StoreCall): boolean {
  return operation.endsWith('IdempotencyKey');
}

function isInBackground(call: StoreCall): boolean {
  const { priority = 'interactive' } = contextOf(call);
  return priority !== 'interactive';
}

/** The calls, when their caller has waited for so long already. */
function whenWaited(calls: readonly StoreCall[], ms: number): StoreCall[] {
  return calls.map((call) => ('context' in call ? { ...call, context: afterWaiting(call.context, ms) } : call));
}

/** Calls of one tick are of one request. */
function callerOf([call]: readonly StoreCall[]): string {
  return (call && contextOf(call).caller) ?? '';
}

function contextOf(call: StoreCall): OperationContext {
  return 'context' in call ? call.context : {};
}
