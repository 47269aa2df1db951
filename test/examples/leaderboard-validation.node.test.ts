import { describe, expect, it, test } from 'vitest';
import { compareWithHistory } from '../../examples/leaderboard/validation/outliers.ts';
import { whyNotAScore } from '../../examples/leaderboard/validation/score.ts';

const NOW_MS = Date.parse('2026-11-30T12:00:00.000Z');
const SCORE = { benchmarkId: 'gets', systemId: 'fast', value: 7.5, machine: '2 vCPU', measuredAt: '2026-11-30T11:00:00.000Z' };

describe('a score', () => {
  it.each([SCORE, { ...SCORE, value: Number.MIN_VALUE }, { ...SCORE, machine: 'm'.repeat(200), measuredAt: '2026-11-30T12:04:00Z' }])(
    'is one that has all its members: %j',
    (score) => expect(whyNotAScore(score, NOW_MS)).toBeNull(),
  );

  it.each([
    [null, 'expected a score, got null'],
    [[SCORE], 'expected a score'],
    [{ ...SCORE, state: 'published' }, 'state: is no member'],
    [{ ...SCORE, benchmarkId: '' }, 'benchmarkId: expected text of 1 to 100 characters, got ""'],
    [{ ...SCORE, systemId: undefined }, 'systemId: expected text of 1 to 100 characters, got nothing'],
    [{ ...SCORE, machine: 'm'.repeat(201) }, 'machine: expected text'],
    [{ ...SCORE, value: '7' }, 'value: expected a number above 0, got "7"'],
    [{ ...SCORE, value: 0 }, 'value: expected a number above 0, got 0'],
    [{ ...SCORE, measuredAt: 'yesterday' }, 'measuredAt: expected an instant like'],
    [{ ...SCORE, measuredAt: '2026-11-30T13:00:00Z' }, 'measuredAt: expected an instant that has passed'],
  ])('is not %j', (score, reason) => expect(whyNotAScore(score, NOW_MS)).toContain(reason));
});

test.each([
  // beside the system's own
  [500, [100, 90, 5_000], [], false],
  [501, [100, 90, 5_000], [], true],
  [20, [100], [1], false],
  [19, [100], [1], true],
  [475, [100, 90], [], false],
  [476, [100, 90], [], true],
  // beside others
  [100_000, [], [1_000, 10], false],
  [100_001, [], [1_000, 10], true],
  [0.1, [], [1_000, 10], false],
  [0.09, [], [1_000, 10], true],
  // beside nothing
  [1e12, [], [], false],
  [1e12, [0], [-1], false],
])('%d beside own results %j and others %j: an outlier is %j', (value, own, others, isOutlier) => {
  const { text, ...comparison } = compareWithHistory(value, { own, others });
  expect(comparison).toMatchObject({ isOutlier });
  expect(text).toMatch(/plausible|the first result of this benchmark/);
});
