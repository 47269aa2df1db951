/** Writing and deleting many objects of several models, 25 to a request. */
import type { OperationResult } from '../dynamo/item-store.ts';
import type { WriteRequest } from '../dynamo/types.ts';
import { actionsError } from './actions-error.ts';
import type { BatchAction, ResultsOf } from './actions.ts';
import type { CallOptions } from './call-bounds.ts';
import { deleteObject } from './delete-row.ts';
import { ItemNotFoundError, ValidationError } from './errors.ts';
import { keyAttributeMap, keyOfRow, rowIdentity } from './layout.ts';
import type { RowKey } from './layout.ts';
import { newRow, withKeyOf } from './new-row.ts';
import type { NewRow } from './new-row.ts';
import { ObjectNotFound } from './object-not-found.ts';
import { checkDistinct, onlySession } from './several-objects.ts';
import { runHook } from './plugins.ts';
import { rowOfId } from './primary-id.ts';
import { replaceObject } from './replace-row.ts';
import { storeException } from './store-errors.ts';
import type { StoreSession } from './store-session.ts';
import { inTurns } from '../lib/turns.ts';
import { openTarget, writtenInstance } from './write-target.ts';
import type { WriteTarget } from './write-target.ts';

export interface BatchWriteOptions extends CallOptions {
  /** leaves errors in the result; default: they are thrown, after everything else is written */
  partial?: boolean;
}

/** By action, in their order. */
export interface BatchWriteResult<Results extends readonly unknown[] = readonly unknown[]> {
  /** the object that was put, or null: it was a delete, or it failed */
  items: { [At in keyof Results]: Results[At] | null };
  /** null for those that are done */
  errors: (Error | null)[];
}

/** What DynamoDB takes in one BatchWriteItem. */
const MAX_WRITES = 25;
/** Requests that are under way at the same time. */
const PARALLEL_REQUESTS = 4;

/**
 * Does all of `list`, in no order, each action by itself. Nothing is read and there are no conditions, but for models with unique values:
 * those are written one by one, with their guard rows.
 *
 * @throws ActionsError when an action failed, unless `partial`: the others are done; ValidationError for two actions about one object
 */
export async function batchWrite<const Actions extends readonly BatchAction[]>(
  list: Actions,
  { partial = false, ...options }: BatchWriteOptions = {},
): Promise<BatchWriteResult<ResultsOf<Actions>>> {
  const outcomes = list.length === 0 ? [] : await writeAll(list, options);
  const errors = outcomes.map((outcome) => (outcome instanceof Error ? outcome : null));
  if (!partial && errors.some((error) => error !== null)) throw actionsError(list, errors);
  const items = outcomes.map((outcome) => (outcome instanceof Error ? null : outcome));
  return { items, errors } as BatchWriteResult<ResultsOf<Actions>>; // each action's outcome is what its type says
}

type Outcome = object | Error | null;

/** One action on its way. */
interface Write {
  readonly action: BatchAction;
  readonly target: WriteTarget;
  readonly key: RowKey;
  /** what is put; null: it is deleted */
  readonly row: NewRow | null;
  outcome: Outcome;
}

async function writeAll(list: readonly BatchAction[], options: CallOptions): Promise<Outcome[]> {
  const targets = list.map((action) => ({ action, target: openTarget(action.model, options) }));
  const session = onlySession(targets.map(({ target }) => target));
  const prepared: (Write | Error)[] = [];
  for (const { action, target } of targets) prepared.push(await prepare(action, target).catch(asError));
  const writes = prepared.filter((one): one is Write => !(one instanceof Error));
  checkDistinct(prepared.map((one) => (one instanceof Error ? null : one.key)));
  const alone = writes.filter(({ action, target }) => isWrittenAlone(action, target));
  const together = writes.filter(({ action, target }) => !isWrittenAlone(action, target));
  const chunks = Array.from({ length: Math.ceil(together.length / MAX_WRITES) }, (_, at) =>
    together.slice(at * MAX_WRITES, (at + 1) * MAX_WRITES),
  );
  const jobs = [...chunks.map((chunk) => () => writeChunk(session, chunk)), ...alone.map((write) => () => writeAlone(write, options))];
  await inTurns(jobs, PARALLEL_REQUESTS, (job) => job());
  return prepared.map((one) => (one instanceof Error ? one : one.outcome));
}

