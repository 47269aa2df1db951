/** What a decision costs, against a sample that stores each, a library in an object, and a call that does nothing. */
import type { Benchmark, Entry } from '../harness/benchmark.ts';

const LOAD = { name: '64 in flight', clients: 1, keys: { kind: 'one' } } as const;
const EMPTY = 'empty object RPC';
const SAMPLE = 'the sample';
const CHECK = 'check, one call each';
const MANY = 'checkMany of 64';
const HOT = 'client, hot key';

export const benchmark: Benchmark = {
  kind: 'workers',
  title: 'Decisions of a rate limiter; req/s and CPU are per decision',
  baseline: EMPTY,
  entries: [
    way(EMPTY, 'empty', 640),
    way(SAMPLE, 'sample', 64),
    way('rate-limiter-flexible in an object', 'flexible', 640),
    way(CHECK, 'check', 640),
    way(MANY, 'many', 6_400),
    way(HOT, 'hot', 64_000),
  ],
  loads: [LOAD],
  goals: [
    { entry: CHECK, load: LOAD.name, metric: 'requestsPerSec', atLeast: 5, timesThatOf: SAMPLE },
    { entry: CHECK, load: LOAD.name, metric: 'cpuMicrosPerRequest', atMost: 1 / 0.6, timesThatOf: EMPTY },
    { entry: MANY, load: LOAD.name, metric: 'requestsPerSec', atLeast: 200, timesThatOf: SAMPLE },
    { entry: HOT, load: LOAD.name, metric: 'requestsPerSec', atLeast: 1_000, timesThatOf: SAMPLE },
  ],
};

function way(name: string, path: string, things: number): Entry {
  const objects = { EMPTY: 'Empty', SAMPLE: 'SampleRateLimiter', FLEXIBLE: 'FlexibleLimiter', LIMITER: 'Limiter' };
  return { name, worker: 'rate-limiter', path: `/${path}`, things, objects };
}
