/** `steamer workflows serve`: a service on this machine that keeps the workflows of apps that run here, in the stead of one on Cloudflare. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { accountsDatabase, CommandError } from './accounts-database.ts';
import { createApiKey } from './api-keys.ts';
import { type BackgroundProcess, startInBackground } from './background-process.ts';
import { completeDevVars } from './dev-vars.ts';
import { findPort } from './free-port.ts';
import { isRunning } from './is-running.ts';
import { tenantStatement } from './tenants.ts';
import { workflowServiceConfig } from './workflow-service-config.ts';
import { runWrangler, wranglerCommand } from './wrangler.ts';

/** Where a service is reached, as its folder's `service.json` says it. */
export interface ServedAccess {
  /** "http://127.0.0.1:4000/v1/local" */
  url: string;
  key: string;
}

export interface WorkflowService extends ServedAccess {
  /** resolves when the service has ended */
  ended: Promise<void>;
}

const TENANT = 'local';
const ACCESS_FILE = 'service.json';
const LOCK_FILE = 'serving.pid';
const READY_WITHIN_MS = 120_000;
const POLL_MS = 100;
const PARENT_POLL_MS = 1_000;
const ROOT = new URL('../', import.meta.url);

/**
 * Starts the service of a folder, which has its data, its secrets and its key. Where one runs already that one is answered.
 *
 * @throws CommandError when it does not start, with what it has said
 */
export async function serveWorkflows(folder: string): Promise<WorkflowService> {
  const path = resolve(folder);
  mkdirSync(path, { recursive: true });
  if (!claim(join(path, LOCK_FILE))) return { ...(await accessOf(path)), ended: Promise.resolve() };
  const main = new URL(`workflow-service${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, ROOT);
  const config = join(path, 'wrangler.json');
  writeFileSync(config, workflowServiceConfig(fileURLToPath(new URL('../', ROOT).href), fileURLToPath(main.href)));
  completeDevVars(join(path, '.dev.vars'));
  const data = join(path, 'data');
  const where = ['--config', config, '--persist-to', data];
  for (const database of ['DB', 'WORKFLOW_DB']) await migrate(database, where, path);
  const key = readAccess(path)?.key ?? (await makeKey(config, data, path));
  const port = await findPort();
  const flags = ['--ip', '127.0.0.1', '--port', String(port), '--show-interactive-dev-session=false'];
  const { command, args, env } = wranglerCommand(['dev', ...where, ...flags], path);
  // What is started gets the environment of this process.
  Object.assign(process.env, env);
  const worker = startInBackground(command, args);
  const access = { url: `http://127.0.0.1:${port}/v1/${TENANT}`, key };
  await untilHealthy(access.url, worker);
  writeFileSync(join(path, ACCESS_FILE), JSON.stringify(access), { mode: 0o600 });
  endWithParent(worker);
  return { ...access, ended: worker.exited.finally(() => rmSync(join(path, LOCK_FILE), { force: true })) };
}

/** A signal, or the end of what has started this process, ends the Worker in order: by itself it would leave workerd behind. */
function endWithParent(worker: BackgroundProcess): void {
  const stop = () => void worker.stop(); // it ends what waits for the Worker
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stop);
  const { ppid } = process;
  const watch = setInterval(() => {
    if (process.ppid !== ppid) stop();
  }, PARENT_POLL_MS);
  void worker.exited.then(() => clearInterval(watch));
}

/** Whether this process is the one that serves the folder. A claim whose process is gone counts for nothing. */
function claim(lock: string): boolean {
  try {
    // Of a program by its file: the id of one that was killed may be another's by now.
    writeFileSync(lock, `${process.pid} ${basename(process.argv[1] ?? 'node')}`, { flag: 'wx' });
    return true;
  } catch {
    const [, pid = '0', program = ''] = /^(\d+) ?(.*)$/.exec(readFileSync(lock, 'utf8')) ?? [];
    if (pid !== '0' && isRunning(Number(pid), program)) return false;
    rmSync(lock, { force: true });
    return claim(lock);
  }
}

/** Of the service that another process has started, or is about to. */
async function accessOf(path: string): Promise<ServedAccess> {
  for (const untilMs = Date.now() + READY_WITHIN_MS; Date.now() < untilMs; await sleep(POLL_MS)) {
    const access = readAccess(path);
    if (access !== null && (await isHealthy(access.url))) return access;
  }
  throw new CommandError(`Another process serves ${path}, and does not answer`);
}

function readAccess(path: string): ServedAccess | null {
  try {
    return JSON.parse(readFileSync(join(path, ACCESS_FILE), 'utf8')) as ServedAccess; // written above
  } catch {
    return null;
  }
}

async function migrate(database: string, where: readonly string[], path: string): Promise<void> {
  const { exitCode, stdout, stderr } = await runWrangler(['d1', 'migrations', 'apply', database, '--local', ...where], path);
  if (exitCode !== 0) throw new CommandError(`The database ${database} could not be made:\n${stderr || stdout}`);
}

async function makeKey(config: string, persistTo: string, path: string): Promise<string> {
  const run = (args: readonly string[]) => runWrangler([...args, '--config', config], path);
  const database = accountsDatabase({ isRemote: false, environment: null, persistTo }, run);
  await database.run(tenantStatement(TENANT, 'Workflows on this machine'));
  const scopes = ['workflows:read', 'workflows:write', 'streams:read'];
  return (await createApiKey(database, { tenant: TENANT, scopes, name: 'steamer/world', expiresInMs: null })).token;
}

async function untilHealthy(url: string, worker: BackgroundProcess): Promise<void> {
  for (const untilMs = Date.now() + READY_WITHIN_MS; Date.now() < untilMs && worker.ending() === null; await sleep(POLL_MS))
    if (await isHealthy(url)) return;
  await worker.stop();
  throw new CommandError(`The service of workflows did not start:\n${worker.output()}`);
}

async function isHealthy(url: string): Promise<boolean> {
  const response = await fetch(new URL('/healthz', url), { signal: AbortSignal.timeout(5_000) }).catch(() => null);
  return response?.ok === true;
}
