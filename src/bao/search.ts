/** Search for text in the objects of a model, through the iteration index, which holds the normalised text of every row. */
import './iteration-keys.ts';
import { checkBatchSize, compileIndexFilter, readBucketPage } from './bucket-pages.ts';
import type { BucketPage, BucketQuery, IndexKey, SearchedAttributes } from './bucket-pages.ts';
import type { CallOptions } from './call-bounds.ts';
import { ITERATION_PK_FIELD, SEARCH_INDEX_NAME } from './constants.ts';
import { BaoError, QueryError, ValidationError } from './errors.ts';
import type { Filter } from './filter.ts';
import { STATE } from './instance-state.ts';
import type { Stateful } from './instance-state.ts';
import { bucketsOf, checkBucket } from './iterate.ts';
import { iterationPartition } from './layout.ts';
import type { RowKey } from './layout.ts';
import { definitionOf } from './model-registry.ts';
import type { ModelClass } from './model-class.ts';
import type { ModelDefinition } from './model-definition.ts';
import { objectsNow, passObjects } from './passing-objects.ts';
import { searchPredicate } from './search-terms.ts';
import type { SearchOperator, SearchPredicate } from './search-terms.ts';
import type { SearchConfig } from './search-text.ts';
import { openSession } from './store-session.ts';
import type { StoreSession } from './store-session.ts';
import type { VisibilityOptions } from './visibility.ts';
import { beginning, keyOfId, walkHash } from './walk.ts';
import type { Positions, Walk } from './walk.ts';
import { readWalkCursor, writeWalkCursor } from './walk-cursor.ts';

export interface SearchOptions extends CallOptions, VisibilityOptions {
  /** whether a row has to have all terms (default) or any */
  operator?: SearchOperator;
  /** objects on a page; default 100. Infinity: all there are, as far as `maxQueriesPerBucket` allows */
  limit?: number;
  /** goes on after the page that this cursor came with */
  cursor?: string | null;
  /** one more condition on `_searchText`, the only attribute that the index has */
  filter?: Filter<SearchedAttributes> | null;
  /** looks into many buckets at once (default), or into one after the other: the fewest requests for terms that many rows have */
  parallel?: boolean;
  /** rows of the index that DynamoDB looks at per request; default 100 */
  batchSize?: number;
  /** requests for one page in each bucket; default 50. A page of rare terms may end by it short or empty, and has a cursor */
  maxQueriesPerBucket?: number;
  /** requests for one page in all buckets together, with the same effect; default: no bound */
  maxQueries?: number;
}

/** A page of what was found. */
export interface SearchPage<Instance> {
  items: Instance[];
  /** goes on after this page, with the same terms; null when there is nothing more */
  cursor: string | null;
}

/** Awaited it is the first page; `for await` goes over all pages, as arrays of objects. */
export type SearchCall<Instance> = Promise<SearchPage<Instance>> & AsyncIterable<Instance[]>;

/** One search, checked. */
interface Search extends Walk, BucketQuery {
  session: StoreSession;
  predicate: SearchPredicate;
  limit: number;
  maxQueriesPerBucket: number;
  maxQueries: number;
  /** buckets that are asked at the same time */
  width: number;
}

const DEFAULT_LIMIT = 100;
const DEFAULT_BATCH_SIZE = 100;
const DEFAULT_MAX_QUERIES = 50;
/** Enough to hide the time of a request, few enough for the connections of one invocation, and for a cursor that says where each bucket is. */
const PARALLEL_BUCKETS = 8;

/**
 * The objects whose search text has the terms as parts of it. Within a bucket they come in the order of their ids.
 *
 * Only what is returned is read, so a page costs its objects and the looking. The index is a moment behind: a row that was just
 * written may be missing.
 *
 * @param terms parts of words, words or phrases; `tokenizeSearchQuery` makes them of what a user typed
 * @throws BaoError when the model or the table cannot be searched, ValidationError for terms or options that are none, QueryError for a
 *   filter that the index cannot answer or a cursor of another search, ServiceError when the store does not answer
 */
export function searchModel<Model extends ModelClass>(
  model: Model,
  terms: readonly string[],
  options: SearchOptions = {},
): SearchCall<Model['prototype']> {
  return pagesOf((cursor) => searchPage(model, null, terms, { ...options, cursor }), options.cursor ?? null);
}

/** The same in one bucket, for workers that share a search. @throws as `searchModel`; BaoError for no bucket of the model */
export function searchBucket<Model extends ModelClass>(
  model: Model,
  bucket: number,
  terms: readonly string[],
  options: SearchOptions = {},
): SearchCall<Model['prototype']> {
  return pagesOf((cursor) => searchPage(model, bucket, terms, { ...options, cursor }), options.cursor ?? null);
}

function pagesOf<Instance>(search: (cursor: string | null) => Promise<SearchPage<Instance>>, start: string | null): SearchCall<Instance> {
  const first = search(start);
  return Object.assign(first, {
    async *[Symbol.asyncIterator](): AsyncGenerator<Instance[]> {
      let page = await first;
      for (;;) {
        if (page.items.length > 0) yield page.items;
        if (page.cursor === null) return;
        page = await search(page.cursor);
      }
    },
  });
}

