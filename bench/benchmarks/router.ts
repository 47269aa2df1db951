/** What the router does for a request, against the call of an object that it is made for. */
import type { Benchmark } from '../harness/benchmark.ts';

const DIRECT = 'by the Worker itself';
const MATCHED = 'by a route that is only looked up';
const PUBLIC = 'by a public route, unlimited';
const ROUTED = 'by a guarded route';
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
    "A call of a tenant's object for each request: looked up in the table of routes; by a public route, with metrics, trace and the headers of its answer; by a guarded one, with limits of address, tenant and principal, batch context, and what it has cost",
  baseline: DIRECT,
  entries: [
    { ...WORKER, name: DIRECT, path: '/direct' },
    { ...WORKER, name: MATCHED, path: '/matched' },
    { ...WORKER, name: PUBLIC, path: '/public' },
    { ...WORKER, name: ROUTED, path: '/routed' },
  ],
  loads: [LOAD],
  goals: [MATCHED, ROUTED].map((entry) => ({ entry, load: LOAD.name, metric: 'cpuMicrosPerRequest', atMost: 15, moreThanThatOf: DIRECT })),
};
