/** A Worker on raw workerd, in a process that can be measured and killed: `wrangler dev` has several, and answers a few hundred requests a second. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { workerConfig, type WorkerConfig } from './worker-config.ts';

export interface WorkerdOptions {
  /** the executable: the default export of the package `workerd` */
  binary: string;
  /** is there already; holds the configuration, and the objects' storage for the next process that is started here */
  folder: string;
  /** the folder goes when the process does; default: it stays */
  isTemporary?: boolean;
  /** the Worker's module */
  code: string;
  config: WorkerConfig;
}

/** A running workerd. It ends when disposed of, and with this process. */
export class Workerd implements AsyncDisposable {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #end: () => void;

  private constructor(child: ChildProcess, port: number, { folder, isTemporary = false }: WorkerdOptions) {
    this.#child = child;
    this.port = port;
    this.#end = () => {
      child.kill('SIGKILL');
      if (isTemporary) rmSync(folder, { recursive: true, force: true });
    };
    process.once('exit', this.#end);
  }

  /** @throws Error when workerd ends before it listens; its own words are on standard error */
  static async start(options: WorkerdOptions): Promise<Workerd> {
    const { binary, folder, code, config } = options;
    mkdirSync(join(folder, 'objects'), { recursive: true });
    writeFileSync(join(folder, 'worker.js'), code);
    writeFileSync(join(folder, 'config.capnp'), workerConfig(config));
    const child = spawn(binary, ['serve', 'config.capnp', '--control-fd=3'], {
      cwd: folder,
      stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
    });
    return new Workerd(child, await reportedPort(child), options);
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

/** Workerd writes one line of JSON per socket to the control descriptor once it listens. */
async function reportedPort(child: ChildProcess): Promise<number> {
  const control = child.stdio[3] as Readable; // opened as a pipe
  for await (const line of control.setEncoding('utf8')) {
    const { event, port } = JSON.parse(String(line)) as { event: string; port: number };
    if (event === 'listen') return port;
  }
  throw new Error('workerd ended before it listened');
}
