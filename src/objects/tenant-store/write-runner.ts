/** How a planned write runs: in its turn, with its intent durable before it leaves, and with what became of it remembered. */
import type { ItemStore, OperationContext, OperationResult, StoreError } from '../../dynamo/item-store.ts';
import type { AttributeMap, OperationInput } from '../../dynamo/types.ts';
import type { ChangePublisher } from './changes/change-publisher.ts';
import { boundsOf, type CallBounds } from './call-bounds.ts';
import { canBeKept, TOKEN_MISMATCH, type CertainRequest, type CertainWrites, type SendingEnd } from './certain-writes.ts';
import { costOf, noCost } from './cost.ts';
import type { KeySpace } from './item-key.ts';
import type { KeyOutcome, WriteIntent } from './journal-rows.ts';
import type { KeyLines } from './key-lines.ts';
import { OUT_OF_TIME } from './pass-through.ts';
import { refusal, TOO_MANY_WRITES } from './refusals.ts';
import { failureReply, successReply } from './replies.ts';
import type { RequestScheduler } from './request-scheduler.ts';
import type { LentKey } from './shards/asks.ts';
import { NotAnswered, type Neighbours } from './shards/neighbours.ts';
import { READ_ONLY, type StoreMode } from './store-mode.ts';
import type { AnnouncedWrite, WriteJournal } from './write-journal.ts';
import { NO_EFFECTS, outcomeOf, type WriteOperation, type WritePlan } from './write-plans.ts';
import { rowOfAction } from './write-targets.ts';
import type { Effects, RowWatcher } from './written-rows.ts';

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

/** What a caller asks for, and how it is done. */
export interface WriteWish {
  operation: WriteOperation;
  plan: WritePlan;
  input: OperationInput<WriteOperation>;
  context: OperationContext;
  /** the keys that it writes in other shards, by shard */
  spans?: ReadonlyMap<number, readonly LentKey[]>;
}

interface PreparedWrite extends WriteWish {
  announced: AnnouncedWrite;
  certain: Certain | undefined;
  bounds: CallBounds;
}

/** A write that its caller has named. */
interface Certain {
  token: string;
  request: CertainRequest;
}

interface Ended {
  effects: Effects;
  value: string;
}

export class WriteRunner {
  readonly #options: WriteRunnerOptions;

  constructor(options: WriteRunnerOptions) {
    this.#options = options;
  }

  /** @returns the reply */
  run(wish: WriteWish): string | Promise<string> {
    const { lines, journal, scheduler, mode } = this.#options;
    const refused = this.#options.closed() ?? (mode.isReadOnly ? READ_ONLY : null);
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
      () =>
        new Promise<Ended>((resolve, reject) => {
          scheduler.run('write', () => this.#run(write).then(resolve, reject), bounds.share);
        }),
    );
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

  async #run(write: PreparedWrite): Promise<Ended> {
    const { watcher } = this.#options;
    const { plan, announced } = write;
    const lent = write.spans === undefined || write.spans.size === 0 ? null : { id: this.#options.newToken(), spans: write.spans };
    const refused = await this.#beforeLeaving(announced, write.bounds, lent);
    if (refused !== null) {
      if (lent !== null) this.#release(lent, NEVER_LEFT.outcome);
      const outcomes = plan.rows.map(() => NEVER_LEFT.outcome);
      this.#end(write, outcomes, NO_EFFECTS);
      this.#ended(write, NEVER_LEFT);
      return { effects: NO_EFFECTS, value: refusal(refused) };
    }
    const result = await this.#execute(write);
    if (lent !== null) this.#release(lent, outcomeOf(result));
    const { effects, outcomes, output, error } = plan.conclude(result);
    this.#end(write, outcomes, effects);
    if (plan.hasRowsOfNobody && outcomeOf(result) !== 'refused') watcher.wroteRowsOfNobody();
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
    const { journal, mode, closed, nowMs } = this.#options;
    if (deadlineAtMs <= nowMs()) return OUT_OF_TIME;
    try {
      if (lent !== null) await this.#hold(lent, deadlineAtMs);
      await journal.beforeLeaving(write);
      if (deadlineAtMs <= nowMs()) return OUT_OF_TIME;
      return closed() ?? (mode.isReadOnly ? READ_ONLY : null);
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

  async #execute({ operation, plan, bounds, certain }: PreparedWrite): Promise<OperationResult<WriteOperation>> {
    const deadlineMs = bounds.deadlineAtMs - this.#options.nowMs();
    const context = certain === undefined ? { deadlineMs } : { deadlineMs, idempotencyToken: certain.request.requestToken };
    try {
      // The plan's input is of its operation.
      return await this.#options.store.execute(operation, plan.input as OperationInput<WriteOperation>, context);
    } catch (error) {
      return {
        ok: false,
        error: { code: 'outcome_unknown', message: `${operation}: ${String(error)}` },
        meta: { cache: 'bypass', ...noCost() },
      };
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

function intentOf({ operation, plan }: WriteWish, { deadlineAtMs }: CallBounds, certain: Certain | undefined): WriteIntent {
  return {
    operation,
    keys: plan.rows.map(({ key }) => key.id),
    changes: plan.rows.map(({ change }) => change),
    leavesByMs: deadlineAtMs,
    ...(certain === undefined || !canBeKept(certain.request.text) ? {} : { certain: keptForm(certain) }),
  };
}

function keptForm({ token, request: { text, requestToken } }: Certain): { token: string; text: string; requestToken: string } {
  return { token, text, requestToken };
}

/** The keys of the rows that a write with a token is about, in the order of its actions. */
function rowsOf(input: OperationInput<WriteOperation>, keySpace: KeySpace): AttributeMap[] {
  if ('RequestItems' in input) return [];
  const rows =
    'TransactItems' in input
      ? input.TransactItems.map((action) => rowOfAction(action).attributes)
      : ['Item' in input ? input.Item : input.Key];
  return rows.map((row) => keySpace.keyOfRow(row) ?? {});
}
