/** Which goals a run fails by. */

/** Counts of what happened: they are the same on a machine that is slow or busy. */
const COUNTS = new Set(['calls', 'maxCallsInFlight', 'out of order', 'stale accepts']);

/**
 * Whether a run has what it is held to: all goals; or, where it is a quick one, which is too short to time anything, those that are counts.
 */
export function holdsGoals(goals: readonly { metric: string; isMet: boolean }[], isQuick: boolean): boolean {
  return goals.every(({ metric, isMet }) => isMet || (isQuick && !COUNTS.has(metric)));
}
