/** Runs a benchmark of workflows: the tests' application on workerd, and the same in Node with the SDK's own World. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serviceCompatibilityDate } from '../../dev/workerd/worker-config.ts';
import { setup as installApp } from '../../test/workflows/install.ts';
import { buildApp } from '../../test/workflows/run-app.ts';
import { HarnessProcess } from './child-process.ts';
import { processCpuMs } from './cpu-time.ts';
import type { LocalQuestion } from './local-world.ts';
import type { StreamFigure } from './stream-benchmark.ts';
import { startWorkerd } from './workerd.ts';
import type { WorkflowsBenchmark, WorkflowScenario } from './workflows-benchmark.ts';

const APP = fileURLToPath(new URL('../../test/workflows/app', import.meta.url));

const OBJECTS = { WORKFLOW_RUN: 'WorkflowRun', STREAM_HUB: 'StreamHub', STREAM_DIRECTORY: 'StreamDirectory' };

/** Something that runs workflows, and whose CPU time is told. */
interface Way {
  name: string;
  pid: number;
  /** @returns how long each chunk of its stream was on its way; none where it has none */
  run(scenario: Pick<WorkflowScenario, 'workflow' | 'count' | 'everyMs'>): Promise<number[]>;
}

/** @param scale how many of the runs are done: 1 for all */
export async function runWorkflows(
  { scenarios }: WorkflowsBenchmark,
  scale: number,
  onProgress: (line: string) => void,
): Promise<StreamFigure[]> {
  installApp();
  await using local = new HarnessProcess<LocalQuestion, number[]>('./local-world.ts');
  const config = { compatibilityDate: serviceCompatibilityDate(), vars: {}, objects: OBJECTS };
  await using worker = await startWorkerd(await bundleApp(), config, { isInMemory: true });
  const ways: Way[] = [
    { name: 'Worker', pid: worker.pid, run: (scenario) => ask(worker.port, scenario) },
    {
      name: 'world-local',
      pid: local.pid,
      run: ({ workflow, count, everyMs }) => local.ask({ workflow, values: valuesOf({ count, everyMs }), isStream: workflow === 'timed' }),
    },
  ];
  for (const way of ways) await way.run({ workflow: 'sequential', count: 3 });
  const figures: StreamFigure[] = [];
  for (const scenario of scenarios) {
    for (const way of ways) {
      onProgress(`${scenario.name}: ${way.name}`);
      const measured = await measure(way, scenario, Math.max(1, Math.ceil(scenario.runs * scale)));
      for (const [metric, value] of Object.entries(measured)) figures.push({ scenario: scenario.name, way: way.name, metric, value });
    }
  }
  return figures;
}

async function measure({ pid, run }: Way, scenario: WorkflowScenario, runs: number): Promise<Record<string, number>> {
  const wallMs: number[] = [];
  const delaysMs: number[] = [];
  const before = processCpuMs(pid);
  for (let turn = 0; turn < runs; turn++) {
    const startedAtMs = performance.now();
    delaysMs.push(...(await run(scenario)));
    wallMs.push(performance.now() - startedAtMs);
  }
  const figures = { 'CPU ms per run': (processCpuMs(pid) - before) / runs, 'wall ms': share(wallMs, 0.5) };
  return delaysMs.length === 0 ? figures : { ...figures, 'chunk p50 ms': share(delaysMs, 0.5), 'chunk p95 ms': share(delaysMs, 0.95) };
}

/** What such a share of figures does not exceed. */
function share(figures: readonly number[], part: number): number {
  return figures.toSorted((one, other) => one - other)[Math.min(figures.length - 1, Math.floor(figures.length * part))] ?? NaN;
}

async function ask(port: number, { workflow, ...scenario }: Pick<WorkflowScenario, 'workflow' | 'count' | 'everyMs'>): Promise<number[]> {
  const verb = workflow === 'timed' ? 'stream' : 'complete';
  const response = await fetch(`http://127.0.0.1:${port}/${verb}/${workflow}`, {
    method: 'POST',
    body: JSON.stringify(valuesOf(scenario)),
  });
  if (response.status !== 200) throw new Error(`${workflow}: ${response.status}`);
  const { delaysMs = [] } = (await response.json()) as { delaysMs?: number[] }; // of the tests' application
  return delaysMs;
}

/** What a workflow is started with. */
function valuesOf({ count, everyMs = 0 }: { count: number; everyMs?: number | undefined }): number[] {
  return [count, everyMs];
}

/** The application's workflows as one module, as wrangler makes it. */
async function bundleApp(): Promise<string> {
  await buildApp();
  const output = mkdtempSync(join(tmpdir(), 'steamer-bench-workflows-'));
  const args = ['deploy', '--config', 'killed.toml', '--dry-run', '--minify', '--outdir', output];
  execFileSync('wrangler', args, { cwd: APP, stdio: 'ignore', env: { ...process.env, WRANGLER_SEND_METRICS: 'false' } });
  const code = readFileSync(join(output, 'killed-worker.js'), 'utf8');
  rmSync(output, { recursive: true });
  return code;
}
