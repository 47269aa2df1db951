/** The service on this machine that an app without `STEAMER_URL` has its workflows kept by: it is started where it does not run. */
import { spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ServiceAccess } from './settings.ts';

/** Where it keeps everything, from the folder that the app is started in. */
const FOLDER = resolve('.steamer/workflow-service');
const LOG = join(FOLDER, 'service.log');
const COMMAND = fileURLToPath(new URL(`../cli/steamer${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url).href);
const READY_WITHIN_MS = 120_000;
const POLL_MS = 100;
/** How long it is taken for granted. */
const CHECK_AGAIN_MS = 10_000;

let started: Promise<ServiceAccess> | null = null;
let checkedAtMs = -Infinity;

/**
 * Where it is. Processes of one folder share it; it ends with the one that has started it, and is started again by the next call.
 *
 * @throws Error when it does not start, with what it has said
 */
export async function localService(): Promise<ServiceAccess> {
  if (started === null || Date.now() - checkedAtMs > CHECK_AGAIN_MS) {
    checkedAtMs = Date.now();
    started = find();
  }
  try {
    return await started;
  } catch (error) {
    started = null;
    throw error;
  }
}

async function find(): Promise<ServiceAccess> {
  const running = await reached();
  if (running !== null) return running;
  mkdirSync(FOLDER, { recursive: true });
  const log = openSync(LOG, 'w');
  const command = spawn(process.execPath, [COMMAND, 'workflows', 'serve', '--folder', FOLDER], { stdio: ['ignore', log, log] });
  // It ends with this process, and does not keep it from ending.
  process.once('exit', () => command.kill());
  command.unref();
  for (const untilMs = Date.now() + READY_WITHIN_MS; Date.now() < untilMs; await sleep(POLL_MS)) {
    checkedAtMs = Date.now();
    const access = await reached();
    if (access !== null) return access;
    if (command.exitCode !== null && command.exitCode !== 0) break;
  }
  throw new Error(`The service of workflows on this machine did not start: ${readFileSync(LOG, 'utf8').trim().slice(-2_000)}`);
}

/** The service that `service.json` names, if it answers. */
async function reached(): Promise<ServiceAccess | null> {
  try {
    const access = JSON.parse(readFileSync(join(FOLDER, 'service.json'), 'utf8')) as ServiceAccess; // the command writes it
    const response = await fetch(new URL('/healthz', access.url), { signal: AbortSignal.timeout(5_000) });
    return response.ok ? access : null;
  } catch {
    return null;
  }
}
