/** Workflows of the SDK on a workerd that is killed (SIGKILL) while they run, and started again on what it has left. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { serviceCompatibilityDate } from '../../dev/workerd/worker-config.ts';
import { Workerd } from '../../dev/workerd/workerd.ts';
import { buildApp } from './run-app.ts';

const APP = fileURLToPath(new URL('app', import.meta.url));
const KILLS = 10;
const RUNS: readonly { workflow: string; values: unknown[] }[] = [
  ...Array.from({ length: 4 }, () => ({ workflow: 'slowSequence', values: [8] })),
  ...Array.from({ length: 4 }, () => ({ workflow: 'slowTogether', values: [12] })),
  { workflow: 'sleeping', values: [] },
  { workflow: 'failed', values: [] },
];
const WAIT = { timeout: 150_000, interval: 200 };
const folder = mkdtempSync(join(tmpdir(), 'steamer-killed-'));
let code: string;
let workerd: Workerd;

beforeAll(async () => {
  await buildApp();
  const output = join(folder, 'bundle');
  const args = ['deploy', '--config', 'killed.toml', '--dry-run', '--outdir', output];
  execFileSync('wrangler', args, { cwd: APP, stdio: 'ignore', env: { ...process.env, WRANGLER_SEND_METRICS: 'false' } });
  code = readFileSync(join(output, 'killed-worker.js'), 'utf8');
  workerd = await start();
});
afterAll(async () => {
  await workerd.kill();
  rmSync(folder, { recursive: true, force: true });
});

function start(): Promise<Workerd> {
  const { default: binary } = createRequire(import.meta.url)('workerd') as { default: string }; // CommonJS without types
  const config = { compatibilityDate: serviceCompatibilityDate(), vars: {}, objects: { WORKFLOW_RUN: 'WorkflowRun' } };
  return Workerd.start({ binary, folder, code, config });
}

interface RunLog {
  status: string;
  error?: unknown;
  events: { eventType: string; correlationId: string }[];
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
      const read = await call<RunLog>(`/log/${runId}`);
      if (read.status !== 'completed') throw new Error(`${runId} is ${read.status}`);
      return read;
    }, WAIT);
    expectOnce(log);
  }
}, 200_000);

/** Of each step one creation and one completion, of the run one beginning and one end, and nothing behind it. */
function expectOnce({ events }: RunLog): void {
  const once = events.filter(({ eventType }) => !['step_started', 'step_retrying'].includes(eventType));
  const names = once.map(({ eventType, correlationId }) => `${eventType} ${correlationId}`);
  expect(names).toEqual([...new Set(names)]);
  const ends = (type: string) => new Set(events.filter(({ eventType }) => eventType === type).map(({ correlationId }) => correlationId));
  const finished = new Set([...ends('step_completed'), ...ends('step_failed')]);
  expect(finished).toEqual(ends('step_created'));
  expect(events.filter(({ eventType }) => eventType.startsWith('run_')).map(({ eventType }) => eventType)).toEqual([
    'run_created',
    'run_started',
    'run_completed',
  ]);
}
