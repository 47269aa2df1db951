import { fileURLToPath } from 'node:url';
import type { Benchmark } from './benchmark.ts';
import { HarnessProcess } from './child-process.ts';
import type { GeneratorQuestion, RunResult } from './load-generator.ts';
import { measure, type Measurement, type Timing } from './measurement.ts';
import type { StubReport } from './stub-dynamodb.ts';
import { serviceCompatibilityDate } from '../../dev/workerd/worker-config.ts';
import { bundleWorker, startWorkerd } from './workerd.ts';

export interface Settings extends Timing {
  rounds: number;
  /** how long the stub takes to answer as DynamoDB */
  latencyMs: number;
}

/** All rounds of one entry under one load. */
export interface Row {
  entry: string;
  load: string;
  rounds: Measurement[];
}

/**
 * Measures every entry under every load, several times.
 *
 * An entry has a new workerd in each round, so nothing stays warm from one to the next; the rounds go over all entries in turn, so a
 * machine that slows down slows all of them.
 *
 * @param onProgress is called with one line before each entry
 * @returns one row per load and entry, grouped by load
 */
export async function runBenchmark(benchmark: Benchmark, settings: Settings, onProgress: (line: string) => void): Promise<Row[]> {
  const { loads } = benchmark;
  const entries = await Promise.all(benchmark.entries.map(async (entry) => ({ ...entry, code: await bundleWorker(entry.worker) })));
  const rows = loads.flatMap((load) => entries.map((entry): Row => ({ entry: entry.name, load: load.name, rounds: [] })));

  await using stub = new HarnessProcess<'report', StubReport>('./stub-dynamodb.ts', [String(settings.latencyMs)]);
  await using generator = new HarnessProcess<GeneratorQuestion, RunResult | null>('./load-generator.ts');
  const { port } = await stub.ask('report');

  for (let round = 1; round <= settings.rounds; round++) {
    for (const entry of entries) {
      onProgress(`round ${round} of ${settings.rounds}: ${entry.name}`);
      await using server = await startWorkerd(entry.code, {
        compatibilityDate: serviceCompatibilityDate(),
        vars: serviceVars(`http://127.0.0.1:${port}`),
        objects: entry.objects ?? {},
        wasm: Object.fromEntries((entry.wasm ?? []).map((name) => [name, fileURLToPath(import.meta.resolve(name))])),
      });
      for (const load of loads) {
        const measurement = await measure(entry, load, { server, generator, stub }, settings);
        rows.find((row) => row.entry === entry.name && row.load === load.name)?.rounds.push(measurement);
      }
    }
  }
  return rows;
}

/** The variables and secrets of wrangler.toml that rooms read. */
export function serviceVars(dynamodbEndpoint: string): Record<string, string> {
  return {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'bench',
    AWS_SECRET_ACCESS_KEY: 'bench',
    TABLE_NAME: 'bench',
    DYNAMODB_ENDPOINT: dynamodbEndpoint,
  };
}
