import { describe, expect, inject, test, vi } from 'vitest';
import { simulate, type SimulationOptions } from './simulation/simulation.ts';

const OUTAGES: Omit<SimulationOptions, 'seed'> = {
  clients: 32,
  operationsPerClient: 400,
  keys: 50,
  writes: 0.02,
  faults: {
    latencyMs: 5,
    slowTail: 0.01,
    slowTailMs: 500,
    lagMs: 1_000,
    throttled: 0.01,
    unprocessed: 0.02,
    readFailure: 0.005,
    unknownOutcome: 0.002,
    lateMs: 20_000,
    outage: { everyMs: 20_000, forMs: 6_000 },
  },
  thinkMs: 300,
  restarts: 0,
  memoryBytes: 64 * 1024 * 1024,
  core: { defaultCacheSec: 1, missingCacheSec: 1 },
};
const scale = inject('testScale');
vi.setConfig({ testTimeout: 60_000 * Math.max(1, scale) });

describe('when DynamoDB cannot be read for a while, again and again', () => {
  test('every key stays linearizable, what is stale included: nobody else has written it', async () => {
    for (let seed = 1; seed <= Math.ceil(4 * scale); seed++) {
      const { violations, staleAnswers, leftOver } = await simulate({ ...OUTAGES, seed });
      expect(violations).toEqual([]);
      expect(staleAnswers).toBeGreaterThan(100);
      expect(leftOver).toEqual({ requestsInFlight: 0, busyKeys: 0, journalRows: 0 });
    }
  });

  test('most readers are answered all the same, and DynamoDB is left alone', async () => {
    const withStale = await simulate({ ...OUTAGES, seed: 1 });
    const without = await simulate({ ...OUTAGES, seed: 1, core: { ...OUTAGES.core, staleIfErrorSec: 0 } });
    expect([without.staleAnswers, without.failedReads > 500]).toEqual([0, true]);
    expect(withStale.failedReads).toBeLessThan(without.failedReads / 1.5);
    // In 16 ranges: three requests to open each circuit, and one probe when a second, three and seven have passed.
    const outages = Math.ceil(withStale.virtualSec / 20);
    expect(withStale.table.readsInOutage).toBeLessThan(outages * 16 * 7);
    expect(withStale.table.readsInOutage).toBeLessThan(withStale.failedReads + withStale.staleAnswers);
  });

  test('reads go on as before soon after it can be read again', async () => {
    // Down for the first 6 seconds of the run, which then takes about a minute.
    const faults = { ...OUTAGES.faults, unknownOutcome: 0, outage: { everyMs: 1_000_000, forMs: 6_000 } };
    const { failedReads, reads, hits, virtualSec } = await simulate({ ...OUTAGES, seed: 2, faults, core: { defaultCacheSec: 600 } });
    expect(virtualSec - 1_000).toBeGreaterThan(50);
    expect(failedReads / reads).toBeLessThan((6 + 6) / (virtualSec - 1_000));
    expect(hits / reads).toBeGreaterThan(0.8);
  });
});
