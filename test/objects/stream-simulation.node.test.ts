import { afterEach, describe, expect, inject, test, vi } from 'vitest';
import { Echoes } from '../../src/objects/tenant-store/echoes.ts';
import { Flight } from '../../src/objects/tenant-store/flight.ts';
import { KeyLines } from '../../src/objects/tenant-store/key-lines.ts';
import { isFoundBy } from './simulation/is-found.ts';
import { FAILING } from './simulation/simulated-table.ts';
import { simulate, type SimulationOptions } from './simulation/simulation.ts';

const CALM = {
  latencyMs: 5,
  slowTail: 0.01,
  slowTailMs: 1_000,
  lagMs: 4_000,
  throttled: 0,
  unprocessed: 0,
  readFailure: 0,
  unknownOutcome: 0,
  lateMs: 29_000,
};
const STREAM = { lagMs: 500, duplicated: 0.1, reordered: 0.1, withoutRow: 0, writes: 0.05 };
const HOT: Omit<SimulationOptions, 'seed'> = {
  clients: 32,
  operationsPerClient: 300,
  keys: 50,
  writes: 0.1,
  faults: FAILING,
  thinkMs: 200,
  exportEvery: 150,
  restarts: 0,
  memoryBytes: 64 * 1024 * 1024,
  stream: STREAM,
};

const scale = inject('testScale');
vi.setConfig({ testTimeout: 240_000 * Math.max(1, scale) });

describe('a write that bypasses the store is seen by every read after its record', () => {
  test.each([
    ['on a hot set of keys', HOT],
    ['on a few keys that everybody writes', { ...HOT, keys: 3, writes: 0.3, thinkMs: 20 }],
    ['when records tell keys alone', { ...HOT, stream: { ...STREAM, withoutRow: 0.5 } }],
    ['when records come in any order', { ...HOT, keys: 5, thinkMs: 50, stream: { ...STREAM, reordered: 0.5, duplicated: 0.5 } }],
    // What a lost instance has seen before its record came, the next one need not have seen: no lag, so that it does.
    ['when the object is killed and superseded again and again', { ...HOT, restarts: 40, faults: { ...FAILING, lagMs: 0 } }],
  ])('%s', async (_name, options) => {
    for (let seed = 1; seed <= Math.ceil(4 * scale); seed++) {
      const { violations, operations, leftOver } = await simulate({ ...options, seed });
      expect(violations).toEqual([]);
      expect(operations).toBeGreaterThan(5_000);
      expect(leftOver).toEqual({ requestsInFlight: 0, busyKeys: 0, journalRows: 0 });
    }
  });
});

test('the stream of the own writes alone costs next to no hits', async () => {
  const core = { defaultCacheSec: 3_600, missingCacheSec: 3_600 };
  const own = { ...STREAM, duplicated: 0, reordered: 0, writes: 0 };
  const [silent, fed] = await Promise.all(
    [{ ...own, lagMs: 10 ** 9 }, own].map((stream) => simulate({ ...HOT, seed: 1, faults: CALM, core, stream })),
  );
  expect(fed?.changes.unchanged).toBeGreaterThan(1_000);
  const missed = (report = fed) => 1 - (report?.hits ?? 0) / (report?.reads ?? 1);
  expect(missed(fed) - missed(silent)).toBeLessThan(0.02);
});

test('an object that was told of other writers reads strongly when it starts again', async () => {
  const { table, reads } = await simulate({ ...HOT, seed: 1, operationsPerClient: 20, writes: 0, restarts: 40 });
  expect(reads).toBeGreaterThan(100);
  expect(table.strongReads / table.reads).toBeGreaterThan(0.8);
});

describe('the checker sees', () => {
  afterEach(() => void vi.restoreAllMocks());

  const isFound = (options: Omit<SimulationOptions, 'seed'>) => isFoundBy((seed) => simulate({ ...options, seed }));

  test('a record that drops nothing', async () => {
    vi.spyOn(KeyLines.prototype, 'invalidate').mockReturnValue();
    expect(await isFound(HOT)).toBe(true);
  });

  test('a record that is taken for an echo because its row was written here at some time', async () => {
    vi.spyOn(Echoes.prototype, 'forget').mockReturnValue();
    vi.spyOn(Echoes.prototype, 'judge').mockReturnValue('echo');
    expect(await isFound(HOT)).toBe(true);
  });

  test('a flight that lands after the record and is kept', async () => {
    vi.spyOn(Flight.prototype, 'overtake').mockReturnValue([]);
    expect(await isFound({ ...HOT, writes: 0, stream: { ...STREAM, writes: 0.2 }, memoryBytes: 4_000 })).toBe(true);
  });
});
