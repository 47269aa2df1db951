/** When a failed request is sent again, and after how long. Pure: time and randomness come in as numbers. */
import type { TransientFailure } from './aws-errors.ts';
import type { Repeatability } from './operations.ts';

/** What is known when a request has failed. */
export interface FailedAttempt {
  /** how many requests were sent so far, this one included: 1 after the first */
  attempt: number;
  failure: TransientFailure;
  repeatability: Repeatability;
  /** time left for the whole operation */
  remainingMs: number;
  maxAttempts: number;
  /** 0 (included) to 1 (not), fresh for every decision */
  random: number;
}

/** The longest first wait of each failure; it doubles with every attempt. AWS's clients use 50 ms for DynamoDB. */
const BASE_WAIT_MS: Readonly<Record<TransientFailure, number>> = {
  throttled: 50,
  conflict: 20,
  server: 25,
  network: 25,
  timeout: 25,
};
const MAX_WAIT_MS = 2_000;

/**
 * How long to wait before the request is sent again, or null when it must not be.
 *
 * Full jitter: uniform between 0 and a ceiling that doubles, so that callers that failed together do not come back together
 * (AWS Architecture Blog, "Exponential Backoff And Jitter"). A plain write is repeated only when DynamoDB surely refused it.
 */
export function retryWaitMs(failed: FailedAttempt): number | null {
  if (failed.attempt >= failed.maxAttempts) return null;
  if (failed.repeatability === 'once' && isOutcomeUnknown(failed.failure)) return null;
  const waitMs = fullJitterMs(failed.failure, failed.attempt, failed.random);
  return waitMs < failed.remainingMs ? waitMs : null;
}

/** A wait of full jitter after the `attempt`-th failure in a row, in milliseconds. */
export function fullJitterMs(failure: TransientFailure, attempt: number, random: number): number {
  return random * Math.min(MAX_WAIT_MS, BASE_WAIT_MS[failure] * 2 ** (attempt - 1));
}

/** True when a request that failed so may have been applied all the same: it was sent, and no answer of DynamoDB says it was refused. */
export function isOutcomeUnknown(failure: TransientFailure): boolean {
  return failure !== 'throttled' && failure !== 'conflict';
}
