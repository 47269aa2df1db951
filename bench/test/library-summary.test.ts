import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LibraryBenchmark, LibraryGoal } from '../harness/library-benchmark.ts';
import { checkLibraryGoals, summarizeLibraries } from '../harness/library-summary.ts';
import type { LibraryRow } from '../harness/run-libraries.ts';

const BENCHMARK: LibraryBenchmark = { kind: 'libraries', title: '', baseline: 'base', entries: [], cases: [], goals: [] };

const ROWS: LibraryRow[] = [
  rowOf('base', 10, 20, 30),
  rowOf('other', 5, 20, 60),
  rowOf('weak', 5, null, 60),
  { entry: 'none', case: 'get', rounds: [] },
];

function rowOf(entry: string, ...cpuMicros: (number | null)[]): LibraryRow {
  return { entry, case: 'get', rounds: cpuMicros.map((cpu) => (cpu === null ? null : { cpuMicros: cpu, elapsedMicros: cpu * 2 })) };
}

function outcomeOf(goal: Partial<LibraryGoal>): { median: number; isMet: boolean } {
  const [outcome] = checkLibraryGoals([{ entry: 'other', case: 'get', metric: 'cpuMicros', atMost: 20, ...goal }], ROWS);
  return { median: outcome!.median, isMet: outcome!.isMet };
}

test('compares CPU time with the baseline of the same round, and leaves out what was not measured', () => {
  const [base, other, weak, none] = summarizeLibraries(BENCHMARK, ROWS);
  assert.deepEqual(base?.metrics.cpuToBaseline, { median: 1, min: 1, max: 1 });
  assert.deepEqual(other?.metrics.cpuToBaseline, { median: 1, min: 0.5, max: 2 });
  assert.deepEqual(weak?.metrics.cpuToBaseline, { median: 1.25, min: 0.5, max: 2 });
  assert.equal(weak?.failures, 1);
  assert.equal(none, undefined);
});

test('holds a goal against the median, by itself or compared with another cell of the round', () => {
  const base = { entry: 'base', case: 'get' } as const;
  assert.deepEqual(outcomeOf({}), { median: 20, isMet: true });
  assert.deepEqual(outcomeOf({ atMost: 19 }), { median: 20, isMet: false });
  assert.deepEqual(outcomeOf({ atMost: 1, timesThatOf: base }), { median: 1, isMet: true });
  assert.deepEqual(outcomeOf({ atMost: 0, moreThan: base }), { median: 0, isMet: true });
  assert.deepEqual(outcomeOf({ metric: 'elapsedMicros', atMost: 39 }), { median: 40, isMet: false });
});

test('no goal is met by a cell that failed in a round', () => {
  assert.deepEqual(outcomeOf({ entry: 'weak', atMost: 1_000 }), { median: 32.5, isMet: false });
});

test('refuses a goal for what was not measured', () => {
  assert.throws(() => outcomeOf({ entry: 'none' }), /"none"/);
  assert.throws(() => outcomeOf({ timesThatOf: { entry: 'base', case: 'create' } }), /"create"/);
});
