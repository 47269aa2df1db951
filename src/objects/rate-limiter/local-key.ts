/** One key as an isolate knows it: what it may decide without asking, and what it asks for. No clock, no calls. */
import type { Decision, Failure } from '../../wire/limiter.ts';
import type { Priority } from '../../wire/limits.ts';
import type { KeyAddress } from './object-calls.ts';
import type { AnswerTerms, CheckAnswer, CheckRequest, OUTCOME } from './rpc.ts';

const KEY_MAX_CHARACTERS = 1_024;
/** A lease is asked for to last this long, at the rate of the last requests. */
const LEASE_MS = 5_000;
/** A lease may be so many times as large as the one before, so that a short burst does not take much. */
const LEASE_GROWTH = 4;
/** One request may see the time so much later than another: the object keeps a lease as much longer. */
const LAG_MS = 100;
const CLOSED_RETRY_MS = 1_000;
// By their values, as clients are small: the table of names does not come along.
const ADMITTED: typeof OUTCOME.ADMITTED = 1;
const INVALID: typeof OUTCOME.INVALID = 3;

export class LocalKey {
  readonly rule: string;
  readonly key: string;
  readonly priority: Priority | undefined;
  /** once it is worked out */
  address: KeyAddress | undefined;
  /** the latest time that was seen here */
  #clockMs = 0;
  #leaseId = 0;
  #leased = 0;
  #used = 0;
  #endsAtMs = 0;
  #refusedCost = 0;
  #heldUntilMs = 0;
  #retryAtMs = 0;
  /** what was asked for since `#askedSinceMs`, when the object was asked last */
  #asked = 0;
  #askedSinceMs = 0;
  /** while a question for a lease is under way; none takes that long: the request that asked was cancelled */
  #askingUntilMs = 0;
  #limits: readonly number[] = [];
  #limitsAtMs = 0;
  #aloneUntilMs = 0;
  #aloneCount = 0;

  /** @throws TypeError when the key has no characters, or more than 1,024 */
  constructor(rule: string, key: string, priority?: Priority) {
    if (!key || key.length > KEY_MAX_CHARACTERS) throw new TypeError(`expected a key of 1 to ${KEY_MAX_CHARACTERS} characters`);
    this.rule = rule;
    this.key = key;
    this.priority = priority;
  }

  /** The decision where it needs no asking: permits of the lease, or the refusal of a moment ago; else null. */
  decide(cost: number, nowMs: number): Decision | null {
    this.#asked += cost;
    // The clock has gone back: what was said by it is worth nothing.
    if (nowMs < this.#clockMs - LAG_MS) this.#clockMs = this.#endsAtMs = this.#heldUntilMs = 0;
    this.#clockMs = Math.max(this.#clockMs, nowMs);
    if (this.covers(cost, nowMs)) {
      this.#used += cost;
      return this.#decision('lease', nowMs, 0, this.#leaseId, cost);
    }
    return nowMs < this.#heldUntilMs && cost >= this.#refusedCost ? this.#decision('hold', nowMs, this.#retryAtMs - nowMs) : null;
  }

  /** Whether the lease has so many permits. */
  covers(cost: number, nowMs: number): boolean {
    return this.#used + cost <= this.#leased && nowMs < this.#endsAtMs;
  }

  /** The question for the object. It gives the lease back, if there is one, so nothing is decided here until the answer. */
  question(cost: number, nowMs: number): CheckRequest {
    const expected = (this.#asked * LEASE_MS) / (nowMs - this.#askedSinceMs || 1);
    // One question for a lease at a time; and none for a key that is not asked for again.
    const want = nowMs < this.#askingUntilMs || expected < 2 ? 0 : Math.min(expected, LEASE_GROWTH * (this.#leased || LEASE_GROWTH));
    const [hash] = this.address as KeyAddress; // worked out before anything is asked
    const request: CheckRequest = [this.rule, hash, cost, this.priority, want, this.#leaseId, this.#used];
    this.#leaseId = this.#used = this.#endsAtMs = this.#asked = 0;
    this.#askedSinceMs = nowMs;
    if (want) this.#askingUntilMs = nowMs + LEASE_MS;
    return request;
  }

  /**
   * The decision that the object has answered with; one that spends nothing when it has not.
   *
   * @param sentAtMs when it was asked: its lease is good from then on, which is before it was given
   */
  answer(request: CheckRequest, answer: CheckAnswer | undefined, atMs: number, sentAtMs: number, nowMs: number): Decision {
    if (request[4]) this.#askingUntilMs = 0;
    if (!answer) return newDecision(0);
    const [outcome, ...limits] = answer;
    // With the terms it is an odd number, as there are two for each limit.
    const [retryAfterMs, holdMs, leaseId, leased, leaseMs] = (limits.length % 2 ? limits.splice(-5) : [0, 0, 0, 0, 0]) as AnswerTerms;
    if (outcome === INVALID) throw new TypeError(`expected a policy, got ${this.rule}`);
    this.#limits = limits;
    this.#limitsAtMs = nowMs;
    if (leaseId) {
      this.#leaseId = leaseId;
      this.#leased = leased;
      this.#used = 0;
      this.#endsAtMs = sentAtMs + leaseMs;
    }
    if (holdMs) {
      this.#refusedCost = outcome ? 0 : request[2];
      this.#heldUntilMs = nowMs + holdMs;
      this.#retryAtMs = nowMs + Math.max(retryAfterMs, holdMs);
    }
    return this.#decision('object', nowMs, retryAfterMs, outcome === ADMITTED ? atMs : 0, request[2]);
  }

  /** The decision when there is no answer in time: what comes late is for `answer`. An isolate that counts alone admits so many in each window. */
  fail(cost: number, failure: Failure | undefined, nowMs: number): Decision {
    if (typeof failure !== 'object') return newDecision(failure === 'closed' ? CLOSED_RETRY_MS : 0);
    const untilMs = nowMs - (nowMs % failure.windowMs) + failure.windowMs;
    if (untilMs !== this.#aloneUntilMs) this.#aloneCount = 0;
    this.#aloneUntilMs = untilMs;
    if (this.#aloneCount + cost > failure.limit) return newDecision(untilMs - nowMs);
    this.#aloneCount += cost;
    return newDecision(0);
  }

  /** Gives permits back to the lease that they were of, which never has more than it had; to one that is over, nothing. */
  putBack(cost: number, leaseId: Decision['receipt']): void {
    if (leaseId === this.#leaseId) this.#used = Math.max(0, this.#used - cost);
  }

  #decision(by: Decision['by'], nowMs: number, retryAfterMs: number, receipt?: number, cost?: number): Decision {
    const passedMs = nowMs - this.#limitsAtMs;
    const limits = this.#limits.map((value, index) => Math.max(0, value - (index % 2 ? passedMs : this.#used)));
    return newDecision(retryAfterMs, by, limits, receipt, cost);
  }
}

/** A decision; without more, one that nobody was asked for. */
export function newDecision(
  retryAfterMs: number,
  by: Decision['by'] = 'failure',
  limits: readonly number[] = [],
  receipt = 0,
  cost = 1,
): Decision {
  return { admitted: !retryAfterMs, retryAfterMs, limits, by, receipt, cost };
}
