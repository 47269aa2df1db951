/** Runs a benchmark of streams: workerd, its clients and this process are three processes, with TCP between them. */
import { readFileSync } from 'node:fs';
import type { StreamBenchmark, StreamFigure, StreamScenario, Way } from './stream-benchmark.ts';
import { StreamSetup } from './stream-setup.ts';
import { bundleWorker } from './workerd.ts';

const MESSAGE_BYTES = 200;
/** So many calls at a time where what is appended is much: while a disk is waited for, those of the next commit come together. */
const LANES = 32;
const MESSAGES_PER_CALL = LANES * 64;
/** So many messages are published before anything is measured. */
const WARM_UP = 20;

/** Of each kind of scenario. */
type Kind<Name extends StreamScenario['kind']> = Extract<StreamScenario, { kind: Name }>;
type Figures = Record<string, number>;

/** @param scale how much of each scenario is done: 1 for all */
export async function runStreams(
  { scenarios }: StreamBenchmark,
  scale: number,
  onProgress: (line: string) => void,
): Promise<StreamFigure[]> {
  const code = await bundleWorker('streams');
  const figures: StreamFigure[] = [];
  for (const scenario of scenarios) {
    onProgress(scenario.name);
    for (const [way, measured] of await measure(scenario, code, scale))
      for (const [metric, value] of Object.entries(measured)) figures.push({ scenario: scenario.name, way, metric, value });
  }
  return figures;
}

async function measure(scenario: StreamScenario, code: string, scale: number): Promise<[Way, Figures][]> {
  switch (scenario.kind) {
    case 'fan-out':
      return inTurn(scenario.ways, (way) => fanOut({ code, way }, scenario, scale));
    case 'paced':
      return paced(code, scenario, scale);
    case 'log':
      return [['hub', await log({ code, way: 'hub' }, Math.ceil(scenario.messages * scale), scenario.batch)]];
    case 'stalled':
      return [['hub', await stalled({ code, way: 'hub' }, Math.ceil(scenario.messages * scale))]];
    case 'idle':
      return inTurn(scenario.ways, (way) => idle({ code, way }, scenario, scale));
  }
}

async function inTurn(ways: readonly Way[], measureOne: (way: Way) => Promise<Figures>): Promise<[Way, Figures][]> {
  const measured: [Way, Figures][] = [];
  for (const way of ways) measured.push([way, await measureOne(way)]);
  return measured;
}

interface On {
  code: string;
  way: Way;
}

