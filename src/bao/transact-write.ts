/** Transactions across models: all actions are written at once, with their conditions, index keys and unique values, or none is. */
import type { StoreError } from '../dynamo/item-store.ts';
import type { AttributeMap } from '../dynamo/types.ts';
import { freeAbandoned } from './abandoned-values.ts';
import { actionsError, settleActions } from './actions-error.ts';
import type { ResultsOf, TransactionAction } from './actions.ts';
import type { CallOptions } from './call-bounds.ts';
import { BaoError, ValidationError } from './errors.ts';
import { rowIdentity } from './layout.ts';
import { checkDistinct, onlySession } from './several-objects.ts';
import { prepareAction } from './prepared-action.ts';
import { readRows } from './read-rows.ts';
import { currentRow, pauseBeforeTry, planFrom, refusalOf } from './row-writer.ts';
import type { RowPlan, RowWrite } from './row-writer.ts';
import { cancellationReasons, storeException } from './store-errors.ts';
import type { StoreSession } from './store-session.ts';
import { handedOver, notUnique } from './unique-constraints.ts';
import type { GuardAction } from './unique-constraints.ts';
import { openTarget } from './write-target.ts';

export interface TransactionOptions extends CallOptions {
  /**
   * The same transaction with the same token is applied once within ten minutes; at most 36 characters. Rows that stamp themselves
   * (dates, versions, new ids) make another transaction of a repeated call, which is refused as `idempotency_mismatch`.
   */
  idempotencyToken?: string;
}

/** What DynamoDB takes in one transaction. */
const MAX_ACTIONS = 100;
const TOKEN_MAX_CHARACTERS = 36;

type Row = AttributeMap | null | undefined;

/** The guard rows of all actions: of whom each one is, by the action's position. */
type PlacedGuard = { guard: GuardAction; position: number };

/**
 * Writes all of `list` in one transaction. Rows that index keys or unique values depend on are read first, and what was read is demanded
 * of the rows in the transaction; if it is no longer so, the transaction is planned anew.
 *
 * @returns by action: the object where it was created or replaced, else null
 * @throws ActionsError when an action is refused, with an error per action; ValidationError for two actions about one object, or more
 *   than DynamoDB's 100 rows, guard rows of unique values included; ServiceError when the store fails
 */
export async function transactWrite<const Actions extends readonly TransactionAction[]>(
  list: Actions,
  options: TransactionOptions = {},
): Promise<ResultsOf<Actions>> {
  if (options.idempotencyToken !== undefined) checkToken(options.idempotencyToken);
  const results = list.length === 0 ? [] : await writeAll(list, options);
  return results as ResultsOf<Actions>; // each action's `finish` gives what its type says
}

async function writeAll(list: readonly TransactionAction[], options: TransactionOptions): Promise<(object | null)[]> {
  const targets = list.map(({ model }) => openTarget(model, options));
  const session = onlySession(targets);
  const prepared = await settleActions(list, (position) => prepareAction(at(list, position), at(targets, position)));
  const writes = prepared.map(({ write }) => write);
  checkDistinct(writes.map(({ key }) => key));
  const plans = await sendUntilWritten(list, writes, session, options.idempotencyToken).catch((error: unknown) => {
    for (const { key } of writes) session.rows?.forget(key);
    throw error;
  });
  const results: (object | null)[] = [];
  for (const [position, plan] of plans.entries()) results.push(await at(prepared, position).finish(plan));
  // A token that was used before wrote nothing now: the rows may long be others.
  if (options.idempotencyToken !== undefined) for (const { key } of writes) session.rows?.forget(key);
  return results;
}

async function sendUntilWritten(
  list: readonly TransactionAction[],
  writes: readonly RowWrite[],
  session: StoreSession,
  token: string | undefined,
): Promise<RowPlan[]> {
  let rows = await firstRows(session, writes);
  for (let tries = 1; ; tries += 1) {
    await pauseBeforeTry(tries, { operation: 'transaction' });
    const known = rows;
    const plans = await settleActions(list, async (position) => planFrom(at(writes, position), known[position]));
    const guards = placeGuards(list, plans);
    const TransactItems = [...plans.map(({ action }) => action), ...guards.map(({ guard }) => guard.action)];
    if (TransactItems.length > MAX_ACTIONS)
      throw new ValidationError(
        `a transaction writes at most ${MAX_ACTIONS} rows, those of unique values included; got ${TransactItems.length}`,
      );
    const input = { TransactItems, ...(token === undefined ? {} : { ClientRequestToken: token }) };
    const result = await session.execute('TransactWriteItems', input);
    if (result.ok) return plans;
    rows = await rowsAfterRefusal(list, writes, plans, guards, rows, result.error);
  }
}

