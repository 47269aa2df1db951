/** How a planned write runs: in its turn, with its intent durable before it leaves, and with what became of it remembered. */
import type { ItemStore, OperationContext, OperationResult, StoreError } from '../../dynamo/item-store.ts';
import type { OperationInput } from '../../dynamo/types.ts';
import type { ChangePublisher } from './changes/change-publisher.ts';
import { boundsOf, type CallBounds } from './call-bounds.ts';
import { TOKEN_MISMATCH, type CertainWrites, type SendingEnd } from './certain-writes.ts';
import { costOf, noCost } from './cost.ts';
import type { KeySpace } from './item-key.ts';
import type { KeyOutcome } from './journal-rows.ts';
import type { KeyLines } from './key-lines.ts';
import { OUT_OF_TIME } from './pass-through.ts';
import { refusal, TOO_MANY_WRITES } from './refusals.ts';
import { failureReply, successReply } from './replies.ts';
import type { RequestScheduler } from './request-scheduler.ts';
import type { LentKey } from './shards/asks.ts';
import { NotAnswered, type Neighbours } from './shards/neighbours.ts';
import { READ_ONLY, type StoreMode } from './store-mode.ts';
import type { AnnouncedWrite, WriteJournal } from './write-journal.ts';
import { isNotApplied, NO_EFFECTS, outcomeOf, type WriteOperation, type WritePart, type WritePlan } from './write-plans.ts';
import { WriteDepartures, type Departing } from './write-departures.ts';
import { JoinedWrites } from './joined-writes.ts';
import { intentOf, rowsOf, type Certain, type WriteWish } from './write-wish.ts';
import type { Effects, RowWatcher } from './written-rows.ts';
import { tracesOf } from './traces.ts';

export interface WriteRunnerOptions {
  keySpace: KeySpace;
  lines: KeyLines;
  watcher: RowWatcher;
  scheduler: RequestScheduler;
  store: ItemStore;
  journal: WriteJournal;
  certain: CertainWrites;
  mode: StoreMode;
  /** tells others of writes; null: nobody */
  changes: ChangePublisher | null;
  /** null: there are none */
  neighbours: Neighbours | null;
  /** why nothing may leave any more; null: it may */
  closed: () => StoreError | null;
  newToken: () => string;
  nowMs: () => number;
}

interface PreparedWrite extends WriteWish {
  bounds: CallBounds;
  announced: AnnouncedWrite;
  certain: Certain | undefined;
}

interface LeavingWrite extends PreparedWrite, Departing {
  resolve: (ended: Ended) => void;
  reject: (error: unknown) => void;
}

interface Ended {
  effects: Effects;
  value: string;
}

export class WriteRunner {
  readonly #options: WriteRunnerOptions;
  readonly #departures: WriteDepartures<LeavingWrite>;
  /** false once it has shown that the credentials may put and delete, and not in batches */
  #mayJoin = true;

  constructor(options: WriteRunnerOptions) {
    this.#options = options;
    this.#departures = new WriteDepartures(options.scheduler, options.nowMs, (writes) => this.#send(writes));
  }

  /** @returns the reply */
  run(wish: WriteWish): string | Promise<string> {
    const { lines, journal } = this.#options;
    const refused = this.#stopped;
    if (refused !== null) return refusal(refused);
    const certain = this.#name(wish);
    if (certain === null) return refusal(TOKEN_MISMATCH);
    const bounds = boundsOf(wish.context, this.#options.nowMs());
    const announced = journal.announce(intentOf(wish, bounds, certain));
    if (announced === null) {
      this.#ended({ ...wish, certain, bounds }, NEVER_LEFT);
      return refusal(TOO_MANY_WRITES);
    }
    this.#options.changes?.began(announced, wish.plan.rows);
    const write = { ...wish, announced, certain, bounds };
    return lines.write(
      wish.plan.rows,
      () => new Promise<Ended>((resolve, reject) => this.#departures.leave({ ...write, part: this.#partOf(wish.plan), resolve, reject })),
    );
  }

  /** Why nothing may leave, if so. */
  get #stopped(): StoreError | null {
    const { closed, mode } = this.#options;
    return closed() ?? (mode.isReadOnly ? READ_ONLY : null);
  }

  /**
   * How it may go together with others. A row that has places in indexes has to be known as it was: else all that is kept of the indexes is dropped, and
   * all their queries look the row up for a while.
   */
  #partOf({ part, rows: [row] }: WritePlan): WritePart | null {
    const { lines, keySpace } = this.#options;
    if (part === undefined || row === undefined || !this.#mayJoin) return null;
    return !keySpace.hasIndexes || lines.peek(row.key) !== undefined ? part : null;
  }

  /** The write as its caller has named it, undefined when it has no name, null when the name is that of another. */
  #name({ operation, input, context: { idempotencyToken: token } }: WriteWish): Certain | undefined | null {
    if (token === undefined) return undefined;
    const ownToken = 'TransactItems' in input ? input.ClientRequestToken : undefined;
    const request = this.#options.certain.begin(token, operation, JSON.stringify(input), ownToken);
    return request === null ? null : { token, request };
  }

