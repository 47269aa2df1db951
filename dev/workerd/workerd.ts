/** A Worker on raw workerd, in a process that can be measured and killed: `wrangler dev` has several, and answers a few hundred requests a second. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Readable } from 'node:stream';
import { workerConfig, type WorkerConfig } from './worker-config.ts';

export interface WorkerdOptions {
  /** the executable: the default export of the package `workerd` */
  binary: string;
  /** is there already; holds the configuration, and the objects' storage for the next process that is started here */
  folder: string;
  /** the folder goes when the process does; default: it stays */
  isTemporary?: boolean;
  /** lets `inspectorPort` be asked by the DevTools protocol; default: not */
  isInspected?: boolean;
  /** the Worker's module */
  code: string;
  config: WorkerConfig;
}

/** A running workerd. It ends when disposed of, and with this process. */
export class Workerd implements AsyncDisposable {
  readonly port: number;
  /** undefined when it is not inspected */
  readonly inspectorPort: number | undefined;
  readonly #child: ChildProcess;
  readonly #end: () => void;

  private constructor(child: ChildProcess, ports: Ports, { folder, isTemporary = false }: WorkerdOptions) {
    this.#child = child;
    this.port = ports.http;
    this.inspectorPort = ports.inspector;
    this.#end = () => {
      child.kill('SIGKILL');
      if (isTemporary) rmSync(folder, { recursive: true, force: true });
    };
    process.once('exit', this.#end);
  }

  /** @throws Error when workerd ends before it listens; its own words are on standard error */
  static async start(options: WorkerdOptions): Promise<Workerd> {
    const { binary, folder, code, config, isInspected = false } = options;
    mkdirSync(join(folder, 'objects'), { recursive: true });
    writeFileSync(join(folder, 'worker.js'), code);
    for (const file of Object.values(config.wasm ?? {})) copyFileSync(file, join(folder, basename(file)));
    writeFileSync(join(folder, 'config.capnp'), workerConfig(config));
    const inspected = isInspected ? ['--inspector-addr=127.0.0.1:0'] : [];
    const child = spawn(binary, ['serve', 'config.capnp', '--control-fd=3', ...inspected], {
      cwd: folder,
      stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
    });
    return new Workerd(child, await reportedPorts(child, isInspected), options);
  }

  get pid(): number {
    return this.#child.pid ?? -1; // it has reported a port, so it has started
  }

  /** Kills the process where it stands (SIGKILL), and resolves when it is gone. */
  async kill(): Promise<void> {
    process.off('exit', this.#end);
    const exited = this.#child.exitCode === null && this.#child.signalCode === null ? once(this.#child, 'exit') : null;
    this.#end();
    await exited;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}

interface Ports {
  http: number;
  inspector?: number;
}

/** Workerd writes one line of JSON per socket to the control descriptor once it listens. */
async function reportedPorts(child: ChildProcess, isInspected: boolean): Promise<Ports> {
  const control = child.stdio[3] as Readable; // opened as a pipe
  let http: number | undefined;
  let inspector: number | undefined;
  for await (const text of control.setEncoding('utf8')) {
    for (const line of String(text).trim().split('\n')) {
      const { event, port } = JSON.parse(line) as { event: string; port: number };
      if (event === 'listen') http = port;
      if (event === 'listen-inspector') inspector = port;
    }
    if (http !== undefined && (inspector !== undefined || !isInspected)) return { http, ...(inspector === undefined ? {} : { inspector }) };
  }
  throw new Error('workerd ended before it listened');
}
