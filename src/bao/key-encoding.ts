/**
 * Numbers inside keys, which DynamoDB compares as UTF-8 text.
 *
 * `legacy` is what dynamo-bao writes, byte for byte; it sorts whole numbers from 0 on and nothing else.
 * `ordered` sorts as the numbers do, and is the same as `legacy` for whole numbers from 0 on.
 *
 * @see docs/design/bao-layout.md
 */

const INTEGER_DIGITS = 20;
const INTEGER_LIMIT = 100_000_000_000_000_000_000n; // 10 ** 20
const SIGN_BIT = 0x8000_0000_0000_0000n;
const ALL_BITS = 0xffff_ffff_ffff_ffffn;

/** dynamo-bao's whole number: padded with zeros to 20 characters, the sign of a negative one in the middle ("0000…-5"). */
export function legacyInteger(value: number | bigint): string {
  return value.toString().padStart(INTEGER_DIGITS, '0');
}

/**
 * 20 digits; a negative number is "-" and 20 digits of the complement, so that -2 comes before -1.
 *
 * @throws RangeError beyond 20 digits
 */
export function orderedInteger(value: number | bigint): string {
  const integer = BigInt(value);
  if (integer >= INTEGER_LIMIT || integer <= -INTEGER_LIMIT) throw new RangeError('a whole number in a key has at most 20 digits');
  if (integer >= 0n) return integer.toString().padStart(INTEGER_DIGITS, '0');
  return `-${(INTEGER_LIMIT - 1n + integer).toString().padStart(INTEGER_DIGITS, '0')}`;
}

/** dynamo-bao's fraction: 20 digits after the point and the exponent, which does not sort (10 comes before 9). */
export function legacyFloat(value: number): string {
  return value.toExponential(20);
}

/** 16 hexadecimal digits of the IEEE 754 double, its sign bit flipped, a negative number's other bits too: text order is number order. */
export function orderedFloat(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value === 0 ? 0 : value); // -0 and 0 are one key
  const bits = view.getBigUint64(0);
  const sortable = bits & SIGN_BIT ? bits ^ ALL_BITS : bits | SIGN_BIT;
  return sortable.toString(16).padStart(16, '0');
}
