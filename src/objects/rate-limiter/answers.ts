/** Questions and their answers: whether one fits, and what is said of it. */
import { NEVER_MS } from '../../wire/limiter.ts';
import type { KeyState } from './key-state.ts';
import { ANSWER_WITHIN_MS, type PreparedRule } from './prepared-rule.ts';
import { type AnswerTerms, type CheckAnswer, OUTCOME, type Outcome } from './rpc.ts';

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
/** With less than this part left of a key that is asked for too often, callers are told to wait a moment when they have used what they got. */
const SCARCE_PART = 1 / 16;
/** How long after a refusal a key may count as asked for too often: whoever was refused was told to wait a second at least, as `Retry-After` has no less. */
const REFUSED_LATELY_MS = 1_000;
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

/**
 * How many permits may go out on lease, and how long to wait when they are used: not at all, but for a key that is asked for too often.
 * Then twenty isolates that all want more do not ask for every permit that comes back.
 */
export function leasable(
  { want, rule, ceilings, state }: Question,
  answer: CheckAnswer,
  nowMs: number,
): { permits: number; holdMs: number } {
  let rest = Infinity;
  for (let index = 1; index < answer.length; index += 2) rest = Math.min(rest, answer[index] ?? 0);
  const permits = Math.floor(Math.min(want, rule.leaseMaxPermits, rest * LEASE_PART_OF_REST));
  if (!isAskedTooOften(state, ceilings, nowMs) || rest >= rule.capacity * SCARCE_PART) return { permits, holdMs: 0 };
  // What is left for others is not for this caller, who is told so.
  for (let index = 1; index < answer.length; index += 2) if (answer[index] === rest) answer[index] = permits;
  return { permits, holdMs: rule.holdMs };
}

/** An answer without terms. */
export function answerOf(outcome: Outcome, { rule, ceilings, state }: Question, nowMs: number): CheckAnswer {
  const answer: CheckAnswer = [outcome];
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
  if (ceilings.some((ceiling) => cost > ceiling)) return withTerms(answer, [NEVER_MS, HOLD_MAX_MS, 0, 0, 0]);
  let retryAfterMs = 1;
  let holdMs = isAskedTooOften(state, ceilings, nowMs) ? rule.holdMs : 0;
  if (state !== undefined && !fits({ ...question, cost: 1 }, nowMs)) noteExhausted(state, ceilings, nowMs);
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
  return withTerms(answer, [retryAfterMs, Math.min(holdMs, HOLD_MAX_MS), 0, 0, 0]);
}

/** An answer that has no terms yet, with them. */
export function withTerms(answer: CheckAnswer, terms: AnswerTerms): CheckAnswer {
  answer.push(...terms);
  return answer;
}

/** Takes note of a refusal while nothing at all was left. */
function noteExhausted(state: KeyState, ceilings: readonly number[], nowMs: number): void {
  const { exhausted } = state;
  const isNew = exhausted?.ceilings !== ceilings || nowMs >= exhausted.untilMs;
  state.exhausted = { ceilings, sinceMs: isNew ? nowMs : exhausted.sinceMs, untilMs: nowMs + REFUSED_LATELY_MS };
}

/** Whether callers go on who could know by now that nothing is left. Those who do as they were told never find a key so. */
function isAskedTooOften(state: KeyState | undefined, ceilings: readonly number[], nowMs: number): boolean {
  const exhausted = state?.exhausted;
  return exhausted?.ceilings === ceilings && nowMs >= exhausted.sinceMs + ANSWER_WITHIN_MS && nowMs < exhausted.untilMs;
}

/** The answer to what is no question. */
export function invalid(): CheckAnswer {
  return [OUTCOME.INVALID];
}
