/**
 * The interface of a rate limiter's object. Questions and answers are tuples of plain values; those that are more than one value travel as JSON text, which costs
 * a fraction of what the runtime's own copy of arrays does.
 */
import type { LimitsDocument } from '../../wire/limit-document.ts';
import type { Priority } from '../../wire/limits.ts';

/**
 * One question: may `key` spend `cost` permits (whole, 1 or more) under `rule`?
 *
 * `key` is the hash of what the caller is known by, of at most 64 characters. `want`: how many permits more the caller would use in the next seconds; it may get
 * some as a lease. `leaseId` and `used`: what it has used of a lease that it gives back with this question.
 */
export type CheckRequest = [
  rule: string,
  key: string,
  cost: number,
  priority?: Priority | undefined,
  want?: number,
  leaseId?: number,
  used?: number,
];

/** A question about each of `keys`, in their order: as many questions, in a text that takes a third of the time to write and to read. */
export type ManyKeysRequest = [rule: string, keys: string[], cost: number, priority?: Priority];

/** `PASSED_OVER`: it may, but another question of its group was refused, so nothing was spent. `INVALID`: no such rule, or no such cost. */
export const OUTCOME = { REFUSED: 0, ADMITTED: 1, PASSED_OVER: 2, INVALID: 3 } as const;
export type Outcome = (typeof OUTCOME)[keyof typeof OUTCOME];

/**
 * Of each limit of the rule, in their order, how many permits are left and in how many ms there are more (0: all are there, or nobody knows). Then `AnswerTerms`,
 * unless all of them are 0: what is mostly so costs nothing to say.
 */
export type CheckAnswer = [outcome: Outcome, ...limitsAndTerms: number[]];

/**
 * - `retryAfterMs`: when a refused caller may be admitted if nobody spends until then; `NEVER_MS` when the cost is above the limit
 * - `holdMs`: how long a refusal may be repeated without asking; with an admission: how long callers have to do with what they got
 * - `leaseId`, `leased`, `leaseMs`: permits that are the caller's until so long after it has asked; 0, 0, 0 for none
 */
export type AnswerTerms = [retryAfterMs: number, holdMs: number, leaseId: number, leased: number, leaseMs: number];

/** The instant of the decisions, which a refund has to name, and the answers in the order of the questions. */
export type CheckAnswers = [atMs: number, ...answers: CheckAnswer[]];

/** Names one object: keys are spread over `shards` objects of a `set` by a hash. Another number of shards is another set of objects. */
export interface LimiterAddress {
  /** letters, digits and hyphens; default "limits" */
  set: string;
  shards: number;
  shard: number;
}

/**
 * `version` is that of the run-time changes which the caller knows. An object that knows older ones answers '', having done nothing; the
 * caller makes it `learn` them and asks again.
 */
export interface RateLimiterRpc {
  /** Every answer is JSON of `CheckAnswers`: here of one. */
  check(version: number, rule: string, key: string, cost: number, priority?: Priority): Promise<string>;
  /**
   * @param requests JSON of an array of `CheckRequest` and `ManyKeysRequest`
   * @param groups how many questions stand together, from the first on: all of a group are spent, or none. Those after the last group stand alone
   */
  checkMany(version: number, requests: string, groups?: number[]): Promise<string>;
  /** As `checkMany` would answer each question alone; spends nothing. */
  peek(version: number, requests: string): Promise<string>;
  /** A lease of at most `want` permits, without spending one. */
  lease(version: number, rule: string, key: string, want: number): Promise<string>;
  /**
   * Gives back permits that were spent at `atMs`. What no longer counts changes nothing, and what is more than the key has spent is not believed. Within that the object
   * takes the caller's word, as it does for `reset` and `learn`: the cost of its own decision, once, as `RateLimiterClient` sees to.
   */
  refund(rule: string, key: string, cost: number, atMs: number): Promise<void>;
  /** Forgets what `key` has spent under a policy, or (null) under all of them. Leases that are out still end by themselves. */
  reset(policy: string | null, key: string): Promise<void>;
  /** Takes run-time changes over, unless they are older than the ones that it knows. */
  learn(version: number, changes: LimitsDocument): Promise<void>;
}

/** What an operator has changed at run time, and how often; version 0: nothing ever. */
export interface LimitChanges {
  version: number;
  changes: LimitsDocument;
}

/** One object of a set keeps its run-time changes. It counts nothing. */
export interface LimitChangesRpc {
  readChanges(): Promise<LimitChanges>;
  /**
   * Replaces all changes.
   *
   * @param ifVersion the version that they were made from
   * @returns the new version, or null when there is another one meanwhile and nothing was replaced
   */
  replaceChanges(changes: LimitsDocument, ifVersion: number): Promise<number | null>;
}
