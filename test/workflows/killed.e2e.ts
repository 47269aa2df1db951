/** Workflows of the SDK on a workerd that is killed (SIGKILL) while they run, and started again on what it has left. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, it, vi } from 'vitest';
import { serviceCompatibilityDate } from '../../dev/workerd/worker-config.ts';
import { Workerd } from '../../dev/workerd/workerd.ts';
import { expectOnce, KILLS, RUNS, type LoggedEvent } from './killed-runs.ts';
import { bundleAppWorker } from './run-app.ts';

const WAIT = { timeout: 150_000, interval: 200 };
const folder = mkdtempSync(join(tmpdir(), 'steamer-killed-'));
let code: string;
let workerd: Workerd;

beforeAll(async () => {
  code = await bundleAppWorker('killed-worker', '--config', 'killed.toml');
  workerd = await start();
});
afterAll(async () => {
  await workerd.kill();
  rmSync(folder, { recursive: true, force: true });
});

function start(): Promise<Workerd> {
  const { default: binary } = createRequire(import.meta.url)('workerd') as { default: string }; // CommonJS without types
  const config = { compatibilityDate: serviceCompatibilityDate(), vars: { BACKSTOP_MS: '500' }, objects: { WORKFLOW_RUN: 'WorkflowRun' } };
  return Workerd.start({ binary, folder, code, config });
}

async function call<Answer>(path: string, body?: unknown): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${workerd.port}${path}`, { method: 'POST', body: JSON.stringify(body ?? null) });
  if (response.status !== 200) throw new Error(`${path}: ${response.status}`);
  return (await response.json()) as Answer; // of the Worker above
}

it(`completes ${RUNS.length} runs through ${KILLS} kills, with messages that come twice and in another order, and logs nothing twice`, async () => {
  const runIds = await Promise.all(
    RUNS.map(async ({ workflow, values }) => (await call<{ runId: string }>(`/start/${workflow}`, values)).runId),
  );
  const delays: number[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    // What is called while it is killed has no answer.
    void Promise.all(runIds.map((runId) => call(`/again/${runId}`))).catch(() => undefined);
    const delayMs = Math.floor(Math.random() * 900);
    delays.push(delayMs);
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    await workerd.kill();
    workerd = await start();
  }
  console.log(`killed after ${delays.join(', ')} ms`);
  for (const runId of runIds) {
    const log = await vi.waitFor(async () => {
      const read = await call<{ status: string; events: LoggedEvent[] }>(`/log/${runId}`);
      if (read.status !== 'completed') throw new Error(`${runId} is ${read.status}`);
      return read;
    }, WAIT);
    expectOnce(log.events);
  }
}, 200_000);
