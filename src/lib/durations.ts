/** Durations counted in buckets that are finer the shorter they are, so that counts of many places can be added and still have percentiles. */

/** By number of the bucket; what is not there is 0. */
export type Durations = Record<string, number>;

/** A bucket's end is this much above its beginning: what a percentile may be off by. */
const STEP = 2 ** (1 / 4);
/** Ends at about two minutes; what took longer is in it, too. */
const LAST_BUCKET = 68;

/** Adds one duration, in place. */
export function addDuration(durations: Durations, ms: number): void {
  const bucket = ms <= 1 ? 0 : Math.min(LAST_BUCKET, Math.ceil(Math.log(ms) / Math.log(STEP)));
  durations[bucket] = (durations[bucket] ?? 0) + 1;
}

/** Adds counts to others, in place. */
export function addDurations(sum: Durations, more: Durations): void {
  for (const [bucket, count] of Object.entries(more)) sum[bucket] = (sum[bucket] ?? 0) + count;
}

/** The least time, in whole milliseconds, that a share of the durations (0.95) did not exceed, at most a fifth above it; null without any. */
export function percentileMs(durations: Durations, share: number): number | null {
  const buckets = Object.entries(durations).toSorted(([one], [other]) => Number(one) - Number(other));
  let left = share * buckets.reduce((sum, [, count]) => sum + count, 0);
  for (const [bucket, count] of buckets) {
    left -= count;
    if (left <= 0) return Math.round(STEP ** Number(bucket));
  }
  return null;
}
