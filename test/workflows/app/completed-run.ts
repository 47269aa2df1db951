import type { Run } from 'workflow/api';

const POLL_MS = 5;

/**
 * Waits for the end of a run.
 *
 * @param sleep of the runtime that it is asked from
 * @returns how long each chunk of its stream was on its way, where it has one of `{ atMs }`
 */
export async function completed(run: Run<unknown>, isTimed: boolean, sleep: (ms: number) => Promise<unknown>): Promise<number[]> {
  const delaysMs: number[] = [];
  if (isTimed) for await (const { atMs } of run.getReadable<{ atMs: number }>()) delaysMs.push(Date.now() - atMs);
  for (let status = ''; status !== 'completed'; status = await run.status) {
    if (status === 'failed') throw new Error(`${run.runId} has failed`);
    await sleep(POLL_MS);
  }
  return delaysMs;
}
