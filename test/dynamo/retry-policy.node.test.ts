import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TransientFailure } from '../../src/dynamo/aws-errors.ts';
import { fullJitterMs, retryWaitMs, type FailedAttempt } from '../../src/dynamo/retry-policy.ts';

const FAILURES: readonly TransientFailure[] = ['throttled', 'conflict', 'server', 'network', 'timeout'];
const FIRST: FailedAttempt = { attempt: 1, failure: 'throttled', repeatability: 'read', remainingMs: 10_000, maxAttempts: 8, random: 0.5 };

describe('retryWaitMs', () => {
  test.for(FAILURES)('repeats a read and a write with a token after %s', (failure) => {
    expect(retryWaitMs({ ...FIRST, failure })).not.toBeNull();
    expect(retryWaitMs({ ...FIRST, failure, repeatability: 'token' })).not.toBeNull();
  });

  test.for([
    ['throttled', true],
    ['conflict', true],
    ['server', false],
    ['network', false],
    ['timeout', false],
  ] as const)('after %s repeats a plain write: %s', ([failure, isRepeated]) => {
    expect(retryWaitMs({ ...FIRST, failure, repeatability: 'once' }) !== null).toBe(isRepeated);
  });

  test('stops after the last attempt', () => {
    expect(retryWaitMs({ ...FIRST, attempt: 7 })).not.toBeNull();
    expect(retryWaitMs({ ...FIRST, attempt: 8 })).toBeNull();
  });

  test('stops rather than wait until the deadline', () => {
    expect(retryWaitMs({ ...FIRST, remainingMs: 26 })).toBe(25);
    expect(retryWaitMs({ ...FIRST, remainingMs: 25 })).toBeNull();
    expect(retryWaitMs({ ...FIRST, random: 0, remainingMs: 0 })).toBeNull();
  });

  test('never waits longer than the time left, nor longer than two seconds', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...FAILURES),
        fc.integer({ min: 1, max: 1_000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.integer({ min: -1_000, max: 20_000 }),
        (failure, attempt, random, remainingMs) => {
          const waitMs = retryWaitMs({ ...FIRST, failure, attempt, random, remainingMs, maxAttempts: 2_000 });
          expect(waitMs === null || (waitMs >= 0 && waitMs < remainingMs && waitMs <= 2_000)).toBe(true);
        },
      ),
    );
  });
});

describe('fullJitterMs', () => {
  test('spreads over everything between no wait and a ceiling that doubles', () => {
    expect(fullJitterMs('throttled', 1, 0)).toBe(0);
    expect([1, 2, 3, 4].map((attempt) => fullJitterMs('throttled', attempt, 1))).toEqual([50, 100, 200, 400]);
    expect(fullJitterMs('throttled', 60, 1)).toBe(2_000);
  });
});
