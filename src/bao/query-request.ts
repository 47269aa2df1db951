/** The request of a query: index, partition, sort condition and filter in DynamoDB's words. */
import type { AttributeMap, QueryInput } from '../dynamo/types.ts';
import { describeValue } from '../lib/describe-value.ts';
import { QueryError, ValidationError } from './errors.ts';
import { Placeholders } from './expression.ts';
import { compileFilter } from './filter.ts';
import { compileSortCondition } from './key-condition.ts';
import { indexAttributes, indexPartition, isModelPrefix } from './layout.ts';
import type { IndexDefinition, ModelDefinition } from './model-definition.ts';
import { projectedAttributes, projectionExpression } from './projection.ts';
import type { PageKey, QueryOptions } from './query.ts';
import type { StoreSession } from './store-session.ts';
import { onlyAttributes, visibilityTerms } from './visibility.ts';

/** A query before it is known where its page begins and how large it is. */
export interface QueryRequest {
  index: IndexDefinition;
  /** the index's key of the partition that is read */
  partitionKey: string;
  input: QueryInput;
  /** names what is listed and in which order, whatever the size and the fields of a page */
  fingerprint: string;
}

/** The index of a name; the primary key is one too. @throws QueryError for an unknown one */
export function indexOf(definition: ModelDefinition, name: string): IndexDefinition {
  const index = definition.indexes.get(name);
  if (index) return index;
  if (name === definition.primaryKey.name) return definition.primaryKey;
  throw new QueryError(`Index ${describeValue(name)} not found in ${definition.name}`, name, null, 'unknown_index');
}

/** The request, or null when no row can satisfy the condition. @throws QueryError, ValidationError */
export function queryRequest(
  definition: ModelDefinition,
  session: StoreSession,
  index: IndexDefinition,
  partition: unknown,
  sortCondition: unknown,
  options: QueryOptions,
): QueryRequest | null {
  const placeholders = new Placeholders();
  const attributes = indexAttributes(index);
  const partitionKey = partitionOf(definition, session.tenant, index, partition);
  const partitionTerm = `${placeholders.name(attributes.partition)} = ${placeholders.text(partitionKey)}`;
  const sort = compileSortCondition(definition, index, sortCondition, attributes.sort, placeholders);
  const filter = options.filter === null || options.filter === undefined ? null : compileFilter(definition, options.filter, placeholders);
  if (filter !== null) index.part?.checkFilter(definition, placeholders);
  if (options.consistent && index.indexId !== null)
    throw new QueryError(`the index ${index.name} has no consistent reads; only the primary key has`, index.name);
  if ('empty' in sort) return null;
  const listed = {
    TableName: session.tableName,
    ...(index.indexId === null ? {} : { IndexName: index.indexId }),
    KeyConditionExpression: sort.expression === null ? partitionTerm : `${partitionTerm} AND ${sort.expression}`,
    ...(filter === null ? {} : { FilterExpression: filter }),
    ScanIndexForward: options.direction !== 'DESC',
  };
  const among = onlyAttributes(definition, options);
  const fingerprint = JSON.stringify([listed, placeholders.toInput(), ...(among.length === 0 ? [] : [among])]);
  // The time is no part of what is listed: a later page is of the same query.
  const visible = index.part
    ? index.part.visibilityTerms(definition, options, placeholders)
    : visibilityTerms(definition, options, placeholders);
  const filters = [...(filter === null ? [] : [filter]), ...visible];
  const projection = index.part?.lacks(definition, options) ? null : projectionOf(definition, index, options, placeholders);
  const input = {
    ...listed,
    ...(filters.length === 0 ? {} : { FilterExpression: filters.join(' AND ') }),
    ...(options.countOnly ? { Select: 'COUNT' as const } : projection === null ? {} : { ProjectionExpression: projection }),
    ...(options.consistent ? { ConsistentRead: true } : {}),
    ...placeholders.toInput(),
  };
  return { index, partitionKey, input, fingerprint };
}

/** The request of all models' rows in one partition of a collection. @throws ValidationError for a value of another kind */
export function collectionRequest(
  definition: ModelDefinition,
  session: StoreSession,
  index: IndexDefinition,
  partition: unknown,
  { direction }: Pick<QueryOptions, 'direction'>,
): QueryRequest {
  const placeholders = new Placeholders();
  const partitionKey = partitionOf(definition, session.tenant, index, partition);
  const term = `${placeholders.name(indexAttributes(index).partition)} = ${placeholders.text(partitionKey)}`;
  const input = {
    TableName: session.tableName,
    ...(index.indexId === null ? {} : { IndexName: index.indexId }),
    KeyConditionExpression: term,
    ScanIndexForward: direction !== 'DESC',
    ...placeholders.toInput(),
  };
  return { index, partitionKey, input, fingerprint: JSON.stringify(input) };
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

function projectionOf(
  definition: ModelDefinition,
  index: IndexDefinition,
  { fields, fillPage, only }: QueryOptions,
  placeholders: Placeholders,
): string | null {
  if (fields === undefined) return null;
  const attributes = projectedAttributes(definition, fields, only);
  if (attributes === undefined) return null;
  // A page that is cut ends at a row whose keys say where the next one begins.
  const keys = fillPage ? Object.values(indexAttributes(index)) : [];
  return projectionExpression([...new Set([...attributes, ...keys])], placeholders);
}

/** Where a page ended, from DynamoDB's key or from the last row of a page that was cut. */
export function pageKeyOf(index: IndexDefinition, row: AttributeMap): PageKey {
  const names = keyAttributesOf(index);
  return Object.fromEntries(Array.from(names, (name) => [name, textOf(row, name)]));
}

/** Every key attribute of the layout is text. */
function textOf(row: AttributeMap, name: string): string {
  const value = row[name];
  return value && 'S' in value ? value.S : '';
}

/**
 * The start key as attribute values.
 *
 * @param isOwn whether a row with this partition key is one that the query may list
 * @throws QueryError `invalid_cursor` when it does not lie in the queried partition
 */
export function exclusiveStartKey(
  { index, partitionKey }: QueryRequest,
  key: PageKey,
  isOwn: (partition: string) => boolean,
): AttributeMap {
  const names = keyAttributesOf(index);
  const { partition } = indexAttributes(index);
  const isWhole = Object.keys(key).length === names.size && [...names].every((name) => typeof key[name] === 'string');
  if (!isWhole || key[partition] !== partitionKey || !isOwn(key['_pk'] ?? '')) {
    throw new QueryError('startKey: expected the lastEvaluatedKey of the same query', index.name, null, 'invalid_cursor');
  }
  return Object.fromEntries(Array.from(names, (name) => [name, { S: key[name] ?? '' }]));
}

function keyAttributesOf(index: IndexDefinition): Set<string> {
  const { partition, sort } = indexAttributes(index);
  return new Set(['_pk', '_sk', partition, sort]);
}
