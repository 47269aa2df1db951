/** Serves one Worker on raw workerd: `wrangler dev` answers a few hundred requests a second and would be what is measured. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import workerd from 'workerd';
import { workerConfig, type WorkerConfig } from './worker-config.ts';

/** @returns a file of `workers/` (its name without the ending) and all it imports, as one minified module */
export async function bundleWorker(worker: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`../workers/${worker}.ts`, import.meta.url))],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'esnext',
    conditions: ['workerd', 'worker'],
    external: ['cloudflare:*', 'node:*'],
    write: false,
    logLevel: 'error',
  });
  return outputFiles[0]!.text; // one entry point is one file
}

/** A running workerd, which ends when disposed of, and with this process. */
export class Workerd implements AsyncDisposable {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #end = () => {
    this.#child.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  };

  private constructor(child: ChildProcess, port: number, folder: string) {
    this.#child = child;
    this.port = port;
    this.#folder = folder;
    process.once('exit', this.#end);
  }

  /**
   * @param code the Worker's module
   * @throws Error when workerd ends before it listens; its own words are on standard error
   */
  static async start(code: string, config: WorkerConfig): Promise<Workerd> {
    const folder = mkdtempSync(join(tmpdir(), 'steamer-bench-'));
    mkdirSync(join(folder, 'objects'));
    writeFileSync(join(folder, 'worker.js'), code);
    writeFileSync(join(folder, 'config.capnp'), workerConfig(config));
    const child = spawn(workerd.default, ['serve', 'config.capnp', '--control-fd=3'], {
      cwd: folder,
      stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
    });
    return new Workerd(child, await reportedPort(child), folder);
  }

  get pid(): number {
    return this.#child.pid!; // it has reported a port, so it has started
  }

  async [Symbol.asyncDispose](): Promise<void> {
    process.off('exit', this.#end);
    const exited = this.#child.exitCode === null && this.#child.signalCode === null ? once(this.#child, 'exit') : null;
    this.#end();
    await exited;
  }
}

/** Workerd writes one line of JSON per socket to the control descriptor once it listens. */
async function reportedPort(child: ChildProcess): Promise<number> {
  const control = child.stdio[3] as Readable; // opened as a pipe
  for await (const line of control.setEncoding('utf8')) {
    const { event, port }: { event: string; port: number } = JSON.parse(line);
    if (event === 'listen') return port;
  }
  throw new Error('workerd ended before it listened');
}
