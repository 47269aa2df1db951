/** When a message is delivered again, or given up: pure functions. */

/** The SDK fails what was delivered 48 times; a message that comes so far is one that even this cannot be written for. */
export const MAX_ATTEMPTS = 64;
const FIRST_BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 60_000;

/**
 * How long a message waits after a delivery that failed; null: it is given up.
 *
 * @param attempt of the delivery, from 1
 * @param random from 0 to 1: how much of the second half of the time
 */
export function backoffMs(attempt: number, random: number): number | null {
  if (attempt >= MAX_ATTEMPTS) return null;
  const ms = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (attempt - 1));
  return (ms / 2) * (1 + random);
}
