import { expect, it } from 'vitest';
import { backoffMs } from '../../src/runs/delivery-rules.ts';

it('waits twice as long each time, up to a minute, and gives up at the 64th attempt', () => {
  const longest = [1, 2, 3, 6, 7, 40, 63].map((attempt) => backoffMs(attempt, 1));
  expect(longest).toEqual([1_000, 2_000, 4_000, 32_000, 60_000, 60_000, 60_000]);
  expect(backoffMs(3, 0)).toBe(2_000);
  expect(backoffMs(64, 0)).toBeNull();
});
