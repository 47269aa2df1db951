/** One write of one row: sent with its conditions and guard rows, tried again while what it took for granted was not so. */
import type { OperationResult } from '../dynamo/item-store.ts';
import type { AttributeMap, TransactWriteAction } from '../dynamo/types.ts';
import type { Assumptions } from './assumptions.ts';
import { ConditionalError, ItemNotFoundError } from './errors.ts';
import type { BaoError } from './errors.ts';
import type { RowKey } from './layout.ts';
import { readRow } from './read-rows.ts';
import { storeException } from './store-errors.ts';
import type { StoreSession } from './store-session.ts';
import type { GuardAction } from './unique-constraints.ts';
import type { WriteTarget } from './write-target.ts';

/**
 * What came of sending a write once. `attributes` are what DynamoDB returned: of an update the row afterwards, of a put or delete the row
 * before; undefined when there is none, or it does not say. `refused` is the row that was not as the condition says.
 */
export type Sent = { attributes: AttributeMap | undefined; writeUnits: number } | { refused: AttributeMap | null | undefined };

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
  target: WriteTarget;
  key: RowKey;
  /** the caller's own condition, if any */
  condition: unknown;
  /** the row as far as it is known; undefined: not at all */
  known?: AttributeMap | null | undefined;
  /** whether the write cannot be made without knowing the row */
  needsRow: boolean;
  /** whether there has to be a row, may be none, or either */
  expects: 'row' | 'no row' | 'any';
  /** whether a row that is there counts as none */
  isGone?(row: AttributeMap): boolean;
  /** what to send; `row` is undefined only when `needsRow` is false */
  plan(row: AttributeMap | null | undefined): Plan;
}

/** What a write came to: the plan that was carried out, and what DynamoDB returned for it, as `Sent` says. */
export interface Written<Plan extends RowPlan> {
  plan: Plan;
  attributes: AttributeMap | undefined;
  writeUnits: number;
}

/** Rivals may change what a write takes for granted between its tries; more often than this is contention that the caller should know of. */
const MAX_TRIES = 50;
/** From the second refusal on a try waits up to twice as long as the one before, at most so long: rivals that wait differently do not meet again. */
const MAX_WAIT_MS = 64;

/**
 * Writes a row. Where it is not known what became of it, the batch context forgets the row.
 *
 * @throws ItemNotFoundError when there has to be a row and is none, ConditionalError when the caller's condition does not hold, there
 *   may be no row, or a unique value is taken; ServiceError when the store fails
 */
export async function writeRow<Plan extends RowPlan>(write: RowWrite<Plan>): Promise<Written<Plan>> {
  const work = () => writeUntilSettled(write);
  const { rows } = write.target.session;
  return rows === null ? work() : rows.write(write.key, work);
}

async function writeUntilSettled<Plan extends RowPlan>(write: RowWrite<Plan>): Promise<Written<Plan>> {
  const { target, key, needsRow } = write;
  const { session } = target;
  try {
    let row = write.known === undefined && needsRow ? await currentRow(session, key) : write.known;
    for (let tries = 1; ; tries += 1) {
      const plan = planFrom(write, row);
      const sent = await send(target, plan);
      if ('writeUnits' in sent) return { plan, ...sent };
      session.rows?.forget(key);
      row = sent.refused === undefined ? await currentRow(session, key) : sent.refused;
      const refusal = refusalOf(write, plan, row);
      if (refusal !== null) throw refusal;
      await pauseBeforeTry(tries + 1, write);
    }
  } catch (error) {
    session.rows?.forget(key);
    throw error;
  }
}

async function send(target: WriteTarget, plan: RowPlan): Promise<Sent> {
  const { definition, session } = target;
  const { action, guards } = plan;
  if (definition.unique && guards.length > 0) return definition.unique.send(target, action, guards);
  const result = await execute(session, plan);
  if (result.ok) return { attributes: result.output.Attributes, writeUnits: result.meta.writeUnits };
  if (result.error.code !== 'condition_failed') throw storeException(result.error);
  return { refused: result.error.item };
}

function execute(
  session: StoreSession,
  { action, assumptions }: RowPlan,
): Promise<OperationResult<'PutItem' | 'UpdateItem' | 'DeleteItem'>> {
  // Without an assumption about the row, its old state is the only way to know whether there was one.
  const asksForOld = assumptions.isEmpty && !session.hasToken;
  if ('Put' in action) return session.execute('PutItem', { ...action.Put, ...(asksForOld ? { ReturnValues: 'ALL_OLD' } : {}) });
  if ('Delete' in action) return session.execute('DeleteItem', { ...action.Delete, ReturnValues: 'ALL_OLD' });
  return session.execute('UpdateItem', { ...('Update' in action ? action.Update : action.ConditionCheck), ReturnValues: 'ALL_NEW' });
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
  if (row !== null && expects === 'no row' && !write.isGone?.(row)) return conditionFailed(operation, condition, 'conflict');
  return condition !== null && plan.assumptions.hold(row) ? conditionFailed(operation, condition) : null;
}

/** Whether there has to be a row, and is known to be none. */
function isMissing({ expects, isGone }: RowWrite, row: AttributeMap | null | undefined): boolean {
  return expects === 'row' && row !== undefined && (row === null || isGone?.(row) === true);
}

function conditionFailed(operation: string, condition: unknown, code?: 'conflict'): ConditionalError {
  const message = operation === 'delete' ? 'Delete condition not met' : 'Condition check failed';
  return new ConditionalError(message, operation, condition, code);
}

/** Waits before another try. @throws ConditionalError after too many of them */
export async function pauseBeforeTry(
  next: number,
  { operation, condition = null }: { operation: string; condition?: unknown },
): Promise<void> {
  if (next > MAX_TRIES) throw conditionFailed(operation, condition);
  const waitMs = next < 3 ? 0 : Math.random() * Math.min(MAX_WAIT_MS, 2 ** (next - 1));
  if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
}

/** The row as the store has it now. */
export async function currentRow(session: StoreSession, key: RowKey): Promise<AttributeMap | null> {
  return (await readRow(session, key, { consistent: true })).row;
}
