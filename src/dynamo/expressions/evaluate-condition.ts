/** Whether conditions hold for an item. */
import type { AttributeMap, AttributeValue } from '../types.ts';
import { areEqual, bytesOf, compareValues } from './compare-values.ts';
import { attributeAt, type DocumentPath } from './document-path.ts';
import { typeOf } from './operand-types.ts';
import type { Comparator, Condition, Operand } from './syntax.ts';

/**
 * Whether `condition` holds for `item`, as DynamoDB sees it: an attribute that is missing or of another type makes a comparison false, `<>` true.
 *
 * @returns null when it cannot be told
 */
export function holds(condition: Condition, item: AttributeMap): boolean | null {
  switch (condition.kind) {
    case 'and':
      return every(condition.terms, item);
    case 'or':
      return negated(every(condition.terms, item, negated));
    case 'not':
      return negated(holds(condition.term, item));
    case 'exists':
      return (attributeAt(item, condition.path) !== undefined) === condition.isThere;
    case 'type': {
      const value = attributeAt(item, condition.path);
      return value !== undefined && typeOf(value) === condition.type;
    }
    case 'compare':
      return withValues(item, [condition.left, condition.right], ([left, right]) => compares(condition.comparator, left, right));
    case 'between':
      return withValues(item, [condition.operand, condition.low, condition.high], ([value, low, high]) => {
        return compares('>=', value, low) && compares('<=', value, high);
      });
    case 'in':
      return withValues(item, [condition.operand, ...condition.list], ([value, ...list]) => list.some((one) => compares('=', value, one)));
    case 'begins_with':
      return withValues(item, [condition.operand, condition.prefix], ([value, prefix]) => beginsWith(value, prefix));
    case 'contains':
      return withValues(item, [condition.operand, condition.part], ([value, part]) => contains(value, part));
  }
}

/** Of terms that must all hold, after `map`: false if one does not, else null if one cannot be told. */
function every(terms: readonly Condition[], item: AttributeMap, map = (held: boolean | null) => held): boolean | null {
  let result: boolean | null = true;
  for (const term of terms) {
    const held = map(holds(term, item));
    if (held === false) return false;
    if (held === null) result = null;
  }
  return result;
}

function negated(held: boolean | null): boolean | null {
  return held === null ? null : !held;
}

/** Undefined: there is no such value. */
type Value = AttributeValue | undefined;

function withValues(item: AttributeMap, operands: readonly Operand[], test: (values: readonly Value[]) => boolean): boolean | null {
  const values: Value[] = [];
  for (const operand of operands) {
    const value = valueOf(operand, item);
    if (value === null) return null;
    values.push(value);
  }
  return test(values);
}

/** Null: it cannot be told. */
function valueOf(operand: Operand, item: AttributeMap): Value | null {
  switch (operand.kind) {
    case 'value':
      return operand.value;
    case 'path':
      return attributeAt(item, operand.path);
    case 'size':
      return sizeAt(operand.path, item);
  }
}

function sizeAt(path: DocumentPath, item: AttributeMap): Value | null {
  const value = attributeAt(item, path);
  if (value === undefined || 'N' in value || 'BOOL' in value || 'NULL' in value) return undefined;
  // In which unit DynamoDB counts other text is not documented.
  if ('S' in value) return isAscii(value.S) ? { N: String(value.S.length) } : null;
  if ('B' in value) return { N: String(bytesOf(value.B).length) };
  if ('M' in value) return { N: String(Object.keys(value.M).length) };
  const [members] = Object.values(value) as unknown[][]; // a list or a set
  return { N: String(members?.length) };
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0x7f) return false;
  return true;
}

function compares(comparator: Comparator, left: Value, right: Value): boolean {
  if (comparator === '<>') return !compares('=', left, right);
  if (left === undefined || right === undefined) return false;
  if (comparator === '=') return areEqual(left, right);
  const order = compareValues(left, right);
  if (order === null) return false;
  switch (comparator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}

function beginsWith(value: Value, prefix: Value): boolean {
  if (value === undefined || prefix === undefined) return false;
  if ('S' in value) return 'S' in prefix && value.S.startsWith(prefix.S);
  return 'B' in value && 'B' in prefix && bytesOf(value.B).startsWith(bytesOf(prefix.B));
}

/** A text in a text, bytes in bytes, a member of a set, an element of a list. */
function contains(value: Value, part: Value): boolean {
  if (value === undefined || part === undefined) return false;
  if ('S' in value) return 'S' in part && value.S.includes(part.S);
  if ('B' in value) return 'B' in part && bytesOf(value.B).includes(bytesOf(part.B));
  if ('L' in value) return value.L.some((element) => areEqual(element, part));
  if ('SS' in value) return 'S' in part && value.SS.includes(part.S);
  if ('NS' in value) return value.NS.some((member) => areEqual({ N: member }, part));
  return 'BS' in value && 'B' in part && value.BS.includes(part.B);
}
