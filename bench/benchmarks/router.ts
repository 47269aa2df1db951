/** What the router does for a request, against the call of an object that it is made for. */
import type { Benchmark } from '../harness/benchmark.ts';

const DIRECT = 'by the Worker itself';
const ROUTED = 'by a route';
const WORKER = {
  worker: 'routed-item',
  objects: { TENANT_STORE: 'TenantStore', RATE_LIMITER: 'RateLimiter' },
  wasm: ['@phi-ag/argon2/argon2.wasm'],
  things: 64,
};
const LOAD = { name: '4 clients', clients: 4, keys: { kind: 'one' } } as const;

export const benchmark: Benchmark = {
  kind: 'workers',
  title:
    "A call of a tenant's object for each request; the route with guard, limits of address, tenant and principal, metrics, and the headers of its answer",
  baseline: DIRECT,
  entries: [
    { ...WORKER, name: DIRECT, path: '/direct' },
    { ...WORKER, name: ROUTED, path: '/routed' },
  ],
  loads: [LOAD],
  goals: [{ entry: ROUTED, load: LOAD.name, metric: 'cpuMicrosPerRequest', atMost: 15, moreThanThatOf: DIRECT }],
};
