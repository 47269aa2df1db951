/** Indexes that hold a part of each row: what they lack is read from the table, and what DynamoDB would not see is refused. */
import type { IndexProjection } from '../dynamo/table-profile.ts';
import type { AttributeMap } from '../dynamo/types.ts';
import { PARTITION_KEY_FIELD, SORT_KEY_FIELD, TTL_FIELD } from './constants.ts';
import { QueryError } from './errors.ts';
import type { Placeholders } from './expression.ts';
import { indexAttributes, keyOfRow, rowIdentity } from './layout.ts';
import type { IndexDefinition, ModelDefinition } from './model-definition.ts';
import { projectedAttributes } from './projection.ts';
import { readRows } from './read-rows.ts';
import type { StoreSession } from './store-session.ts';
import { isVisible, visibilityTerm } from './visibility.ts';
import type { VisibilityOptions } from './visibility.ts';

/** Options of a query that say which rows and what of them. */
interface RowWish extends VisibilityOptions {
  fields?: readonly string[];
}

/**
 * Refuses a filter over what the index does not hold: to DynamoDB such attributes are missing in every row.
 *
 * @param placeholders the names that the filter uses
 * @throws QueryError
 */
export function checkFilterOn(definition: ModelDefinition, index: IndexDefinition, placeholders: Placeholders): void {
  const held = heldBy(index);
  if (held === null) return;
  const names = Object.values(placeholders.toInput().ExpressionAttributeNames ?? {});
  const missing = names.filter((name) => definition.fields.has(name) && !held.has(name));
  if (missing.length === 0) return;
  throw new QueryError(
    `Filter on '${index.name}' references attribute(s) that aren't projected: [${missing.join(', ')}]. The index projects: [${[...held].join(', ')}].`,
    index.name,
    missing[0] ?? null,
  );
}

/**
 * The term of a filter that leaves out objects that are hidden; null where there are none, or where the index does not say which: then
 * `rowsOfTable` leaves them out.
 *
 * @throws QueryError for a count by such an index
 */
export function visibleBy(
  definition: ModelDefinition,
  index: IndexDefinition,
  options: VisibilityOptions & { countOnly?: boolean },
  placeholders: Placeholders,
): string | null {
  const held = heldBy(index);
  const missing = held === null ? [] : hidingFields(definition, options).filter((name) => !held.has(name));
  if (missing.length === 0) return visibilityTerm(definition, options, placeholders);
  if (!options.countOnly) return null;
  throw new QueryError(
    `the index ${index.name} can not count: it does not hold ${missing.join(' and ')}, by which objects are hidden. ` +
      'Add it to the projection, or ask for all objects',
    index.name,
  );
}

/** Whether a query has to read the rows that the index names from the table. */
export function needsTable(definition: ModelDefinition, index: IndexDefinition, { fields, only }: RowWish): boolean {
  const held = heldBy(index);
  if (held === null) return false;
  const wanted = fields && projectedAttributes(definition, fields, only);
  return wanted === undefined || wanted.some((name) => !held.has(name));
}

/**
 * The rows that an index names, as they are in the table. Those that are gone since, or that the options do not show, are left out.
 *
 * @throws ServiceError when one could not be read
 */
export async function rowsOfTable(
  session: StoreSession,
  definition: ModelDefinition,
  found: readonly AttributeMap[],
  wish: RowWish,
): Promise<{ rows: AttributeMap[]; readUnits: number }> {
  const keys = found.map(keyOfRow);
  const attributes = wish.fields && projectedAttributes(definition, wish.fields, wish.only);
  if (keys.length === 0) return { rows: [], readUnits: 0 };
  const read = await readRows(session, keys, { attributes });
  const rows: AttributeMap[] = [];
  let readUnits = 0;
  for (const key of keys) {
    const outcome = read.get(rowIdentity(key));
    if (outcome instanceof Error) throw outcome;
    readUnits += outcome?.readUnits ?? 0;
    if (outcome?.row && isVisible(definition, outcome.row, wish)) rows.push(outcome.row);
  }
  return { rows, readUnits };
}

/** The fields that say of an object that it is hidden from who asks with these options. */
function hidingFields({ fields, softDelete }: ModelDefinition, { includeDeleted, includeExpired, only }: VisibilityOptions): string[] {
  const expiry = includeExpired !== true && fields.get(TTL_FIELD)?.kind === 'ttl' ? [TTL_FIELD] : [];
  return [...Object.keys(only ?? {}), ...expiry, ...(includeDeleted !== true && softDelete !== null ? [softDelete] : [])];
}

/** The attributes that the index holds; null: all. */
function heldBy(index: IndexDefinition): ReadonlySet<string> | null {
  const projection: IndexProjection = index.projection ?? 'ALL';
  if (projection === 'ALL') return null;
  const keys = [PARTITION_KEY_FIELD, SORT_KEY_FIELD, ...Object.values(indexAttributes(index))];
  return new Set([...keys, ...(projection === 'KEYS_ONLY' ? [] : projection)]);
}
