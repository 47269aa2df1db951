/** What a write through the tenant's object costs against one by the Worker itself, which has connections of its own for each request. */
import type { Benchmark, Entry, Load } from '../harness/benchmark.ts';

const DIRECT = 'put by the Worker itself';
const PUT = 'put through the object';
const ALONE = writers(1);
const CROWD = writers(256);

export const benchmark: Benchmark = {
  kind: 'workers',
  title: 'Puts of one tenant, without conditions, to 10,000 keys alike; counted are commits of the object',
  baseline: DIRECT,
  entries: [
    entry(DIRECT, '/put-directly/{key}'),
    { ...entry(PUT, '/put/{key}'), counted: '/commits' },
    { ...entry('put through the object, with a condition', '/put-if/{key}'), counted: '/commits' },
    // What a put of a client alone waits for besides DynamoDB: the call, and in it the commit.
    empty('empty object RPC', '/'),
    empty('object RPC that commits a row', '/commit'),
  ],
  // The crowd first: SQLite's log grows until it has a thousand pages, and is written over from then on. A write waits for an fsync of it, which takes the file system several times as long while a file grows.
  loads: [CROWD, ALONE],
  goals: [
    { entry: PUT, load: ALONE.name, metric: 'p50Ms', atMost: 0.5, moreThanThatOf: DIRECT },
    { entry: PUT, load: CROWD.name, metric: 'requestsPerSec', atLeast: 0.75, timesThatOf: DIRECT },
    { entry: PUT, load: CROWD.name, metric: 'countedPerRequest', atMost: 1 / 8 },
    { entry: PUT, load: CROWD.name, metric: 'maxCallsInFlight', atMost: 6 },
  ],
};

function entry(name: string, path: string): Entry {
  return { name, worker: 'store-operations', path, objects: { TENANT_STORE: 'TenantStore' } };
}

function empty(name: string, path: string): Entry {
  return { name, worker: 'empty-rpc', path, objects: { EMPTY: 'Empty' } };
}

/** Of a key that everybody writes, writes go one after the other, whatever else there is: it would be the time of one request that is measured. */
function writers(clients: number): Load {
  return { name: clients === 1 ? '1 client' : `${clients} clients`, clients, keys: { kind: 'uniform', count: 10_000 } };
}
