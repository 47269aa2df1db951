/** Whether the stores of many tenants in one isolate keep within its memory. */
import type { HeapBenchmark } from '../harness/heap-benchmark.ts';

export const benchmark: HeapBenchmark = {
  kind: 'heap',
  title: '40 tenants in one isolate read 10 MB each; what caches hold together is bounded by 64 MB',
  worker: 'many-tenants',
  objects: { TENANT_STORE: 'TenantStore' },
  tenants: 40,
  itemsPerTenant: 20_000,
  atMostMb: 96,
};
