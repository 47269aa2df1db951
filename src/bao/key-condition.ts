/** Conditions on the sort key of a query, made into the one condition that DynamoDB takes. */
import { compareTexts } from '../dynamo/expressions/compare-values.ts';
import { QueryError, ValidationError } from './errors.ts';
import type { Placeholders } from './expression.ts';
import { checkKeySize, indexSortPrefix, keyText, SORT_KEY_MAX_BYTES } from './layout.ts';
import type { ModelDefinition, NamedField } from './model-definition.ts';
import { operatorsOf } from './operators-of.ts';
import { isPlainObject } from '../lib/plain-object.ts';

/** How a sort key may be limited: equal, a prefix, or a range with one or two ends. */
export interface SortOperators<Value> {
  $eq?: Value;
  $gt?: Value;
  $gte?: Value;
  $lt?: Value;
  $lte?: Value;
  /** both ends included */
  $between?: readonly [Value, Value];
  $beginsWith?: string;
}

/** A condition on the sort field of an index. */
export type SortCondition<Index extends { sort: string | null; sortValue: unknown }> = Index['sort'] extends string
  ? { readonly [Name in Index['sort']]?: Index['sortValue'] | SortOperators<Index['sortValue']> }
  : never;

const HIGHEST_CHARACTER = '\u{10ffff}';
const OPERATORS = new Set(['$eq', '$gt', '$gte', '$lt', '$lte', '$between', '$beginsWith']);

/** The ends of a range of keys, both included. */
interface Range {
  low: string | null;
  high: string | null;
}

/** An expression for the sort key, null for no condition, or `empty` when no key can satisfy it. */
export type CompiledSortCondition = { expression: string | null } | { empty: true };

/**
 * Compiles a sort condition.
 *
 * Two ends become one BETWEEN over the neighbouring keys, as DynamoDB takes one condition and includes both ends.
 *
 * @param attribute the index's sort attribute
 * @throws QueryError for a field that is not the sort key, or operators that do not go together
 * @throws ValidationError for an operand that is not of the field's kind
 */
export function compileSortCondition(
  definition: ModelDefinition,
  index: { name: string; sort: NamedField | null; collection?: string },
  condition: unknown,
  attribute: string,
  placeholders: Placeholders,
): CompiledSortCondition {
  const prefix = indexSortPrefix(definition, index);
  if (condition === null || condition === undefined)
    return { expression: prefix === '' ? null : `begins_with(${placeholders.name(attribute)}, ${placeholders.value(prefix)})` };
  const { sort, operators } = readCondition(index, condition);
  const key = placeholders.name(attribute);
  const toKey = (value: unknown) => operandKey(definition, index.name, sort, value, prefix);
  if (operators.has('$beginsWith'))
    return { expression: `begins_with(${key}, ${placeholders.value(`${prefix}${prefixKey(index.name, sort, operators)}`)})` };
  if (operators.has('$eq')) return { expression: `${key} = ${placeholders.value(toKey(operators.get('$eq')))}` };
  const [only, ...others] = operators;
  const single = only && others.length === 0 ? SINGLE_COMPARISONS[only[0]] : undefined;
  if (only && single && prefix === '') return { expression: `${key} ${single} ${placeholders.value(toKey(only[1]))}` };
  const { low, high } = readRange(index.name, sort, operators, toKey, prefix);
  if (low === null || high === null)
    throw new QueryError(`${sort.name}: a condition may have one lower and one upper end`, index.name, sort.name);
  if (compareTexts(low, high) > 0) return { empty: true };
  return { expression: `${key} BETWEEN ${placeholders.value(low)} AND ${placeholders.value(high)}` };
}

const SINGLE_COMPARISONS: Readonly<Record<string, string>> = { $gt: '>', $gte: '>=', $lt: '<', $lte: '<=' };

function readCondition(
  index: { name: string; sort: NamedField | null },
  condition: unknown,
): { sort: NamedField; operators: Map<string, unknown> } {
  const { name: indexName, sort } = index;
  if (!isPlainObject(condition)) throw new QueryError('a sort condition has to be an object {field: value}', indexName);
  const names = Object.keys(condition);
  const [name] = names;
  if (name === undefined || names.length > 1) throw new QueryError(`a sort condition names one field, got ${names.length}`, indexName);
  if (sort === null) throw new QueryError(`the index ${indexName} has no sort field to set conditions on`, indexName, name);
  if (name !== sort.name)
    throw new QueryError(`Field ${name.slice(0, 80)} is not the sort key of index ${indexName}, which is ${sort.name}`, indexName, name);
  const operand = condition[name];
  if (operand === undefined || operand === null) throw new QueryError(`${name}: a sort condition needs a value`, indexName, name);
  const operators = new Map(operatorsOf(sort.field, operand));
  checkOperators(operators, indexName, name);
  return { sort, operators };
}

