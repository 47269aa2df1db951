import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isFlagOn } from '../../src/wire/tenant-config.ts';

test('a flag that is on for a share of the callers is on for about as many, and stays on for each while the share grows', () => {
  const callers = Array.from({ length: 2_000 }, (_, at) => `caller-${at}`);
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 100 }),
      fc.integer({ min: 0, max: 100 }),
      fc.stringMatching(/^[a-z]{1,9}$/),
      (one, other, name) => {
        const [less, more] = [Math.min(one, other), Math.max(one, other)];
        const on = callers.filter((caller) => isFlagOn(name, { percent: less }, caller));
        expect(on.every((caller) => isFlagOn(name, { percent: more }, caller))).toBe(true);
        expect(Math.abs(on.length / callers.length - less / 100)).toBeLessThan(0.08);
      },
    ),
    { numRuns: 30 },
  );
});
