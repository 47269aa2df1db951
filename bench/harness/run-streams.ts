/** Runs a benchmark of streams: workerd, its clients and this process are three processes, with TCP between them. */
import { readFileSync } from 'node:fs';
import { serviceCompatibilityDate } from '../../dev/workerd/worker-config.ts';
import type { Workerd } from '../../dev/workerd/workerd.ts';
import { HarnessProcess } from './child-process.ts';
import { processCpuMs } from './cpu-time.ts';
import type { ClientsAnswer, ClientsQuestion } from './socket-clients.ts';
import type { StreamBenchmark, StreamFigure, StreamScenario, Way } from './stream-benchmark.ts';
import { bundleWorker, startWorkerd } from './workerd.ts';

const WAIT_MS = 300_000;
const MESSAGE_BYTES = 200;
/** So many calls at a time where nobody is sent to. */
const LANES = 8;
/** So many messages are published before anything is measured. */
const WARM_UP = 20;

/** @param scale how much of each scenario is done: 1 for all */
export async function runStreams(
  { scenarios }: StreamBenchmark,
  scale: number,
  onProgress: (line: string) => void,
): Promise<StreamFigure[]> {
  const code = await bundleWorker('streams');
  const figures: StreamFigure[] = [];
  for (const scenario of scenarios) {
    for (const way of 'ways' in scenario ? scenario.ways : (['hub'] as const)) {
      onProgress(`${scenario.name}: ${way}`);
      const start = () => Setup.start(code, way, scenario.kind === 'fan-out' && scenario.isRelayed === true);
      const measured = scenario.kind === 'stalled' ? await stalled(start, scenario, scale) : await measure(start, scenario, scale);
      for (const [metric, value] of Object.entries(measured)) figures.push({ scenario: scenario.name, way, metric, value });
    }
  }
  return figures;
}

async function measure(
  start: () => Promise<Setup>,
  scenario: Exclude<StreamScenario, { kind: 'stalled' }>,
  scale: number,
): Promise<Record<string, number>> {
  await using setup = await start();
  switch (scenario.kind) {
    case 'fan-out':
      return await fanOut(setup, scenario, scale);
    case 'paced':
      return await paced(setup, scenario, scale);
    case 'log':
      return await log(setup, Math.ceil(scenario.messages * scale), scenario.batch);
    case 'idle':
      return await idle(setup, scenario, scale);
  }
}

async function fanOut(
  setup: Setup,
  { subscribers, messages, batch, inFlight }: Extract<StreamScenario, { kind: 'fan-out' }>,
  scale: number,
): Promise<Record<string, number>> {
  const count = Math.ceil(messages * scale);
  await setup.connect(subscribers);
  await setup.publish(WARM_UP, 1);
  await setup.wait(WARM_UP);
  const { result, cpuMs, elapsedMs } = await setup.timed(async () => {
    await setup.publish(count, inFlight, batch);
    return setup.wait(WARM_UP + count);
  });
  const { bytes, frames, disordered } = result;
  const deliveries = count * subscribers;
  return {
    'CPU µs per delivery': (cpuMs / deliveries) * 1000,
    'deliveries/s': deliveries / (elapsedMs / 1000),
    'bytes received': bytes,
    'frames received': frames,
    'out of order': disordered,
  };
}

async function paced(
  setup: Setup,
  { subscribers, messages, perSecond }: Extract<StreamScenario, { kind: 'paced' }>,
  scale: number,
): Promise<Record<string, number>> {
  const count = Math.ceil(messages * scale);
  await setup.connect(subscribers, { times: true });
  await setup.publish(WARM_UP, 1);
  await setup.wait(WARM_UP);
  for (let published = 0; published < count; published++) {
    await new Promise((resolve) => setTimeout(resolve, 1000 / perSecond));
    await setup.publish(1, 1, 1, performance.timeOrigin + performance.now());
  }
  const { p50Ms, p99Ms } = await setup.wait(WARM_UP + count);
  return { 'p50, ms': p50Ms, 'p99, ms': p99Ms };
}

async function log(setup: Setup, count: number, batch: number): Promise<Record<string, number>> {
  const append = await setup.timed(() => setup.publish(count, LANES, batch));
  const replay = await setup.timed(() => setup.ask('replay'));
  const firstMs: number[] = [];
  for (let turn = 0; turn < 20; turn++) firstMs.push((await setup.timed(() => setup.ask(`first?from=${count - 10}`))).elapsedMs);
  return {
    'appends, events/s': count / (append.elapsedMs / 1000),
    'appends, CPU µs per event': (append.cpuMs / count) * 1000,
    'replay, events/s': count / (replay.elapsedMs / 1000),
    'replay, CPU µs per event': (replay.cpuMs / count) * 1000,
    'first bytes at the end, ms': firstMs.toSorted((one, other) => one - other)[10] ?? NaN,
  };
}

