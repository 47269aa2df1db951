/** One write of one row: sent with its conditions and guard rows, tried again while what it took for granted was not so. */
import type { StoreError } from '../dynamo/item-store.ts';
import type { AttributeMap, CancellationReason, TransactWriteAction } from '../dynamo/types.ts';
import type { Assumptions } from './assumptions.ts';
import { ConditionalError, ItemNotFoundError } from './errors.ts';
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

/** One write, and how to make it from what is known of the row. */
export interface RowWrite<Result> {
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
  /** whether there has to be a row */
  mustExist: boolean;
  /** prepares and sends the write; `row` is undefined only when `needsRow` is false */
  send(row: AttributeMap | null | undefined): Promise<{ sent: Sent<Result>; assumptions: Assumptions }>;
}

/** Rivals may change what a write takes for granted between its tries; more often than this is contention that the caller should know of. */
const MAX_TRIES = 50;
/** From the second refusal on a try waits up to twice as long as the one before, at most so long: rivals that wait differently do not meet again. */
const MAX_WAIT_MS = 64;

/**
 * Writes a row.
 *
 * @throws ItemNotFoundError when there has to be a row and is none, ConditionalError when the caller's condition does not hold,
 *   ServiceError when the store fails
 */
export async function writeRow<Result>(write: RowWrite<Result>): Promise<Result> {
  const { session, key } = write;
  let row = write.known === undefined && write.needsRow ? await currentRow(session, key) : write.known;
  for (let tries = 1; ; tries += 1) {
    if (row === null && write.mustExist) throw new ItemNotFoundError();
    const { sent, assumptions } = await write.send(row);
    if (sent.kind === 'written') return sent.result;
    session.rows?.forget(key);
    row = sent.row === undefined ? await currentRow(session, key) : sent.row;
    if (row === null && write.mustExist) throw new ItemNotFoundError();
    const isOurs = assumptions.hold(row);
    if ((isOurs && write.condition) || tries === MAX_TRIES)
      throw new ConditionalError('Condition check failed', write.operation, write.condition ?? null);
    if (tries > 1) await waitMs(Math.random() * Math.min(MAX_WAIT_MS, 2 ** tries));
  }
}

function waitMs(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The row as the store has it now. */
async function currentRow(session: StoreSession, key: RowKey): Promise<AttributeMap | null> {
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

function cancellationReasons(error: StoreError): readonly CancellationReason[] {
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