async function fanOut(on: On, { subscribers, messages, batch, inFlight, relayed }: Kind<'fan-out'>, scale: number): Promise<Figures> {
  await using setup = await StreamSetup.start({ ...on, isRelayed: relayed !== undefined });
  const count = Math.ceil(messages * scale);
  const { inside } = relayed ?? { inside: 0 };
  await setup.connect(subscribers - inside);
  if (inside > 0) await setup.connectInside(inside);
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

/** The ways take turns, so that a slow moment of the machine meets all of them. */
async function paced(
  code: string,
  { ways, subscribers, messages, perSecond, isInMemory }: Kind<'paced'>,
  scale: number,
): Promise<[Way, Figures][]> {
  const count = Math.ceil(messages * scale);
  await using stack = new AsyncDisposableStack();
  const setups: [Way, StreamSetup][] = [];
  for (const way of ways) {
    const setup = stack.use(await StreamSetup.start({ code, way, isInMemory }));
    await setup.connect(subscribers, { times: true });
    await setup.publish(WARM_UP, 1);
    await setup.wait(WARM_UP);
    setups.push([way, setup]);
  }
  for (let published = 0; published < count; published++) {
    for (const [, setup] of setups) {
      await new Promise((resolve) => setTimeout(resolve, 1000 / perSecond / setups.length));
      await setup.publish(1, 1, 1, performance.timeOrigin + performance.now());
    }
  }
  // Awaited here: what it asks ends with this function.
  return await Promise.all(
    setups.map(async ([way, setup]): Promise<[Way, Figures]> => {
      const { p50Ms, p99Ms } = await setup.wait(WARM_UP + count);
      return [way, { 'p50, ms': p50Ms, 'p99, ms': p99Ms }];
    }),
  );
}

async function log(on: On, count: number, batch: number): Promise<Figures> {
  await using setup = await StreamSetup.start(on);
  const append = await setup.timed(() => setup.publish(count, LANES, batch));
  const replay = await setup.timed(() => setup.ask('replay'));
  const firstMs: number[] = [];
  for (let turn = 0; turn < 20; turn++) firstMs.push((await setup.timed(() => setup.ask(`first?from=${count - 10}`))).elapsedMs);
  return {
    'appends, events/s': count / (append.elapsedMs / 1000),
    'appends, CPU µs per event': (append.cpuMs / count) * 1000,
    'replay, events/s': count / (replay.elapsedMs / 1000),
    'replay, CPU µs per event': (replay.cpuMs / count) * 1000,
    'first bytes at the end, ms': median(firstMs),
  };
}

/** With a reader that reads nothing from the second round on, and, in turn with it, without. The first round warms up what memory workerd keeps for itself. */
async function stalled(on: On, count: number): Promise<Figures> {
  await using alone = await StreamSetup.start(on);
  await using beside = await StreamSetup.start(on);
  const both = [alone, beside];
  for (const setup of both) await setup.connect(1, { times: true });
  await publishInTurn(both, count);
  for (const setup of both) await setup.wait(count);
  await beside.connect(1, { reads: false, position: count });
  await publishInTurn(both, count);
  const [{ p50Ms: aloneMs }, { p50Ms: besideMs }] = [await alone.wait(2 * count), await beside.wait(2 * count)];
  const residentAloneMb = residentMb(alone.pid);
  const moreMb = residentMb(beside.pid) - residentAloneMb;
  await publishInTurn(both, 3 * count);
  for (const setup of both) await setup.wait(5 * count);
  return {
    'published past it, MB': (count * MESSAGE_BYTES) / 1e6,
    'memory without it, MB': residentAloneMb,
    'more memory with it, MB': moreMb,
    'more memory with it after four times as much, MB': residentMb(beside.pid) - residentMb(alone.pid),
    'p50 of another reader without it, ms': aloneMs,
    'p50 of another reader, times without it': besideMs / aloneMs,
  };
}

/** In calls of some messages each: a Worker that appends in workerd's own process without a pause leaves it no time to look at its sockets. */
async function publishInTurn(setups: readonly StreamSetup[], count: number): Promise<void> {
  for (let left = count; left > 0; left -= MESSAGES_PER_CALL)
    for (const setup of setups) await setup.publish(Math.min(left, MESSAGES_PER_CALL), LANES, 64);
}

async function idle(on: On, { subscribers, idleMs }: Kind<'idle'>, scale: number): Promise<Figures> {
  await using setup = await StreamSetup.start(on);
  await setup.connect(subscribers);
  await setup.publish(WARM_UP, 1);
  await setup.wait(WARM_UP);
  let published = WARM_UP;
  const broadcast = () =>
    setup.timed(async () => {
      await setup.publish(1, 1);
      await setup.wait(++published);
    });
  const warm: Awaited<ReturnType<typeof broadcast>>[] = [];
  const woken: typeof warm = [];
  for (let turn = 0; turn < 3; turn++) {
    for (let again = 0; again < 5; again++) warm.push(await broadcast());
    await new Promise((resolve) => setTimeout(resolve, idleMs * scale));
    woken.push(await broadcast());
  }
  const [warmMs, warmCpuMs] = [median(warm.map(({ elapsedMs }) => elapsedMs)), median(warm.map(({ cpuMs }) => cpuMs))];
  return {
    'warm broadcast, ms': warmMs,
    'CPU of it, ms': warmCpuMs,
    'after idling, times warm': median(woken.map(({ elapsedMs }) => elapsedMs)) / warmMs,
    'CPU after idling, times warm': median(woken.map(({ cpuMs }) => cpuMs)) / warmCpuMs,
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? NaN;
}

/** What a process has in memory, by the kernel's account. */
function residentMb(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
  return Number(kilobytes) / 1000;
}
