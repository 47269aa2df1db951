import fc from 'fast-check';
import { describe, expect, inject, test } from 'vitest';
import type { Spent } from '../../../src/objects/rate-limiter/algorithms/algorithm.ts';
import { algorithms } from '../../../src/objects/rate-limiter/algorithms/index.ts';
import type { AlgorithmName, Limit } from '../../../src/wire/limit-rules.ts';
import { limitOf } from './limits.ts';

const runs = (count: number) => ({ numRuns: Math.ceil(count * inject('testScale')) });

/** What a key has spent after a list of `[atMs, permits]`. */
function spentOf(limit: Limit, spends: readonly (readonly [number, number])[]): Spent {
  const algorithm = algorithms[limit.algorithm];
  return spends.reduce<Spent>((spent, [atMs, permits]) => algorithm.spend(limit, spent, permits, atMs), undefined);
}

interface Row {
  limit: Limit;
  spends: readonly (readonly [number, number])[];
  /** `[atMs, used]` */
  uses: readonly (readonly [number, number])[];
}

const NOON = Date.UTC(2026, 2, 28, 12);
const HOUR = 3_600_000;

const ROWS: Record<string, Row> = {
  'a token bucket pays back evenly, a begun permit counting as a whole one': {
    limit: limitOf('token-bucket', { capacity: 20 }),
    spends: [[0, 20]],
    uses: [
      [0, 20],
      [1, 20],
      [100, 19],
      [101, 19],
      [1000, 10],
      [2000, 0],
      [9999, 0],
    ],
  },
  'a token bucket of one permit a day': {
    limit: limitOf('token-bucket', { limit: 1, windowMs: 24 * HOUR, capacity: 3 }),
    spends: [
      [0, 2],
      [12 * HOUR, 1],
    ],
    uses: [
      [12 * HOUR, 3],
      [24 * HOUR, 2],
      [72 * HOUR - 1, 1],
      [72 * HOUR, 0],
    ],
  },
  'a fixed window is empty at its border': {
    limit: limitOf('fixed-window'),
    spends: [
      [999, 4],
      [1000, 5],
      [1500, 1],
    ],
    uses: [
      [1500, 6],
      [1999, 6],
      [2000, 0],
    ],
  },
  'a sliding counter lets the window before fade': {
    limit: limitOf('sliding-counter'),
    spends: [
      [900, 10],
      [1000, 2],
    ],
    uses: [
      [1000, 12],
      [1100, 11],
      [1500, 7],
      [1999, 3],
      [2000, 2],
      [2500, 1],
      [3000, 0],
    ],
  },
  'a sliding log gives a permit back when its own second is over': {
    limit: limitOf('sliding-log'),
    spends: [
      [0, 1],
      [0, 2],
      [600, 3],
      [1100, 1],
    ],
    uses: [
      [1100, 4],
      [1599, 4],
      [1600, 1],
      [2099, 1],
      [2100, 0],
    ],
  },
  'a calendar day of 23 hours where clocks go forward': {
    limit: limitOf('calendar', { timeZone: 'Europe/Berlin' }),
    spends: [
      [NOON, 3],
      [NOON + 11 * HOUR, 4],
    ],
    uses: [
      [NOON + 11 * HOUR, 4],
      [NOON + 34 * HOUR - 1, 4],
      [NOON + 34 * HOUR, 0],
    ],
  },
  'a calendar month': {
    limit: limitOf('calendar', { period: 'month', timeZone: 'America/New_York' }),
    spends: [
      [Date.UTC(2026, 1, 1, 4), 9],
      [Date.UTC(2026, 1, 1, 5), 2],
    ],
    uses: [
      [Date.UTC(2026, 2, 1, 5) - 1, 2],
      [Date.UTC(2026, 2, 1, 5), 0],
    ],
  },
};

test.each(Object.entries(ROWS))('%s', (_, { limit, spends, uses }) => {
  const spent = spentOf(limit, spends);
  for (const [atMs, used] of uses) expect([atMs, algorithms[limit.algorithm].used(limit, spent, atMs)]).toEqual([atMs, used]);
});

