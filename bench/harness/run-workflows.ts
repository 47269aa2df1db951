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

/** Something that runs workflows, and whose CPU time is told. */
interface Way {
  name: string;
  pid: number;
  run(workflow: string, count: number): Promise<void>;
}

/** @param scale how many of the runs are done: 1 for all */
export async function runWorkflows(
  { scenarios }: WorkflowsBenchmark,
  scale: number,
  onProgress: (line: string) => void,
): Promise<StreamFigure[]> {
  installApp();
  await using local = new HarnessProcess<LocalQuestion, void>('./local-world.ts');
  const config = { compatibilityDate: serviceCompatibilityDate(), vars: {}, objects: { WORKFLOW_RUN: 'WorkflowRun' } };
  await using worker = await startWorkerd(await bundleApp(), config);
  const ways: Way[] = [
    { name: 'Worker', pid: worker.pid, run: (workflow, count) => ask(worker.port, workflow, count) },
    { name: 'world-local', pid: local.pid, run: (workflow, count) => local.ask({ workflow, count }) },
  ];
  for (const way of ways) await way.run('sequential', 3);
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

async function measure({ pid, run }: Way, { workflow, count }: WorkflowScenario, runs: number): Promise<Record<string, number>> {
  const wallMs: number[] = [];
  const before = processCpuMs(pid);
  for (let turn = 0; turn < runs; turn++) {
    const startedAtMs = performance.now();
    await run(workflow, count);
    wallMs.push(performance.now() - startedAtMs);
  }
  const median = wallMs.toSorted((one, other) => one - other)[wallMs.length >> 1] ?? NaN;
  return { 'CPU ms per run': (processCpuMs(pid) - before) / runs, 'wall ms': median };
}

async function ask(port: number, workflow: string, count: number): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/complete/${workflow}`, { method: 'POST', body: JSON.stringify([count]) });
  if (response.status !== 200) throw new Error(`${workflow}: ${response.status}`);
  await response.text();
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
