/** Workflows whose messages go through queues, on a service that is killed (SIGKILL) while they run, and started again on what it has left. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { findPort } from '../../src/cli/free-port.ts';
import { expectOnce, KILLS, RUNS, type LoggedEvent } from './killed-runs.ts';
import { addCounts, NO_COUNTS, type Counts } from './mode-counts.ts';
import { buildApp, SECRETS, VARIABLES } from './run-app.ts';

const APP = fileURLToPath(new URL('app', import.meta.url));
const WAIT = { timeout: 150_000, interval: 200 };
const WITHOUT_METRICS = { ...process.env, WRANGLER_SEND_METRICS: 'false' };

/** wrangler and its workerd, which are one group of processes. */
class KilledService {
  readonly #mode: string;
  readonly #folder: string;
  #child: ChildProcess | null = null;
  #url = '';

  constructor(mode: string, folder: string) {
    this.#mode = mode;
    this.#folder = folder;
  }

  async start(): Promise<void> {
    const port = await findPort();
    this.#url = `http://127.0.0.1:${port}`;
    const variables = Object.entries({ ...VARIABLES, ...SECRETS, MODE: this.#mode }).flatMap(([name, value]) => [
      '--var',
      `${name}:${value}`,
    ]);
    const args = [
      'dev',
      '--port',
      String(port),
      '--inspector-port',
      '0',
      '--persist-to',
      this.#folder,
      '--log-level',
      'error',
      ...variables,
    ];
    this.#child = spawn('wrangler', args, { cwd: APP, detached: true, stdio: 'ignore', env: WITHOUT_METRICS });
    await vi.waitFor(() => this.call('/counts'), WAIT);
  }

  async call<Answer>(path: string, body?: unknown): Promise<Answer> {
    const response = await fetch(this.#url + path, { method: 'POST', body: JSON.stringify(body ?? null) });
    if (response.status !== 200) throw new Error(`${path}: ${response.status}`);
    return (await response.json()) as Answer; // of the application's own routes
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child?.pid === undefined) return;
    this.#child = null;
    const exited = once(child, 'exit');
    process.kill(-child.pid, 'SIGKILL');
    await exited;
  }
}

describe.each(['queues', 'd1', 'seed'])('mode "%s"', (mode) => {
  const folder = mkdtempSync(join(tmpdir(), 'steamer-killed-queues-'));
  const service = new KilledService(mode, folder);
  beforeAll(async () => {
    await buildApp();
    const migrate = ['d1', 'migrations', 'apply', 'WORKFLOW_DB', '--local', '--persist-to', folder];
    execFileSync('wrangler', migrate, { cwd: APP, stdio: 'ignore', env: { ...WITHOUT_METRICS, CI: 'true' } });
    await service.start();
  });
  afterAll(async () => {
    await service.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  it(`completes ${RUNS.length} runs through ${KILLS} kills, with messages that come twice and in another order, and logs nothing twice`, async () => {
    const starts = RUNS.map(({ workflow, values }) => service.call<{ runId: string }>(`/start/${workflow}`, values));
    const runIds = (await Promise.all(starts)).map(({ runId }) => runId);
    const delays: number[] = [];
    let counts = NO_COUNTS;
    for (let kill = 0; kill < KILLS; kill++) {
      // What is called while it is killed has no answer.
      void Promise.all(runIds.map((runId) => service.call(`/again/${runId}`))).catch(() => undefined);
      const delayMs = Math.floor(Math.random() * 900);
      delays.push(delayMs);
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      counts = addCounts(counts, await service.call<Counts>('/counts'));
      await service.kill();
      await service.start();
      await service.call('/redeliver');
    }
    console.log(`${mode}: killed after ${delays.join(', ')} ms`);
    for (const runId of runIds) {
      await vi.waitFor(async () => expect(await service.call(`/run/${runId}`)).toMatchObject({ status: 'completed' }), WAIT);
      expectOnce(await service.call<LoggedEvent[]>(`/events/${runId}`));
    }
    counts = addCounts(counts, await service.call<Counts>('/counts'));
    console.log(
      `${mode}: at least ${counts.dispatches} object dispatches, ${counts.queueMessages} queue messages, ${counts.d1Writes} rows written in D1`,
    );
    if (mode === 'queues') expect(counts.dispatches).toBeGreaterThan(RUNS.length);
    else expect(counts.dispatches).toBe(0);
    expect(counts.queueMessages).toBeGreaterThan(RUNS.length);
    expect(counts.d1Writes).toBeGreaterThan(0);
  }, 320_000);
});
