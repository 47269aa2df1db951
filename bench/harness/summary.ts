/** What several rounds say together. */
import type { Benchmark, Goal } from './benchmark.ts';
import type { Measurement, Metric } from './measurement.ts';
import type { Row } from './run-benchmark.ts';

export interface Spread {
  median: number;
  min: number;
  max: number;
}

/** A row's metrics over its rounds, and its CPU time as a multiple of the baseline's under the same load, in the same round. */
export interface Summary {
  entry: string;
  load: string;
  metrics: Record<Metric | 'cpuToBaseline', Spread>;
}

export interface GoalOutcome extends Goal {
  /** in the round furthest from the goal; of a multiple or a difference the median of the rounds, as two entries have their turns one after the other */
  measured: number;
  isMet: boolean;
}

/** @returns one summary per row, in their order */
export function summarize(benchmark: Benchmark, rows: readonly Row[]): Summary[] {
  return rows.map(({ entry, load, rounds }) => {
    const baseline = findRow(rows, benchmark.baseline, load).rounds;
    const withRatio = rounds.map((round, index) => ({ ...round, cpuToBaseline: cpuRatio(round, baseline[index]) }));
    const metrics = Object.keys(withRatio[0] ?? {}) as (keyof Summary['metrics'])[]; // a round has these keys and no others
    return {
      entry,
      load,
      // a value for each key of a record is that record
      metrics: Object.fromEntries(metrics.map((metric) => [metric, spread(withRatio.map((round) => round[metric]))])) as Summary['metrics'],
    };
  });
}

/** @throws Error when a goal names a row that was not measured */
export function checkGoals(goals: readonly Goal[], rows: readonly Row[]): GoalOutcome[] {
  return goals.map((goal) => {
    const { entry, load, metric, atMost = Infinity, atLeast = -Infinity, timesThatOf, moreThanThatOf } = goal;
    const times = timesThatOf === undefined ? [] : findRow(rows, timesThatOf, load).rounds;
    const less = moreThanThatOf === undefined ? [] : findRow(rows, moreThanThatOf, load).rounds;
    const values = findRow(rows, entry, load).rounds.map(
      (round, index) => (round[metric] - (less[index]?.[metric] ?? 0)) / (times[index]?.[metric] ?? 1),
    );
    const { min, median, max } = spread(values);
    const worst = goal.atLeast === undefined ? max : min;
    const measured = timesThatOf === undefined && moreThanThatOf === undefined ? worst : median;
    return { ...goal, measured, isMet: measured <= atMost && measured >= atLeast };
  });
}

/** @returns the middle value (of an even number the mean of the middle two), the lowest and the highest; NaN of none */
export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length >>> 1;
  const upper = sorted[middle] ?? NaN;
  const lower = sorted.length % 2 === 1 ? upper : (sorted[middle - 1] ?? NaN);
  return { median: (lower + upper) / 2, min: sorted[0] ?? NaN, max: sorted.at(-1) ?? NaN };
}

function cpuRatio(round: Measurement, baseline: Measurement | undefined): number {
  return baseline ? round.cpuMicrosPerRequest / baseline.cpuMicrosPerRequest : NaN;
}

function findRow(rows: readonly Row[], entry: string, load: string): Row {
  const found = rows.find((row) => row.entry === entry && row.load === load);
  if (!found) throw new Error(`no row "${entry}" under "${load}"`);
  return found;
}
