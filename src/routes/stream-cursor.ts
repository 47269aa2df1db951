/** Cursors of live reads: they grow with time, so that a cache in front never answers a reader with the same answer for ever. */

/** Protocol, section 8.1: intervals of 20 seconds since 2024-10-09. */
const EPOCH_MS = Date.UTC(2024, 9, 9);
const INTERVAL_MS = 20_000;
const JITTER_MAX_INTERVALS = 180;

/**
 * The cursor of an answer, in decimal: the number of the interval, or a later one than the reader's own.
 *
 * @param cursor what the reader was given last, as it came; anything but a number counts as none
 * @param random from 0 to 1
 */
export function nextCursor(cursor: string | null, nowMs: number, random: number): string {
  const current = Math.floor((nowMs - EPOCH_MS) / INTERVAL_MS);
  const last = cursor !== null && /^\d{1,15}$/.test(cursor) ? Number(cursor) : -1;
  return String(last < current ? current : last + 1 + Math.floor(random * JITTER_MAX_INTERVALS));
}
