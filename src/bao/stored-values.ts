/** Between the native values of fields and the attributes of rows. */
import type { AttributeValue } from '../dynamo/types.ts';
import type { BaoField } from './fields/field.ts';

/** The stored form of a checked native value; undefined for a value that leaves no attribute. */
export function attributeOf(field: BaoField, value: unknown): AttributeValue | undefined {
  const stored = value === null || value === undefined ? null : field.toDy(value);
  return stored === null || stored === undefined ? undefined : field.marshall(stored);
}

/** The native value of a stored one. */
export function storedValue(field: BaoField, attribute: AttributeValue | undefined): unknown {
  return field.fromDy(attribute === undefined ? null : field.unmarshall(attribute));
}

/** Whether two stored values are the same; the members of sets and maps have no order. */
export function sameAttribute(left: AttributeValue | undefined, right: AttributeValue | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  if ('N' in left && 'N' in right) return left.N === right.N || Number(left.N) === Number(right.N);
  if ('L' in left && 'L' in right)
    return left.L.length === right.L.length && left.L.every((element, at) => sameAttribute(element, right.L[at]));
  if ('M' in left && 'M' in right) {
    const names = Object.keys(left.M);
    return names.length === Object.keys(right.M).length && names.every((name) => sameAttribute(left.M[name], right.M[name]));
  }
  return JSON.stringify(inOrder(left)) === JSON.stringify(inOrder(right));
}

function inOrder(value: AttributeValue): AttributeValue {
  return 'SS' in value ? { SS: value.SS.toSorted() } : value;
}
