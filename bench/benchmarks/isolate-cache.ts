/** What an answer costs that never leaves the isolate, against a request that is answered with nothing. */
import type { Benchmark } from '../harness/benchmark.ts';

const EMPTY = 'empty request';
const HIT = 'hit in the isolate';
const LOAD = { name: '32 clients', clients: 32, keys: { kind: 'uniform', count: 100 } } as const;

export const benchmark: Benchmark = {
  kind: 'workers',
  title: 'Reads of 100 keys, of clients who send the version that they have seen; items are kept in the isolate for a second',
  baseline: EMPTY,
  entries: [
    { name: EMPTY, worker: 'hello', path: '/' },
    { name: HIT, worker: 'isolate-cache', path: '/{key}', objects: { TENANT_STORE: 'TenantStore' } },
    { name: "hit in the tenant's object", worker: 'tenant-store', path: '/{key}', objects: { TENANT_STORE: 'CachingStore' } },
  ],
  loads: [LOAD],
  goals: [{ entry: HIT, load: LOAD.name, metric: 'cpuMicrosPerRequest', atMost: 15, moreThanThatOf: EMPTY }],
};
