/** A rule with what follows from it, worked out once instead of at every decision. */
import type { Limit, Rule } from '../../wire/limit-rules.ts';
import { algorithms } from './algorithms/index.ts';
import type { Algorithm } from './algorithms/algorithm.ts';

export interface PreparedRule extends Rule {
  /** what its keys are counted under: its policy, or its own name where a bucket of it fills at another rate than the policy's, as one debt is not paid back at two */
  countedAs: string;
  /** by the order of `limits` */
  algorithms: readonly Algorithm[];
  /** how long after the decision what is spent may take effect, where a limit minds; by the order of `limits` */
  takeEffectAfterMs: readonly number[];
  /** which are of places that are given back, by the order of `limits` */
  isPlace: readonly boolean[];
  /** how long a lease is good; 0: there are none */
  leaseMs: number;
  /** the most permits of one lease */
  leaseMaxPermits: number;
  /** how many permits can be in use at once */
  capacity: number;
  /** of a key that is asked for too often: how long its callers may go without asking, although something is left by then: a bucket that fills meanwhile loses nothing */
  holdMs: number;
  /** changes with the algorithms and windows: what was spent under another shape cannot be read under this one */
  shape: string;
  /** whether what is spent takes more memory the more there is of it */
  hasLog: boolean;
}

/**
 * The longest time from a decision to the moment it takes effect: a caller does not wait longer for an answer, unless its `deadlineMs` says so. An
 * exact limit counts a permit from when it was used, so it books what it admits at the last instant at which that may be.
 */
export const ANSWER_WITHIN_MS = 50;

/**
 * A lease that never comes back was used, as far as anyone knows. That is forgotten within a short window; of a day's quota it would be missing, so there are no
 * leases of longer windows unless the policy asks for them.
 */
const LEASE_MAX_WINDOW_MS = 600_000;
const LEASE_MS = 5_000;
/** A lease of a windowed limit delays its permits' return by its length, so it is short beside the window. */
const LEASE_PART_OF_WINDOW = 1 / 10;
const LEASE_MIN_MS = 100;
const LEASE_MAX_PERMITS = 1_000;
const HOLD_MS = 100;
/** A bucket must not get full while nobody asks. */
const HOLD_PART_OF_FILLING = 1 / 10;
/** All isolates' leases together have to leave room in the limit for callers that have none. */
const LEASE_PART_OF_CAPACITY = 1 / 32;

/** @param policy the policy that the rule overrides; undefined for a policy itself */
export function prepareRule(rule: Rule, policy?: Rule): PreparedRule {
  const { limits } = rule;
  const fillsAsPolicy = limits.every(
    ({ algorithm, limit }, index) => algorithm !== 'token-bucket' || limit === policy?.limits[index]?.limit,
  );
  const capacity = Math.min(...limits.map((limit) => limit.capacity));
  const leaseMs = (rule.leases ?? limits.every(({ windowMs }) => windowMs <= LEASE_MAX_WINDOW_MS)) ? Math.min(...limits.map(leaseMsOf)) : 0;
  return {
    ...rule,
    countedAs: fillsAsPolicy ? rule.policy : rule.name,
    algorithms: limits.map(({ algorithm }) => algorithms[algorithm]),
    takeEffectAfterMs: limits.map(({ algorithm }) => (algorithm === 'sliding-log' ? ANSWER_WITHIN_MS : 0)),
    isPlace: limits.map(({ algorithm }) => algorithm === 'concurrency'),
    leaseMs: leaseMs < LEASE_MIN_MS ? 0 : leaseMs,
    leaseMaxPermits: Math.min(LEASE_MAX_PERMITS, Math.floor(capacity * LEASE_PART_OF_CAPACITY)),
    capacity,
    holdMs: Math.floor(Math.min(...limits.map(holdMsOf))),
    shape: limits.map(({ algorithm, windowMs, period, timeZone }) => [algorithm, windowMs, period, timeZone].join(' ')).join(),
    hasLog: limits.some(({ algorithm }) => algorithm === 'sliding-log' || algorithm === 'concurrency'),
  };
}

function holdMsOf({ algorithm, capacity, limit, windowMs }: Limit): number {
  return algorithm === 'token-bucket' ? Math.min(HOLD_MS, (capacity / limit) * windowMs * HOLD_PART_OF_FILLING) : 0;
}

function leaseMsOf({ algorithm, windowMs }: Limit): number {
  switch (algorithm) {
    case 'token-bucket':
    case 'calendar':
      return LEASE_MS;
    case 'fixed-window':
    case 'sliding-counter':
    case 'sliding-log':
      return Math.min(LEASE_MS, Math.floor(windowMs * LEASE_PART_OF_WINDOW));
    case 'concurrency':
      return 0; // who takes a place gives it back by itself
  }
}
