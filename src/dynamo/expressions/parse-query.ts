/** What a query asks for, understood to the last detail: so that it can be answered, or an answer corrected, without asking DynamoDB. */
import type { IndexProjection, KeyAttributes } from '../table-profile.ts';
import type { AttributeMap, QueryInput } from '../types.ts';
import { attributesOf } from './condition-attributes.ts';
import { holds } from './evaluate-condition.ts';
import { keyConditionOf, type KeyCondition } from './key-condition.ts';
import { NotUnderstood, orNull } from './not-understood.ts';
import { parseCondition } from './parse-condition.ts';
import { parseProjection, type ProjectedMembers } from './projection.ts';
import { Substitutions } from './substitutions.ts';
import type { Condition } from './syntax.ts';

/** What is queried: a table, or one of its secondary indexes. */
export interface QueriedRows {
  /** the keys that rows are found and ordered by */
  key: KeyAttributes;
  /** the keys of the table */
  tableKey: KeyAttributes;
  /** what the index holds of each row; null for the table itself */
  projection: IndexProjection | null;
}

export interface ParsedQuery extends KeyCondition {
  rows: QueriedRows;
  filter: Condition | null;
  projection: ProjectedMembers | null;
  isCount: boolean;
  /** rows looked at; Infinity when the query sets no limit */
  limit: number;
  isForward: boolean;
  startKey: AttributeMap | null;
}

const KNOWN_FIELDS: ReadonlySet<string> = new Set<keyof QueryInput>([
  'TableName',
  'IndexName',
  'KeyConditionExpression',
  'FilterExpression',
  'ProjectionExpression',
  'Select',
  'Limit',
  'ScanIndexForward',
  'ConsistentRead',
  'ExclusiveStartKey',
  'ExpressionAttributeNames',
  'ExpressionAttributeValues',
]);

/** Null when DynamoDB refuses the query, or might, or when something in it is beyond what is understood here. */
export function parseQuery(input: QueryInput, rows: QueriedRows): ParsedQuery | null {
  return orNull(() => readQuery(input, rows));
}

/** The partition and the sort condition of a query, whatever else it asks for; null as above. */
export function parseKeyCondition(input: QueryInput, key: KeyAttributes): KeyCondition | null {
  return orNull(() => keyConditionOf(parseCondition(input.KeyConditionExpression, new Substitutions(input)), key));
}

function readQuery(input: QueryInput, rows: QueriedRows): ParsedQuery {
  for (const name of Object.keys(input)) if (!KNOWN_FIELDS.has(name)) throw new NotUnderstood();
  const substitutions = new Substitutions(input);
  const keyCondition = keyConditionOf(parseCondition(input.KeyConditionExpression, substitutions), rows.key);
  const filter = input.FilterExpression === undefined ? null : filterOf(parseCondition(input.FilterExpression, substitutions), rows);
  const projection =
    input.ProjectionExpression === undefined ? null : projectionOf(parseProjection(input.ProjectionExpression, substitutions), rows);
  substitutions.assertAllUsed();
  return {
    ...keyCondition,
    rows,
    filter,
    projection,
    isCount: isCountOf(input, rows),
    limit: limitOf(input.Limit),
    isForward: flagOf(input.ScanIndexForward, true),
    startKey: input.ExclusiveStartKey === undefined ? null : startKeyOf(input.ExclusiveStartKey, rows, keyCondition),
  };
}

/** A filter is over what the keys do not say. */
function filterOf(filter: Condition, rows: QueriedRows): Condition {
  const names = attributesOf(filter);
  if (names.some((name) => name === rows.key.partitionKey || name === rows.key.sortKey)) throw new NotUnderstood();
  checkHeld(names, rows);
  return filter;
}

function projectionOf(projection: ProjectedMembers, rows: QueriedRows): ProjectedMembers {
  checkHeld([...projection.of.keys()], rows);
  return projection;
}

function checkHeld(names: readonly string[], rows: QueriedRows): void {
  const held = heldBy(rows);
  if (held !== null && names.some((name) => !held.has(name))) throw new NotUnderstood();
}

/** The attributes that an index holds of each row; null: all. */
export function heldBy(rows: QueriedRows): ReadonlySet<string> | null {
  const { projection } = rows;
  if (projection === null || projection === 'ALL') return null;
  return new Set([...keyNamesOf(rows), ...(projection === 'KEYS_ONLY' ? [] : projection)]);
}

/** The names of all key attributes, those of the table first. */
export function keyNamesOf({ key, tableKey }: QueriedRows): ReadonlySet<string> {
  return new Set([tableKey, key].flatMap(({ partitionKey, sortKey }) => [partitionKey, sortKey]));
}

function isCountOf({ Select, ProjectionExpression, ConsistentRead }: QueryInput, { projection }: QueriedRows): boolean {
  const isOfIndex = projection !== null;
  if (flagOf(ConsistentRead, false) && isOfIndex) throw new NotUnderstood();
  const isAllowed = {
    ALL_ATTRIBUTES: ProjectionExpression === undefined && (!isOfIndex || projection === 'ALL'),
    ALL_PROJECTED_ATTRIBUTES: ProjectionExpression === undefined && isOfIndex,
    SPECIFIC_ATTRIBUTES: ProjectionExpression !== undefined,
    COUNT: ProjectionExpression === undefined,
  };
  if (Select !== undefined && (!Object.hasOwn(isAllowed, Select) || !isAllowed[Select])) throw new NotUnderstood();
  return Select === 'COUNT';
}

/** DynamoDB's numbers of rows are 32 bits wide. */
const MAX_LIMIT = 2 ** 31 - 1;

function limitOf(limit: number | undefined): number {
  if (limit === undefined) return Infinity;
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) throw new NotUnderstood();
  return limit;
}

function flagOf(flag: unknown, otherwise: boolean): boolean {
  if (flag === undefined) return otherwise;
  if (typeof flag !== 'boolean') throw new NotUnderstood();
  return flag;
}

/** The keys of the table and of the index, and nothing else, within what the query reads. */
function startKeyOf(startKey: AttributeMap, rows: QueriedRows, { partition, sort }: KeyCondition): AttributeMap {
  const names = keyNamesOf(rows);
  const isWhole = Object.keys(startKey).length === names.size && [...names].every((name) => isText(startKey, name));
  const isWithin = isWhole && isText(startKey, rows.key.partitionKey, partition) && (sort === null || holds(sort, startKey) === true);
  if (!isWithin) throw new NotUnderstood();
  return startKey;
}

function isText(item: AttributeMap, name: string, expected?: string): boolean {
  const value: unknown = Object.hasOwn(item, name) ? item[name] : undefined;
  if (typeof value !== 'object' || value === null || !('S' in value) || typeof value.S !== 'string' || value.S === '') return false;
  return expected === undefined || value.S === expected;
}
