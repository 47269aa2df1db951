import fc from 'fast-check';
import { describe, expect, inject, test, vi } from 'vitest';
import { MemoryBudget } from '../../src/lib/memory-budget.ts';
import { ItemCache } from '../../src/objects/tenant-store/item-cache.ts';
import { seededRandom } from '../../dev/faults/seeded-random.ts';

const FAR_MS = 1e15;
vi.setConfig({ testTimeout: 30_000 });

function newCache(maxBytes: number) {
  const budget = new MemoryBudget(maxBytes);
  const clock = { nowMs: 0 };
  return { budget, clock, cache: new ItemCache(budget, () => clock.nowMs) };
}

test('answers what was put last, or nothing, and stays within its bytes', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('set' as const), key: fc.nat(30), text: fc.oneof(fc.string({ maxLength: 200 }), fc.constant(null)) }),
    fc.record({ kind: fc.constant('delete' as const), key: fc.nat(30) }),
    fc.record({ kind: fc.constant('get' as const), key: fc.nat(30) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const { budget, cache } = newCache(5_000);
      const model = new Map<string, string | null>();
      for (const action of steps) {
        const key = `k${action.key}`;
        if (action.kind === 'set') {
          cache.set(key, action.text, FAR_MS);
          model.set(key, action.text);
        } else if (action.kind === 'delete') {
          cache.delete(key);
          model.delete(key);
        }
        const found = cache.get(key);
        if (found !== undefined) expect(found.text).toBe(model.get(key));
        expect(cache.bytes).toBe(budget.usedBytes);
        expect(cache.bytes).toBeLessThanOrEqual(5_000);
      }
      cache.deleteWhere(() => true);
      expect([cache.size, cache.bytes]).toEqual([0, 0]);
    }),
  );
});

test('an entry is gone when its time is up', () => {
  const { cache, clock } = newCache(10_000);
  cache.set('a', '{}', 100);
  clock.nowMs = 99;
  expect(cache.get('a')).toEqual(expect.objectContaining({ text: '{}' }));
  clock.nowMs = 100;
  expect(cache.get('a')).toBeUndefined();
  expect(cache.bytes).toBe(0);
});

test('an item whose time is up is still to be had as stale for a while, and nothing that there is not', () => {
  const clock = { nowMs: 0 };
  const cache = new ItemCache(new MemoryBudget(10_000), () => clock.nowMs, 50);
  for (const key of ['a', 'written', 'dropped']) cache.set(key, '{}', 100);
  cache.set('none', null, 100);
  const stale = () => ['a', 'written', 'dropped', 'none'].map((key) => cache.getStale(key)?.staleMs);
  clock.nowMs = 99;
  expect(stale()).toEqual([undefined, undefined, undefined, undefined]);
  clock.nowMs = 130;
  expect([cache.get('a'), cache.getStale('a')]).toEqual([undefined, { text: '{}', staleMs: 30 }]);
  cache.set('written', '{}', 500);
  cache.delete('dropped');
  expect(stale()).toEqual([30, undefined, undefined, undefined]);
  clock.nowMs = 150;
  expect(stale()).toEqual([undefined, undefined, undefined, undefined]);
  expect(cache.get('a')).toBeUndefined();
  expect(cache.size).toBe(2);
});

test('a text with characters beyond Latin-1 counts two bytes for each', () => {
  const { cache } = newCache(1e6);
  cache.set('a', 'ü'.repeat(1_000), FAR_MS);
  const narrow = cache.bytes;
  cache.set('a', '世'.repeat(1_000), FAR_MS);
  expect(cache.bytes - narrow).toBe(1_000);
});

describe('eviction', () => {
  const ITEM = 'x'.repeat(300);

  test('a scan of a million cold keys leaves the hot set', () => {
    const { cache } = newCache(200 * 600);
    for (let round = 0; round < 4; round++)
      for (let key = 0; key < 100; key++) if (cache.get(`hot${key}`) === undefined) cache.set(`hot${key}`, ITEM, FAR_MS);
    for (let key = 0; key < 1_000_000; key++) cache.set(`cold${key}`, ITEM, FAR_MS);
    const kept = Array.from({ length: 100 }, (_, key) => cache.get(`hot${key}`)).filter((entry) => entry !== undefined);
    expect(kept).toHaveLength(100);
  });

  test.for([
    ['read by popularity', (length: number) => zipfReads(length), 44.6, 64.8],
    ['mixed with scans of lists', (length: number) => readsAndScans(length), 27.5, 41.9],
    ['drifting', (length: number) => driftingReads(length), 51.8, 81.2],
  ] as const)('answers as large a share of reads as S3-FIFO is known to, of keys %s', ([, trace, ofThousand, ofTenThousand]) => {
    const keys = trace(400_000 * inject('testScale'));
    expect(hitPercent(keys, 1_000)).toBeGreaterThan(ofThousand);
    expect(hitPercent(keys, 10_000)).toBeGreaterThan(ofTenThousand);
  });

  test('keeps more of what is read again than a least-recently-used cache does', () => {
    const keys = readsAndScans(200_000);
    expect(hitPercent(keys, 1_000)).toBeGreaterThan((100 * leastRecentlyUsedHits(keys, 1_000)) / keys.length + 5);
  });
});

