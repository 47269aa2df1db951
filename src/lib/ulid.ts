/** ULIDs for ids and versions: 48 bits of time and 80 of randomness in Crockford's base 32 (https://github.com/ulid/spec). */

const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TIME_DIGITS = 10;
const RANDOM_DIGITS = 16;
// Asking the platform for the randomness of each ULID by itself costs more than the rest of a write.
const POOL_BYTES = 64 * RANDOM_DIGITS;
// 10 characters of time, whose first is at most 7 (48 bits), then 16 of randomness; hand-made ids may use any capital there, as in dynamo-bao.
const ULID_PATTERN = /^[0-7][0-9A-HJKMNP-TV-Z]{9}[0-9A-Z]{16}$/;

const pool = new Uint8Array(POOL_BYTES);
let used = POOL_BYTES;

/** A new ULID. Those of one millisecond are in no order. */
export function newUlid(atMs: number = Date.now()): string {
  let text = '';
  for (let rest = atMs; text.length < TIME_DIGITS; rest = Math.floor(rest / 32)) text = digit(rest) + text;
  if (used === POOL_BYTES) {
    crypto.getRandomValues(pool);
    used = 0;
  }
  for (const byte of pool.subarray(used, used + RANDOM_DIGITS)) text += digit(byte);
  used += RANDOM_DIGITS;
  return text;
}

/**
 * A ULID that stands behind another one: of this time, or right behind it where that is not later.
 *
 * @param previous null: there is none yet
 */
export function ulidAfter(previous: string | null, atMs: number): string {
  const ulid = newUlid(Math.floor(atMs));
  return previous === null || ulid.slice(0, TIME_DIGITS) > previous.slice(0, TIME_DIGITS) ? ulid : successor(previous);
}

/** The instant that a ULID was made at. */
export function ulidTimeMs(ulid: string): number {
  let atMs = 0;
  for (const character of ulid.slice(0, TIME_DIGITS)) atMs = atMs * DIGITS.length + DIGITS.indexOf(character);
  return atMs;
}

/** Counts on in base 32. A carry out of the randomness goes on in the time, which keeps the order. */
function successor(ulid: string): string {
  const last = DIGITS.at(-1);
  let kept = ulid.length;
  while (kept > 0 && ulid[kept - 1] === last) kept -= 1;
  const counted = digit(DIGITS.indexOf(ulid.charAt(kept - 1)) + 1);
  return ulid.slice(0, Math.max(0, kept - 1)) + counted + '0'.repeat(ulid.length - kept);
}

/** The last base-32 digit of a number; every one is as likely for a random byte, as 32 divides 256. */
function digit(value: number): string {
  return DIGITS.charAt(value % 32);
}

/** True for 26 characters whose first ten are a ULID's time. */
export function isUlid(value: unknown): value is string {
  return typeof value === 'string' && ULID_PATTERN.test(value);
}
