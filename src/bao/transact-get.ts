/** Reading objects of several models as they are at one moment. */
import type { ReadAction, ResultsOf } from './actions.ts';
import type { CallOptions } from './call-bounds.ts';
import { ValidationError } from './errors.ts';
import { objectOf } from './objects-of-rows.ts';
import { keyAttributeMap, rowIdentity } from './layout.ts';
import type { RowKey } from './layout.ts';
import { definitionOf } from './model-registry.ts';
import { onlySession } from './several-objects.ts';
import { rowOfId } from './primary-id.ts';
import { projectedAttributes } from './projection.ts';
import { readParameters } from './read-rows.ts';
import { storeException } from './store-errors.ts';
import { openSession } from './store-session.ts';
import { visibleObject } from './visibility.ts';
import type { VisibilityOptions } from './visibility.ts';

/** What DynamoDB takes in one transaction. */
const MAX_ITEMS = 100;

/** `only` is about fields of one model, and a transaction may read several. */
type TransactGetOptions = Omit<VisibilityOptions, 'only'>;

/**
 * Reads objects in one transaction: no write is seen in part, and every write acknowledged before is seen.
 *
 * @returns by action: the object, or ObjectNotFound
 * @throws ValidationError for an id that is none, or more than 100 objects; ServiceError when they could not be read
 */
export async function transactGet<const Actions extends readonly ReadAction[]>(
  list: Actions,
  options: CallOptions & TransactGetOptions = {},
): Promise<ResultsOf<Actions>> {
  const results = list.length === 0 ? [] : await readAll(list, options);
  return results as ResultsOf<Actions>; // each row becomes an object of its action's model
}

async function readAll(list: readonly ReadAction[], options: CallOptions & TransactGetOptions): Promise<object[]> {
  const session = onlySession(list.map(({ model }) => ({ model, session: openSession(model, undefined, options) })));
  const asked = list.map(({ model, id, fields }) => ({
    key: rowOfId(definitionOf(model), session.tenant, id),
    attributes: fields && projectedAttributes(definitionOf(model), fields),
  }));
  const rows = rowsAskedFor(asked);
  if (rows.size > MAX_ITEMS) throw new ValidationError(`a transaction reads at most ${MAX_ITEMS} objects, got ${rows.size}`);
  const TransactItems = Array.from(rows.values(), ({ key, attributes }) => ({
    Get: { TableName: session.tableName, Key: keyAttributeMap(key), ...readParameters({ attributes }) },
  }));
  const result = await session.execute('TransactGetItems', { TransactItems });
  if (!result.ok) throw storeException(result.error);
  const readUnits = result.meta.readUnits / rows.size;
  const found = new Map(Array.from(rows.keys(), (identity, at) => [identity, result.output.Responses[at]?.Item ?? null]));
  return list.map(({ model, fields }, at) => {
    const key = asked[at]?.key;
    const row = key === undefined ? null : (found.get(rowIdentity(key)) ?? null);
    const object = objectOf(model, session, { row, readUnits }, fields !== undefined);
    if (key !== undefined && fields === undefined) session.rows?.put(key, object);
    return visibleObject(object, options);
  });
}

interface Asked {
  key: RowKey;
  /** undefined: the whole row */
  attributes: readonly string[] | undefined;
}

/** Every row once, as DynamoDB wants it, with all that the actions ask of it. */
function rowsAskedFor(asked: readonly Asked[]): Map<string, Asked> {
  const rows = new Map<string, Asked>();
  for (const { key, attributes } of asked) {
    const other = rows.get(rowIdentity(key));
    const both = other === undefined ? attributes : attributes && other.attributes && [...new Set([...other.attributes, ...attributes])];
    rows.set(rowIdentity(key), { key, attributes: both });
  }
  return rows;
}
