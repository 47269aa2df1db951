/** What every algorithm answers. Pure: the time is an argument, and what was spent is a value that is never changed. */
import type { Limit } from '../../../wire/limit-rules.ts';

/** What one key has spent under one limit, in numbers that only their algorithm understands; undefined: nothing that still counts. */
export type Spent = readonly number[] | undefined;

/**
 * Permits are whole numbers and instants whole milliseconds, and no step rounds in a caller's favour. Instants never go backwards from one call
 * to the next: whoever keeps the clock sees to that.
 */
export interface Algorithm {
  /** How many permits are in use, part of one counted as a whole one. */
  used(limit: Limit, spent: Spent, nowMs: number): number;
  /**
   * What is spent when `permits` more are; asks nobody whether they may be.
   *
   * @param takesEffectAtMs the last instant at which they may be used, which an exact limit counts them from; default `nowMs`
   */
  spend(limit: Limit, spent: Spent, permits: number, nowMs: number, takesEffectAtMs?: number): Spent;
  /**
   * What is spent when `permits` that were spent at `spentAtMs` are given back. What no longer counts, or was never spent, changes nothing, and no part of what is
   * more than was spent: giving back never makes room for more than the limit.
   */
  refund(limit: Limit, spent: Spent, permits: number, spentAtMs: number, nowMs: number): Spent;
  /** The first instant from `nowMs` on at which at most `permits` are in use, if nothing is spent until then. */
  freeAtMs(limit: Limit, spent: Spent, permits: number, nowMs: number): number;
}
