/** `npm run bench -- <benchmark>`: runs one file of `benchmarks/`, prints its tables and writes `results/<benchmark>.json`. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import type { Benchmark } from './harness/benchmark.ts';
import { parseCommand, UsageError } from './harness/command-line.ts';
import { describeEnvironment } from './harness/environment.ts';
import { formatReport } from './harness/report.ts';
import { runBenchmark } from './harness/run-benchmark.ts';
import { checkGoals, summarize } from './harness/summary.ts';

const args = process.argv.slice(2);

async function main(): Promise<void> {
  const command = parseCommand(args, benchmarkNames());
  const benchmark = await loadBenchmark(command.benchmark);
  const { settings } = command;

  const rows = await runBenchmark(benchmark, settings, (line) => console.error(line));
  const goals = checkGoals(benchmark.goals, rows);
  const summaries = summarize(benchmark, rows);
  const environment = describeEnvironment(args);

  console.log(`\n${formatReport({ benchmark, environment, settings, summaries, goals })}`);
  if (command.kept) console.log(`\nWritten to ${writeResults(command.benchmark, { environment, settings, goals, summaries })}.`);
  if (!goals.every(({ isMet }) => isMet)) process.exitCode = 1;
}

function benchmarkNames(): string[] {
  return readdirSync(new URL('./benchmarks', import.meta.url)).map((file) => file.replace(/\.ts$/, ''));
}

async function loadBenchmark(name: string): Promise<Benchmark> {
  const module: { benchmark: Benchmark } = await import(`./benchmarks/${name}.ts`);
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