/** A limit of any algorithm, and what callers ask of it: `[wait in ms, permits]`. */
const anyLimit = fc
  .record({
    algorithm: fc.constantFrom(...(Object.keys(algorithms) as AlgorithmName[])),
    limit: fc.integer({ min: 1, max: 40 }),
    windowMs: fc.integer({ min: 1, max: 5000 }),
    burst: fc.integer({ min: 1, max: 60 }),
    period: fc.constantFrom('day' as const, 'month' as const),
    timeZone: fc.constantFrom('UTC', 'Asia/Kathmandu', 'America/Sao_Paulo', 'Australia/Lord_Howe'),
  })
  .map(({ burst, ...parts }) => limitOf(parts.algorithm, { ...parts, capacity: parts.algorithm === 'token-bucket' ? burst : parts.limit }));
const anyAsks = fc.array(fc.tuple(fc.oneof(fc.nat(3), fc.nat(900), fc.nat(9000)), fc.integer({ min: 1, max: 12 })), { maxLength: 60 });

/** Admits what fits. `[atMs, permits]` of what was admitted, and what is spent at the end. */
function admit(
  limit: Limit,
  asks: readonly (readonly [number, number])[],
  startMs = 1_000_000,
): { admitted: [number, number][]; spent: Spent; nowMs: number } {
  const algorithm = algorithms[limit.algorithm];
  const admitted: [number, number][] = [];
  let spent: Spent;
  let nowMs = startMs;
  for (const [waitMs, permits] of asks) {
    nowMs += waitMs;
    if (algorithm.used(limit, spent, nowMs) + permits > limit.capacity) continue;
    spent = algorithm.spend(limit, spent, permits, nowMs);
    admitted.push([nowMs, permits]);
  }
  return { admitted, spent, nowMs };
}

/** The most that was admitted in a span of `windowMs`, wherever it begins. */
function mostWithin(admitted: readonly (readonly [number, number])[], windowMs: number): number {
  const sums = admitted.map(([fromMs], index) =>
    admitted.slice(index).reduce((sum, [atMs, permits]) => (atMs < fromMs + windowMs ? sum + permits : sum), 0),
  );
  return Math.max(0, ...sums);
}

describe('whatever was spent', () => {
  test('a number of permits is free at the first instant that is named, and not a millisecond before', () => {
    const property = fc.property(anyLimit, anyAsks, fc.nat(40), (limit, asks, permits) => {
      const { spent, nowMs } = admit(limit, asks);
      const { used, freeAtMs } = algorithms[limit.algorithm];
      const atMs = freeAtMs(limit, spent, permits, nowMs);
      expect(atMs).toBeGreaterThanOrEqual(nowMs);
      expect(used(limit, spent, atMs)).toBeLessThanOrEqual(permits);
      if (atMs > nowMs) expect(used(limit, spent, atMs - 1)).toBeGreaterThan(permits);
    });
    fc.assert(property, runs(2000));
  });

  test('what is given back at once leaves what was there before', () => {
    const property = fc.property(anyLimit, anyAsks, fc.integer({ min: 1, max: 9 }), (limit, asks, permits) => {
      const { spent, nowMs } = admit(limit, asks);
      const { used, spend, refund } = algorithms[limit.algorithm];
      const back = refund(limit, spend(limit, spent, permits, nowMs), permits, nowMs, nowMs);
      for (const laterMs of [0, 1, 77, 1000]) expect(used(limit, back, nowMs + laterMs)).toBe(used(limit, spent, nowMs + laterMs));
    });
    fc.assert(property, runs(1000));
  });

  test('giving back never leaves less than what others have spent since, nor less than nothing', () => {
    const property = fc.property(anyLimit, anyAsks, fc.nat(4000), fc.integer({ min: 1, max: 99 }), (limit, asks, waitMs, excess) => {
      const { spend, refund, used } = algorithms[limit.algorithm];
      const [first, ...others] = admit(limit, asks).admitted;
      if (first === undefined) return;
      const withoutFirst = spentOf(limit, others);
      const nowMs = (others.at(-1) ?? first)[0] + waitMs;
      const all = others.reduce(
        (spent, [atMs, permits]) => spend(limit, spent, permits, atMs),
        spend(limit, undefined, first[1], first[0]),
      );
      const back = refund(limit, all, first[1], first[0], nowMs);
      expect(used(limit, back, nowMs)).toBeGreaterThanOrEqual(used(limit, withoutFirst, nowMs));
      expect(used(limit, back, nowMs)).toBeLessThanOrEqual(used(limit, all, nowMs));
      expect(used(limit, refund(limit, all, first[1] + excess, first[0], nowMs), nowMs)).toBeGreaterThanOrEqual(0);
    });
    fc.assert(property, runs(1000));
  });

  test('more than was spent in all is not given back, nor a part of it', () => {
    const property = fc.property(anyLimit, anyAsks, fc.integer({ min: 1, max: 1e12 }), (limit, asks, excess) => {
      const { spent, nowMs } = admit(limit, asks);
      const { used, refund } = algorithms[limit.algorithm];
      const before = used(limit, spent, nowMs);
      expect(used(limit, refund(limit, spent, before + excess, nowMs, nowMs), nowMs)).toBe(before);
    });
    fc.assert(property, runs(1000));
  });
});

