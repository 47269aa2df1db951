/** Keeps queries and scans within the tenant: their inputs name partitions in expressions, not as keys. */
import { parseKeyCondition } from '../../dynamo/expressions/parse-query.ts';
import type { AttributeMap, QueryInput, ScanInput } from '../../dynamo/types.ts';
import { textOf, type KeySpace } from './item-key.ts';

/** What a query asks for, as far as it concerns whose it is. */
export interface QueryScope {
  isForeign: boolean;
  /** the one partition of the table that it reads; undefined for an index, or when the condition is not understood */
  partitionKey: string | undefined;
}

/**
 * Which partition a query reads, and whether that is another tenant's. When the condition is not understood, or
 * of an index that the profile does not know, any value with another tenant's prefix counts as foreign.
 */
export function scopeOfQuery(space: KeySpace, input: QueryInput): QueryScope {
  const keys = input.IndexName === undefined ? space.profile.key : ownValue(space.profile.indexes, input.IndexName);
  const condition = keys === undefined ? null : parseKeyCondition(input, keys);
  const suspects = condition === null ? Object.values(input.ExpressionAttributeValues ?? {}).map(textOf) : [condition.partition];
  const isForeign =
    suspects.some((text) => text !== undefined && space.isForeign(text)) || startsAtForeignRow(space, input.ExclusiveStartKey);
  return { isForeign, partitionKey: input.IndexName === undefined ? condition?.partition : undefined };
}

/**
 * A scan that leaves out the rows of other tenants. DynamoDB filters them before it counts, so all fields of the answer keep their meaning.
 * The page may still start at the key of a foreign row: it is DynamoDB's own word for where the last one ended.
 */
export function ownRowsOnly(space: KeySpace, input: ScanInput): ScanInput {
  const notForeign = '(begins_with(#steamerPartition, :steamerTenant) OR NOT begins_with(#steamerPartition, :steamerBracket))';
  return {
    ...input,
    FilterExpression: input.FilterExpression === undefined ? notForeign : `(${input.FilterExpression}) AND ${notForeign}`,
    ExpressionAttributeNames: { ...input.ExpressionAttributeNames, '#steamerPartition': space.profile.key.partitionKey },
    ExpressionAttributeValues: { ...input.ExpressionAttributeValues, ':steamerTenant': { S: space.prefix }, ':steamerBracket': { S: '[' } },
  };
}

function startsAtForeignRow(space: KeySpace, start: AttributeMap | undefined): boolean {
  const partitionKey = start === undefined ? undefined : space.partitionKeyOf(start);
  return partitionKey !== undefined && space.isForeign(partitionKey);
}

function ownValue<T>(values: Record<string, T>, name: string): T | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}