describe('large items', () => {
  const MEGABYTES = 1024 * 1024;
  const fill = (cache: ItemCache, expiresAtMs: number) => {
    for (let round = 0; round < 5; round++)
      for (let key = 0; key < 60; key++)
        if (cache.get(`dead${key}`) === undefined) cache.set(`dead${key}`, 'x'.repeat(816_000), expiresAtMs);
  };
  /** Hits of each round of reading 100 rows of 409 kB, 20 at a time. */
  const readInBlocks = (cache: ItemCache) =>
    Array.from({ length: 5 }, () => {
      let hits = 0;
      for (let block = 0; block < 100; block += 20) {
        const missing = Array.from({ length: 20 }, (_, index) => `row${block + index}`).filter((key) => cache.get(key) === undefined);
        hits += 20 - missing.length;
        for (const key of missing) cache.set(key, 'y'.repeat(409_000), FAR_MS);
      }
      return hits;
    });

  test('replace a main queue of rows that nobody reads any more', () => {
    const { cache } = newCache(45 * MEGABYTES);
    fill(cache, FAR_MS);
    const hits = readInBlocks(cache);
    expect(hits[3]).toBeGreaterThan(60);
    expect(hits[4]).toBeGreaterThan(80);
  });

  test('find room at once where the rows before them have expired, and nothing live is evicted', () => {
    const { cache, clock } = newCache(64 * MEGABYTES);
    for (let key = 0; key < 10; key++) cache.set(`live${key}`, '{}', FAR_MS);
    fill(cache, 1_000);
    clock.nowMs = 1_000;
    expect(readInBlocks(cache)).toEqual([0, 100, 100, 100, 100]);
    expect(Array.from({ length: 10 }, (_, key) => cache.get(`live${key}`)).every((entry) => entry !== undefined)).toBe(true);
    expect(cache.evictions).toBe(0);
  });

  test('that take more than the share of new keys are read again', () => {
    const { cache } = newCache(1_000_000);
    for (let round = 0; round < 3; round++)
      for (let key = 0; key < 1_000; key++) if (cache.get(`small${key}`) === undefined) cache.set(`small${key}`, 'x'.repeat(500), FAR_MS);
    for (let key = 0; key < 5; key++) {
      cache.set(`large${key}`, 'x'.repeat(400_000), FAR_MS);
      expect(cache.get(`large${key}`)).toBeDefined();
    }
  });

  test('of any size and time: the cache stays within its bytes', () => {
    const row = fc.record({ key: fc.nat(200), bytes: fc.integer({ min: 0, max: 400_000 }), keepMs: fc.nat(50), reads: fc.nat(3) });
    fc.assert(
      fc.property(fc.array(row, { minLength: 50, maxLength: 400 }), (rows) => {
        const { cache, clock, budget } = newCache(4 * MEGABYTES);
        for (const { key, bytes, keepMs, reads } of rows) {
          clock.nowMs++;
          cache.set(`k${key}`, 'x'.repeat(bytes), clock.nowMs + keepMs);
          for (let read = 0; read < reads; read++) cache.get(`k${key}`);
          expect(cache.bytes).toBe(budget.usedBytes);
          expect(cache.bytes).toBeLessThanOrEqual(4 * MEGABYTES);
        }
        cache.deleteWhere(() => true);
        expect([cache.size, cache.bytes]).toEqual([0, 0]);
      }),
      { numRuns: 50 },
    );
  });
});

function hitPercent(keys: readonly string[], capacity: number): number {
  const item = 'x'.repeat(300);
  const { cache } = newCache(capacity * 506);
  let hits = 0;
  for (const key of keys) {
    if (cache.get(key) !== undefined) hits++;
    else cache.set(key, item, FAR_MS);
  }
  return (100 * hits) / keys.length;
}

function zipfReads(length: number): string[] {
  const random = seededRandom(1);
  const rank = zipfRank(100_000);
  return Array.from({ length }, () => `k${rank(random())}`);
}

/** Lists of 50 keys in a row, which are about two reads in five. */
function readsAndScans(length: number): string[] {
  const random = seededRandom(2);
  const rank = zipfRank(100_000);
  const keys: string[] = [];
  while (keys.length < length) {
    if (random() >= 0.012) keys.push(`k${rank(random())}`);
    else for (let key = Math.floor(random() * 100_000), end = key + 50; key < end; key++) keys.push(`k${key % 100_000}`);
  }
  return keys.slice(0, length);
}

/** The newest keys are the most popular, and every twentieth read there is a new one. */
function driftingReads(length: number): string[] {
  const random = seededRandom(3);
  const rank = zipfRank(20_000);
  return Array.from({ length }, (_, index) => `k${Math.floor(index / 20) - rank(random())}`);
}

/** The rank that a number from 0 to 1 falls on, popular ones first: the n-th has the weight n^-0.9. */
function zipfRank(keys: number): (draw: number) => number {
  const cumulative = new Float64Array(keys);
  let total = 0;
  for (let rank = 0; rank < keys; rank++) cumulative[rank] = total += 1 / (rank + 1) ** 0.9;
  return (draw) => {
    let [low, high] = [0, keys - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((cumulative[middle] ?? 0) < draw * total) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

function leastRecentlyUsedHits(trace: readonly string[], capacity: number): number {
  const order = new Map<string, true>();
  let hits = 0;
  for (const key of trace) {
    if (order.delete(key)) hits++;
    else if (order.size >= capacity) order.delete(order.keys().next().value ?? '');
    order.set(key, true);
  }
  return hits;
}
