import { expect, test } from 'vitest';
import { MemoryBudget } from '../../../src/lib/memory-budget.ts';
import { ItemCache } from '../../../src/objects/tenant-store/item-cache.ts';
import { QueryCache } from '../../../src/objects/tenant-store/queries/query-cache.ts';

const FOREVER = 1e15;

function newCache(bytes: number, nowMs = () => 0) {
  const items = new ItemCache(new MemoryBudget(bytes), nowMs);
  return { items, queries: new QueryCache(items) };
}

test('answers are dropped by place, by collection, and those of indexes together', () => {
  const { queries } = newCache(1_000_000);
  const kept = () => ['one', 'two', 'other', 'index', 'rows'].filter((identity) => queries.get(identity) !== undefined);
  const fill = () => {
    queries.set({ collection: 't/gsi1', partition: 'a' }, 'one', '{}', FOREVER);
    queries.set({ collection: 't/gsi1', partition: 'a' }, 'two', '{}', FOREVER);
    queries.set({ collection: 't/gsi1', partition: 'b' }, 'other', '{}', FOREVER);
    queries.set({ collection: 't/gsi2', partition: 'a' }, 'index', '{}', FOREVER);
    queries.set({ collection: 't', partition: 'a' }, 'rows', '{}', FOREVER);
  };
  fill();
  queries.drop({ collection: 't/gsi1', partition: 'a' });
  expect(kept()).toEqual(['other', 'index', 'rows']);
  fill();
  queries.dropAll('t/gsi1');
  expect(kept()).toEqual(['index', 'rows']);
  fill();
  queries.dropIndexes();
  expect(kept()).toEqual(['rows']);
  queries.drop({ collection: 't', partition: 'never asked' });
  expect(kept()).toEqual(['rows']);
});

test('an answer expires, and its place can be dropped and filled again afterwards', () => {
  let nowMs = 0;
  const { items, queries } = newCache(1_000_000, () => nowMs);
  const place = { collection: 't', partition: 'a' };
  queries.set(place, 'one', '{"Count":1}', 10);
  expect(queries.get('one')).toBe('{"Count":1}');
  nowMs = 10;
  expect(queries.get('one')).toBeUndefined();
  queries.drop(place);
  queries.set(place, 'one', '{"Count":2}', 20);
  queries.set(place, 'one', '{"Count":3}', 20);
  expect([queries.get('one'), items.size]).toEqual(['{"Count":3}', 1]);
});

test('a flood of queries that nobody asks twice leaves the items that are read, within the bytes', () => {
  const bytes = 1_000_000;
  const { items, queries } = newCache(bytes);
  const hot = Array.from({ length: 500 }, (_, index) => `t/1:${index}`);
  for (const key of hot) items.set(key, 'x'.repeat(500), FOREVER);
  for (let round = 0; round < 3; round++) for (const key of hot) items.get(key);
  for (let number = 0; number < 100_000; number++) {
    queries.set({ collection: 't', partition: `p${number}` }, `query ${number}`, 'y'.repeat(500), FOREVER);
    items.get(hot[number % hot.length] ?? '');
  }
  expect(hot.filter((key) => items.get(key) !== undefined)).toHaveLength(hot.length);
  expect(items.bytes).toBeLessThanOrEqual(bytes);
});

test('of evicted answers nothing is left behind', () => {
  const { items, queries } = newCache(100_000);
  const place = { collection: 't', partition: 'a' };
  for (let number = 0; number < 10_000; number++) queries.set(place, `query ${number}`, 'y'.repeat(500), FOREVER);
  expect(items.size).toBeLessThan(200);
  queries.drop(place);
  expect([items.size, items.bytes]).toEqual([0, 0]);
});