function checkOperators(operators: ReadonlyMap<string, unknown>, indexName: string, name: string): void {
  const fail = (reason: string): never => {
    throw new QueryError(`${name}: ${reason}`, indexName, name);
  };
  if (operators.size === 0) fail('a sort condition needs an operator');
  for (const operator of operators.keys()) {
    if (!OPERATORS.has(operator)) fail(`Invalid operator ${operator.slice(0, 80)} in a sort condition`);
  }
  const alone = ['$eq', '$beginsWith', '$between'].find((operator) => operators.has(operator));
  if (alone !== undefined && operators.size > 1) fail(`${alone} goes with no other operator`);
}

function readRange(
  indexName: string,
  { name }: NamedField,
  operators: ReadonlyMap<string, unknown>,
  toKey: (value: unknown) => string,
  prefix: string,
): Range {
  const between = operators.get('$between');
  if (between !== undefined) {
    if (!Array.isArray(between) || between.length !== 2) throw new QueryError(`${name}: $between expects two values`, indexName, name);
    return { low: toKey(between[0]), high: toKey(between[1]) };
  }
  const lows = [
    ...(operators.has('$gte') ? [toKey(operators.get('$gte'))] : []),
    ...(operators.has('$gt') ? [keyAfter(toKey(operators.get('$gt')))] : []),
  ];
  const highs = [
    ...(operators.has('$lte') ? [toKey(operators.get('$lte'))] : []),
    ...(operators.has('$lt') ? [keyBefore(toKey(operators.get('$lt')))] : []),
  ];
  // Among the rows of other models a range that is open ends with the model's own.
  if (prefix !== '' && lows.length === 0) lows.push(prefix);
  if (prefix !== '' && highs.length === 0) highs.push(lastKeyOf(prefix));
  return { low: lows.length === 1 ? (lows[0] ?? null) : null, high: highs.length === 1 ? (highs[0] ?? null) : null };
}

/** The highest key that begins with `prefix`, which ends in "#": nothing but such keys is below the next character. */
function lastKeyOf(prefix: string): string {
  return keyBefore(`${prefix.slice(0, -1)}$`);
}

function operandKey(definition: ModelDefinition, indexName: string, sort: NamedField, value: unknown, prefix: string): string {
  if (value === undefined || value === null) throw new QueryError(`${sort.name}: a sort condition needs a value`, indexName, sort.name);
  const expected = sort.field.expectation(value);
  if (expected !== null) throw new ValidationError(`${sort.name}: expected ${expected}`, sort.name, value);
  const text = keyText(definition, sort, value);
  if (text === null) throw new QueryError(`${sort.name}: no key is empty`, indexName, sort.name);
  const key = `${prefix}${text}`;
  checkKeySize(key, SORT_KEY_MAX_BYTES, sort.name);
  return key;
}

function prefixKey(indexName: string, { name }: NamedField, operators: ReadonlyMap<string, unknown>): string {
  const prefix = operators.get('$beginsWith');
  if (typeof prefix === 'string' && prefix !== '') return prefix;
  throw new QueryError(`${name}: $beginsWith expects a string of at least one character`, indexName, name);
}

/** The lowest text above `key`. */
function keyAfter(key: string): string {
  return `${key}\u0000`;
}

/** The highest text below `key` that a sort key has room for. */
function keyBefore(key: string): string {
  const characters = [...key];
  const last = characters.pop()?.codePointAt(0) ?? 0;
  const head = characters.join('');
  if (last === 0) return head;
  const below = head + String.fromCodePoint(last === 0xe000 ? 0xd7ff : last - 1); // between the two lie the surrogates, which are no characters
  const room = SORT_KEY_MAX_BYTES - new TextEncoder().encode(below).byteLength;
  return below + HIGHEST_CHARACTER.repeat(Math.max(0, Math.floor(room / 4)));
}
