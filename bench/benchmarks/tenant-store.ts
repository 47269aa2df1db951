/** What an answer of the tenant's object costs, by what is asked of it, against a call of an object that does nothing. */
import type { Benchmark, Entry, Load } from '../harness/benchmark.ts';

const EMPTY = 'empty object RPC';
/** As many characters as 25 of the load's items have as DynamoDB's JSON. */
const LARGE = 'object RPC that answers 14 kB';
const ONE_KEY = 'hit, 1 key';
const SOME_KEYS = 'hit, 25 keys';
const MANY_KEYS = 'hits of 100 keys, per key';
const CROWD = readers(256);
const USUAL = readers(32);

export const benchmark: Benchmark = {
  kind: 'workers',
  title: 'Operations of one tenant over 1,000 keys, Zipf 0.99; what is read is in memory',
  baseline: EMPTY,
  entries: [
    { name: EMPTY, worker: 'empty-rpc', path: '/', objects: { EMPTY: 'Empty' } },
    { name: LARGE, worker: 'empty-rpc', path: '/14000', objects: { EMPTY: 'Empty' } },
    entry(ONE_KEY, '/get/{key}'),
    entry(SOME_KEYS, '/batch/25'),
    { ...entry(MANY_KEYS, '/batch/100'), things: 100 },
    entry('hit, query', '/query/{key}'),
  ],
  loads: [readers(1), USUAL, CROWD],
  goals: [
    { entry: ONE_KEY, load: USUAL.name, metric: 'cpuMicrosPerRequest', atMost: 1.2, timesThatOf: EMPTY },
    { entry: SOME_KEYS, load: USUAL.name, metric: 'cpuMicrosPerRequest', atMost: 1.45, timesThatOf: LARGE },
    // 300,000 keys a second of one core.
    { entry: MANY_KEYS, load: USUAL.name, metric: 'cpuMicrosPerRequest', atMost: 3.33 },
    { entry: ONE_KEY, load: CROWD.name, metric: 'calls', atMost: 0 },
    { entry: 'hit, query', load: CROWD.name, metric: 'calls', atMost: 0 },
  ],
};

function entry(name: string, path: string): Entry {
  return { name, worker: 'store-operations', path, objects: { TENANT_STORE: 'TenantStore' } };
}

function readers(clients: number): Load {
  return { name: clients === 1 ? '1 client' : `${clients} clients`, clients, keys: { kind: 'zipf', count: 1000, exponent: 0.99 } };
}
