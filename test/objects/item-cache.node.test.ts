import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { MemoryBudget } from '../../src/lib/memory-budget.ts';
import { ItemCache } from '../../src/objects/tenant-store/item-cache.ts';
import { seededRandom } from './simulation/virtual-time.ts';

const FAR_MS = 1e15;
vi.setConfig({ testTimeout: 30_000 });

function newCache(maxBytes: number) {
  const budget = new MemoryBudget(maxBytes);
  return { budget, cache: new ItemCache(budget) };
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
        const found = cache.get(key, 0);
        if (found !== undefined) expect(found.text).toBe(model.get(key));
        expect(cache.bytes).toBe(budget.usedBytes);
        expect(cache.bytes).toBeLessThanOrEqual(5_000);
      }
      cache.clear();
      expect([cache.size, cache.bytes]).toEqual([0, 0]);
    }),
  );
});

test('an entry is gone when its time is up', () => {
  const { cache } = newCache(10_000);
  cache.set('a', '{}', 100);
  expect(cache.get('a', 99)).toEqual(expect.objectContaining({ text: '{}' }));
  expect(cache.get('a', 100)).toBeUndefined();
  expect(cache.bytes).toBe(0);
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
      for (let key = 0; key < 100; key++) if (cache.get(`hot${key}`, 0) === undefined) cache.set(`hot${key}`, ITEM, FAR_MS);
    for (let key = 0; key < 1_000_000; key++) cache.set(`cold${key}`, ITEM, FAR_MS);
    const kept = Array.from({ length: 100 }, (_, key) => cache.get(`hot${key}`, 0)).filter((entry) => entry !== undefined);
    expect(kept).toHaveLength(100);
  });

  test('keeps more of what is read again than a least-recently-used cache does', () => {
    const capacity = 1_000;
    const trace = zipfWithScans(300_000);
    const { cache } = newCache(capacity * 512);
    let hits = 0;
    for (const key of trace) {
      if (cache.get(key, 0) !== undefined) hits++;
      else cache.set(key, ITEM, FAR_MS);
    }
    expect(hits / trace.length).toBeGreaterThan(leastRecentlyUsedHits(trace, capacity) / trace.length + 0.05);
  });
});

function zipfWithScans(length: number): string[] {
  const random = seededRandom(7);
  const weights = Array.from({ length: 20_000 }, (_, rank) => 1 / (rank + 1) ** 0.9);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const cumulative: number[] = [];
  weights.reduce((sum, weight) => (cumulative.push((sum + weight) / total), sum + weight), 0);
  let scan = 0;
  return Array.from({ length }, (_, index) => (index % 20_000 < 4_000 ? `scan${scan++}` : `k${rankOf(cumulative, random())}`));
}

function rankOf(cumulative: readonly number[], draw: number): number {
  let [low, high] = [0, cumulative.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((cumulative[middle] ?? 1) < draw) low = middle + 1;
    else high = middle;
  }
  return low;
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
