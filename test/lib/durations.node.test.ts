import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addDuration, addDurations, percentileMs, type Durations } from '../../src/lib/durations.ts';

const counted = (list: readonly number[]) => {
  const durations: Durations = {};
  for (const ms of list) addDuration(durations, ms);
  return durations;
};

test('a percentile is the exact one or up to a fifth above it, also of counts that were added', () => {
  const lists = fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1 });
  fc.assert(
    fc.property(lists, lists, fc.constantFrom(0.5, 0.95, 0.99), (one, other, share) => {
      const sum = counted(one);
      addDurations(sum, counted(other));
      expect(sum).toEqual(counted([...one, ...other]));
      const sorted = [...one, ...other].toSorted((a, b) => a - b);
      const exact = sorted[Math.ceil(share * sorted.length - 1e-9) - 1] ?? NaN;
      const found = percentileMs(sum, share) ?? NaN;
      expect(found).toBeGreaterThanOrEqual(exact - 0.5);
      expect(found).toBeLessThanOrEqual(exact * 1.2 + 1);
    }),
  );
});

test('nothing has no percentile, and what is faster than the clock has the least', () => {
  expect(percentileMs({}, 0.5)).toBeNull();
  expect(percentileMs(counted([0, 0]), 0.99)).toBe(1);
  expect(percentileMs(counted([1e9]), 0.5)).toBeGreaterThan(100_000);
});
