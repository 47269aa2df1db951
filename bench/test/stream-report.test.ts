import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkStreamGoals } from '../harness/stream-report.ts';

const figures = [
  { scenario: 'burst', way: 'hub', metric: 'CPU', value: 11 },
  { scenario: 'burst', way: 'plain', metric: 'CPU', value: 10 },
] as const;
const goal = { scenario: 'burst', way: 'hub', metric: 'CPU' } as const;

test('a goal is a number, or a multiple of what another way took, or so much more', () => {
  const goals = [
    { ...goal, atMost: 1.1, timesThatOf: 'plain' } as const,
    { ...goal, atMost: 10 },
    { ...goal, atLeast: 11 },
    { ...goal, atMost: 1, moreThanThatOf: 'plain' } as const,
  ];
  assert.deepEqual(
    checkStreamGoals(goals, figures).map(({ isMet, bound }) => [isMet, bound]),
    [
      [true, 11],
      [false, 10],
      [true, 11],
      [true, 11],
    ],
  );
});

test('a goal on what was not measured is missed', () => {
  assert.equal(checkStreamGoals([{ ...goal, metric: 'none', atMost: 1 }], figures)[0]?.isMet, false);
});
