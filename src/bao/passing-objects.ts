/** The objects that a walk over many rows passes by: they are not remembered, or a long walk would keep them all in memory. */
import { instanceOf } from './objects-of-rows.ts';
import { STATE } from './instance-state.ts';
import type { Stateful } from './instance-state.ts';
import { rowIdentity } from './layout.ts';
import type { RowKey } from './layout.ts';
import type { ModelClass } from './model-class.ts';
import { ObjectNotFound } from './object-not-found.ts';
import { readRows } from './read-rows.ts';
import type { StoreSession } from './store-session.ts';
import { isVisible } from './visibility.ts';
import type { VisibilityOptions } from './visibility.ts';

/** One row that is passed: its object, or null for a row that the index still has and the table does not. */
export interface Passed<Instance> {
  key: RowKey;
  object: Instance | null;
  /** the batch context had it before the walk came by */
  isKnown: boolean;
}

/**
 * The objects of rows, in the order of the keys. What the batch context has loaded or written is taken from there, and is the same
 * object; everything else is read in as few requests as DynamoDB allows.
 *
 * @throws ServiceError for the first row that could not be read
 */
export async function passObjects<Model extends ModelClass>(
  model: Model,
  session: StoreSession,
  keys: readonly RowKey[],
): Promise<Passed<Model['prototype']>[]> {
  const known = new Map(keys.map((key) => [key, knownObject(session, key)]));
  const unknown = keys.filter((key) => known.get(key) === undefined);
  const reads = await readRows(session, unknown, { consistent: session.rows?.hasReleasedWrites === true });
  return keys.map((key) => {
    const object = known.get(key);
    // Keys of the model's own index lead to objects of the model.
    if (object !== undefined) return { key, object: object as Model['prototype'] | null, isKnown: true };
    const read = reads.get(rowIdentity(key));
    if (read instanceof Error) throw read;
    if (!read?.row) return { key, object: null, isKnown: false };
    const instance = instanceOf(model, session, read.row);
    instance[STATE].consume('read', read.readUnits);
    return { key, object: instance, isKnown: false };
  });
}

/**
 * The objects at the moment they are handed out, without the rows that are gone and those that the options do not show. Pages are read
 * ahead, and the caller may have written to a row in the meantime.
 */
export function objectsNow<Instance extends Stateful>(
  session: StoreSession,
  passed: readonly Passed<Instance>[],
  options: VisibilityOptions,
): Instance[] {
  return passed.flatMap(({ key, object }) => {
    const known = knownObject(session, key) as Instance | null | undefined; // objects of one row are of one model
    const now = known === undefined ? object : known;
    if (now === null) return [];
    const { definition, row } = now[STATE];
    return row === null || isVisible(definition, row, options) ? [now] : [];
  });
}

/** Lets the batch context go of what the caller wrote to rows while the walk was at them. */
export function leaveBehind(session: StoreSession, passed: readonly Passed<unknown>[]): void {
  for (const { key, isKnown } of passed) if (!isKnown) session.rows?.releaseWritten(key);
}

/** null: the context knows that there is no such row; undefined: it knows nothing. */
function knownObject(session: StoreSession, key: RowKey): Stateful | null | undefined {
  const loaded = session.rows?.peek(key);
  if (!loaded) return undefined;
  if (loaded instanceof ObjectNotFound) return null;
  return STATE in loaded ? (loaded as Stateful) : undefined; // just seen to be one
}
