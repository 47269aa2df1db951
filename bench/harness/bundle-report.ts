/** Sizes as a person reads them. */
import type { BundleBenchmark, BundleGoal, BundleMeasurement } from './bundle-benchmark.ts';
import type { Environment } from './environment.ts';
import { formatNumber, formatTable } from './table.ts';

export interface BundleSummary extends BundleMeasurement {
  entry: string;
}

export interface BundleGoalOutcome extends BundleGoal {
  was: number;
  isMet: boolean;
}

/** @throws Error when a goal names an entry that was not measured */
export function checkBundleGoals(goals: readonly BundleGoal[], summaries: readonly BundleSummary[]): BundleGoalOutcome[] {
  return goals.map((goal) => {
    const summary = summaries.find(({ entry }) => entry === goal.entry);
    if (!summary) throw new Error(`no figures of "${goal.entry}"`);
    const was = summary[goal.metric];
    return { ...goal, was, isMet: was <= goal.atMost };
  });
}

/** @returns the table, the goals, and where the figures come from */
export function formatBundleReport(
  { title }: BundleBenchmark,
  { command, node }: Environment,
  { summaries, goals }: { summaries: readonly BundleSummary[]; goals: readonly BundleGoalOutcome[] },
): string {
  const header = ['20 models', 'minified kB', 'gzip kB', 'with one model', 'per model', 'type instantiations', 'with use'];
  const lines = summaries.map(({ entry, ...sizes }) => [
    entry,
    kilobytes(sizes.minifiedBytes, 0),
    kilobytes(sizes.gzipBytes, 1),
    kilobytes(sizes.gzipBytesOfOne, 1),
    kilobytes(sizes.gzipBytesPerModel, 2),
    formatNumber(sizes.instantiations, 0),
    formatNumber(sizes.instantiationsOfUse, 0),
  ]);
  const outcomes = goals.map(({ entry, metric, atMost, was, isMet }) => {
    return `- ${isMet ? 'met' : 'MISSED'}: ${entry}: ${metric} at most ${formatNumber(atMost, 0)}, was ${formatNumber(was, 0)}`;
  });
  const origin = `esbuild, one minified module for a Worker; 1 kB is 1,000 bytes. Node ${node}.\n\`${command}\``;
  return [title, formatTable([header, ...lines]), outcomes.join('\n'), origin].join('\n\n');
}

function kilobytes(bytes: number, digits: number): string {
  return formatNumber(bytes / 1000, digits);
}
