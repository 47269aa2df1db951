/** The size of an item as DynamoDB counts it, for its limit of 400 KB. */
import type { AttributeMap, AttributeValue } from './types.ts';

/** The largest item DynamoDB takes, in bytes of its own count. */
export const MAX_ITEM_BYTES = 409_600;

/** A list or map costs this much, plus one byte for each of its elements. */
const CONTAINER_BYTES = 3;
const MAX_NUMBER_BYTES = 21;

/**
 * How many bytes an item has: its attribute names and values.
 *
 * Text counts in UTF-8 and binary as bytes before base64. Of a number AWS says "approximately 1 byte per two significant digits,
 * plus 1 byte"; exactly how is read off AWS's own emulator, to the byte.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export function itemSizeBytes(item: AttributeMap): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(item)) bytes += utf8Bytes(name) + valueSizeBytes(value);
  return bytes;
}

function valueSizeBytes(value: AttributeValue): number {
  if ('S' in value) return utf8Bytes(value.S);
  if ('N' in value) return numberBytes(value.N);
  if ('B' in value) return base64Bytes(value.B);
  if ('BOOL' in value || 'NULL' in value) return 1;
  if ('M' in value) return CONTAINER_BYTES + Object.keys(value.M).length + itemSizeBytes(value.M);
  if ('L' in value) return CONTAINER_BYTES + value.L.length + sum(value.L, valueSizeBytes);
  if ('SS' in value) return sum(value.SS, utf8Bytes);
  if ('NS' in value) return sum(value.NS, numberBytes);
  return sum(value.BS, base64Bytes);
}

function sum<Member>(members: readonly Member[], sizeOf: (member: Member) => number): number {
  return members.reduce((total, member) => total + sizeOf(member), 0);
}

function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) continue;
    // A surrogate pair is 4 bytes in 2 units: 1 more for each.
    bytes += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2;
  }
  return bytes;
}

/** One byte, and one for each pair of digits from the decimal point on: 1.5 is 01.50, two pairs. */
function numberBytes(decimal: string): number {
  const [, whole = '', fraction = '', exponent = '0'] = /^[-+]?(\d*)\.?(\d*)(?:[eE]([-+]?\d+))?$/.exec(decimal) ?? [];
  const digits = (whole + fraction).replace(/0+$/, '');
  const significant = digits.replace(/^0+/, '').length;
  if (significant === 0) return 1;
  const lastDigitAt = Number(exponent) + whole.length - digits.length;
  const pairs = Math.ceil((significant + Math.abs(lastDigitAt % 2)) / 2);
  return Math.min(1 + pairs + (decimal.startsWith('-') ? 1 : 0), MAX_NUMBER_BYTES);
}

function base64Bytes(text: string): number {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return Math.floor((text.length * 3) / 4) - padding;
}
