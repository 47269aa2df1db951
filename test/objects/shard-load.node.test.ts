import { expect, test } from 'vitest';
import { ShardLoad } from '../../src/objects/tenant-store/shards/shard-load.ts';

/** Ten seconds of calls, and the alarm where one was asked for. */
function run(load: ShardLoad, fromMs: number, callsPerSec: number, shards: number) {
  const asked: (number | null)[] = [];
  for (let call = 0; call < callsPerSec * 10; call++) asked.push(load.count(fromMs + (call * 1_000) / callsPerSec));
  return { asked: asked.filter((atMs) => atMs !== null), measured: load.measure(fromMs + 10_000, shards) };
}

test('an object with little to do is never measured', () => {
  const load = new ShardLoad({ fromCallsPerSec: 100 });
  for (let window = 0; window < 5; window++) {
    for (let call = 0; call < 400; call++) expect(load.count(100_000 + window * 10_000 + call)).toBeNull();
  }
});

test('a tenant has outgrown an object that is busy for two windows, and not in a burst', () => {
  const load = new ShardLoad({ fromCallsPerSec: 100, max: 6 });
  const first = run(load, 100_000, 150, 2);
  expect(first).toEqual({ asked: [110_000], measured: { shards: null, againAtMs: 120_000 } });
  expect(run(load, 110_000, 150, 2)).toEqual({ asked: [], measured: { shards: 4, againAtMs: 130_000 } });
  expect(run(load, 120_000, 150, 4).measured.shards).toBe(6);
  expect(run(load, 130_000, 150, 6).measured.shards).toBeNull();
});

test('measuring ends when there is less to do', () => {
  const load = new ShardLoad({ fromCallsPerSec: 100 });
  run(load, 100_000, 150, 1);
  expect(run(load, 110_000, 60, 1).measured).toEqual({ shards: null, againAtMs: 130_000 });
  expect(run(load, 120_000, 20, 1).measured).toEqual({ shards: null, againAtMs: null });
});
