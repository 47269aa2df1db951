/** A query that is understood, and reads rows of the tenant alone: what can be kept of it, and corrected. */
import { parseQuery, type ParsedQuery } from '../../../dynamo/expressions/parse-query.ts';
import type { ModelProfile } from '../../../dynamo/table-profile.ts';
import type { QueryInput } from '../../../dynamo/types.ts';
import type { KeySpace } from '../item-key.ts';
import type { Collection, Place, Places } from './places.ts';

export interface KnownQuery {
  input: QueryInput;
  parsed: ParsedQuery;
  collection: Collection;
  place: Place;
  /** of the rows that stand there; undefined for rows of no model */
  models: readonly (ModelProfile | undefined)[];
  /** equal for queries that have one answer */
  identity: string;
}

/** The query of an input; null when it is beyond what can be told, or reads rows that other tenants can write. */
export function knownQuery(keySpace: KeySpace, places: Places, input: QueryInput): KnownQuery | null {
  const collection = places.collectionOf(input);
  const parsed = collection === undefined ? null : parseQuery(input, collection.rows);
  if (collection === undefined || parsed === null || !places.isOwn(parsed.partition)) return null;
  const place = { collection: collection.name, partition: parsed.partition };
  return { input, parsed, collection, place, models: modelsOf(keySpace, collection, parsed.partition), identity: identityOf(input) };
}

/** ConsistentRead is no part of it: answers are as good with it as without. */
export function identityOf({ ConsistentRead: _either, ...input }: QueryInput): string {
  return JSON.stringify(input);
}

/** The query without what leaves out rows, or parts of them, or all of them: answers to it can be corrected. */
export function wideInput(input: QueryInput): QueryInput {
  const { FilterExpression: _filter, ProjectionExpression: _projection, Select: _select, ...rest } = input;
  const { ExpressionAttributeNames: names, ExpressionAttributeValues: values, ...wide } = rest;
  const usedNames = used(names, rest.KeyConditionExpression);
  const usedValues = used(values, rest.KeyConditionExpression);
  return {
    ...wide,
    ...(usedNames === undefined ? {} : { ExpressionAttributeNames: usedNames }),
    ...(usedValues === undefined ? {} : { ExpressionAttributeValues: usedValues }),
  };
}

/** Whether its answers can be corrected as they are. */
export function isWide({ FilterExpression, ProjectionExpression, Select }: QueryInput): boolean {
  return FilterExpression === undefined && ProjectionExpression === undefined && Select !== 'COUNT';
}

/** The model that a partition is named after; where there is none, all that may have rows in it. */
function modelsOf(keySpace: KeySpace, { indexName }: Collection, partition: string): (ModelProfile | undefined)[] {
  const model = keySpace.modelOf(partition);
  if (model !== undefined || indexName === undefined) return [model];
  return [undefined, ...Object.values(keySpace.profile.models).filter(({ indexes }) => indexes.includes(indexName))];
}

/** DynamoDB refuses names and values that an expression does not use. */
function used<T>(table: Record<string, T> | undefined, expression: string): Record<string, T> | undefined {
  const placeholders = new Set(expression.match(/[#:]\w+/g));
  const entries = Object.entries(table ?? {}).filter(([placeholder]) => placeholders.has(placeholder));
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
