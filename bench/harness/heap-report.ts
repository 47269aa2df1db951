/** Heaps as a person reads them. */
import type { Environment } from './environment.ts';
import type { HeapBenchmark, HeapMeasurement } from './heap-benchmark.ts';
import { formatNumber, formatTable } from './table.ts';

export interface HeapGoalOutcome {
  metric: keyof HeapMeasurement;
  atMost: number;
  was: number;
  isMet: boolean;
}

export function checkHeapGoals({ atMostMb }: HeapBenchmark, measured: HeapMeasurement): HeapGoalOutcome[] {
  return (['filled', 'later'] as const).map((metric) => ({
    metric,
    atMost: atMostMb,
    was: measured[metric],
    isMet: measured[metric] <= atMostMb,
  }));
}

/** @returns the table, the goals, and where the figures come from */
export function formatHeapReport(
  { title }: HeapBenchmark,
  { command }: Environment,
  measured: HeapMeasurement,
  goals: readonly HeapGoalOutcome[],
): string {
  const table = formatTable([
    ['V8 heap after a forced collection', 'MB'],
    ['one tenant, a hundred items', formatNumber(measured.empty, 1)],
    ['all tenants filled', formatNumber(measured.filled, 1)],
    ['when they have taken snapshots', formatNumber(measured.later, 1)],
  ]);
  const outcomes = goals.map(
    ({ metric, atMost, was, isMet }) => `- ${isMet ? 'met' : 'MISSED'}: ${metric} at most ${atMost} MB, was ${formatNumber(was, 1)}`,
  );
  return [title, table, outcomes.join('\n'), `\`${command}\``].join('\n\n');
}