  #ended({ certain, bounds, input }: Omit<PreparedWrite, 'announced'>, end: Pick<SendingEnd, 'outcome' | 'isConclusive'>): void {
    if (certain === undefined) return;
    const rows = rowsOf(input, this.#options.keySpace);
    this.#options.certain.end(certain.token, certain.request, { ...end, rows, leftByMs: bounds.deadlineAtMs });
  }

  async #send([first, ...others]: readonly [LeavingWrite, ...LeavingWrite[]]): Promise<void> {
    if (others.length === 0) await this.#run(first).then(first.resolve, first.reject);
    else await this.#runTogether([first, ...others]);
  }

  async #run(write: PreparedWrite): Promise<Ended> {
    const lent = write.spans === undefined || write.spans.size === 0 ? null : { id: this.#options.newToken(), spans: write.spans };
    const refused = await this.#beforeLeaving(write.announced, write.bounds, lent);
    if (refused !== null) {
      if (lent !== null) this.#release(lent, NEVER_LEFT.outcome);
      return this.#neverLeft(write, refused);
    }
    const { operation, plan, bounds, certain } = write;
    const named = certain === undefined ? {} : { idempotencyToken: certain.request.requestToken };
    // The plan's input is of its operation.
    const result = await this.#execute(operation, plan.input as OperationInput<WriteOperation>, bounds.deadlineAtMs, {
      ...named,
      ...tracesOf([bounds.share]),
    });
    if (lent !== null) this.#release(lent, outcomeOf(result));
    return this.#conclude(write, plan, result);
  }

  /** What DynamoDB refuses of them, whatever for, goes alone. */
  async #runTogether(writes: readonly LeavingWrite[]): Promise<void> {
    const { keySpace, nowMs } = this.#options;
    const leaving = await this.#beforeLeavingTogether(writes);
    if (leaving.length === 0) return;
    const joined = new JoinedWrites(
      leaving.map(({ part }) => part),
      keySpace,
    );
    const deadlineAtMs = Math.min(...leaving.map(({ bounds }) => bounds.deadlineAtMs));
    const traces = tracesOf(leaving.map(({ bounds }) => bounds.share));
    const result = await this.#execute('BatchWriteItem', joined.input, deadlineAtMs, traces);
    if (!result.ok && result.error.code === 'access_denied') this.#mayJoin = false;
    for (const [index, ofOne] of joined.resultsOf(result).entries()) {
      const write = leaving[index];
      if (write === undefined) continue;
      const goesAlone = !ofOne.ok && isNotApplied(ofOne.error) && write.bounds.deadlineAtMs > nowMs();
      if (goesAlone) this.#departures.leave({ ...write, part: null });
      else write.resolve(this.#conclude(write, write.part, ofOne));
    }
  }

  /** @returns those that may leave; the others have been told why not */
  async #beforeLeavingTogether(writes: readonly LeavingWrite[]): Promise<(LeavingWrite & { part: WritePart })[]> {
    const refusals = await Promise.all(writes.map(({ announced, bounds }) => this.#beforeLeaving(announced, bounds, null)));
    const stopped = this.#stopped;
    return writes.flatMap((write, index) => {
      const refused = refusals[index] ?? stopped;
      if (refused !== null) write.resolve(this.#neverLeft(write, refused));
      return refused !== null || write.part === null ? [] : [{ ...write, part: write.part }];
    });
  }

  #neverLeft(write: PreparedWrite, refused: StoreError): Ended {
    this.#end(
      write,
      write.plan.rows.map(() => NEVER_LEFT.outcome),
      NO_EFFECTS,
    );
    this.#ended(write, NEVER_LEFT);
    return { effects: NO_EFFECTS, value: refusal(refused) };
  }

  #conclude(write: PreparedWrite, { conclude }: Pick<WritePlan, 'conclude'>, result: OperationResult<WriteOperation>): Ended {
    const { effects, outcomes, output, error } = conclude(result);
    this.#end(write, outcomes, effects);
    if (write.plan.hasRowsOfNobody && outcomeOf(result) !== 'refused') this.#options.watcher.wroteRowsOfNobody();
    this.#ended(write, { outcome: outcomeOf(result), isConclusive: isLookedAt(result) });
    const cost = costOf(result.meta);
    const value = error === undefined ? successReply(output ?? '{}', 'bypass', cost) : failureReply(error, 'bypass', cost, output);
    return { effects, value };
  }

  #end({ announced, plan, bounds }: PreparedWrite, outcomes: readonly KeyOutcome[], effects: Effects): void {
    const { journal, changes } = this.#options;
    journal.end(announced, outcomes);
    changes?.ended(announced, { rows: plan.rows, outcomes, effects, leavesByMs: bounds.deadlineAtMs });
  }

  /** Why the write may not leave, if so. */
  async #beforeLeaving(write: AnnouncedWrite, { deadlineAtMs }: CallBounds, lent: LentTransaction | null): Promise<StoreError | null> {
    const { journal, nowMs } = this.#options;
    if (deadlineAtMs <= nowMs()) return OUT_OF_TIME;
    try {
      if (lent !== null) await this.#hold(lent, deadlineAtMs);
      await journal.beforeLeaving(write);
      if (deadlineAtMs <= nowMs()) return OUT_OF_TIME;
      return this.#stopped;
    } catch (error) {
      if (error instanceof NotAnswered) return error.reason;
      // An instance that was replaced has no storage any more, and must not write either.
      return { code: 'unavailable', message: `the object cannot write its journal: ${String(error)}`, retryAfterMs: 0 };
    }
  }

  /** From now on, until it is released, the other shards keep nothing of the keys. @throws NotAnswered */
  async #hold({ id, spans }: LentTransaction, deadlineAtMs: number): Promise<void> {
    const { neighbours, nowMs } = this.#options;
    const leavesInMs = deadlineAtMs - nowMs();
    const held = await Promise.all(Array.from(spans, async ([shard, keys]) => neighbours?.ask(shard, 'hold', { id, keys, leavesInMs })));
    if (held.includes(false)) throw new NotAnswered(TOO_MANY_WRITES);
  }

  /** Nobody waits for it: a shard that is not reached keeps nothing of the keys until the transaction can no longer be applied. */
  #release({ id, spans }: LentTransaction, outcome: KeyOutcome): void {
    for (const shard of spans.keys()) void this.#options.neighbours?.ask(shard, 'release', { id, outcome }).catch(() => {});
  }

  async #execute<Op extends WriteOperation>(
    operation: Op,
    input: OperationInput<Op>,
    deadlineAtMs: number,
    more: Pick<OperationContext, 'idempotencyToken' | 'trace' | 'links'>,
  ): Promise<OperationResult<Op>> {
    try {
      return await this.#options.store.execute(operation, input, { deadlineMs: deadlineAtMs - this.#options.nowMs(), ...more });
    } catch (error) {
      const unknown: StoreError = { code: 'outcome_unknown', message: `${operation}: ${String(error)}` };
      return { ok: false, error: unknown, meta: { cache: 'bypass', ...noCost() } };
    }
  }
}

/** A transaction with keys of other shards. */
interface LentTransaction {
  id: string;
  spans: ReadonlyMap<number, readonly LentKey[]>;
}

const NEVER_LEFT = { outcome: 'refused', isConclusive: false } as const;

/** Whether DynamoDB has evaluated the write, rather than refused to. */
function isLookedAt(result: OperationResult<WriteOperation>): boolean {
  return result.ok || result.error.code === 'condition_failed' || result.error.code === 'transaction_cancelled';
}
