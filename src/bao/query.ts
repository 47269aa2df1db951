/** Lists of objects by index, a page at a time. */
import type { AttributeMap } from '../dynamo/types.ts';
import { describeValue } from '../lib/describe-value.ts';
import type { CallOptions } from './call-bounds.ts';
import { ConfigurationError, QueryError } from './errors.ts';
import { demandFeature } from './features.ts';
import type { FindOptions } from './find.ts';
import { instanceOf } from './objects-of-rows.ts';
import { isPartitionOf } from './layout.ts';
import { relationsIn } from './model-definition.ts';
import type { ModelDefinition } from './model-definition.ts';
import { definitionOf } from './model-registry.ts';
import type { ModelClass } from './model-class.ts';
import { exclusiveStartKey, indexOf, queryRequest } from './query-request.ts';
import type { QueryRequest } from './query-request.ts';
import { readPage } from './query-pages.ts';
import type { Page } from './query-pages.ts';
import { openSession } from './store-session.ts';
import type { StoreSession } from './store-session.ts';
import type { VisibilityOptions } from './visibility.ts';

/** Where a page ended: the key attributes of its last row. It holds keys of the table; a `cursor` is what may leave the program. */
export type PageKey = Record<string, string>;

export interface QueryOptions<Condition = unknown, FieldName extends PropertyKey = string> extends CallOptions, VisibilityOptions {
  /** rows DynamoDB looks at for one page, before the filter, or with `fillPage` objects on it; default, also for 0: the model's, 100 */
  limit?: number | null;
  /** by the sort key; default ascending */
  direction?: 'ASC' | 'DESC';
  /** the `lastEvaluatedKey` of the page before */
  startKey?: PageKey | null;
  /** the `cursor` of the page before */
  cursor?: string | null;
  filter?: Condition | null;
  /** asks on until `limit` objects pass the filter, in at most so many requests (true: 10); a page may still be short where it has a next one */
  fillPage?: boolean | number;
  /** sees every write acknowledged before it; the primary key only, as secondary indexes are always a moment behind */
  consistent?: boolean;
  /** counts only, without `limit` all there are; `items` is empty */
  countOnly?: boolean;
  /** reads these fields only; key fields always come along. Such objects can be read, not saved */
  fields?: readonly FieldName[];
  /** loads these related objects with the page, or all of them */
  loadRelated?: boolean;
  relatedFields?: readonly string[] | null;
  /** how they are read: `consistent`, some `fields` of theirs, … */
  relatedOptions?: FindOptions;
  /** the related objects in the place of those that name them, without those that are gone; needs `loadRelated` and one of `relatedFields` */
  relatedOnly?: boolean;
  /** false: rows as plain objects instead of instances */
  returnWrapped?: boolean;
}

/** One page of a query, in the order of the index. */
export interface QueryResult<Instance> {
  items: Instance[];
  /** objects on this page, or counted */
  count: number;
  /** rows DynamoDB looked at for it */
  scannedCount: number;
  /** give it back as `startKey`; undefined after the last page */
  lastEvaluatedKey: PageKey | undefined;
  /** the same, sealed and of use for this query alone; null after the last page, undefined without `cursorKeys` in `initModels` */
  cursor: string | null | undefined;
  consumedCapacity: { read: number };
}

/** The most rows that one page may ask for. */
const LIMIT_MAX = 10_000;

/**
 * One page of the objects in one partition of an index, in order of the sort key.
 *
 * @param indexName a name of `indexes`, or `primary`
 * @param partition a native value of the index's partition field; not needed where the partition is the model itself
 * @throws QueryError for an unknown index, condition or filter, or a start key or cursor of another query; ValidationError for a value
 *   of another kind
 */
