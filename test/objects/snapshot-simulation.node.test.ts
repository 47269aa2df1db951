import { afterEach, describe, expect, inject, test, vi } from 'vitest';
import { isFoundBy } from './simulation/is-found.ts';
import { MemorySnapshot } from './simulation/memory-snapshot.ts';
import { FAILING } from './simulation/simulated-table.ts';
import { simulate, type SimulationOptions } from './simulation/simulation.ts';

const RESTARTED: Omit<SimulationOptions, 'seed'> = {
  clients: 32,
  operationsPerClient: 300,
  keys: 50,
  writes: 0.1,
  faults: FAILING,
  thinkMs: 200,
  exportEvery: 150,
  restarts: 40,
  memoryBytes: 64 * 1024 * 1024,
  snapshotEveryMs: 500,
  core: { defaultCacheSec: 600 },
};
const scale = inject('testScale');
vi.setConfig({ testTimeout: 240_000 * Math.max(1, scale) });

describe('instances that start with a snapshot of the one before', () => {
  test.each([
    ['serve nothing that was written since', RESTARTED],
    ['nor of keys that everybody writes', { ...RESTARTED, keys: 5, writes: 0.4, thinkMs: 50 }],
    ['nor when many outcomes are unknown', { ...RESTARTED, writes: 0.4, faults: { ...RESTARTED.faults, unknownOutcome: 0.1 } }],
    ['nor with a cache that is too small', { ...RESTARTED, memoryBytes: 6_000 }],
    ['nor when a snapshot is old', { ...RESTARTED, snapshotEveryMs: 7_000 }],
    [
      'nor what other writers have changed, from the records of the stream on',
      {
        ...RESTARTED,
        faults: { ...RESTARTED.faults, lagMs: 0 },
        stream: { lagMs: 300, duplicated: 0.1, reordered: 0.1, withoutRow: 0.2, writes: 0.05 },
      },
    ],
  ])('%s', async (_name, options) => {
    for (let seed = 1; seed <= Math.ceil(4 * scale); seed++) {
      const { violations, operations, leftOver } = await simulate({ ...options, seed });
      expect(violations).toEqual([]);
      expect(operations).toBeGreaterThan(5_000);
      expect(leftOver).toEqual({ requestsInFlight: 0, busyKeys: 0, journalRows: 0 });
    }
  });
});

describe('the checker sees', () => {
  afterEach(() => void vi.restoreAllMocks());

  const isFound = (options: Omit<SimulationOptions, 'seed'>) => isFoundBy((seed) => simulate({ ...options, seed }));

  test('a stale snapshot', async () => {
    vi.spyOn(MemorySnapshot.prototype, 'saveCold').mockReturnValue();
    expect(await isFound(RESTARTED)).toBe(true);
  });
});