/** The same twice: with a reader that reads nothing from the second round on, and without. The first round warms up what memory workerd keeps for itself. */
async function stalled(
  start: () => Promise<Setup>,
  { messages }: Extract<StreamScenario, { kind: 'stalled' }>,
  scale: number,
): Promise<Record<string, number>> {
  const count = Math.ceil(messages * scale);
  const measureOnce = async (hasStalled: boolean) => {
    await using setup = await start();
    await setup.connect(1, { times: true });
    await setup.publish(count, LANES, 64);
    await setup.wait(count);
    if (hasStalled) await setup.connect(1, { reads: false, position: count });
    await setup.publish(count, LANES, 64);
    const { p50Ms } = await setup.wait(2 * count);
    return { residentMb: residentMb(setup.pid), p50Ms };
  };
  const [without, beside] = [await measureOnce(false), await measureOnce(true)];
  return {
    'published past it, MB': (count * MESSAGE_BYTES) / 1e6,
    'memory without it, MB': without.residentMb,
    'more memory with it, MB': beside.residentMb - without.residentMb,
    'p50 of another reader without it, ms': without.p50Ms,
    'p50 of another reader, times without it': beside.p50Ms / without.p50Ms,
  };
}

async function idle(
  setup: Setup,
  { subscribers, idleMs }: Extract<StreamScenario, { kind: 'idle' }>,
  scale: number,
): Promise<Record<string, number>> {
  await setup.connect(subscribers);
  await setup.publish(WARM_UP, 1);
  await setup.wait(WARM_UP);
  const broadcast = (published: number) =>
    setup.timed(async () => {
      await setup.publish(1, 1);
      await setup.wait(published);
    });
  const warm: { elapsedMs: number; cpuMs: number }[] = [];
  for (let turn = 1; turn <= 5; turn++) warm.push(await broadcast(WARM_UP + turn));
  const median = (values: number[]) => values.toSorted((one, other) => one - other)[2] ?? NaN;
  const [warmMs, warmCpuMs] = [median(warm.map(({ elapsedMs }) => elapsedMs)), median(warm.map(({ cpuMs }) => cpuMs))];
  await new Promise((resolve) => setTimeout(resolve, idleMs * scale));
  const { elapsedMs, cpuMs } = await broadcast(WARM_UP + 6);
  return {
    'warm broadcast, ms': warmMs,
    'CPU of it, ms': warmCpuMs,
    'after idling, times warm': elapsedMs / warmMs,
    'CPU after idling, times warm': cpuMs / warmCpuMs,
  };
}

class Setup implements AsyncDisposable {
  readonly #workerd: Workerd;
  readonly #clients = new HarnessProcess<ClientsQuestion, ClientsAnswer>('socket-clients.ts');
  readonly #way: Way;

  private constructor(workerd: Workerd, way: Way) {
    this.#workerd = workerd;
    this.#way = way;
  }

  static async start(code: string, way: Way, isRelayed: boolean): Promise<Setup> {
    const hub = isRelayed ? 'RelayedHub' : 'Hub';
    const objects = {
      STREAM_HUB: hub,
      STREAM_DIRECTORY: 'Directory',
      STREAM_RELAY: 'Relay',
      PLAIN: 'Plain',
      STORED: 'Stored',
      PARTY: 'Party',
    };
    const setup = new Setup(await startWorkerd(code, { compatibilityDate: serviceCompatibilityDate(), vars: {}, objects }), way);
    if (way === 'hub') await setup.ask('create');
    return setup;
  }

  get pid(): number {
    return this.#workerd.pid;
  }

  /** Does something, and measures how long it took and what of workerd's CPU time. */
  async timed<Result>(work: () => Promise<Result>): Promise<{ result: Result; elapsedMs: number; cpuMs: number }> {
    const [beganAtMs, before] = [performance.now(), processCpuMs(this.pid)];
    const result = await work();
    return { result, elapsedMs: performance.now() - beganAtMs, cpuMs: processCpuMs(this.pid) - before };
  }

  async ask(what: string): Promise<string> {
    const response = await fetch(`http://127.0.0.1:${this.#workerd.port}/${this.#way}/${what}`);
    const text = await response.text();
    if (!response.ok) throw new Error(`${what}: ${response.status} ${text.slice(0, 200)}`);
    return text;
  }

  /** @param atMs what the messages say about when they were published; 0: when the Worker takes them up */
  async publish(count: number, inFlight: number, batch = 1, atMs = 0): Promise<void> {
    await this.ask(`publish?count=${count}&inFlight=${inFlight}&batch=${batch}&atMs=${atMs}`);
  }

  async connect(count: number, { reads = true, position = 0, times = false } = {}): Promise<void> {
    const path = `/${this.#way}/socket?position=${position}`;
    await this.#clients.ask({ kind: 'connect', port: this.#workerd.port, path, count, acks: this.#way === 'hub', reads, times });
  }

  wait(messages: number): Promise<ClientsAnswer> {
    return this.#clients.ask({ kind: 'wait', messages, timeoutMs: WAIT_MS });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#clients[Symbol.asyncDispose]();
    await this.#workerd.kill();
  }
}

/** What a process has in memory, by the kernel's account. */
function residentMb(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
  return Number(kilobytes) / 1000;
}
