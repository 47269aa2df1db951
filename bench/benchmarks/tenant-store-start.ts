/** How soon an object that starts again has in memory what it had before. */
import type { Benchmark } from '../harness/benchmark.ts';

const EMPTY = 'empty object RPC';
const START = 'start with 10,000 items';
const LOAD = { name: '1 client', clients: 1, keys: { kind: 'one' } } as const;

export const benchmark: Benchmark = {
  kind: 'workers',
  title: "An object's store is made anew from its SQLite, and answers from memory",
  baseline: EMPTY,
  entries: [
    { name: EMPTY, worker: 'empty-rpc', path: '/', objects: { EMPTY: 'Empty' } },
    { name: START, worker: 'warm-start', path: '/start', objects: { STORE: 'WarmStore' } },
  ],
  loads: [LOAD],
  // That there are at most 10 rows, the Worker sees to.
  goals: [{ entry: START, load: LOAD.name, metric: 'cpuMicrosPerRequest', atMost: 25_000, moreThanThatOf: EMPTY }],
};
