/** What the tenant's object costs and what it saves, against asking DynamoDB from the Worker. */
import type { Benchmark, Load } from '../harness/benchmark.ts';

const ITEM = { path: '/{key}' };
const UNCACHED = 'object, uncached';
const CACHED = 'object, cached';
const DIRECT = 'DynamoClient';
const ALONE = readers(1);
const CROWD = readers(256);
const ONE_COLD_KEY: Load = { name: '1,000 at once, one cold key', clients: 1000, requestsPerClient: 1, keys: { kind: 'one' } };
const COLD_KEYS: Load = {
  name: '1,000 at once, 1,000 cold keys',
  clients: 1000,
  requestsPerClient: 1,
  keys: { kind: 'each', count: 1000 },
};

export const benchmark: Benchmark = {
  kind: 'workers',
  title: 'One item per request; Zipf 0.99 over 1,000 keys, unless said otherwise',
  baseline: 'empty object RPC',
  entries: [
    { name: 'hello', worker: 'hello', path: '/' },
    { name: 'empty object RPC', worker: 'empty-rpc', path: '/', objects: { EMPTY: 'Empty' } },
    { ...ITEM, name: 'aws4fetch alone', worker: 'aws4fetch' },
    { ...ITEM, name: DIRECT, worker: 'dynamo-client' },
    { ...ITEM, name: 'object that sends it on', worker: 'forwarding-object', objects: { FORWARDER: 'Forwarder' } },
    { ...ITEM, name: UNCACHED, worker: 'tenant-store', objects: { TENANT_STORE: 'CoalescingStore' } },
    { ...ITEM, name: CACHED, worker: 'tenant-store', objects: { TENANT_STORE: 'CachingStore' } },
  ],
  // The crowd first: for some thousand requests the runtime interprets what it compiles from then on.
  loads: [CROWD, readers(32), ALONE, ONE_COLD_KEY, COLD_KEYS],
  goals: [
    { entry: UNCACHED, load: ALONE.name, metric: 'p50Ms', atMost: 0.2, moreThanThatOf: DIRECT },
    { entry: UNCACHED, load: CROWD.name, metric: 'callsPerRequest', atMost: 0.025 },
    { entry: UNCACHED, load: CROWD.name, metric: 'maxCallsInFlight', atMost: 6 },
    { entry: CACHED, load: CROWD.name, metric: 'calls', atMost: 0 },
    { entry: CACHED, load: ONE_COLD_KEY.name, metric: 'calls', atMost: 1 },
    { entry: CACHED, load: COLD_KEYS.name, metric: 'calls', atMost: 16 },
    { entry: CACHED, load: COLD_KEYS.name, metric: 'maxCallsInFlight', atMost: 6 },
  ],
};

function readers(clients: number): Load {
  return { name: clients === 1 ? '1 client' : `${clients} clients`, clients, keys: { kind: 'zipf', count: 1000, exponent: 0.99 } };
}
