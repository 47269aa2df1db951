/** Objects by their ids: one at a time, many at once, collected and remembered inside a batch context. */
import type { CallOptions } from './call-bounds.ts';
import { ValidationError } from './errors.ts';
import { LoadedRows } from './loaded-rows.ts';
import type { ReadWay } from './loaded-rows.ts';
import { formatPrimaryId, rowKey } from './layout.ts';
import type { RowKey } from './layout.ts';
import { definitionOf } from './model-registry.ts';
import type { ModelClass } from './model-class.ts';
import { ObjectNotFound } from './object-not-found.ts';
import { partsOfId, rowOfId } from './primary-id.ts';
import { projectedAttributes } from './projection.ts';
import { readRow } from './read-rows.ts';
import { objectOf } from './objects-of-rows.ts';
import { openSession } from './store-session.ts';
import type { StoreSession } from './store-session.ts';
import { hidesRows, visibleObject } from './visibility.ts';
import type { VisibilityOptions } from './visibility.ts';

export interface FindOptions<FieldName extends PropertyKey = string> extends CallOptions, VisibilityOptions {
  /** sees every write acknowledged before it; default false */
  consistent?: boolean;
  /** asks again, past what the batch context and the store remember */
  bypassCache?: boolean;
  /** reads these fields only; key fields always come along. Such an object can be read, not saved */
  fields?: readonly FieldName[];
  /** how long to wait for other finds to join, in milliseconds; default: until the end of the tick; 0: not at all */
  batchDelay?: number;
}

/** How `batchFind` reads; `fields`, `bypassCache` and the like as `find` has them. */
export interface BatchFindOptions<FieldName extends PropertyKey = string> extends Omit<FindOptions<FieldName>, 'batchDelay'> {
  /** puts ids that could not be read into `errors`; default: the first one is thrown */
  partial?: boolean;
  /** shows all of a transaction or nothing of it; at most 100 ids, which are read or fail together */
  atomic?: boolean;
}

/** By id as given, or the primary id where an object was given. What is in neither does not exist. */
export interface BatchFindResult<Instance> {
  items: Record<string, Instance>;
  errors: Record<string, Error>;
  /** dynamo-bao's; always empty, `getBatchContextUsage` has the sums */
  ConsumedCapacity: never[];
}

/** DynamoDB's limit of a transaction. */
const MAX_ATOMIC_IDS = 100;

/** The object with an id, or `ObjectNotFound`. @throws ValidationError when it is no id, ServiceError when it could not be read */
export function findById<Model extends ModelClass>(
  model: Model,
  id: unknown,
  options: FindOptions = {},
): Promise<Model['prototype'] | ObjectNotFound> {
  const found = promised(() => {
    const session = openSession(model, undefined, options);
    return shown(model, findRow(model, session, rowOfId(definitionOf(model), session.tenant, id), options), options);
  });
  return found as Promise<Model['prototype'] | ObjectNotFound>; // a row of the model's prefix becomes an instance of the model
}

/** The objects with the given ids. @throws as `findById`, unless `partial` */
export async function findByIds<Model extends ModelClass>(
  model: Model,
  ids: readonly unknown[] | null | undefined,
  { partial = false, ...options }: BatchFindOptions = {},
): Promise<BatchFindResult<Model['prototype']>> {
  const result: BatchFindResult<Model['prototype']> = { items: {}, errors: {}, ConsumedCapacity: [] };
  if (!ids || ids.length === 0) return result;
  const session = openSession(model, undefined, options);
  if (options.atomic === true && ids.length > MAX_ATOMIC_IDS)
    throw new ValidationError(`an atomic read takes at most ${MAX_ATOMIC_IDS} ids, got ${ids.length}`);
  // Outside of a batch context the ids are read together all the same, and nothing is remembered. Others do not join an atomic read.
  const rows = (options.atomic === true ? null : session.rows) ?? new LoadedRows();
  const lookUp = async (id: unknown): Promise<void> => {
    let name = String(id);
    try {
      const parts = partsOfId(definitionOf(model), id);
      if (typeof id !== 'string') name = formatPrimaryId(definitionOf(model), parts);
      const found = visibleObject(await findIn(rows, model, session, rowKey(definitionOf(model), session.tenant, parts), options), options);
      if (!(found instanceof ObjectNotFound)) result.items[name] = found as Model['prototype']; // as in `findById`
    } catch (error) {
      if (!partial || !(error instanceof Error)) throw error;
      result.errors[name] = error;
    }
  };
  await Promise.all(ids.map(lookUp));
  return result;
}

/** As an async function does: what is thrown is a rejection. An async function that waits takes more memory than all else that a find holds. */
function promised<Result>(begin: () => Promise<Result>): Promise<Result> {
  try {
    return begin();
  } catch (error) {
    return Promise.reject(error instanceof Error ? error : new Error(String(error)));
  }
}

/** ObjectNotFound in place of an object that the options do not show. */
function shown(model: ModelClass, found: Promise<object>, options: VisibilityOptions): Promise<object> {
  return hidesRows(definitionOf(model), options) ? found.then((object) => visibleObject(object, options)) : found;
}

/** The object of a row, through the batch context where there is one. */
function findRow(model: ModelClass, session: StoreSession, key: RowKey, options: FindOptions): Promise<object> {
  if (session.rows !== null) return findIn(session.rows, model, session, key, options);
  const way = readWay(model, options, false);
  return readRow(session, key, way).then((read) => objectOf(model, session, read, way.attributes !== undefined));
}

function findIn(
  rows: LoadedRows,
  model: ModelClass,
  session: StoreSession,
  key: RowKey,
  options: FindOptions & Pick<BatchFindOptions, 'atomic'>,
): Promise<object> {
  const way = readWay(model, options, rows.hasReleasedWrites);
  return session.within(() => rows.find(model, session.shared(), key, way));
}

/** @param isStrong whether the row is read strongly though the caller does not ask for it */
function readWay(
  model: ModelClass,
  { consistent = false, bypassCache = false, batchDelay, fields, only, atomic = false }: FindOptions & Pick<BatchFindOptions, 'atomic'>,
  isStrong: boolean,
): ReadWay {
  return {
    atomic,
    isAnew: consistent || bypassCache,
    consistent: consistent || isStrong,
    bypassCache,
    delayMs: batchDelay,
    attributes: fields && projectedAttributes(definitionOf(model), fields, only),
  };
}
