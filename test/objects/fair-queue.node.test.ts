import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FairQueue } from '../../src/objects/tenant-store/fair-queue.ts';

interface Item {
  caller: string;
  place: number;
  cost: number;
}

function takeAll(queue: FairQueue<Item>, most = Infinity): Item[] {
  const taken: Item[] = [];
  while (taken.length < most) {
    const next = queue.peek();
    const item = queue.take();
    expect(item).toBe(next);
    if (item === undefined) break;
    taken.push(item);
  }
  return taken;
}

const newQueue = (turn: number) => new FairQueue<Item>(turn, ({ cost }) => cost);

describe('a queue that callers share', () => {
  test('gives back everything once, each caller’s in its order', () => {
    const items = fc.array(fc.record({ caller: fc.constantFrom('a', 'b', 'c'), cost: fc.integer({ min: 1, max: 50 }) }), { maxLength: 80 });
    fc.assert(
      fc.property(items, fc.integer({ min: 1, max: 20 }), (list, turn) => {
        const queue = newQueue(turn);
        const pushed = list.map((item, place) => ({ ...item, place }));
        for (const item of pushed) queue.push(item.caller, item);
        expect(queue.size).toBe(pushed.length);
        const taken = takeAll(queue);
        for (const caller of ['a', 'b', 'c']) {
          expect(taken.filter((item) => item.caller === caller)).toEqual(pushed.filter((item) => item.caller === caller));
        }
        expect(queue.size).toBe(0);
      }),
    );
  });

  test('lets one who asks for little pass one who asks for much', () => {
    const queue = newQueue(1);
    for (let place = 0; place < 10_000; place++) queue.push('export', { caller: 'export', place, cost: 1 });
    takeAll(queue, 100);
    queue.push('reader', { caller: 'reader', place: 0, cost: 1 });
    expect(takeAll(queue, 3).map(({ caller }) => caller)).toContain('reader');
  });

  test('shares cost and not number: who asks for large items gets fewer of them', () => {
    const queue = newQueue(10);
    for (let place = 0; place < 1_000; place++) {
      queue.push('large', { caller: 'large', place, cost: 100 });
      queue.push('small', { caller: 'small', place, cost: 1 });
    }
    const taken = takeAll(queue, 505);
    const costOf = (caller: string) => taken.filter((item) => item.caller === caller).reduce((sum, { cost }) => sum + cost, 0);
    expect(costOf('large') / costOf('small')).toBeGreaterThan(0.7);
    expect(costOf('large') / costOf('small')).toBeLessThan(1.4);
  });

  test('holds many items of one caller without moving them each time', () => {
    const queue = newQueue(1);
    for (let place = 0; place < 5_000; place++) queue.push('a', { caller: 'a', place, cost: 1 });
    takeAll(queue, 3_000);
    for (let place = 5_000; place < 6_000; place++) queue.push('a', { caller: 'a', place, cost: 1 });
    expect(takeAll(queue).map(({ place }) => place)).toEqual(Array.from({ length: 3_000 }, (_, at) => at + 3_000));
  });
});