/** How much an adversary who spends all there is, and again as soon as there is more, gets in one window. */
const WORST_CASE: Record<Exclude<AlgorithmName, 'calendar' | 'concurrency'>, number> = {
  'token-bucket': 199,
  'fixed-window': 200,
  'sliding-counter': 199,
  'sliding-log': 100,
};

test.each(Object.entries(WORST_CASE))('a %s of 100 a minute admits at most %d in any minute', (algorithm, most) => {
  const limit = limitOf(algorithm as AlgorithmName, { limit: 100, windowMs: 60_000 });
  // Nothing until just before a border, then all that there is in every millisecond.
  const asks = [[119_999, 100], ...Array.from({ length: 60_000 }, () => [1, 1])] as [number, number][];
  expect(mostWithin(admit(limit, asks, 0).admitted, 60_000)).toBe(most);
});

test('a sliding log admits at most its limit in any window, wherever it begins', () => {
  const exact = anyLimit.filter(({ algorithm }) => algorithm === 'sliding-log');
  const property = fc.property(exact, anyAsks, (limit, asks) => {
    expect(mostWithin(admit(limit, asks).admitted, limit.windowMs)).toBeLessThanOrEqual(limit.limit);
  });
  fc.assert(property, runs(2000));
});

test('a sliding log of a million permits stays short, and exact', () => {
  const limit = limitOf('sliding-log', { limit: 1_000_000, windowMs: 60_000 });
  const { admitted, spent } = admit(
    limit,
    Array.from({ length: 100_000 }, () => [1, 20]),
  );
  expect(mostWithinSorted(admitted, 60_000)).toBeLessThanOrEqual(1_000_000);
  expect(spent?.length).toBeLessThan(2 * 1100);
});

/** As `mostWithin`, for long lists. */
function mostWithinSorted(admitted: readonly (readonly [number, number])[], windowMs: number): number {
  let most = 0;
  let sum = 0;
  let first = 0;
  for (const [atMs, permits] of admitted) {
    sum += permits;
    while ((admitted[first]?.[0] ?? atMs) <= atMs - windowMs) sum -= admitted[first++]?.[1] ?? 0;
    most = Math.max(most, sum);
  }
  return most;
}

test('a token bucket keeps its bound in any span of time, and gives all but one permit of it', () => {
  // A bucket of one cannot save the part of a permit that comes between two milliseconds.
  const buckets = anyLimit.filter(({ algorithm, capacity }) => algorithm === 'token-bucket' && capacity > 1);
  const property = fc.property(buckets, anyAsks, fc.nat(6000), (limit, asks, spanMs) => {
    const most = mostWithin(admit(limit, asks).admitted, spanMs + 1);
    expect(most).toBeLessThanOrEqual(limit.capacity + (spanMs * limit.limit) / limit.windowMs);
    const greedy = Array.from({ length: spanMs + 1 }, () => [1, 1]) as [number, number][];
    const burst = Array.from({ length: limit.capacity }, () => [0, 1]) as [number, number][];
    const got = admit(limit, [...burst, ...greedy]).admitted.length;
    const fastest = (spanMs + 1) * Math.min(1, limit.limit / limit.windowMs); // one request a millisecond
    expect(got).toBeGreaterThan(limit.capacity + fastest - 2);
  });
  fc.assert(property, runs(200));
});
