import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MemoryBudget, type MemoryUser } from '../../src/lib/memory-budget.ts';

/** Holds blocks of bytes, and gives the oldest up first. */
class Blocks implements MemoryUser {
  readonly sizes: number[] = [];
  readonly account;

  constructor(budget: MemoryBudget) {
    this.account = budget.open(this);
  }

  hold(bytes: number): void {
    this.sizes.push(bytes);
    this.account.add(bytes);
  }

  evict(bytes: number): void {
    for (let freed = 0; freed < bytes && this.sizes.length > 0;) {
      const size = this.sizes.shift() ?? 0;
      freed += size;
      this.account.remove(size);
    }
  }
}

test('all users together stay within the bound, whatever they hold', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ user: fc.nat(4), bytes: fc.integer({ min: 1, max: 300 }) }), { maxLength: 200 }), (steps) => {
      const budget = new MemoryBudget(1_000);
      const users = Array.from({ length: 5 }, () => new Blocks(budget));
      for (const { user, bytes } of steps) {
        users[user]?.hold(bytes);
        expect(budget.usedBytes).toBeLessThanOrEqual(1_000);
        expect(budget.usedBytes).toBe(users.flatMap(({ sizes }) => sizes).reduce((sum, size) => sum + size, 0));
      }
    }),
  );
});

test('the largest user makes room, so that a small one keeps what it has', () => {
  const budget = new MemoryBudget(1_000);
  const [small, large] = [new Blocks(budget), new Blocks(budget)];
  small.hold(100);
  for (let count = 0; count < 100; count++) large.hold(50);
  expect(small.account.bytes).toBe(100);
  expect(large.account.bytes).toBeGreaterThan(800);
});

test('something larger than the bound is given up at once', () => {
  const budget = new MemoryBudget(1_000);
  new Blocks(budget).hold(5_000);
  expect(budget.usedBytes).toBe(0);
});
