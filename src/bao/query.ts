/** Lists of objects by index, a page at a time. */
import type { AttributeMap, QueryInput } from '../dynamo/types.ts';
import { unmarshallItem } from '../dynamo/codec.ts';
import { describeValue } from '../lib/describe-value.ts';
import { QueryError, ValidationError } from './errors.ts';
import { Placeholders } from './expression.ts';
import { compileFilter } from './filter.ts';
import { instanceOf } from './find.ts';
import { compileSortCondition } from './key-condition.ts';
import { indexAttributes, indexPartition, isModelPrefix, isPartitionOf } from './layout.ts';
import type { IndexDefinition, ModelDefinition } from './model-definition.ts';
import { definitionOf } from './model-registry.ts';
import type { ModelClass } from './model-class.ts';
import { loadRelatedOf } from './related.ts';
import { storeException } from './store-errors.ts';
import { openSession } from './store-session.ts';
import type { StoreSession } from './store-session.ts';

/** Where a page ended: the key attributes of its last row. Opaque to callers; `sealCursor` makes it fit to leave the program. */
export type PageKey = Record<string, string>;

export interface QueryOptions<Condition = unknown> {
  /** rows DynamoDB looks at for one page, before the filter; default: the model's, 100 */
  limit?: number;
  /** by the sort key; default ascending */
  direction?: 'ASC' | 'DESC';
  /** the `lastEvaluatedKey` of the page before */
  startKey?: PageKey | null;
  filter?: Condition | null;
  /** sees every write acknowledged before it; the primary key only, as secondary indexes are always a moment behind */
  consistent?: boolean;
  /** counts only; `items` is empty */
  countOnly?: boolean;
  /** reads these fields only; key fields always come along. Such objects can be read, not saved */
  fields?: readonly string[];
  /** loads these related objects with the page, or all of them */
  loadRelated?: boolean;
  relatedFields?: readonly string[];
  /** false: rows as plain objects instead of instances */
  returnWrapped?: boolean;
}

export interface QueryResult<Instance> {
  items: Instance[];
  /** objects on this page, or counted */
  count: number;
  /** rows DynamoDB looked at for it */
  scannedCount: number;
  /** give it back as `startKey`; undefined after the last page */
  lastEvaluatedKey: PageKey | undefined;
  consumedCapacity: { read: number };
}

/** The most rows that one page may ask for. */
const LIMIT_MAX = 10_000;

/**
 * One page of the objects in one partition of an index, in order of the sort key.
 *
 * @param indexName a name of `indexes`, or `primary`
 * @param partition a native value of the index's partition field; not needed where the partition is the model itself
 * @throws QueryError for an unknown index, condition or filter, or a start key of another query; ValidationError for a value of another kind
 */
export async function queryIndex<Model extends ModelClass>(
  model: Model,
  indexName: string,
  partition: unknown,
  sortCondition: unknown,
  options: QueryOptions = {},
): Promise<QueryResult<Model['prototype']>> {
  const definition = definitionOf(model);
  const session = openSession(model);
  const input = queryInput(definition, session, indexOf(definition, indexName), partition, sortCondition, options);
  if (input === null) return { items: [], count: 0, scannedCount: 0, lastEvaluatedKey: undefined, consumedCapacity: { read: 0 } };
  const result = await session.execute('Query', input, { read: options.consistent ? 'strong' : 'eventual' });
  if (!result.ok) throw storeException(result.error);
  const { Items = [], Count, ScannedCount, LastEvaluatedKey } = result.output;
  const isPartial = options.fields !== undefined;
  // `returnWrapped: false` gives rows where instances are declared, as in dynamo-bao; only who asks for it has to know.
  const items = Items.map((row) =>
    options.returnWrapped === false ? (unmarshallItem(row) as never) : instanceOf(model, session, row, isPartial),
  );
  if (options.loadRelated && options.returnWrapped !== false) await loadRelatedOf(items, options.relatedFields ?? null);
  return {
    items,
    count: Count,
    scannedCount: ScannedCount,
    lastEvaluatedKey: LastEvaluatedKey && pageKey(LastEvaluatedKey),
    consumedCapacity: { read: result.meta.readUnits },
  };
}

/** The index of a name; the primary key is one too. */
export function indexOf(definition: ModelDefinition, name: string): IndexDefinition {
  const index = definition.indexes.get(name);
  if (index) return index;
  if (name === 'primary') return { name, indexId: null, ...definition.primaryKey };
  throw new QueryError(`Index ${describeValue(name)} not found in ${definition.name}`, name, null, 'unknown_index');
}

