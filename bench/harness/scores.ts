/** What a leaderboard takes of a benchmark's figures. */
import type { BundleSummary } from './bundle-report.ts';
import type { Environment } from './environment.ts';
import type { LibrarySummary } from './library-summary.ts';
import type { StreamFigure } from './stream-benchmark.ts';
import type { Summary } from './summary.ts';

/** A figure as it is submitted: of a system, in a benchmark of the leaderboard. */
export interface Score {
  benchmark: { benchmarkId: string; title: string; unit: string; better: 'higher' | 'lower'; area: string };
  system: { systemId: string; name: string };
  value: number;
  machine: string;
  measuredAt: string;
}

const ID_CHARACTERS = 100;
const RATE = /\/s$/;
/** Times, rates and sizes. What was counted on the way belongs to the report. */
const MEASURED = /\bms\b|µs|\/s$|\bMB$|\bgzip\b|instantiations/;
const COUNTED = /received|published past|without it/;

/** Of workers: CPU time and rate of each entry under each load. */
export function figuresOfWorkers(summaries: readonly Summary[]): StreamFigure[] {
  return summaries.flatMap(({ entry, load, metrics }) => [
    { scenario: load, way: entry, metric: 'CPU µs per request', value: metrics.cpuMicrosPerRequest.median },
    { scenario: load, way: entry, metric: 'requests/s', value: metrics.requestsPerSec.median },
  ]);
}

/** Of libraries: CPU time of each case. */
export function figuresOfLibraries(summaries: readonly LibrarySummary[]): StreamFigure[] {
  return summaries.map(({ entry, case: scenario, metrics }) => ({
    scenario,
    way: entry,
    metric: 'CPU µs',
    value: metrics.cpuMicros.median,
  }));
}

/** Of bundles: their size, and what the compiler does for them. */
export function figuresOfBundles(summaries: readonly BundleSummary[]): StreamFigure[] {
  return summaries.flatMap(({ entry, gzipBytes, instantiations }) => [
    { scenario: 'twenty models', way: entry, metric: 'kB of gzip', value: gzipBytes / 1000 },
    { scenario: 'twenty models', way: entry, metric: 'type instantiations', value: instantiations },
  ]);
}

/** The figures that are times, rates and sizes, as scores of the leaderboard. Its ids are made of names here, so that the same figure of another day is of the same benchmark. */
export function scoresOf(name: string, figures: readonly StreamFigure[], { machine, measuredAt }: Environment): Score[] {
  return figures
    .filter(({ metric, value }) => MEASURED.test(metric) && !COUNTED.test(metric) && Number.isFinite(value) && value > 0)
    .map(({ scenario, way, metric, value }) => ({
      benchmark: {
        benchmarkId: idOf(name, scenario, metric),
        title: `${name}, ${scenario}: ${metric}`,
        unit: metric,
        better: RATE.test(metric) ? 'higher' : 'lower',
        area: `npm run bench -- ${name}`,
      },
      system: { systemId: idOf(name, way), name: way },
      value,
      machine,
      measuredAt,
    }));
}

function idOf(...names: string[]): string {
  const words = names
    .join(' ')
    .toLowerCase()
    .replaceAll('µ', 'u')
    .replaceAll(/[^a-z0-9]+/g, '-');
  return words.replaceAll(/^-|-$/g, '').slice(0, ID_CHARACTERS);
}
