/** One load on one entry: what it took, what DynamoDB was asked, and whether the figures are to be trusted. */
import { cpus } from 'node:os';
import type { Entry, Load } from './benchmark.ts';
import type { HarnessProcess } from './child-process.ts';
import { machineCpuMs, processCpuMs } from './cpu-time.ts';
import { keyCount } from './keys.ts';
import type { GeneratorQuestion, Run, RunResult } from './load-generator.ts';
import type { StubReport } from './stub-dynamodb.ts';

export interface Measurement {
  requestsPerSec: number;
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
  /** workerd's, all threads, user and system */
  cpuMicrosPerRequest: number;
  calls: number;
  callsPerRequest: number;
  /** NaN without calls */
  keysPerCall: number;
  /** the most calls that DynamoDB had not answered at one moment */
  maxCallsInFlight: number;
  /** see `Entry.counted`; NaN of entries that count nothing */
  countedPerRequest: number;
  /** shares of one core; near 1 the harness was the bottleneck, and latencies are its own */
  generatorBusy: number;
  stubBusy: number;
  /** the share of the whole machine that processes outside of the benchmark used */
  othersBusy: number;
}

export type Metric = keyof Measurement;

/** The processes of one measurement. */
export interface Setup {
  server: { pid: number; port: number };
  generator: HarnessProcess<GeneratorQuestion, RunResult | null>;
  stub: HarnessProcess<'report', StubReport>;
}

export interface Timing {
  durationMs: number;
  warmUpMs: number;
}

const FILL_CLIENTS = 32;
const MAX_FILLED_KEYS = 10_000;

/** Warms the entry up and measures it once under this load. */
export async function measure(entry: Entry, load: Load, setup: Setup, timing: Timing): Promise<Measurement> {
  const measured = await warmUp(entry, load, setup, timing);
  await setup.stub.ask('report');
  const countedBefore = await count(entry, setup);
  const before = cpuTimes(setup);
  const result = await run(setup, measured);
  const after = cpuTimes(setup);
  const asked = await setup.stub.ask('report');
  const counted = (await count(entry, setup)) - countedBefore;

  const things = result.requests * (entry.things ?? 1);
  const usedMs = (who: keyof CpuTimes) => after[who] - before[who];
  const oursMs = usedMs('server') + usedMs('generator') + usedMs('stub');
  return {
    requestsPerSec: (things / result.elapsedMs) * 1000,
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
    maxMs: result.maxMs,
    cpuMicrosPerRequest: (usedMs('server') / things) * 1000,
    calls: asked.calls,
    callsPerRequest: asked.calls / things,
    keysPerCall: asked.keys / asked.calls,
    maxCallsInFlight: asked.maxInFlight,
    countedPerRequest: counted / things,
    generatorBusy: usedMs('generator') / result.elapsedMs,
    stubBusy: usedMs('stub') / result.elapsedMs,
    othersBusy: Math.max(0, usedMs('machine') - oursMs) / (result.elapsedMs * cpus().length),
  };
}

/** @returns the run to measure, on connections that are open */
async function warmUp({ path }: Entry, { clients, keys, requestsPerClient }: Load, setup: Setup, timing: Timing): Promise<Run> {
  if (requestsPerClient !== undefined) {
    const burst: Run = { path, keyPrefix: 'cold-', keys, until: { requestsPerClient } };
    await open(setup, clients);
    await run(setup, { ...burst, keyPrefix: 'warm-up-' });
    return burst;
  }
  const loop: Run = { path, keyPrefix: 'item-', keys, until: { elapsedMs: timing.durationMs } };
  const filledKeys = Math.min(keyCount(keys), MAX_FILLED_KEYS);
  await open(setup, FILL_CLIENTS);
  await run(setup, {
    ...loop,
    keys: { kind: 'each', count: filledKeys },
    until: { requestsPerClient: Math.ceil(filledKeys / FILL_CLIENTS) },
  });
  await open(setup, clients);
  await run(setup, { ...loop, until: { elapsedMs: timing.warmUpMs } });
  return loop;
}

async function count({ counted }: Entry, { server }: Setup): Promise<number> {
  if (counted === undefined) return NaN;
  return Number(await (await fetch(`http://127.0.0.1:${server.port}${counted}`)).text());
}

async function open({ generator, server }: Setup, clients: number): Promise<void> {
  await generator.ask({ kind: 'connect', port: server.port, clients });
}

async function run({ generator }: Setup, parameters: Run): Promise<RunResult> {
  const result = await generator.ask({ kind: 'run', ...parameters });
  if (result === null) throw new Error('the load generator answered a run without a result');
  return result;
}

type CpuTimes = ReturnType<typeof cpuTimes>;

function cpuTimes({ server, generator, stub }: Setup) {
  return {
    server: processCpuMs(server.pid),
    generator: processCpuMs(generator.pid),
    stub: processCpuMs(stub.pid),
    machine: machineCpuMs(),
  };
}
