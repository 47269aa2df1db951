/** The iteration index, read a page of one bucket at a time: which rows a bucket has, in the order of their primary ids. */
import type { StoreError } from '../dynamo/item-store.ts';
import type { AttributeMap, AttributeValue, QueryInput } from '../dynamo/types.ts';
import {
  ITERATION_INDEX_NAME,
  ITERATION_PK_FIELD,
  ITERATION_SK_FIELD,
  PARTITION_KEY_FIELD,
  SEARCH_INDEX_NAME,
  SEARCH_TEXT_FIELD,
  SORT_KEY_FIELD,
} from './constants.ts';
import { BaoError, DataFormatError, QueryError, ValidationError } from './errors.ts';
import { Placeholders } from './expression.ts';
import { compileFilter } from './filter.ts';
import { iterationPartition } from './layout.ts';
import type { ModelDefinition } from './model-definition.ts';
import { storeException } from './store-errors.ts';
import type { StoreSession } from './store-session.ts';

/** The attributes that name a row in the iteration index, and where a page of it ends. */
export const INDEX_KEY_FIELDS = [PARTITION_KEY_FIELD, SORT_KEY_FIELD, ITERATION_PK_FIELD, ITERATION_SK_FIELD] as const;

/** A row of the iteration index. It names the row of the table too. */
export type IndexKey = Readonly<Record<(typeof INDEX_KEY_FIELDS)[number], string>>;

/** What a filter over each index may speak of. Of another index it is not known, so DynamoDB decides. */
const PROJECTED_FIELDS: Readonly<Record<string, readonly string[]>> = {
  [ITERATION_INDEX_NAME]: INDEX_KEY_FIELDS,
  [SEARCH_INDEX_NAME]: [...INDEX_KEY_FIELDS, SEARCH_TEXT_FIELD],
};

/** What a filter over the index may name: `_searchText`, with `iter_search_index`. */
export interface SearchedAttributes {
  [SEARCH_TEXT_FIELD]: string;
}

/** A term over the attributes of the index, in parentheses where it has several parts (DynamoDB takes none in excess), with its placeholders. */
export type IndexFilter = Required<Pick<QueryInput, 'FilterExpression' | 'ExpressionAttributeNames' | 'ExpressionAttributeValues'>>;

/** What every page of a walk asks for. */
export interface BucketQuery {
  /** rows DynamoDB looks at for one page, before the filters */
  batchSize: number;
  /** all must hold */
  filters: readonly IndexFilter[];
}

export interface BucketPage {
  bucket: number;
  /** the rows that passed the filters, in the order of their primary ids */
  hits: IndexKey[];
  /** rows DynamoDB looked at */
  scanned: number;
  /** where the next page begins; null after the last one */
  lastKey: IndexKey | null;
}

/** @throws ValidationError when `batchSize` is none */
export function checkBatchSize(batchSize: unknown): number {
  if (Number.isInteger(batchSize) && Number(batchSize) >= 1) return Number(batchSize);
  throw new ValidationError('batchSize must be a positive integer.', 'batchSize', batchSize);
}

/**
 * A caller's filter, for an index that holds few of the row's attributes.
 *
 * @returns none for an empty filter
 * @throws QueryError for a filter that is wrong in itself, or that names attributes which the index does not have
 */
export function compileIndexFilter(definition: ModelDefinition, indexName: string, filter: unknown): IndexFilter[] {
  if (filter === null || filter === undefined) return [];
  const placeholders = new Placeholders();
  const FilterExpression = compileFilter(definition, filter, placeholders);
  if (FilterExpression === null) return [];
  const { ExpressionAttributeNames = {}, ExpressionAttributeValues = {} } = placeholders.toInput();
  checkProjected(indexName, Object.values(ExpressionAttributeNames));
  return [{ FilterExpression, ExpressionAttributeNames, ExpressionAttributeValues }];
}

/**
 * One page of a bucket.
 *
 * @param startKey where the page before it ended; null for the first
 * @throws BaoError `misconfigured` when the table lacks the index, ServiceError when it could not be read
 */
export async function readBucketPage(
  session: StoreSession,
  definition: ModelDefinition,
  bucket: number,
  { batchSize, filters }: BucketQuery,
  startKey: IndexKey | null,
): Promise<BucketPage> {
  const IndexName = session.manager.getIterationIndexName();
  const partition = iterationPartition(definition, session.tenant, bucket);
  const result = await session.execute('Query', {
    TableName: session.tableName,
    IndexName,
    KeyConditionExpression: '#pk = :pk',
    ...(filters.length === 0 ? {} : { FilterExpression: filters.map(({ FilterExpression }) => FilterExpression).join(' AND ') }),
    // The text that searches look at is long and needed in the index only.
    ProjectionExpression: '#tablePk, #tableSk, #pk, #sk',
    ExpressionAttributeNames: Object.assign(
      { '#tablePk': PARTITION_KEY_FIELD, '#tableSk': SORT_KEY_FIELD, '#pk': ITERATION_PK_FIELD, '#sk': ITERATION_SK_FIELD },
      ...filters.map(({ ExpressionAttributeNames }) => ExpressionAttributeNames),
    ) as Record<string, string>, // every source is one
    ExpressionAttributeValues: Object.assign(
      { ':pk': { S: partition } },
      ...filters.map(({ ExpressionAttributeValues }) => ExpressionAttributeValues),
    ) as AttributeMap, // every source is one
    Limit: batchSize,
    ...(startKey === null ? {} : { ExclusiveStartKey: toAttributes(startKey) }),
  });
  if (!result.ok) throw indexException(result.error, IndexName, session.tableName);
  const { Items = [], ScannedCount, LastEvaluatedKey } = result.output;
  return { bucket, hits: Items.map(toIndexKey), scanned: ScannedCount, lastKey: LastEvaluatedKey ? toIndexKey(LastEvaluatedKey) : null };
}

function checkProjected(indexName: string, names: readonly string[]): void {
  const projected = PROJECTED_FIELDS[indexName];
  const missing = projected === undefined ? [] : names.filter((name) => !projected.includes(name));
  if (projected === undefined || missing.length === 0) return;
  throw new QueryError(
    `Filter on '${indexName}' references attribute(s) that aren't projected: [${missing.join(', ')}]. ` +
      `The index projects: [${projected.join(', ')}]. Filter the objects of each batch in JavaScript instead.`,
    indexName,
    missing[0] ?? null,
  );
}

/** A table without the index is the one failure whose remedy is a command. */
function indexException(error: StoreError, indexName: string, tableName: string): Error {
  const isMissing =
    /does not have the specified index/i.test(error.message) || (error.code === 'table_not_found' && /index/i.test(error.message));
  if (!isMissing) return storeException(error);
  return new BaoError(`Index '${indexName}' is missing on table '${tableName}'. Run 'bao-update-table' to add it.`, 'misconfigured');
}

function toIndexKey({ _pk, _sk, _iter_pk, _iter_sk }: AttributeMap): IndexKey {
  return { _pk: textOf(_pk), _sk: textOf(_sk), _iter_pk: textOf(_iter_pk), _iter_sk: textOf(_iter_sk) };
}

function textOf(value: AttributeValue | undefined): string {
  if (value && 'S' in value) return value.S;
  throw new DataFormatError('a row of the iteration index has no whole key', value, 'a string');
}

function toAttributes(key: IndexKey): AttributeMap {
  return Object.fromEntries(Object.entries(key).map(([name, text]) => [name, { S: text }]));
}
