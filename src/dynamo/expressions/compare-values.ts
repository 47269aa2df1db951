/** How DynamoDB compares attribute values: numbers by their value, text by its UTF-8 bytes, binary by its bytes, and never across types. */
import { compareDecimals } from '../dynamo-number.ts';
import type { AttributeMap, AttributeValue } from '../types.ts';

/** Whether two values are the same: of sets the members, of maps and lists all that is in them. */
export function areEqual(left: AttributeValue, right: AttributeValue): boolean {
  if ('S' in left) return 'S' in right && left.S === right.S;
  if ('N' in left) return 'N' in right && compareDecimals(left.N, right.N) === 0;
  if ('B' in left) return 'B' in right && left.B === right.B;
  if ('BOOL' in left) return 'BOOL' in right && left.BOOL === right.BOOL;
  if ('NULL' in left) return 'NULL' in right;
  if ('M' in left) return 'M' in right && areEqualMaps(left.M, right.M);
  if ('L' in left) return 'L' in right && areEqualLists(left.L, right.L);
  if ('SS' in left) return 'SS' in right && areEqualSets(left.SS, right.SS, (one, other) => one === other);
  if ('NS' in left) return 'NS' in right && areEqualSets(left.NS, right.NS, (one, other) => compareDecimals(one, other) === 0);
  return 'BS' in right && areEqualSets(left.BS, right.BS, (one, other) => one === other);
}

/** Below 0, 0 or above 0; null for values of two types, and of types that have no order. */
export function compareValues(left: AttributeValue, right: AttributeValue): number | null {
  if ('S' in left) return 'S' in right ? compareTexts(left.S, right.S) : null;
  if ('N' in left) return 'N' in right ? compareDecimals(left.N, right.N) : null;
  if ('B' in left) return 'B' in right ? compareTexts(bytesOf(left.B), bytesOf(right.B)) : null;
  return null;
}

/** The order of texts in UTF-8, which is that of their code points. JavaScript's `<` goes by UTF-16, where U+10000 comes before U+E000. */
export function compareTexts(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at++) {
    const [one, other] = [left.charCodeAt(at), right.charCodeAt(at)];
    if (one !== other) return rankOf(one) - rankOf(other);
  }
  return left.length - right.length;
}

/** The bytes of base64, one in each character. */
export function bytesOf(base64: string): string {
  return atob(base64);
}

/** Puts halves of surrogate pairs, of which characters beyond U+FFFF are made, behind all other code units. */
function rankOf(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

function areEqualMaps(left: AttributeMap, right: AttributeMap): boolean {
  const names = Object.keys(left);
  if (names.length !== Object.keys(right).length) return false;
  return names.every((name) => {
    const [one, other] = [left[name], Object.hasOwn(right, name) ? right[name] : undefined];
    return one !== undefined && other !== undefined && areEqual(one, other);
  });
}

function areEqualLists(left: readonly AttributeValue[], right: readonly AttributeValue[]): boolean {
  return left.length === right.length && left.every((one, at) => areEqual(one, right[at] as AttributeValue)); // of the same length
}

/** A set has each member once. */
function areEqualSets(left: readonly string[], right: readonly string[], isSame: (one: string, other: string) => boolean): boolean {
  return left.length === right.length && left.every((one) => right.some((other) => isSame(one, other)));
}