/** The rows that plans depend on, in one request. */
async function firstRows(session: StoreSession, writes: readonly RowWrite[]): Promise<Row[]> {
  const needed = writes.filter(({ known, needsRow }) => known === undefined && needsRow);
  const read = await readRows(
    session,
    needed.map(({ key }) => key),
    { consistent: true },
  );
  return writes.map(({ key, known }) => {
    const found = read.get(rowIdentity(key));
    if (found instanceof Error) throw found;
    return found === undefined ? known : found.row;
  });
}

/** The guard rows of all plans, each of them once. @throws ActionsError when two actions want one value */
function placeGuards(list: readonly TransactionAction[], plans: readonly RowPlan[]): PlacedGuard[] {
  const placed = new Map<string, PlacedGuard>();
  const errors: (Error | null)[] = list.map(() => null);
  for (const [position, { guards }] of plans.entries()) {
    for (const guard of guards) {
      const identity = rowIdentity(guard.key);
      const other = placed.get(identity);
      if (other === undefined) placed.set(identity, { guard, position });
      else if (guard.kind === 'take' && other.guard.kind === 'take') errors[position] = notUnique(guard);
      else if (guard.kind === 'take') placed.set(identity, { guard: handedOver(other.guard, guard), position });
      else placed.set(identity, { ...other, guard: handedOver(guard, other.guard) });
    }
  }
  if (errors.some((error) => error !== null)) throw actionsError(list, errors);
  return [...placed.values()];
}

/** The rows as they are now, where a plan only took something else for granted. @throws ActionsError, ServiceError for any other refusal */
async function rowsAfterRefusal(
  list: readonly TransactionAction[],
  writes: readonly RowWrite[],
  plans: readonly RowPlan[],
  guards: readonly PlacedGuard[],
  before: readonly Row[],
  error: StoreError,
): Promise<Row[]> {
  if (error.code === 'idempotency_mismatch')
    throw new BaoError('idempotencyToken: a transaction with this token and other contents was written before', 'idempotency_mismatch');
  const reasons = cancellationReasons(error);
  if (reasons.length === 0) throw storeException(error);
  const errors: (Error | null)[] = list.map(() => null);
  const rows = [...before];
  for (const [position, write] of writes.entries()) {
    const { Code = 'None', Item } = reasons[position] ?? {};
    if (Code === 'ConditionalCheckFailed') {
      const row = Item ?? (await currentRow(write.target.session, write.key));
      errors[position] = refusalOf(write, at(plans, position), row);
      rows[position] = row;
    } else if (!RETRIED.has(Code)) errors[position] = storeException(error);
  }
  for (const [index, { guard, position }] of guards.entries()) {
    const { Code = 'None' } = reasons[plans.length + index] ?? {};
    if (Code === 'ConditionalCheckFailed') errors[position] ??= await guardRefusal(at(writes, position), guard);
    else if (!RETRIED.has(Code)) errors[position] ??= storeException(error);
  }
  if (errors.some((one) => one !== null)) throw actionsError(list, errors);
  return rows;
}

/** Why an action was refused for a guard row; null when the value was freed. */
async function guardRefusal({ target }: RowWrite, guard: GuardAction): Promise<Error | null> {
  return guard.kind === 'take' && (await freeAbandoned(target, guard)) ? null : notUnique(guard);
}

/** Reasons that need no error: the action was not refused, or may not be the next time. */
const RETRIED: ReadonlySet<string> = new Set(['None', 'TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded']);

function checkToken(token: string): void {
  if (token !== '' && token.length <= TOKEN_MAX_CHARACTERS) return;
  throw new ValidationError(`idempotencyToken: expected 1 to ${TOKEN_MAX_CHARACTERS} characters, got ${token.length}`);
}

function at<Value>(list: readonly Value[], position: number): Value {
  const value = list[position];
  if (value === undefined) throw new RangeError(`there is no action ${position}`);
  return value;
}