/** A batch cannot demand that a value is free, nor mark a row as deleted in place of deleting it. */
function isWrittenAlone({ kind }: BatchAction, { definition }: WriteTarget): boolean {
  return definition.unique !== null || (kind === 'delete' && definition.softDelete !== null);
}

/** Runs the hooks before an action, and makes its row. @throws ValidationError, ConfigurationError */
async function prepare(action: BatchAction, target: WriteTarget): Promise<Write> {
  const { definition, session } = target;
  if (action.kind === 'delete') {
    if (action.condition) throw new ValidationError('a batch takes no conditions; a transaction does');
    const key = rowOfId(definition, session.tenant, action.id);
    if (!isWrittenAlone(action, target)) await runHook(definition, 'beforeDelete', action.id, {});
    return { action, target, key, row: null, outcome: null };
  }
  const values: Record<string, unknown> = { ...action.data };
  if (!isWrittenAlone(action, target)) await runHook(definition, 'beforeSave', values, {});
  const row = newRow(definition, session.tenant, values);
  return { action, target, key: row.key, row, outcome: null };
}

async function writeChunk(session: StoreSession, writes: readonly Write[]): Promise<void> {
  const requests = writes.map(({ key, row }): WriteRequest =>
    row === null ? { DeleteRequest: { Key: keyAttributeMap(key) } } : { PutRequest: { Item: row.row } },
  );
  const result = await session.execute('BatchWriteItem', { RequestItems: { [session.tableName]: requests } });
  const undone = undoneRows(result);
  const writeUnits = result.meta.writeUnits / writes.length;
  for (const write of writes) {
    const isUndone = !result.ok && (undone === null || undone.has(rowIdentity(write.key)));
    if (isUndone) session.rows?.forget(write.key);
    write.outcome = isUndone ? storeException(result.error) : await finish(write, writeUnits).catch(asError);
  }
}

/** The rows that a failed batch does not know to be written; null: none of them is known. */
function undoneRows(result: OperationResult<'BatchWriteItem'>): ReadonlySet<string> | null {
  const left = result.output?.UnprocessedItems;
  if (result.ok || left === undefined) return null;
  const rows = Object.values(left).flat();
  return new Set(rows.map((write) => rowIdentity(keyOfRow('PutRequest' in write ? write.PutRequest.Item : write.DeleteRequest.Key))));
}

/** What follows a write that was sent in a batch: the object in the batch context, and the hooks. */
async function finish({ action, target, key, row }: Write, writeUnits: number): Promise<object | null> {
  if (row !== null) {
    const instance = writtenInstance(target, { ...row, writeUnits });
    await runHook(target.definition, 'afterSave', instance, {});
    return instance;
  }
  target.session.rows?.put(key, new ObjectNotFound());
  if (action.kind === 'delete') await runHook(target.definition, 'afterDelete', action.id, {});
  return null;
}

async function writeAlone(write: Write, options: CallOptions): Promise<void> {
  const { action, row, target } = write;
  const work = async (): Promise<object | null> => {
    if (action.kind === 'put' && row !== null) {
      const data = withKeyOf(target.definition, { ...action.data }, row);
      return (await replaceObject(action.model, data, { ...options })).item;
    }
    if (action.kind !== 'delete') return null;
    await deleteObject(action.model, action.id, { ...options });
    return null;
  };
  write.outcome = await work().catch((error: unknown) => (error instanceof ItemNotFoundError ? null : asError(error)));
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
