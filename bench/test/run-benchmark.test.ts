import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Benchmark } from '../harness/benchmark.ts';
import { runBenchmark } from '../harness/run-benchmark.ts';

const SETTINGS = { rounds: 2, durationMs: 100, warmUpMs: 50, latencyMs: 5 };
const CLIENT = { name: 'client', worker: 'dynamo-client', path: '/{key}' };
const BURST = { name: 'burst', clients: 20, requestsPerClient: 2, keys: { kind: 'uniform', count: 50 } } as const;

function benchmark(parts: Partial<Benchmark>): Benchmark {
  return { kind: 'workers', title: '', baseline: 'client', entries: [CLIENT], loads: [BURST], goals: [], ...parts };
}

test('measures every entry under every load in every round', async () => {
  const entries = [CLIENT, { name: 'hello', worker: 'hello', path: '/' }];
  const loads = [BURST, { name: 'loop', clients: 4, keys: { kind: 'one' } } as const];
  const started: string[] = [];
  const rows = await runBenchmark(benchmark({ entries, loads }), SETTINGS, (line) => started.push(line));

  assert.deepEqual(started, ['round 1 of 2: client', 'round 1 of 2: hello', 'round 2 of 2: client', 'round 2 of 2: hello']);
  assert.deepEqual(
    rows.map(({ entry, load, rounds }) => [entry, load, rounds.length]),
    [
      ['client', 'burst', 2],
      ['hello', 'burst', 2],
      ['client', 'loop', 2],
      ['hello', 'loop', 2],
    ],
  );
  for (const round of rows.flatMap((row) => row.rounds)) assert.ok(round.requestsPerSec > 0 && round.cpuMicrosPerRequest > 0);
});

test('counts what DynamoDB was asked by the measured requests and by no others', async () => {
  const [row] = await runBenchmark(benchmark({}), SETTINGS, () => {});
  for (const round of row?.rounds ?? []) {
    assert.deepEqual([round.calls, round.callsPerRequest, round.keysPerCall], [40, 1, 1]);
    assert.ok(round.p50Ms >= 4 && round.maxCallsInFlight <= 20);
  }
});

test('takes no figures from an entry that answers with something else', async () => {
  const entries = [{ ...CLIENT, worker: 'hello' }];
  await assert.rejects(
    runBenchmark(benchmark({ entries }), SETTINGS, () => {}),
    /expected 200 with warm-up-\d+", got HTTP\/1.1 200 OK: hello/,
  );
});
