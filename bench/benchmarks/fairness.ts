/** How much longer a tenant's slowest reads take while somebody else asks for too much. */
import type { Benchmark, Entry, Load } from '../harness/benchmark.ts';

const ALONE = 'reads, alone';
const EXPORT = "beside another caller's export of 10,000 items, again and again";
const OTHER = 'beside another tenant at 10 times its limit';
const READERS: Load = { name: '8 clients', clients: 8, keys: { kind: 'uniform', count: 10_000 } };

export const benchmark: Benchmark = {
  kind: 'workers',
  title: 'Reads of one tenant, each asked of DynamoDB, and what others do meanwhile',
  baseline: ALONE,
  entries: [
    entry(ALONE, 'alone'),
    entry(EXPORT, 'export'),
    entry(OTHER, 'other'),
    entry('beside the same tenant without a limiter', 'unlimited'),
  ],
  loads: [READERS],
  goals: [EXPORT, OTHER].map((name) => ({ entry: name, load: READERS.name, metric: 'p99Ms', atMost: 2, timesThatOf: ALONE })),
};

function entry(name: string, beside: string): Entry {
  return { name, worker: 'fairness', path: `/${beside}/{key}`, objects: { TENANT_STORE: 'TenantStore', LIMITER: 'Limiter' } };
}
