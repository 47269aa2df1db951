/** Objects by their ids: one at a time, many at once, collected and remembered inside a batch context. */
import type { CallOptions } from './call-bounds.ts';
import type { LoadedRows, ReadWay } from './loaded-rows.ts';
import { formatPrimaryId, rowIdentity, rowKey } from './layout.ts';
import type { RowKey } from './layout.ts';
import { definitionOf } from './model-registry.ts';
import type { ModelClass } from './model-class.ts';
import { ObjectNotFound } from './object-not-found.ts';
import { partsOfId, rowOfId } from './primary-id.ts';
import { projectedAttributes } from './projection.ts';
import { readRow, readRows } from './read-rows.ts';
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

export interface BatchFindOptions<FieldName extends PropertyKey = string> extends Omit<FindOptions<FieldName>, 'batchDelay'> {
  /** puts ids that could not be read into `errors`; default: the first one is thrown */
  partial?: boolean;
}

/** By id as given, or the primary id where an object was given. What is in neither does not exist. */
export interface BatchFindResult<Instance> {
  items: Record<string, Instance>;
  errors: Record<string, Error>;
  /** dynamo-bao's; always empty, `getBatchContextUsage` has the sums */
  ConsumedCapacity: never[];
}

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
  const load =
    session.rows === null ? await loadAtOnce(model, session, ids, options) : (key: RowKey) => findRow(model, session, key, options);
  const lookUp = async (id: unknown): Promise<void> => {
    let name = String(id);
    try {
      const parts = partsOfId(definitionOf(model), id);
      if (typeof id !== 'string') name = formatPrimaryId(definitionOf(model), parts);
      const found = visibleObject(await load(rowKey(definitionOf(model), session.tenant, parts)), options);
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
  const { rows } = session;
  const way = readWay(model, options, rows);
  if (rows !== null) return session.within(() => rows.find(model, session.shared(), key, way));
  return readRow(session, key, way).then((read) => objectOf(model, session, read, way.attributes !== undefined));
}

function readWay(model: ModelClass, options: FindOptions, rows: LoadedRows | null): ReadWay {
  const { consistent = false, bypassCache = false, batchDelay } = options;
  return {
    isAnew: consistent || bypassCache,
    consistent: consistent || rows?.hasReleasedWrites === true,
    bypassCache,
    delayMs: batchDelay,
    attributes: attributesOf(model, options),
  };
}

/** Outside of a batch context: reads all ids first, and answers from what was read. */
async function loadAtOnce(
  model: ModelClass,
  session: StoreSession,
  ids: readonly unknown[],
  options: FindOptions,
): Promise<(key: RowKey) => Promise<object>> {
  const keys = new Map<string, RowKey>();
  for (const id of ids) {
    const key = keyOrNull(model, session, id);
    if (key) keys.set(rowIdentity(key), key);
  }
  const attributes = attributesOf(model, options);
  const rows = await readRows(session, [...keys.values()], { ...options, attributes });
  return async (key) => {
    const read = rows.get(rowIdentity(key));
    if (!read || read instanceof Error) throw read ?? new Error('the store answered for other keys');
    return objectOf(model, session, read, attributes !== undefined);
  };
}

function attributesOf(model: ModelClass, { fields, only }: FindOptions): string[] | undefined {
  return fields && projectedAttributes(definitionOf(model), fields, only);
}

/** An id that is none has its error when it is looked up, for itself alone. */
function keyOrNull(model: ModelClass, session: StoreSession, id: unknown): RowKey | null {
  try {
    return rowOfId(definitionOf(model), session.tenant, id);
  } catch {
    return null;
  }
}
