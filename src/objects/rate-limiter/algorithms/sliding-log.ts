import type { Limit } from '../../../wire/limit-rules.ts';
import type { Algorithm } from './algorithm.ts';

/**
 * When permits were spent, oldest first: `[total before, atMs, total, atMs, total, …]`, each total being all that was spent up to then. So what
 * is spent since an instant is the difference of two totals.
 */
type Log = readonly number[];

/** A log has no more entries than this, give or take the ones that no longer count. */
const MAX_ENTRIES = 1024;

/**
 * Exact: at most `limit` in any span of `windowMs`, wherever it begins. Instants that would make the log too long are rounded up, to later ones,
 * so that a permit may come back a thousandth of the window late and never early.
 *
 * A concurrency limit is the same thing: a place that is taken comes back when it is given back (`refund`), or after `windowMs` when nobody does.
 */
export const slidingLog: Algorithm = {
  used: ({ windowMs }, spent, nowMs) => (spent === undefined ? 0 : totalOf(spent) - totalAt(spent, passed(spent, nowMs - windowMs))),
  spend(limit, spent, permits, nowMs, takesEffectAtMs = nowMs): Log {
    if (spent === undefined) return [0, roundedUpMs(limit, takesEffectAtMs), permits];
    const gone = passed(spent, nowMs - limit.windowMs);
    const lastMs = spent.length > 1 ? atMsBefore(spent, spent.length - 1) : 0;
    // Instants of a log never decrease: what is spent "before" the last entry is booked with it, later than it was.
    const bookedAtMs = Math.max(roundedUpMs(limit, takesEffectAtMs), lastMs);
    const total = totalOf(spent) + permits;
    if (bookedAtMs === lastMs) return [...spent.slice(gone, -1), total];
    return [...spent.slice(gone), bookedAtMs, total];
  },
  refund(limit, spent, permits, spentAtMs, nowMs) {
    if (spent === undefined || spentAtMs <= nowMs - limit.windowMs) return spent;
    const entry = entryAt(spent, roundedUpMs(limit, spentAtMs));
    if (entry < 0) return spent;
    const booked = totalAt(spent, entry + 1) - totalAt(spent, entry - 1);
    if (permits > booked) return spent;
    const rest = spent.map((value, index) => (index > entry && index % 2 === 0 ? value - permits : value));
    return permits === booked ? rest.toSpliced(entry, 2) : rest;
  },
  freeAtMs({ windowMs }, spent, permits, nowMs) {
    if (spent === undefined) return nowMs;
    const total = totalOf(spent);
    for (let index = passed(spent, nowMs - windowMs); index < spent.length; index += 2) {
      if (total - totalAt(spent, index) <= permits) return index === 0 ? nowMs : Math.max(nowMs, atMsBefore(spent, index) + windowMs);
    }
    return nowMs;
  },
};

/** The index of the total of the last entry that no longer counts, at or before `untilMs`; 0 when all count. */
function passed(log: Log, untilMs: number): number {
  let index = 0;
  while (index + 1 < log.length && atMsBefore(log, index + 2) <= untilMs) index += 2;
  return index;
}

/** The instant of the entry whose total stands at `index`. */
function atMsBefore(log: Log, index: number): number {
  return log[index - 1] ?? 0;
}

function totalAt(log: Log, index: number): number {
  return log[index] ?? 0;
}

function totalOf(log: Log): number {
  return log[log.length - 1] ?? 0;
}

/** The index of an instant, or -1. What was booked later than it was spent is not found: it counts on, rather than that another's is given back. */
function entryAt(log: Log, atMs: number): number {
  for (let index = log.length - 2; index > 0; index -= 2) if (log[index] === atMs) return index;
  return -1;
}

function roundedUpMs({ algorithm, windowMs, limit }: Limit, atMs: number): number {
  if (algorithm === 'concurrency' || limit <= MAX_ENTRIES) return atMs;
  const stepMs = Math.max(1, Math.floor(windowMs / MAX_ENTRIES));
  return Math.ceil(atMs / stepMs) * stepMs;
}