export async function queryIndex<Model extends ModelClass>(
  model: Model,
  indexName: string,
  partition: unknown,
  sortCondition: unknown,
  options: QueryOptions = {},
): Promise<QueryResult<Model['prototype']>> {
  const definition = definitionOf(model);
  const session = openSession(model, undefined, options);
  const limit = limitOf(definition, options);
  const request = queryRequest(definition, session, indexOf(definition, indexName), partition, sortCondition, options);
  const startKey = await pageStart(session, definition, request, options);
  const { cursors } = session.manager;
  if (request === null) return noObjects(cursors !== null);
  const page = await readPage(session, request, {
    limit,
    startKey: startKey ? exclusiveStartKey(request, startKey, (key) => isPartitionOf(definition, session.tenant, key)) : undefined,
    maxRequests: requestsOf(options),
    isStrong: options.consistent === true,
  });
  const { rows, count, readUnits } = await wholePage(session, definition, request, page, options);
  // Plain rows and related objects stand where instances are declared, as in dynamo-bao; only who asks for them has to know.
  const items = (await itemsOf(model, session, rows, options)) as Model['prototype'][];
  return {
    items,
    count: options.relatedOnly ? items.length : count,
    scannedCount: page.scannedCount,
    lastEvaluatedKey: page.lastKey,
    cursor: await cursors?.seal(session, definition, request, page.lastKey),
    consumedCapacity: { read: readUnits },
  };
}

/** Where a page begins: where the one before it ended. @throws ConfigurationError for a cursor without keys, QueryError for one of another query */
export async function pageStart(
  session: StoreSession,
  definition: ModelDefinition,
  request: QueryRequest | null,
  { cursor, startKey }: Pick<QueryOptions, 'cursor' | 'startKey'>,
): Promise<PageKey | null | undefined> {
  if (!cursor) return startKey;
  const { cursors } = session.manager;
  if (cursors) return cursors.open(session, definition, request, cursor);
  throw new ConfigurationError('cursors need cursorKeys in initModels', definition.name);
}

/** The page with what an index that holds a part of each row lacks. */
async function wholePage(
  session: StoreSession,
  definition: ModelDefinition,
  { index }: QueryRequest,
  page: Page,
  options: QueryOptions,
): Promise<Pick<Page, 'rows' | 'count' | 'readUnits'>> {
  if (options.countOnly || !index.part?.lacks(definition, options)) return page;
  const { rows, readUnits } = await index.part.rowsOfTable(session, definition, page.rows, options);
  return { rows, count: rows.length, readUnits: page.readUnits + readUnits };
}

/** What a page has of its rows: objects, with their relations where those are asked for, or the related ones alone; or the plain rows. */
async function itemsOf(
  model: ModelClass,
  session: StoreSession,
  rows: readonly AttributeMap[],
  options: QueryOptions,
): Promise<readonly object[]> {
  if (options.returnWrapped === false) return rows.map(demandFeature('attribute-types', 'returnWrapped').unmarshallItem);
  const objects = rows.map((row) => instanceOf(model, session, row, options.fields !== undefined));
  const relations = options.loadRelated || options.relatedOnly ? relationsIn(definitionOf(model)) : null;
  return relations ? session.within(() => relations.ofPage(objects, options)) : objects;
}

function noObjects(hasCursors: boolean): QueryResult<never> {
  const cursor = hasCursors ? null : undefined;
  return { items: [], count: 0, scannedCount: 0, lastEvaluatedKey: undefined, cursor, consumedCapacity: { read: 0 } };
}

/** The rows or objects of a page; undefined for a count of all there are. @throws QueryError for a limit that is none */
export function limitOf(definition: ModelDefinition, { limit, countOnly }: Pick<QueryOptions, 'limit' | 'countOnly'>): number | undefined {
  if (!limit) return countOnly ? undefined : definition.defaultQueryLimit;
  if (Number.isInteger(limit) && limit >= 1 && limit <= LIMIT_MAX) return limit;
  throw new QueryError(`limit: expected a whole number from 1 to ${LIMIT_MAX}, got ${describeValue(limit)}`);
}

/** How many requests a page may take. */
function requestsOf({ limit, countOnly, fillPage = false }: QueryOptions): number {
  if (countOnly) return limit ? 1 : Infinity;
  if (typeof fillPage === 'boolean') return fillPage ? FILL_REQUESTS : 1;
  if (Number.isInteger(fillPage) && fillPage >= 1) return fillPage;
  throw new QueryError(`fillPage: expected true, false or a number of requests, got ${describeValue(fillPage)}`);
}

const FILL_REQUESTS = 10;
