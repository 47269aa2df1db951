/** Runs a benchmark of workflows: each scenario in each of the ways. */
import { processesCpuMs } from './cpu-time.ts';
import type { StreamFigure } from './stream-benchmark.ts';
import { startWays, type Way } from './workflow-ways.ts';
import type { WorkflowsBenchmark, WorkflowScenario } from './workflows-benchmark.ts';

/** What a run is. */
type Workflow = Pick<WorkflowScenario, 'workflow' | 'count' | 'everyMs'>;

/** @param scale how many of the runs are done: 1 for all, and else without what takes long */
export async function runWorkflows(
  { scenarios }: WorkflowsBenchmark,
  scale: number,
  onProgress: (line: string) => void,
): Promise<StreamFigure[]> {
  await using running = new AsyncDisposableStack();
  const ways = await startWays(running, scale === 1, onProgress);
  for (const way of ways) await complete(way, { workflow: 'sequential', count: 3 });
  const figures: StreamFigure[] = [];
  for (const scenario of scenarios) {
    if (scenario.takesLong === true && scale < 1) continue;
    for (const way of ways.filter(({ name }) => name !== scenario.without)) {
      onProgress(`${scenario.name}: ${way.name}`);
      const measured = await measure(way, scenario, Math.max(1, Math.ceil(scenario.runs * scale)));
      for (const [metric, value] of Object.entries(measured)) figures.push({ scenario: scenario.name, way: way.name, metric, value });
    }
  }
  return figures;
}

async function measure(way: Way, scenario: WorkflowScenario, runs: number): Promise<Record<string, number>> {
  const { atOnce = 1 } = scenario;
  const wallMs: number[] = [];
  const delaysMs: number[] = [];
  let left = runs;
  const oneAfterTheOther = async (): Promise<void> => {
    while (left-- > 0) {
      const beganAtMs = performance.now();
      delaysMs.push(...(await complete(way, scenario)));
      wallMs.push(performance.now() - beganAtMs);
    }
  };
  const before = cpuMsOf(way);
  const beganAtMs = performance.now();
  await Promise.all(Array.from({ length: atOnce }, oneAfterTheOther));
  const elapsedMs = performance.now() - beganAtMs;
  return {
    'CPU ms per run': (cpuMsOf(way) - before) / runs,
    'wall ms': share(wallMs, 0.5),
    ...(atOnce > 1 && { 'runs per second': (runs * 1_000) / elapsedMs }),
    ...(delaysMs.length > 0 && { 'chunk p50 ms': share(delaysMs, 0.5), 'chunk p95 ms': share(delaysMs, 0.95) }),
  };
}

function cpuMsOf({ pids }: Way): number {
  return pids.reduce((sumMs, pid) => sumMs + processesCpuMs(pid), 0);
}

/** What such a share of figures does not exceed. */
function share(figures: readonly number[], part: number): number {
  return figures.toSorted((one, other) => one - other)[Math.min(figures.length - 1, Math.floor(figures.length * part))] ?? NaN;
}

/** Has a workflow run to its end. @returns how long each chunk of its stream was on its way; none where it has none */
async function complete({ name, port }: Way, { workflow, count, everyMs = 0 }: Workflow): Promise<number[]> {
  const url = `http://127.0.0.1:${port}/complete/${workflow}${workflow === 'timed' ? '?timed' : ''}`;
  const response = await fetch(url, { method: 'POST', body: JSON.stringify([count, everyMs]) });
  if (response.status !== 200) throw new Error(`${name}: ${workflow} was answered with ${response.status}: ${await response.text()}`);
  const { delaysMs } = (await response.json()) as { delaysMs: number[] }; // of the tests' application
  return delaysMs;
}
