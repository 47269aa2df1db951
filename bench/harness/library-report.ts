/** The figures of a comparison of libraries as a person reads them: a line for each thing done, a column for each library. */
import type { Environment } from './environment.ts';
import type { LibraryBenchmark } from './library-benchmark.ts';
import type { LibraryGoalOutcome, LibrarySummary } from './library-summary.ts';
import type { Settings } from './run-benchmark.ts';
import { formatNumber, formatSpread, formatTable } from './table.ts';

export interface LibraryReport {
  benchmark: LibraryBenchmark;
  environment: Environment;
  settings: Settings;
  summaries: readonly LibrarySummary[];
  goals: readonly LibraryGoalOutcome[];
}

/** @returns tables of CPU time, of its multiples of the baseline, and of time by the clock; the goals; and where the figures come from */
export function formatLibraryReport(report: LibraryReport): string {
  const { benchmark, goals } = report;
  return [
    benchmark.title,
    formatMetric(report, 'CPU µs', ({ cpuMicros }) => formatSpread(cpuMicros, cpuMicros.median < 100 ? 1 : 0)),
    formatMetric(report, `CPU × ${benchmark.baseline}`, ({ cpuToBaseline }) => formatNumber(cpuToBaseline.median, 2)),
    formatMetric(report, 'µs by the clock', ({ elapsedMicros }) => formatNumber(elapsedMicros.median, 0)),
    goals.map(formatGoal).join('\n'),
    formatOrigin(report),
  ].join('\n\n');
}

function formatMetric(
  { benchmark, settings, summaries }: LibraryReport,
  title: string,
  format: (metrics: LibrarySummary['metrics']) => string,
): string {
  const header = [title, ...benchmark.entries.map(({ name }) => name)];
  const lines = benchmark.cases.map((name) => {
    const cells = benchmark.entries.map((entry) => {
      const summary = summaries.find((each) => each.case === name && each.entry === entry.name);
      if (!summary) return '-';
      const { failures, metrics } = summary;
      return failures === 0 ? format(metrics) : `${format(metrics)} (failed ${failures} of ${settings.rounds})`;
    });
    return [name, ...cells];
  });
  return formatTable([header, ...lines]);
}

function formatGoal(goal: LibraryGoalOutcome): string {
  const { timesThatOf, moreThan } = goal;
  const bound =
    (timesThatOf && ` × ${timesThatOf.entry}, ${timesThatOf.case}`) ?? (moreThan && ` more than ${moreThan.entry}, ${moreThan.case}`) ?? '';
  const state = goal.isMet ? 'met' : 'MISSED';
  return `- ${state}: ${goal.entry}, ${goal.case}: ${goal.metric} at most ${goal.atMost}${bound}, was ${formatNumber(goal.median, 2)}`;
}

function formatOrigin({ environment: { command, machine, node }, settings: { durationMs, rounds } }: LibraryReport): string {
  return [`Median of ${rounds} × ${durationMs / 1000} s, ± half the range.`, `Node ${node}; ${machine}.`, `\`${command}\``].join('\n');
}
