import type { Algorithm, Spent } from './algorithm.ts';

/**
 * The debt of a bucket and when it was that high. In units of which a permit is `windowMs` and `limit` are paid back each millisecond, so that
 * no number is ever a fraction.
 */
type Bucket = readonly [debt: number, atMs: number];

/**
 * A token bucket: `capacity` permits at once, paid back evenly at `limit` in `windowMs`. Seen as a debt that drains, it is the generic cell rate
 * algorithm.
 *
 * Within any span of T ms at most `capacity + T × limit / windowMs` permits are spent, and a caller who asks all the time gets all but one of them.
 *
 * @see ITU-T I.371, annex A.1
 */
export const tokenBucket: Algorithm = {
  used: ({ limit, windowMs }, spent, nowMs) => Math.ceil(debtAt(spent, limit, nowMs) / windowMs),
  spend({ limit, windowMs }, spent, permits, atMs): Bucket {
    return [debtAt(spent, limit, atMs) + permits * windowMs, atMs];
  },
  refund({ limit, windowMs }, spent, permits, spentAtMs, nowMs) {
    // What may have been paid back since is not given back a second time. It is never more than the debt, of which it is a part.
    const unpaid = Math.max(0, permits * windowMs - Math.max(0, nowMs - spentAtMs) * limit);
    const debt = debtAt(spent, limit, nowMs);
    return unpaid > debt ? spent : [debt - unpaid, nowMs];
  },
  freeAtMs: ({ limit, windowMs }, spent, permits, nowMs) =>
    nowMs + Math.ceil(Math.max(0, debtAt(spent, limit, nowMs) - permits * windowMs) / limit),
};

function debtAt(spent: Spent, limit: number, nowMs: number): number {
  if (spent === undefined) return 0;
  const [debt, atMs] = spent as Bucket; // made by `spend` or `refund`
  return Math.max(0, debt - (nowMs - atMs) * limit);
}
