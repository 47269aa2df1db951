/** Whether DynamoDB would give an item back in the very words in which it was put. */
import type { AttributeMap, AttributeValue } from '../../dynamo/types.ts';

// DynamoDB writes numbers in plain decimals without zeros at the edges; it keeps 38 digits, and whatever is shorter than that surely whole.
const CANONICAL_NUMBER = /^(?:0|-?[1-9]\d{0,36}|-?(?:0|[1-9]\d{0,17})\.\d{0,18}[1-9])$/;
// Base64 whose unused bits are zero, the only way to write given bytes.
const CANONICAL_BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$/;

/**
 * True when a successful put of `item` makes DynamoDB hold exactly this text, so that it may be cached without being read back.
 * False also for what DynamoDB might accept and change: numbers in other notations, base64 with stray bits, values of no known type.
 */
export function isCanonicalItem(item: AttributeMap): boolean {
  return Object.values(item).every(isCanonical);
}

function isCanonical(value: AttributeValue): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const names = Object.keys(value);
  if (names.length !== 1) return false;
  if ('S' in value) return typeof value.S === 'string' && value.S.isWellFormed();
  if ('N' in value) return CANONICAL_NUMBER.test(value.N);
  if ('BOOL' in value) return typeof value.BOOL === 'boolean';
  if ('NULL' in value) return value.NULL; // an input may say false, which DynamoDB refuses
  if ('B' in value) return CANONICAL_BASE64.test(value.B);
  if ('M' in value) return isCanonicalItem(value.M);
  if ('L' in value) return Array.isArray(value.L) && value.L.every(isCanonical);
  if ('SS' in value) return isSetOf(value.SS, (member) => member.isWellFormed());
  if ('NS' in value) return isSetOf(value.NS, (member) => CANONICAL_NUMBER.test(member));
  return 'BS' in value && isSetOf(value.BS, (member) => CANONICAL_BASE64.test(member));
}

/** The order of a set is DynamoDB's own, and no reader may rely on it. */
function isSetOf(members: unknown, isMember: (member: string) => boolean): boolean {
  return Array.isArray(members) && members.every((member) => typeof member === 'string' && isMember(member));
}
