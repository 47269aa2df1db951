import { afterEach, beforeEach, describe, expect, inject, test, vi } from 'vitest';
import { BackgroundTurns } from '../../src/objects/tenant-store/background-turns.ts';
import { KeyLines } from '../../src/objects/tenant-store/key-lines.ts';
import { UnsettledRows } from '../../src/objects/tenant-store/queries/unsettled-rows.ts';
import { LentKeys } from '../../src/objects/tenant-store/shards/lent-keys.ts';
import { Neighbours } from '../../src/objects/tenant-store/shards/neighbours.ts';
import { ShardRole } from '../../src/objects/tenant-store/shards/shard-role.ts';
import { WatchedPlaces } from '../../src/objects/tenant-store/shards/watched-places.ts';
import { isFoundBy } from './simulation/is-found.ts';
import { FAILING } from './simulation/simulated-table.ts';
import { simulateShards, type ShardedSimulationOptions } from './simulation/sharded-simulation.ts';

const HOT: Omit<ShardedSimulationOptions, 'seed'> = {
  clients: 32,
  operationsPerClient: 200,
  keys: 50,
  writes: 0.15,
  faults: FAILING,
  thinkMs: 200,
  exportEvery: 150,
  restarts: 0,
  shards: [4],
  memoryBytes: 64 * 1024 * 1024,
};
const scale = inject('testScale');
vi.setConfig({ testTimeout: 240_000 * Math.max(1, scale) });

// Time is virtual; what clients wait by is not to run out meanwhile.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe('under faults, every key of a tenant with several objects stays linearizable', () => {
  const seeds = Math.ceil(scale);

  test.each<[string, Omit<ShardedSimulationOptions, 'seed'>]>([
    ['with 4 shards', HOT],
    ['with 7 shards, on a few keys that everybody writes', { ...HOT, keys: 6, writes: 0.4, thinkMs: 30, shards: [7] }],
    ['when objects are killed and superseded', { ...HOT, restarts: 40, writes: 0.3 }],
    ['when the keys are divided anew again and again', { ...HOT, shards: [1, 4, 2, 8, 5, 1, 4], writes: 0.3 }],
    [
      'when they are divided anew while objects are killed and superseded, and writes carry tokens',
      { ...HOT, shards: [4, 6, 3, 8, 4], restarts: 30, writes: 0.4, certain: 0.3, faults: { ...FAILING, unknownOutcome: 0.03 } },
    ],
  ])('%s', async (_name, options) => {
    for (let seed = 1; seed <= seeds; seed++) {
      const report = await simulateShards({ ...options, seed });
      if (scale > 1) console.log(_name, JSON.stringify(report));
      expect(report.violations).toEqual([]);
      expect(report.operations).toBeGreaterThan(3_000);
      expect(report.epoch).toBeGreaterThanOrEqual(options.shards.length - 1);
      expect(report.leftOver).toMatchObject({ requestsInFlight: 0, busyKeys: 0 });
    }
  });
});

test('while calls in the background do wait for their turns, also across objects', async () => {
  const take = vi.spyOn(BackgroundTurns.prototype, 'take');
  await simulateShards({ ...HOT, seed: 1 });
  expect(take.mock.results.filter(({ value }) => value !== null).length).toBeGreaterThan(100);
});

describe('the checker sees', () => {
  const isFound = (options: Omit<ShardedSimulationOptions, 'seed'>) => isFoundBy((seed) => simulateShards({ ...options, seed }));

  const BUSY: typeof HOT = { ...HOT, keys: 8, writes: 0.3, thinkMs: 30 };
  const DIVIDED: typeof HOT = {
    ...HOT,
    writes: 0.3,
    shards: [4, 2, 5, 3, 8, 4],
    faults: { ...FAILING, unknownOutcome: 0.05, slowTail: 0.05 },
  };

  test('a transaction that other shards do not hold the keys of', async () => {
    vi.spyOn(LentKeys.prototype, 'hold').mockResolvedValue(true);
    expect(await isFound(BUSY)).toBe(true);
  });

  test('what ran in another shard when a transaction began or ended, and is kept', async () => {
    vi.spyOn(KeyLines.prototype, 'invalidate').mockReturnValue();
    expect(await isFound(BUSY)).toBe(true);
  });

  test('a transaction that may still be applied, and whose keys are given back', async () => {
    const ask = Reflect.get(Neighbours.prototype, 'ask');
    vi.spyOn(Neighbours.prototype, 'ask').mockImplementation(async function (this: Neighbours, shard, name, what) {
      const answer = await ask.call(this, shard, name, what);
      if (name === 'hold' && 'id' in what) await ask.call(this, shard, 'release', { id: what.id, outcome: 'applied' });
      return answer;
    });
    expect(await isFound({ ...BUSY, faults: { ...FAILING, unknownOutcome: 0.05 } })).toBe(true);
  });

  test('what was seen past the cache, and the other shards are not told of', async () => {
    const askAll = Reflect.get(Neighbours.prototype, 'askAll');
    const ask = Reflect.get(Neighbours.prototype, 'ask');
    vi.spyOn(Neighbours.prototype, 'askAll').mockImplementation(function (this: Neighbours, name, what) {
      return name === 'expose' ? Promise.resolve([]) : askAll.call(this, name, what);
    });
    vi.spyOn(Neighbours.prototype, 'ask').mockImplementation(function (this: Neighbours, shard, name, what) {
      return name === 'expose' ? Promise.resolve(true) : ask.call(this, shard, name, what);
    });
    expect(await isFound(BUSY)).toBe(true);
  });

  test('a query that does not ask the other shards which rows it may show wrongly', async () => {
    vi.spyOn(WatchedPlaces.prototype, 'begin').mockReturnValue([]);
    vi.spyOn(WatchedPlaces.prototype, 'end').mockReturnValue([]);
    expect(await isFound(BUSY)).toBe(true);
  });

  test('a query that does not ask what was written while it was on its way', async () => {
    // An index that hardly lags shows what a write does before it is acknowledged, and rows are soon settled.
    const faults = { ...FAILING, unknownOutcome: 0, lagMs: 5, slowTail: 0.1, slowTailMs: 200 };
    const options: typeof HOT = { ...BUSY, faults, plant: (ofShard) => ({ ...ofShard, strongAfterWriteMs: 20 }) };
    expect((await simulateShards({ ...options, seed: 1 })).violations).toEqual([]);
    vi.spyOn(WatchedPlaces.prototype, 'end').mockReturnValue([]);
    expect(await isFound(options)).toBe(true);
  });

  test('a shard that goes on answering when another division has taken over', async () => {
    vi.spyOn(ShardRole.prototype, 'close').mockReturnValue();
    expect(await isFound(DIVIDED)).toBe(true);
  });

  test('writes in doubt that are not handed over', async () => {
    vi.spyOn(UnsettledRows.prototype, 'left').mockReturnValue([]);
    expect(await isFound(DIVIDED)).toBe(true);
  });

  test('a shard that does not read strongly after it has taken over', async () => {
    vi.spyOn(UnsettledRows.prototype, 'left').mockReturnValue([]);
    const plant: ShardedSimulationOptions['plant'] = (ofShard) => ({
      ...ofShard,
      part: ofShard.part && { ...ofShard.part, openedAtMs: 0 },
    });
    expect(await isFound({ ...DIVIDED, faults: { ...FAILING, unknownOutcome: 0 }, plant })).toBe(true);
  });
});