async function searchPage<Model extends ModelClass>(
  model: Model,
  bucket: number | null,
  terms: unknown,
  options: SearchOptions,
): Promise<SearchPage<Model['prototype']>> {
  const search = checkSearch(model, bucket, terms, options);
  const { session, limit, predicate, definition } = search;
  const state = options.cursor ? await readWalkCursor(options.cursor, search) : beginning(search);
  const pending = [...state.pending];
  const items: Model['prototype'][] = [];
  while (pending.length > 0 && items.length < limit) {
    const keys = pendingKeys(search, pending.splice(0, limit - items.length));
    const objects = objectsNow(session, await passObjects(model, session, keys), options);
    items.push(...objects.filter((object) => isHit(search, object)));
  }
  const queries = new Map<number, number>();
  const queriesOf = (one: number) => queries.get(one) ?? 0;
  for (let queriesLeft = search.maxQueries; items.length < limit && queriesLeft > 0;) {
    const unfinished = [...state.positions].filter(([one]) => queriesOf(one) < search.maxQueriesPerBucket);
    if (unfinished.length === 0) break;
    const asked = unfinished.slice(0, Math.min(search.width, queriesLeft));
    queriesLeft -= asked.length;
    const round = asked.map(([one, position]) => {
      queries.set(one, queriesOf(one) + 1);
      return readBucketPage(session, definition, one, search, position);
    });
    const hits = takeHits(await Promise.all(round), state.positions, limit - items.length);
    const objects = objectsNow(session, await passObjects(model, session, hits), options);
    // The index is behind the rows: what it found may have another text by now.
    for (const object of objects) if (predicate.matches(object[STATE].row ?? {})) items.push(object);
  }
  return { items, cursor: await writeWalkCursor(search, { positions: state.positions, pending }) };
}

/** The first `room` hits, in the order of their buckets; `positions` move to behind what was taken, so that the rest is found again. */
function takeHits(pages: readonly BucketPage[], positions: Positions, room: number): IndexKey[] {
  const taken: IndexKey[] = [];
  for (const { bucket, hits, lastKey } of pages) {
    const fitting = hits.slice(0, room - taken.length);
    taken.push(...fitting);
    const last = fitting.at(-1);
    if (fitting.length < hits.length) {
      if (last) positions.set(bucket, last);
    } else if (lastKey === null) positions.delete(bucket);
    else positions.set(bucket, lastKey);
  }
  return taken;
}

/** The rows of ids that a cursor of dynamo-bao has kept. @throws QueryError with a filter, which rows cannot be held to here */
function pendingKeys({ definition, tenant, filters }: Search, ids: readonly string[]): RowKey[] {
  if (filters.length > 1)
    throw new QueryError('Invalid cursor: pendingItemKeys go with no filter. Start a new search.', null, null, 'invalid_cursor');
  return ids.flatMap((id) => keyOfId(definition, tenant, id) ?? []);
}

/** Whether the search would find the row: ids in a cursor may be anybody's. */
function isHit({ definition, tenant, scope, predicate }: Search, object: Stateful): boolean {
  const { row } = object[STATE];
  const partition = row?.[ITERATION_PK_FIELD];
  if (!row || !partition || !('S' in partition)) return false;
  return scope.some((bucket) => iterationPartition(definition, tenant, bucket) === partition.S) && predicate.matches(row);
}

function checkSearch(model: ModelClass, bucket: number | null, terms: unknown, options: SearchOptions): Search {
  const { operator = '$and', limit = DEFAULT_LIMIT, batchSize = DEFAULT_BATCH_SIZE } = options;
  const { maxQueriesPerBucket = DEFAULT_MAX_QUERIES, maxQueries = Infinity } = options;
  const definition = definitionOf(model);
  const session = openSession(model, undefined, options);
  const config = checkSearchable(definition, session.manager.getIterationIndexName());
  const scope = bucket === null ? bucketsOf(definition) : [checkBucket(definition, bucket)];
  if (limit !== Infinity && !isPositiveInteger(limit))
    throw new ValidationError('limit must be a positive integer or Infinity.', 'limit', limit);
  if (!isPositiveInteger(maxQueriesPerBucket))
    throw new ValidationError('maxQueriesPerBucket must be a positive integer.', 'maxQueriesPerBucket', maxQueriesPerBucket);
  if (maxQueries !== Infinity && !isPositiveInteger(maxQueries))
    throw new ValidationError('maxQueries must be a positive integer or Infinity.', 'maxQueries', maxQueries);
  const predicate = searchPredicate(terms, operator, config);
  return {
    definition,
    session,
    tenant: session.tenant,
    scope,
    predicate,
    predicateHash: walkHash(definition, predicate.hash, options),
    cursorKeys: session.manager.cursorKeys,
    filters: [predicate.filter, ...compileIndexFilter(definition, SEARCH_INDEX_NAME, options.filter)],
    batchSize: checkBatchSize(batchSize),
    limit,
    maxQueriesPerBucket,
    maxQueries,
    width: options.parallel === false ? 1 : PARALLEL_BUCKETS,
  };
}

/** The texts are dynamo-bao's, which applications match on. */
function checkSearchable({ name, searchConfig, iterationBuckets }: ModelDefinition, indexName: string): SearchConfig {
  const refuse = (message: string): never => {
    throw new BaoError(message, 'misconfigured');
  };
  if (searchConfig === null)
    return refuse(`Model ${name} is not configured as searchable. Add a searchable: { fields: [...] } block in YAML to enable search.`);
  if (iterationBuckets === 0)
    return refuse('searchAll requires iterable: true. For non-iterable models, use query/queryByIndex with a filter on _searchText.');
  if (indexName !== SEARCH_INDEX_NAME)
    return refuse(
      `searchAll requires the '${SEARCH_INDEX_NAME}' GSI. Current config resolves the iteration index to '${indexName}'. ` +
        `Run 'bao-update-table' to add ${SEARCH_INDEX_NAME} to the table, set db.iterationIndexName to '${SEARCH_INDEX_NAME}', and ` +
        `where the model has rows already, run 'bao-rebuild-search-text ${name}'.`,
    );
  return searchConfig;
}

function isPositiveInteger(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 1;
}
