/** ULIDs for ids and versions, from pooled randomness: asking the platform for each of the 16 characters costs more than the rest of a write. */
import { ulid } from 'ulid';

const POOL_BYTES = 1024;
// 10 characters of time, whose first is at most 7 (48 bits), then 16 of randomness; hand-made ids may use any capital there, as in dynamo-bao.
const ULID_PATTERN = /^[0-7][0-9A-HJKMNP-TV-Z]{9}[0-9A-Z]{16}$/;

const pool = new Uint8Array(POOL_BYTES);
let used = POOL_BYTES;

/** A new ULID of the current time. */
export function newUlid(): string {
  return ulid(undefined, random);
}

function random(): number {
  if (used === POOL_BYTES) {
    crypto.getRandomValues(pool);
    used = 0;
  }
  const byte = pool[used] ?? 0; // `used` is below POOL_BYTES here
  used += 1;
  return byte / 256;
}

/** True for 26 characters whose first ten are a ULID's time. */
export function isUlid(value: unknown): value is string {
  return typeof value === 'string' && ULID_PATTERN.test(value);
}
