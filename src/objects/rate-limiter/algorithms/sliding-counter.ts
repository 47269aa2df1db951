import type { Algorithm, Spent } from './algorithm.ts';

/** What was spent in the window that began at `startMs`, and in the one before it. */
type Counts = readonly [startMs: number, count: number, before: number];

/**
 * A sliding window out of two counters: what was spent in the window before counts less the further this one has gone, as if it had been spent
 * evenly. Cheap and near the truth for even traffic; whoever knows it can spend up to twice the limit within one length.
 */
export const slidingCounter: Algorithm = {
  used({ windowMs }, spent, nowMs) {
    const [startMs, count, before] = countsAt(spent, windowMs, nowMs);
    return count + Math.ceil((before * (windowMs - (nowMs - startMs))) / windowMs);
  },
  spend({ windowMs }, spent, permits, atMs): Counts {
    const [startMs, count, before] = countsAt(spent, windowMs, atMs);
    return [startMs, count + permits, before];
  },
  refund({ windowMs }, spent, permits, spentAtMs, nowMs) {
    const [startMs, count, before] = countsAt(spent, windowMs, nowMs);
    if (spentAtMs >= startMs) return permits > count ? spent : [startMs, count - permits, before];
    return spentAtMs < startMs - windowMs || permits > before ? spent : [startMs, count, before - permits];
  },
  freeAtMs({ windowMs }, spent, permits, nowMs) {
    const [startMs, count, before] = countsAt(spent, windowMs, nowMs);
    if (count <= permits) return Math.max(nowMs, startMs + fadedAfterMs(before, permits - count, windowMs));
    return startMs + windowMs + fadedAfterMs(count, permits, windowMs);
  },
};

function countsAt(spent: Spent, windowMs: number, nowMs: number): Counts {
  const startMs = Math.floor(nowMs / windowMs) * windowMs;
  if (spent === undefined) return [startMs, 0, 0];
  const counts = spent as Counts; // made by `spend` or `refund`
  if (counts[0] === startMs) return counts;
  return [startMs, 0, counts[0] === startMs - windowMs ? counts[1] : 0];
}

/** How far into the next window `count` of a window has faded to `permits`. */
function fadedAfterMs(count: number, permits: number, windowMs: number): number {
  return count <= permits ? 0 : windowMs - Math.floor((permits * windowMs) / count);
}
