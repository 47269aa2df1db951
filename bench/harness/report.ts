/** The figures of a benchmark of Workers as a person reads them. */
import type { Benchmark, Load } from './benchmark.ts';
import type { Environment } from './environment.ts';
import type { Settings } from './run-benchmark.ts';
import type { GoalOutcome, Summary } from './summary.ts';
import { formatNumber, formatSpread, formatTable } from './table.ts';

export interface Report {
  benchmark: Benchmark;
  environment: Environment;
  settings: Settings;
  summaries: readonly Summary[];
  goals: readonly GoalOutcome[];
}

interface Column {
  title: string;
  metric: keyof Summary['metrics'];
  digits: number;
  /** shows how far the rounds were apart */
  hasSpread?: true;
}

const SHARED_COLUMNS: readonly Column[] = [
  { title: 'CPU µs/req', metric: 'cpuMicrosPerRequest', digits: 0, hasSpread: true },
  { title: '× baseline', metric: 'cpuToBaseline', digits: 2 },
  { title: 'keys/call', metric: 'keysPerCall', digits: 1 },
  { title: 'in flight', metric: 'maxCallsInFlight', digits: 0 },
];

const LOOP_COLUMNS: readonly Column[] = [
  { title: 'req/s', metric: 'requestsPerSec', digits: 0, hasSpread: true },
  { title: 'p50 ms', metric: 'p50Ms', digits: 2, hasSpread: true },
  { title: 'p99 ms', metric: 'p99Ms', digits: 2 },
  { title: 'calls/req', metric: 'callsPerRequest', digits: 3 },
  { title: 'counted/req', metric: 'countedPerRequest', digits: 3 },
  ...SHARED_COLUMNS,
];

const BURST_COLUMNS: readonly Column[] = [
  { title: 'last ms', metric: 'maxMs', digits: 0, hasSpread: true },
  { title: 'p50 ms', metric: 'p50Ms', digits: 0 },
  { title: 'calls', metric: 'calls', digits: 0 },
  ...SHARED_COLUMNS,
];

const BUSY_HARNESS = 0.9;
const BUSY_MACHINE = 0.1;

/** @returns one table per load, the goals, what makes the figures doubtful, and where they come from */
export function formatReport({ benchmark, environment, settings, summaries, goals }: Report): string {
  const tables = benchmark.loads.map((load) => formatLoad(load, summaries));
  const parts = [
    benchmark.title,
    ...tables,
    goals.map(formatGoal).join('\n'),
    formatDoubts(summaries),
    formatOrigin(benchmark, environment, settings),
  ];
  return parts.filter(Boolean).join('\n\n');
}

function formatLoad(load: Load, all: readonly Summary[]): string {
  const summaries = all.filter((summary) => summary.load === load.name);
  const columns = load.requestsPerClient === undefined ? LOOP_COLUMNS : BURST_COLUMNS;
  const header = [load.name, ...columns.map(({ title }) => title)];
  const lines = summaries.map(({ entry, metrics }) => [
    isHarnessBusy(metrics) ? `${entry} *` : entry,
    ...columns.map(({ metric, digits: fewest, hasSpread }) => {
      const digits = metric.startsWith('cpu') && metrics[metric].median < 10 ? Math.max(3, fewest) : fewest;
      return hasSpread ? formatSpread(metrics[metric], digits) : formatNumber(metrics[metric].median, digits);
    }),
  ]);
  return formatTable([header, ...lines]);
}

function formatGoal({ entry, load, metric, atMost, atLeast, timesThatOf, moreThanThatOf, measured, isMet }: GoalOutcome): string {
  const bound = atLeast === undefined ? `at most ${atMost}` : `at least ${atLeast}`;
  const times = timesThatOf === undefined ? '' : ` times that of "${timesThatOf}"`;
  const more = moreThanThatOf === undefined ? '' : ` more than that of "${moreThanThatOf}"`;
  return `- ${isMet ? 'met' : 'MISSED'}: ${entry}, ${load}: ${metric} ${bound}${times}${more}, was ${formatNumber(measured, 4)}`;
}

function formatDoubts(summaries: readonly Summary[]): string {
  const doubts: string[] = [];
  if (summaries.some(({ metrics }) => isHarnessBusy(metrics))) {
    doubts.push('\\* The load generator or the stub had no time left: it bounds requests per second and latencies, but not CPU time.');
  }
  const othersBusy = Math.max(...summaries.map(({ metrics }) => metrics.othersBusy.median));
  if (othersBusy > BUSY_MACHINE) {
    const share = `${formatNumber(othersBusy * 100, 0)} %`;
    doubts.push(`Other processes used up to ${share} of the machine: trust CPU time and counts, no wall-clock figure.`);
  }
  return doubts.join('\n');
}

function isHarnessBusy({ generatorBusy, stubBusy }: Summary['metrics']): boolean {
  return Math.max(generatorBusy.median, stubBusy.median) > BUSY_HARNESS;
}

function formatOrigin({ baseline }: Benchmark, environment: Environment, { rounds, durationMs, latencyMs }: Settings): string {
  const { command, workerd, compatibilityDate, node, machine } = environment;
  return [
    `Median of ${rounds} × ${durationMs / 1000} s, ± half the range; DynamoDB answers after ${latencyMs} ms.`,
    `CPU is workerd's; the baseline is "${baseline}" of the same round.`,
    `workerd ${workerd} at ${compatibilityDate}, Node ${node}; ${machine}.`,
    `\`${command}\``,
  ].join('\n');
}
