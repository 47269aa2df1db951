import { setTimeout as sleep } from 'node:timers/promises';
import { serviceCompatibilityDate } from '../../dev/workerd/worker-config.ts';
import { HarnessProcess } from './child-process.ts';
import { heapBytes } from './heap.ts';
import type { HeapBenchmark, HeapMeasurement } from './heap-benchmark.ts';
import { serviceVars } from './run-benchmark.ts';
import type { StubReport } from './stub-dynamodb.ts';
import { bundleWorker, startWorkerd } from './workerd.ts';

const KEYS_PER_REQUEST = 100;
const CLIENTS = 8;
/** By then every object that was filled has taken its first snapshot. */
const SNAPSHOTS_AFTER_MS = 35_000;
const PAUSE_MS = 1_000;

/** Fills the objects of all tenants, and looks at the heap before and after. None of them is idle: workerd ends objects after ten seconds without a call. */
export async function runHeap(benchmark: HeapBenchmark, onProgress: (line: string) => void): Promise<HeapMeasurement> {
  await using stub = new HarnessProcess<'report', StubReport>('./stub-dynamodb.ts', ['1']);
  const { port } = await stub.ask('report');
  const config = {
    compatibilityDate: serviceCompatibilityDate(),
    vars: serviceVars(`http://127.0.0.1:${port}`),
    objects: benchmark.objects,
    exposesGc: true,
  };
  await using server = await startWorkerd(await bundleWorker(benchmark.worker), config, { isInspected: true });
  const megabytes = async () => {
    // Twice: what finalizers have let go is collected by the next one.
    for (let times = 0; times < 2; times++) await read(server.port, 'gc', 0);
    return (await heapBytes(server.inspectorPort ?? 0)) / 1e6;
  };
  await read(server.port, 'first', 0);
  const empty = await megabytes();
  const pages = Math.ceil(benchmark.itemsPerTenant / KEYS_PER_REQUEST);
  for (let page = 0; page < pages; page++) {
    if (page % 20 === 0) onProgress(`${page * KEYS_PER_REQUEST} of ${benchmark.itemsPerTenant} items of each tenant`);
    await readPage(server.port, benchmark.tenants, page);
  }
  const filled = await megabytes();
  onProgress('waiting for snapshots');
  const untilMs = Date.now() + SNAPSHOTS_AFTER_MS;
  for (let page = 0; Date.now() < untilMs; page = (page + 1) % pages) {
    await readPage(server.port, benchmark.tenants, page);
    await sleep(PAUSE_MS);
  }
  return { empty, filled, later: await megabytes() };
}

/** Reads as many keys as one request takes, of every tenant. */
async function readPage(port: number, tenants: number, page: number): Promise<void> {
  let next = 0;
  const client = async () => {
    for (let tenant = next++; tenant < tenants; tenant = next++) await read(port, `tenant-${tenant}`, page * KEYS_PER_REQUEST);
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
}

async function read(port: number, tenant: string, from: number): Promise<void> {
  const { status } = await fetch(`http://127.0.0.1:${port}/${tenant}/${from}`);
  if (status !== 204) throw new Error(`expected 204 for the keys of ${tenant} from ${from}, got ${status}`);
}
