/** Sends a request until it is answered, refused for good, or out of time: the retry policy at work. */
import { attempt, type AttemptOutcome, type Target } from './attempt.ts';
import { isOutcomeUnknown, retryWaitMs } from './retry-policy.ts';
import { RETRY_AFTER_MS, type Refusal } from './aws-errors.ts';
import type { StoreError } from './item-store.ts';
import type { Repeatability } from './operations.ts';

/** How requests are sent: to where, for how long, how often. */
export interface SenderOptions {
  target: Target;
  /** the longest wait for one answer */
  timeoutMs: number;
  maxAttempts: number;
  /** 0 (included) to 1 (not) */
  random: () => number;
  nowMs: () => number;
  /** waits, and returns early when the signal aborts */
  sleep: (waitMs: number, signal?: AbortSignal) => Promise<void>;
}

/** What bounds one operation, its retries included. */
export interface Bounds {
  deadlineAtMs: number;
  signal: AbortSignal | undefined;
}

/** What a request came to. */
export type Outcome = { ok: true; output: unknown } | { ok: false; error: StoreError };

/** What a request came to, and how many HTTP requests left for it. */
export type Answer = Outcome & { calls: number };

/**
 * Sends a request and repeats it as the retry policy allows.
 *
 * @param input a value for JSON; it is written once, so that every repetition carries the same idempotency token
 * @returns DynamoDB's answer, or the last failure. `outcome_unknown` when a write was sent and no answer says what became of it,
 *   also when the caller aborted or the deadline passed meanwhile
 */
export async function sendRequest(
  { target, timeoutMs, maxAttempts, random, nowMs, sleep }: SenderOptions,
  { operation, input, repeatability }: { operation: string; input: unknown; repeatability: Repeatability },
  { deadlineAtMs, signal }: Bounds,
): Promise<Answer> {
  const body = JSON.stringify(input);
  let calls = 0;
  let isUnknown = false;
  for (let attempts = 1; ; attempts++) {
    const early = stopBefore(operation, deadlineAtMs - nowMs(), signal);
    if (early !== null) return { ok: false, error: isUnknown ? outcomeUnknown(early) : early, calls };
    const outcome = await attempt(target, { operation, body, timeoutMs: Math.min(timeoutMs, deadlineAtMs - nowMs()), signal });
    if (outcome.kind === 'answered') return { ok: true, output: outcome.output, calls: calls + 1 };
    if (outcome.sent) calls += 1;
    const refusal = outcome.kind === 'failed' ? outcome.refusal : aborted(operation);
    const remainingMs = deadlineAtMs - nowMs();
    isUnknown ||= repeatability !== 'read' && outcome.sent && mayBeApplied(outcome);
    // What never left can be sent again, whatever it is.
    const asSent = outcome.sent ? repeatability : 'read';
    const failed = { attempt: attempts, repeatability: asSent, remainingMs, maxAttempts, random: random() };
    const waitMs = refusal.transient === null ? null : retryWaitMs({ ...failed, failure: refusal.transient });
    if (waitMs === null) return { ok: false, error: finalError(refusal, remainingMs, isUnknown), calls };
    await sleep(waitMs, signal);
  }
}

function stopBefore(operation: string, remainingMs: number, signal: AbortSignal | undefined): StoreError | null {
  if (signal?.aborted === true) return aborted(operation).error;
  return remainingMs > 0 ? null : { code: 'deadline_exceeded', message: `${operation}: out of time`, retryAfterMs: RETRY_AFTER_MS };
}

function aborted(operation: string): Refusal {
  return { error: { code: 'aborted', message: `${operation}: aborted by the caller` }, transient: null };
}

function mayBeApplied(outcome: AttemptOutcome): boolean {
  return (
    outcome.kind === 'aborted' ||
    (outcome.kind === 'failed' && outcome.refusal.transient !== null && isOutcomeUnknown(outcome.refusal.transient))
  );
}

function finalError({ error, transient }: Refusal, remainingMs: number, isUnknown: boolean): StoreError {
  // A cancelled transaction tells that no earlier sending was applied: its token would have answered with success. One may still be on its way.
  if (isUnknown) return error.code === 'transaction_cancelled' ? { ...error, mayBeApplied: true } : outcomeUnknown(error);
  if (transient === 'timeout' && remainingMs <= 0) return { ...error, code: 'deadline_exceeded' };
  return error;
}

function outcomeUnknown(error: StoreError): StoreError {
  const { message, awsName } = error;
  return { code: 'outcome_unknown', message, ...(awsName === undefined ? {} : { awsName }) };
}
