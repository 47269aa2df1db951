/** The application's workflows in Node, built and served as its users would, with a service as their World. */
import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const APP = fileURLToPath(new URL('app', import.meta.url));
const WORLD = fileURLToPath(new URL('../../src/remote-world/index.ts', import.meta.url));
const CLI = fileURLToPath(new URL('app/node_modules/workflow/bin/run.js', import.meta.url));

/** Builds the SDK's routes. Their module system is theirs, and not the application's. */
export function buildNodeApp(): void {
  execFileSync(process.execPath, [CLI, 'build'], { cwd: APP, stdio: 'ignore' });
  writeFileSync(new URL('app/.well-known/package.json', import.meta.url), '{}');
}

export interface NodeApp {
  pid: number;
  port: number;
  fetch(path: string, body?: unknown): Promise<Response>;
  /** kills it at once (SIGKILL) */
  kill(): Promise<void>;
}

/** Starts it. @param variables where the service is, and who the app is */
export async function startNodeApp(variables: Record<string, string>, port = 0): Promise<NodeApp> {
  const env = { ...process.env, WORKFLOW_TARGET_WORLD: WORLD, PORT: String(port), ...variables };
  const child = spawn(process.execPath, ['node-server.ts'], { cwd: APP, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const listening = await portOf(child);
  return {
    pid: child.pid ?? -1, // it listens, so it has started
    port: listening,
    fetch: (path, body) =>
      fetch(`http://127.0.0.1:${listening}${path}`, body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    kill: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) return resolve();
        child.once('exit', () => resolve());
        child.kill('SIGKILL');
      }),
  };
}

/** What the SDK's own command line says. */
export async function inspect(variables: Record<string, string>, ...args: string[]): Promise<string> {
  // Whether there is a newer one it would ask npm's registry, each time where that is not reached.
  const env = { ...process.env, WORKFLOW_TARGET_WORLD: WORLD, WORKFLOW_NO_UPDATE_CHECK: '1', ...variables };
  return (await promisify(execFile)(process.execPath, [CLI, 'inspect', ...args], { cwd: APP, env })).stdout;
}

async function portOf({ stdout, pid }: ChildProcess): Promise<number> {
  if (stdout === null) throw new TypeError('expected a pipe');
  for await (const line of createInterface({ input: stdout })) {
    const [, port] = /^listening on (\d+)$/.exec(line) ?? [];
    if (port !== undefined) {
      stdout.resume();
      return Number(port);
    }
  }
  throw new Error(`the application (process ${pid}) has ended before it listened`);
}
