/** What a benchmark of streams runs on: workerd, and its clients in a process of their own, with TCP between them. */
import { serviceCompatibilityDate } from '../../dev/workerd/worker-config.ts';
import type { Workerd } from '../../dev/workerd/workerd.ts';
import { HarnessProcess } from './child-process.ts';
import { processCpuMs } from './cpu-time.ts';
import type { ClientsAnswer, ClientsQuestion } from './socket-clients.ts';
import type { Way } from './stream-benchmark.ts';
import { startWorkerd } from './workerd.ts';

const WAIT_MS = 300_000;
const INSIDE_EVERY_MS = 20;

export interface SetupOptions {
  /** the Worker's module */
  code: string;
  way: Way;
  /** readers are sent to relays from a thousand on; default: not */
  isRelayed?: boolean;
  /** objects are stored in memory, so that nobody waits for a disk; default: not */
  isInMemory?: boolean;
}

/** Who has got what, of the subscribers inside workerd. */
interface Inside {
  /** as many have they all */
  messages: number;
  disordered: number;
}

export class StreamSetup implements AsyncDisposable {
  readonly #workerd: Workerd;
  readonly #clients = new HarnessProcess<ClientsQuestion, ClientsAnswer>('socket-clients.ts');
  readonly #way: Way;
  #hasInside = false;

  private constructor(workerd: Workerd, way: Way) {
    this.#workerd = workerd;
    this.#way = way;
  }

  static async start({ code, way, isRelayed = false, isInMemory = false }: SetupOptions): Promise<StreamSetup> {
    const objects = {
      STREAM_HUB: isRelayed ? 'RelayedHub' : 'Hub',
      STREAM_DIRECTORY: 'Directory',
      STREAM_RELAY: 'Relay',
      PLAIN: 'Plain',
      STORED: 'Stored',
      PARTY: 'Party',
      INSIDERS: 'Insiders',
    };
    const config = { compatibilityDate: serviceCompatibilityDate(), vars: {}, objects };
    const setup = new StreamSetup(await startWorkerd(code, config, { isInMemory }), way);
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

  /** Subscribers in workerd itself. */
  async connectInside(count: number): Promise<void> {
    await this.ask(`inside?add=${count}`);
    this.#hasInside = true;
  }

  /** Resolves when everybody has got so many messages. */
  async wait(messages: number): Promise<ClientsAnswer> {
    const outside = await this.#clients.ask({ kind: 'wait', messages, timeoutMs: WAIT_MS });
    while (this.#hasInside) {
      const inside = JSON.parse(await this.ask('inside')) as Inside; // the Worker's answer
      if (inside.messages >= messages) return { ...outside, disordered: outside.disordered + inside.disordered };
      await new Promise((resolve) => setTimeout(resolve, INSIDE_EVERY_MS));
    }
    return outside;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#clients[Symbol.asyncDispose]();
    await this.#workerd.kill();
  }
}
