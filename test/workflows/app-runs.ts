/** Runs of the tests' application, by its own routes: inside a Worker, and in Node. */
import { vi } from 'vitest';

interface App {
  fetch(path: string, body?: unknown): Promise<Response>;
}

/** Starts a workflow. @returns the id of its run */
export async function beginRun(app: App, workflow: string, values: readonly unknown[]): Promise<string> {
  const response = await app.fetch(`/start/${workflow}`, values);
  if (response.status !== 200) throw new Error(`${workflow}: ${response.status} ${await response.text()}`);
  return ((await response.json()) as { runId: string }).runId; // of the application's own route
}

/** Waits until a run is over. @returns its status, and what it has come to */
export function endedRun(app: App, runId: string, wait: { timeout: number; interval: number }): Promise<Record<string, unknown>> {
  return vi.waitFor(async () => {
    const response = await app.fetch(`/run/${runId}`);
    if (response.status !== 200) throw new Error(`${runId}: ${response.status}`);
    const run = (await response.json()) as Record<string, unknown>; // of the application's own route
    if (run['status'] === 'pending' || run['status'] === 'running') throw new Error(`${runId} is ${run['status']}`);
    return run;
  }, wait);
}
