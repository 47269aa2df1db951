/** Questions and their answers: whether one fits, and what is said of it. */
import { NEVER_MS } from '../../wire/limiter.ts';
import type { KeyState } from './key-state.ts';
import type { PreparedRule } from './prepared-rule.ts';
import { type CheckAnswer, OUTCOME, type Outcome } from './rpc.ts';

/** A question that can be answered. */
export interface Question {
  rule: PreparedRule;
  key: string;
  cost: number;
  /** how many permits of each limit it may leave in use */
  ceilings: readonly number[];
  want: number;
  /** undefined: the key has spent nothing that counts */
  state: KeyState | undefined;
}

/** One lease takes at most this part of what is left, so that the first who asks does not get it all. */
const LEASE_PART_OF_REST = 1 / 8;
/** With less than this part left, callers are told to wait a moment when they have used what they got. */
const SCARCE_PART = 1 / 16;
/** A refusal is repeated without asking for at most this long, so that a reset or a raised limit is seen soon. */
const HOLD_MAX_MS = 1_000;
/** A place is given back at any time: nobody knows when. */
const PLACE_RETRY_MS = 1_000;

/** Whether the question's cost is within every limit. */
export function fits({ ceilings, state, cost }: Question, nowMs: number): boolean {
  for (let index = 0; index < ceilings.length; index++) {
    const used = state === undefined ? 0 : state.used(index, nowMs);
    if (used + cost > (ceilings[index] ?? 0)) return false;
  }
  return true;
}

/** How many permits may go out on lease after the answer, and how long to wait when they are used. */
export function leasable({ want, rule }: Question, [, , , , , , ...limits]: CheckAnswer): { permits: number; holdMs: number } {
  const rest = Math.min(...limits.filter((_, index) => index % 2 === 0));
  const permits = Math.floor(Math.min(want, rule.leaseMaxPermits, rest * LEASE_PART_OF_REST));
  return { permits, holdMs: rest < rule.capacity * SCARCE_PART ? rule.holdMs : 0 };
}

/** An answer without a lease. */
export function answerOf(outcome: Outcome, { rule, ceilings, state }: Question, nowMs: number): CheckAnswer {
  const answer: CheckAnswer = [outcome, 0, 0, 0, 0, 0];
  for (let index = 0; index < ceilings.length; index++) {
    const used = state === undefined ? 0 : state.used(index, nowMs);
    const isKnown = state !== undefined && used > 0 && !rule.isPlace[index];
    const moreInMs = isKnown ? state.freeAtMs(index, used - 1, nowMs) - nowMs : 0;
    answer.push(Math.max(0, (ceilings[index] ?? 0) - used), moreInMs);
  }
  return answer;
}

/** The answer to a question that does not fit: when it would, and how long the answer is good. */
export function refusal(question: Question, nowMs: number): CheckAnswer {
  const { rule, ceilings, state, cost } = question;
  const answer = answerOf(OUTCOME.REFUSED, question, nowMs);
  if (ceilings.some((ceiling) => cost > ceiling)) {
    answer[1] = NEVER_MS;
    answer[2] = HOLD_MAX_MS;
    return answer;
  }
  let retryAfterMs = 1;
  let holdMs = rule.holdMs;
  for (let index = 0; index < ceilings.length; index++) {
    const ceiling = ceilings[index] ?? 0;
    if (state === undefined || state.used(index, nowMs) + cost <= ceiling) continue;
    if (rule.isPlace[index]) {
      retryAfterMs = Math.max(retryAfterMs, PLACE_RETRY_MS);
      continue;
    }
    const waitMs = state.freeAtMs(index, ceiling - cost, nowMs) - nowMs;
    retryAfterMs = Math.max(retryAfterMs, waitMs);
    // What is out on lease may come back at any time.
    if (state.held <= ceiling - cost) holdMs = Math.max(holdMs, waitMs);
  }
  answer[1] = retryAfterMs;
  answer[2] = Math.min(holdMs, HOLD_MAX_MS);
  return answer;
}

/** The answer to what is no question. */
export function invalid(): CheckAnswer {
  return [OUTCOME.INVALID, 0, 0, 0, 0, 0];
}
