import type { Limit } from '../../../wire/limit-rules.ts';
import type { Algorithm, Spent } from './algorithm.ts';
import { calendarPeriod } from './calendar-period.ts';

/** What was spent in the window that began at `startMs`. */
type Count = readonly [startMs: number, count: number];

/** Says in which window an instant is. */
type WindowAt = (limit: Limit, atMs: number) => { startMs: number; endMs: number };

/**
 * At most `limit` in each window of `windowMs`; windows begin at multiples of their length since 1970. Across the border of two windows up to
 * twice the limit is spent within one length.
 */
export const fixedWindow: Algorithm = countPerWindow(({ windowMs }, atMs) => {
  const startMs = Math.floor(atMs / windowMs) * windowMs;
  return { startMs, endMs: startMs + windowMs };
});

/** At most `limit` in each day or month of a time zone. */
export const calendar: Algorithm = countPerWindow(({ period, timeZone }, atMs) => calendarPeriod(period ?? 'day', timeZone, atMs));

function countPerWindow(windowAt: WindowAt): Algorithm {
  const countAt = (spent: Spent, startMs: number): number => {
    if (spent === undefined) return 0;
    const [countedFromMs, count] = spent as Count; // made by `spend` or `refund`
    return countedFromMs === startMs ? count : 0;
  };
  return {
    used: (limit, spent, nowMs) => (spent === undefined ? 0 : countAt(spent, windowAt(limit, nowMs).startMs)),
    spend(limit, spent, permits, atMs): Count {
      const { startMs } = windowAt(limit, atMs);
      return [startMs, countAt(spent, startMs) + permits];
    },
    refund(limit, spent, permits, spentAtMs, nowMs) {
      const { startMs, endMs } = windowAt(limit, nowMs);
      const count = countAt(spent, startMs);
      return spentAtMs < startMs || spentAtMs >= endMs || permits > count ? spent : [startMs, count - permits];
    },
    freeAtMs(limit, spent, permits, nowMs) {
      const { startMs, endMs } = windowAt(limit, nowMs);
      return countAt(spent, startMs) <= permits ? nowMs : endMs;
    },
  };
}
