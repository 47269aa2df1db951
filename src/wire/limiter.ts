/** How rooms ask for permits, whoever counts them. */
import type { Priority } from './limits.ts';

/** The `retryAfterMs` of a decision when waiting does not help: the cost is above the limit. So large that it stays the same whatever time passes. */
export const NEVER_MS = 1e300;

export interface Decision {
  admitted: boolean;
  /** when a refused caller may come back, if nobody else spends until then; `NEVER_MS`; 0 when admitted */
  retryAfterMs: number;
  /** of each limit of the policy, in their order, two numbers: permits left, and in how many ms there are more (0: all are there, or nobody knows); empty when nobody counted */
  limits: readonly number[];
  /** `object` has counted it, a `lease` or an earlier refusal (`hold`) has answered it here, or (`failure`) limits could not be checked */
  by: 'object' | 'lease' | 'hold' | 'failure';
  /** where it was spent, for `refund`: the instant, or the lease; 0: nothing was spent. Of a `failure` it is known when the object answers after all, if the request lasts until then */
  receipt: number | Promise<number>;
  /** the permits that it was asked for, which `refund` gives back; default 1 */
  cost?: number;
}

export interface AskOptions {
  /** permits; a whole number, 1 or more; default 1 */
  cost?: number;
  priority?: Priority;
  /** what the key belongs to: keys that are asked for together have it in common, and a key has the same one always. Default: the key itself */
  partition?: string;
}

/** While limits cannot be checked: everyone is admitted, nobody, or so many in a window by each isolate's own count. */
export type Failure = 'open' | 'closed' | { limit: number; windowMs: number };

/** A rule ("read", "read@pro") and who asks. */
export type Ask = readonly [rule: string, key: string];

export interface Limiter {
  /**
   * Spends permits of a key, or none when it is refused. Answers at once where it can.
   *
   * @throws TypeError when `cost` is no whole number from 1 on, or there is no such rule
   */
  check(rule: string, key: string, options?: AskOptions): Decision | Promise<Decision>;
  /**
   * Spends permits of several keys of one partition when all are admitted, else none.
   *
   * @returns one decision for each, in their order: whether it alone would be admitted; at once where nobody has to be asked
   */
  checkAll(asks: readonly Ask[], options: AskOptions & { partition: string }): Decision[] | Promise<Decision[]>;
  /**
   * Gives back what a decision has spent, once: it has no receipt afterwards. A decision that spent nothing, or so long ago that it no longer counts, changes nothing.
   * Of one that was made without the object it waits for what the object says late.
   *
   * @param options those that it was asked with; how much is given back says the decision
   */
  refund(rule: string, key: string, decision: Decision, options?: AskOptions): Promise<void>;
}
