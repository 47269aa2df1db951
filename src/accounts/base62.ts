const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BASE = BigInt(ALPHABET.length);

/**
 * `value` in base 62 (digits 0–9, A–Z, a–z), most significant digit first, padded with zeros to exactly `length` digits.
 *
 * @throws RangeError when `value` is negative or does not fit
 */
export function base62(value: bigint, length: number): string {
  let digits = '';
  let rest = value;
  while (digits.length < length) {
    digits = ALPHABET.charAt(Number(rest % BASE)) + digits;
    rest /= BASE;
  }
  if (value < 0n || rest > 0n) throw new RangeError(`expected a whole number of at most ${length} base 62 digits`);
  return digits;
}
