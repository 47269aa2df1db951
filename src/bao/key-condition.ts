/** Conditions on the sort key of a query, made into the one condition that DynamoDB takes. */
import { compareTexts } from '../dynamo/expressions/compare-values.ts';
import { QueryError, ValidationError } from './errors.ts';
import type { Placeholders } from './expression.ts';
import { checkKeySize, indexSortPrefix, keyText, SORT_KEY_MAX_BYTES } from './layout.ts';
import type { ModelDefinition, NamedField } from './model-definition.ts';
import { isSenseless } from './operator-kinds.ts';
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
  $beginsWith?: BeginningOf<Value>;
}

/** Only keys of texts begin with a text; an instant may be given as one, and is none. */
type BeginningOf<Value> = unknown extends Value
  ? string
  : Date extends Value
    ? never
    : [Value] extends [number | bigint | boolean]
      ? never
      : string;

/** A condition on the sort field of an index. */
export type SortCondition<Index extends { sort: string | null; sortValue: unknown }> = Index['sort'] extends string
  ? { readonly [Name in Index['sort']]?: Index['sortValue'] | SortOperators<Index['sortValue']> }
  : never;

const HIGHEST_CHARACTER = '\u{10ffff}';

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
  const beginning = (text: string) => `begins_with(${placeholders.name(attribute)}, ${placeholders.text(text)})`;
  if (condition === null || condition === undefined) return { expression: prefix === '' ? null : beginning(prefix) };
  const { sort, operators } = readCondition(index, condition);
  const fail = failOf(index, sort.name);
  const toKey = (value: unknown) => operandKey(definition, sort, value, prefix, fail);
  const [[operator, operand] = ['', null]] = operators;
  if (operators.length > 1) {
    const alone = operators.find(([one]) => ALONE.has(one));
    if (alone) fail(`${alone[0]} goes with no other operator`);
  } else if (operator === '$beginsWith') {
    if (isSenseless(sort.field, operator)) return fail(`$beginsWith never holds for a field of kind ${sort.field.storedKind}`);
    if (typeof operand !== 'string' || operand === '') return fail('$beginsWith expects a string of at least one character');
    return { expression: beginning(`${prefix}${operand}`) };
  } else if (operator === '$eq' || (prefix === '' && operator in COMPARISONS)) {
    const text = toKey(operand);
    return { expression: `${placeholders.name(attribute)} ${COMPARISONS[operator]} ${placeholders.text(text)}` };
  }
  const { low, high } = readRange(operators, toKey, prefix, fail);
  if (compareTexts(low, high) > 0) return { empty: true };
  const name = placeholders.name(attribute);
  return { expression: `${name} BETWEEN ${placeholders.text(low)} AND ${placeholders.text(high)}` };
}

const COMPARISONS: Readonly<Record<string, string>> = { $eq: '=', $gt: '>', $gte: '>=', $lt: '<', $lte: '<=' };
const ALONE = new Set(['$eq', '$beginsWith', '$between']);

/** Says what is wrong with a condition. @throws QueryError */
type Fail = (reason: string) => never;

function failOf({ name: indexName }: { name: string }, fieldName: string): Fail {
  return (reason) => {
    throw new QueryError(`${fieldName}: ${reason}`, indexName, fieldName);
  };
}

function readCondition(
  index: { name: string; sort: NamedField | null },
  condition: unknown,
): { sort: NamedField; operators: [operator: string, operand: unknown][] } {
  const { name: indexName, sort } = index;
  if (!isPlainObject(condition)) throw new QueryError('a sort condition has to be an object {field: value}', indexName);
  const names = Object.keys(condition);
  const [name] = names;
  if (name === undefined || names.length > 1) throw new QueryError(`a sort condition names one field, got ${names.length}`, indexName);
  if (sort === null) throw new QueryError(`the index ${indexName} has no sort field to set conditions on`, indexName, name);
  if (name !== sort.name)
    throw new QueryError(`Field ${name.slice(0, 80)} is not the sort key of index ${indexName}, which is ${sort.name}`, indexName, name);
  const operand = condition[name];
  const operators = operand === undefined || operand === null ? [] : operatorsOf(sort.field, operand);
  if (operators.length === 0) failOf(index, name)(isPlainObject(operand) ? 'a sort condition needs an operator' : NEEDS_VALUE);
  return { sort, operators };
}

const NEEDS_VALUE = 'a sort condition needs a value';

/** The ends of a range of keys, both included. */
function readRange(
  operators: readonly [operator: string, operand: unknown][],
  toKey: (value: unknown) => string,
  prefix: string,
  fail: Fail,
): { low: string; high: string } {
  const lows: string[] = [];
  const highs: string[] = [];
  for (const [operator, operand] of operators) {
    switch (operator) {
      case '$between':
        if (!Array.isArray(operand) || operand.length !== 2) return fail('$between expects two values');
        lows.push(toKey(operand[0]));
        highs.push(toKey(operand[1]));
        break;
      case '$gte':
        lows.push(toKey(operand));
        break;
      case '$gt':
        lows.push(keyAfter(toKey(operand)));
        break;
      case '$lte':
        highs.push(toKey(operand));
        break;
      case '$lt':
        highs.push(keyBefore(toKey(operand)));
        break;
      default:
        return fail(`Invalid operator ${operator.slice(0, 80)} in a sort condition`);
    }
  }
  // Among the rows of other models a range that is open ends with the model's own.
  if (prefix !== '' && lows.length === 0) lows.push(prefix);
  if (prefix !== '' && highs.length === 0) highs.push(lastKeyOf(prefix));
  const [low, ...moreLows] = lows;
  const [high, ...moreHighs] = highs;
  if (low === undefined || high === undefined || moreLows.length + moreHighs.length > 0)
    return fail('a condition may have one lower and one upper end');
  return { low, high };
}

/** The highest key that begins with `prefix`, which ends in "#": nothing but such keys is below the next character. */
function lastKeyOf(prefix: string): string {
  return keyBefore(`${prefix.slice(0, -1)}$`);
}

function operandKey(definition: ModelDefinition, sort: NamedField, value: unknown, prefix: string, fail: Fail): string {
  if (value === undefined || value === null) return fail(NEEDS_VALUE);
  const expected = sort.field.expectation(value);
  if (expected !== null) throw new ValidationError(`${sort.name}: expected ${expected}`, sort.name, value);
  const key = `${prefix}${keyText(definition, sort, value) ?? fail('no key is empty')}`;
  checkKeySize(key, SORT_KEY_MAX_BYTES, sort.name);
  return key;
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
