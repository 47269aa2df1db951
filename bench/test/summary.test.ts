import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Benchmark } from '../harness/benchmark.ts';
import type { Measurement } from '../harness/measurement.ts';
import { checkGoals, spread, summarize } from '../harness/summary.ts';

const BENCHMARK: Benchmark = { kind: 'workers', title: '', baseline: 'base', entries: [], loads: [], goals: [] };

function rounds(...cpuMicrosPerRequest: number[]): Measurement[] {
  const rest = { requestsPerSec: 1, p50Ms: 1, p99Ms: 1, maxMs: 1, calls: 1, callsPerRequest: 1, keysPerCall: NaN, maxCallsInFlight: 1 };
  return cpuMicrosPerRequest.map((cpu) => ({
    ...rest,
    cpuMicrosPerRequest: cpu,
    countedPerRequest: NaN,
    generatorBusy: 0,
    stubBusy: 0,
    othersBusy: 0,
  }));
}

const ROWS = [
  { entry: 'base', load: 'one', rounds: rounds(10, 20, 30) },
  { entry: 'other', load: 'one', rounds: rounds(20, 40, 120) },
];

test('takes the middle of the rounds and how far apart they were', () => {
  assert.deepEqual(spread([5, 1, 3]), { median: 3, min: 1, max: 5 });
  assert.deepEqual(spread([4, 1, 2, 3]), { median: 2.5, min: 1, max: 4 });
});

test('compares CPU time with the baseline of the same round', () => {
  const [base, other] = summarize(BENCHMARK, ROWS);
  assert.deepEqual(base?.metrics.cpuToBaseline, { median: 1, min: 1, max: 1 });
  assert.deepEqual(other?.metrics.cpuToBaseline, { median: 2, min: 2, max: 4 });
});

test('holds a goal against the worst round', () => {
  const goal = { entry: 'other', load: 'one', metric: 'cpuMicrosPerRequest' } as const;
  const outcomes = checkGoals(
    [
      { ...goal, atMost: 119 },
      { ...goal, atMost: 120 },
    ],
    ROWS,
  );
  assert.deepEqual(
    outcomes.map(({ measured, isMet }) => [measured, isMet]),
    [
      [120, false],
      [120, true],
    ],
  );
});

test('holds a goal that is a multiple of another entry against the median of the rounds', () => {
  const goal = { entry: 'other', load: 'one', metric: 'cpuMicrosPerRequest', timesThatOf: 'base' } as const;
  const outcomes = checkGoals(
    [
      { ...goal, atMost: 1 },
      { ...goal, atMost: 2 },
      { ...goal, atLeast: 2 },
      { ...goal, atLeast: 3 },
    ],
    ROWS,
  );
  assert.deepEqual(
    outcomes.map(({ measured, isMet }) => [measured, isMet]),
    [
      [2, false],
      [2, true],
      [2, true],
      [2, false],
    ],
  );
});

test('refuses a goal for what was not measured', () => {
  assert.throws(() => checkGoals([{ entry: 'none', load: 'one', metric: 'calls', atMost: 0 }], ROWS), /"none"/);
});

test('holds a goal of what is more than another entry against the median of the rounds', () => {
  const goal = { entry: 'other', load: 'one', metric: 'cpuMicrosPerRequest', moreThanThatOf: 'base' } as const;
  const outcomes = checkGoals(
    [
      { ...goal, atMost: 19 },
      { ...goal, atMost: 20 },
    ],
    ROWS,
  );
  assert.deepEqual(
    outcomes.map(({ measured, isMet }) => [measured, isMet]),
    [
      [20, false],
      [20, true],
    ],
  );
});