/** The request of a page, or null when no row can satisfy the condition. */
function queryInput(
  definition: ModelDefinition,
  session: StoreSession,
  index: IndexDefinition,
  partition: unknown,
  sortCondition: unknown,
  options: QueryOptions,
): QueryInput | null {
  const placeholders = new Placeholders();
  const attributes = indexAttributes(index);
  const partitionKey = partitionOf(definition, session.tenant, index, partition);
  const partitionTerm = `${placeholders.name(attributes.partition)} = ${placeholders.value(partitionKey)}`;
  const sort = compileSortCondition(definition, index, sortCondition, attributes.sort, placeholders);
  const filter = options.filter === null || options.filter === undefined ? null : compileFilter(definition, options.filter, placeholders);
  const projection = projectionOf(definition, options.fields, placeholders);
  if ('empty' in sort) return null;
  if (options.consistent && index.indexId !== null)
    throw new QueryError(`the index ${index.name} has no consistent reads; only the primary key has`, index.name);
  return {
    TableName: session.tableName,
    ...(index.indexId === null ? {} : { IndexName: index.indexId }),
    KeyConditionExpression: sort.expression === null ? partitionTerm : `${partitionTerm} AND ${sort.expression}`,
    ...(filter === null ? {} : { FilterExpression: filter }),
    ...(options.countOnly ? { Select: 'COUNT' as const } : projection === null ? {} : { ProjectionExpression: projection }),
    Limit: limitOf(definition, options.limit),
    ScanIndexForward: options.direction !== 'DESC',
    ...(options.consistent ? { ConsistentRead: true } : {}),
    ...(options.startKey ? { ExclusiveStartKey: startKey(definition, session.tenant, index, partitionKey, options.startKey) } : {}),
    ...placeholders.toInput(),
  };
}

function partitionOf(definition: ModelDefinition, tenant: string | null, index: IndexDefinition, value: unknown): string {
  const { partition } = index;
  if (partition === null) {
    if (!isModelPrefix(definition, value))
      throw new QueryError(
        `index ${index.name} lists the whole model: expected no partition value, got ${describeValue(value)}`,
        index.name,
      );
  } else {
    const expected = value === null || value === undefined ? 'a value' : partition.field.expectation(value);
    if (expected !== null)
      throw new ValidationError(`${partition.name}: expected ${expected}, got ${describeValue(value)}`, partition.name, value);
  }
  const text = indexPartition(definition, tenant, index, value);
  if (text === null) throw new ValidationError(`${partition?.name}: a partition value may not be empty`, partition?.name ?? null, value);
  return text;
}

function limitOf(definition: ModelDefinition, limit: number | undefined): number {
  if (limit === undefined) return definition.defaultQueryLimit;
  if (Number.isInteger(limit) && limit >= 1 && limit <= LIMIT_MAX) return limit;
  throw new QueryError(`limit: expected a whole number from 1 to ${LIMIT_MAX}, got ${describeValue(limit)}`);
}

function projectionOf(definition: ModelDefinition, names: readonly string[] | undefined, placeholders: Placeholders): string | null {
  if (names === undefined) return null;
  const unknown = names.find((name) => !definition.fields.has(name));
  if (unknown !== undefined) throw new QueryError(`Unknown field in fields: ${describeValue(unknown)}`, null, unknown);
  const keys = definition.keyFields.map(({ name }) => name);
  return [...new Set(['_pk', '_sk', ...keys, ...names])].map((name) => placeholders.name(name)).join(', ');
}

function pageKey(key: AttributeMap): PageKey {
  // Every key attribute of the layout is text.
  return Object.fromEntries(Object.entries(key).map(([name, value]) => [name, 'S' in value ? value.S : '']));
}

/** The start key as attribute values, after a check that it lies in the queried partition of the tenant. */
function startKey(
  definition: ModelDefinition,
  tenant: string | null,
  index: IndexDefinition,
  partitionKey: string,
  key: PageKey,
): AttributeMap {
  const { partition, sort } = indexAttributes(index);
  const names = new Set(['_pk', '_sk', partition, sort]);
  const isWhole = Object.keys(key).length === names.size && [...names].every((name) => typeof key[name] === 'string');
  if (!isWhole || key[partition] !== partitionKey || !isPartitionOf(definition, tenant, key['_pk'] ?? '')) {
    throw new QueryError('startKey: expected the lastEvaluatedKey of the same query', index.name, null, 'invalid_cursor');
  }
  return Object.fromEntries(Array.from(names, (name) => [name, { S: key[name] ?? '' }]));
}
