/** One write of one row: sent with its conditions and guard rows, tried again while what it took for granted was not so. */
import type { StoreError } from '../dynamo/item-store.ts';
import type { AttributeMap, CancellationReason, TransactWriteAction } from '../dynamo/types.ts';
import type { Assumptions } from './assumptions.ts';
import { ConditionalError, ItemNotFoundError } from './errors.ts';
import type { BaoError } from './errors.ts';
import type { GuardAction } from './guards.ts';
import type { RowKey } from './layout.ts';
import { readRow } from './read-rows.ts';
import { storeException } from './store-errors.ts';
import type { StoreSession } from './store-session.ts';

/** What came of sending a write once. */
export type Sent<Result> =
  | { kind: 'written'; result: Result }
  /** the row was not as the condition says; `row` is what it was, undefined when the store did not say */
  | { kind: 'refused'; row: AttributeMap | null | undefined };

/** What one try of a write sends, made from what is known of the row. */
export interface RowPlan<Action extends TransactWriteAction = TransactWriteAction> {
  action: Action;
  /** go with it in one transaction */
  guards: readonly GuardAction[];
  /** what the action's condition takes for granted of the row */
  assumptions: Assumptions;
}

/** One write, and how to make it from what is known of the row. */
export interface RowWrite<Plan extends RowPlan = RowPlan> {
  /** the word for it in errors: "create", "update", "replace", "delete" */
  operation: string;
  session: StoreSession;
  key: RowKey;
  /** the caller's own condition, if any */
  condition: unknown;
  /** the row as far as it is known; undefined: not at all */
  known: AttributeMap | null | undefined;
  /** whether the write cannot be made without knowing the row */
  needsRow: boolean;
  /** whether there has to be a row, may be none, or either */
  expects: 'row' | 'no row' | 'any';
  /** whether a row that is there counts as none */
  isGone?(row: AttributeMap): boolean;
  /** what to send; `row` is undefined only when `needsRow` is false */
  plan(row: AttributeMap | null | undefined): Plan;
}

/** Rivals may change what a write takes for granted between its tries; more often than this is contention that the caller should know of. */
const MAX_TRIES = 50;
/** From the second refusal on a try waits up to twice as long as the one before, at most so long: rivals that wait differently do not meet again. */
const MAX_WAIT_MS = 64;

/**
 * Writes a row.
 *
 * @throws ItemNotFoundError when there has to be a row and is none, ConditionalError when the caller's condition does not hold or there
 *   may be no row, ServiceError when the store fails
 */
export async function writeRow<Plan extends RowPlan, Result>(
  write: RowWrite<Plan>,
  send: (plan: Plan) => Promise<Sent<Result>>,
): Promise<Result> {
  const { session, key } = write;
  let row = write.known === undefined && write.needsRow ? await currentRow(session, key) : write.known;
  for (let tries = 1; ; tries += 1) {
    const plan = planFrom(write, row);
    const sent = await send(plan);
    if (sent.kind === 'written') return sent.result;
    session.rows?.forget(key);
    row = sent.row === undefined ? await currentRow(session, key) : sent.row;
    const refusal = refusalOf(write, plan, row);
    if (refusal !== null) throw refusal;
    await pauseBeforeTry(tries + 1, write);
  }
}

/** What to send when the row is known to be so. @throws ItemNotFoundError when there has to be a row and is none */
export function planFrom<Plan extends RowPlan>(write: RowWrite<Plan>, row: AttributeMap | null | undefined): Plan {
  if (isMissing(write, row)) throw new ItemNotFoundError();
  return write.plan(row);
}

/** Why a write that was refused because of `row` has failed; null when the row was only not as assumed, and the write is to be planned anew. */
export function refusalOf(write: RowWrite, plan: RowPlan, row: AttributeMap | null): BaoError | null {
  const { operation, expects, condition = null } = write;
  if (isMissing(write, row)) return new ItemNotFoundError();
  if (row !== null && expects === 'no row' && !write.isGone?.(row))
    return new ConditionalError('Condition check failed', operation, condition, 'conflict');
  return condition !== null && plan.assumptions.hold(row) ? new ConditionalError('Condition check failed', operation, condition) : null;
}

/** Whether there has to be a row, and is known to be none. */
function isMissing({ expects, isGone }: RowWrite, row: AttributeMap | null | undefined): boolean {
  return expects === 'row' && row !== undefined && (row === null || isGone?.(row) === true);
}

/** Waits before another try. @throws ConditionalError after too many of them */
export async function pauseBeforeTry(
  next: number,
  { operation, condition = null }: { operation: string; condition?: unknown },
): Promise<void> {
  if (next > MAX_TRIES) throw new ConditionalError('Condition check failed', operation, condition);
  const waitMs = next < 3 ? 0 : Math.random() * Math.min(MAX_WAIT_MS, 2 ** (next - 1));
  if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
}

/** The row as the store has it now. */
export async function currentRow(session: StoreSession, key: RowKey): Promise<AttributeMap | null> {
  return (await readRow(session, key, { consistent: true })).row;
}

/**
 * Sends the row's action and the guards' in one transaction.
 *
 * @returns null when written, else what the row was
 * @throws ConditionalError when a unique value is taken, ServiceError when the store fails
 */
export async function sendWithGuards(
  session: StoreSession,
  action: TransactWriteAction,
  guards: readonly GuardAction[],
): Promise<{ writeUnits: number } | { refused: AttributeMap | null | undefined }> {
  const result = await session.execute('TransactWriteItems', { TransactItems: [action, ...guards.map((guard) => guard.action)] });
  if (result.ok) return { writeUnits: result.meta.writeUnits };
  const [own, ...others] = cancellationReasons(result.error);
  if (own?.Code === 'ConditionalCheckFailed') return { refused: own.Item };
  const taken = guards.find((guard, at) => guard.kind === 'take' && others[at]?.Code === 'ConditionalCheckFailed');
  if (taken)
    throw new ConditionalError(`${taken.constraint.name} must be unique`, 'unique_constraint', taken.constraint.constraintName, 'conflict');
  throw storeException(result.error);
}

export function cancellationReasons(error: StoreError): readonly CancellationReason[] {
  return error.code === 'transaction_cancelled' ? (error.reasons ?? []) : [];
}

/** Forgets the row where it is not known what became of the write. */
export async function forgetOnFailure<Result>(session: StoreSession, key: RowKey, write: () => Promise<Result>): Promise<Result> {
  try {
    return await write();
  } catch (error) {
    session.rows?.forget(key);
    throw error;
  }
}
