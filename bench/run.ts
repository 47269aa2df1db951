/** `npm run bench -- <benchmark>`: runs one file of `benchmarks/`, prints its tables and writes `results/<benchmark>.json`. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import type { AccountsBenchmark } from './harness/accounts-benchmark.ts';
import type { Benchmark } from './harness/benchmark.ts';
import type { BundleBenchmark } from './harness/bundle-benchmark.ts';
import { checkBundleGoals, formatBundleReport, type BundleSummary } from './harness/bundle-report.ts';
import { parseCommand, UsageError, type Command } from './harness/command-line.ts';
import { describeEnvironment, type Environment } from './harness/environment.ts';
import type { FilesBenchmark } from './harness/files-benchmark.ts';
import type { HeapBenchmark } from './harness/heap-benchmark.ts';
import { checkHeapGoals, formatHeapReport } from './harness/heap-report.ts';
import { holdsGoals } from './harness/held-goals.ts';
import type { LibraryBenchmark } from './harness/library-benchmark.ts';
import { formatLibraryReport } from './harness/library-report.ts';
import { checkLibraryGoals, summarizeLibraries } from './harness/library-summary.ts';
import { measureBundle } from './harness/measure-bundle.ts';
import { formatReport } from './harness/report.ts';
import { runAccounts } from './harness/run-accounts.ts';
import { runBenchmark } from './harness/run-benchmark.ts';
import { runFiles } from './harness/run-files.ts';
import { runHeap } from './harness/run-heap.ts';
import { runLibraries } from './harness/run-libraries.ts';
import { runStreams } from './harness/run-streams.ts';
import { runWorkflows } from './harness/run-workflows.ts';
import { figuresOfBundles, figuresOfLibraries, figuresOfWorkers, scoresOf } from './harness/scores.ts';
import type { StreamBenchmark, StreamFigure } from './harness/stream-benchmark.ts';
import { checkStreamGoals, formatStreamReport } from './harness/stream-report.ts';
import { openBoard } from './harness/submit.ts';
import { checkGoals, summarize } from './harness/summary.ts';
import type { WorkflowsBenchmark } from './harness/workflows-benchmark.ts';

type AnyBenchmark =
  | Benchmark
  | LibraryBenchmark
  | BundleBenchmark
  | StreamBenchmark
  | HeapBenchmark
  | AccountsBenchmark
  | FilesBenchmark
  | WorkflowsBenchmark;

/** How much of a benchmark of streams or accounts a quick run does. */
const QUICK_SCALE = 0.1;

/** What a benchmark came to: as text, and as values for JSON. */
interface Outcome {
  report: string;
  results: { goals: readonly { metric: string; isMet: boolean }[] };
  /** what of it a leaderboard may take */
  figures: readonly StreamFigure[];
}

const args = process.argv.slice(2);

async function main(): Promise<void> {
  const command = parseCommand(args, benchmarkNames());
  const environment = describeEnvironment(args);
  const board = command.submitTo === null ? null : await openBoard(command.submitTo, process.env['STEAMER_KEY']);
  const { report, results, figures } = await run(await loadBenchmark(command.benchmark), command, environment);
  console.log(`\n${report}`);
  if (command.kept)
    console.log(`\nWritten to ${writeResults(command.benchmark, { environment, settings: command.settings, ...results })}.`);
  if (!holdsGoals(results.goals, !command.kept)) process.exitCode = 1;
  if (board === null) return;
  console.log('');
  if ((await board.submit(scoresOf(command.benchmark, figures, environment), console.log)) > 0) process.exitCode = 1;
}

async function run(benchmark: AnyBenchmark, { settings, kept }: Command, environment: Environment): Promise<Outcome> {
  const onProgress = (line: string) => console.error(line);
  switch (benchmark.kind) {
    case 'workers': {
      const rows = await runBenchmark(benchmark, settings, onProgress);
      const results = { goals: checkGoals(benchmark.goals, rows), summaries: summarize(benchmark, rows) };
      return {
        report: formatReport({ benchmark, environment, settings, ...results }),
        results,
        figures: figuresOfWorkers(results.summaries),
      };
    }
    case 'libraries': {
      const rows = await runLibraries(benchmark, settings, onProgress);
      const results = { goals: checkLibraryGoals(benchmark.goals, rows), summaries: summarizeLibraries(benchmark, rows) };
      return {
        report: formatLibraryReport({ benchmark, environment, settings, ...results }),
        results,
        figures: figuresOfLibraries(results.summaries),
      };
    }
    case 'streams':
      return ofFigures(benchmark, environment, await runStreams(benchmark, kept ? 1 : QUICK_SCALE, onProgress));
    case 'accounts':
      return ofFigures(benchmark, environment, await runAccounts(kept ? 1 : QUICK_SCALE, onProgress));
    case 'files':
      return ofFigures(benchmark, environment, await runFiles(kept ? 1 : QUICK_SCALE, onProgress));
    case 'workflows':
      return ofFigures(benchmark, environment, await runWorkflows(benchmark, kept ? 1 : QUICK_SCALE, onProgress));
    case 'heap': {
      const measured = await runHeap(benchmark, onProgress);
      const results = { goals: checkHeapGoals(benchmark, measured), measured };
      return { report: formatHeapReport(benchmark, environment, measured, results.goals), results, figures: [] };
    }
    case 'bundles': {
      const summaries: BundleSummary[] = [];
      for (const entry of benchmark.entries) {
        onProgress(entry.name);
        summaries.push({ entry: entry.name, ...(await measureBundle(entry)) });
      }
      const results = { goals: checkBundleGoals(benchmark.goals, summaries), summaries };
      return { report: formatBundleReport(benchmark, environment, results), results, figures: figuresOfBundles(summaries) };
    }
  }
}

/** Of benchmarks whose figures, and whose goals, are those of streams. */
function ofFigures(
  benchmark: StreamBenchmark | AccountsBenchmark | FilesBenchmark | WorkflowsBenchmark,
  environment: Environment,
  figures: readonly StreamFigure[],
): Outcome {
  const results = { goals: checkStreamGoals(benchmark.goals, figures), figures };
  return { report: formatStreamReport(benchmark, environment, figures, results.goals), results, figures };
}

function benchmarkNames(): string[] {
  return readdirSync(new URL('./benchmarks', import.meta.url)).map((file) => file.replace(/\.ts$/, ''));
}

async function loadBenchmark(name: string): Promise<AnyBenchmark> {
  const module: { benchmark: AnyBenchmark } = await import(`./benchmarks/${name}.ts`);
  return module.benchmark;
}

function writeResults(name: string, results: object): string {
  mkdirSync(new URL('./results', import.meta.url), { recursive: true });
  const json = JSON.stringify(results, (_, value: unknown) => (typeof value === 'number' ? Number(value.toPrecision(5)) : value), 2);
  writeFileSync(new URL(`./results/${name}.json`, import.meta.url), `${json}\n`);
  return `bench/results/${name}.json`;
}

// The processes that were started end with this one's `exit` event, which a signal alone does not cause.
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));

try {
  await main();
} catch (error) {
  console.error(error instanceof UsageError ? error.message : error);
  process.exitCode = 1;
}
