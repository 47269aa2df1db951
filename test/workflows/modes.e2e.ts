/** The ways in which runs are kept and their messages delivered: what each comes to, by what it is made of. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Counts } from './mode-counts.ts';
import { startApp, type RunningApp } from './run-app.ts';

const WAIT = { timeout: 20_000, interval: 50 };
/** A run's steps, one after the other and then side by side. */
const STEPS = 10;

let app: RunningApp;
const json = async <Answer>(path: string, body?: unknown) => (await (await app.fetch(path, body)).json()) as Answer; // of the application's own routes
async function complete(workflow: string, ...values: unknown[]): Promise<unknown> {
  const { runId } = await json<{ runId: string }>(`/start/${workflow}`, values);
  return vi.waitFor(async () => {
    const { status, value } = await json<{ status: string; value: unknown }>(`/run/${runId}`);
    if (status !== 'completed') throw new Error(`${runId} is ${status}`);
    return value;
  }, WAIT);
}

/** What the command prints. */
async function steamer(operatorKey: string, ...args: string[]): Promise<string> {
  const env = { ...process.env, STEAMER_OPERATOR_KEY: operatorKey };
  return (await promisify(execFile)(process.execPath, ['src/cli/steamer.ts', ...args], { env })).stdout;
}

/** What a run of 10 steps in a row, one of 10 at once, and one that sleeps, tries again and is woken come to. */
async function countedRuns(mode: string): Promise<Counts> {
  const before = await json<Counts>('/counts');
  expect(await complete('sequential', STEPS)).toBe(STEPS);
  expect(await complete('parallel', STEPS)).toBe((STEPS * (STEPS + 1)) / 2);
  expect(await complete('sleeping')).toBe('awake');
  expect(await complete('retried')).toBe(3);
  const after = await json<Counts>('/counts');
  const counts = {
    dispatches: after.dispatches - before.dispatches,
    queueMessages: after.queueMessages - before.queueMessages,
    d1Writes: after.d1Writes - before.d1Writes,
  };
  console.log(
    `${mode}: ${counts.dispatches} object dispatches, ${counts.queueMessages} queue messages, ${counts.d1Writes} rows written in D1`,
  );
  return counts;
}

/** The runs that are counted. */
const RUNS = 4;

describe.each(['object', 'queues', 'd1', 'seed'] as const)('mode "%s"', (mode) => {
  beforeAll(async () => {
    app = await startApp({ MODE: mode });
  });
  afterAll(async () => app.stop());

  it('completes runs, and comes to what it says', async () => {
    const { dispatches, queueMessages, d1Writes } = await countedRuns(mode);
    const isInObjects = mode === 'object' || mode === 'queues';
    // A delivery for each step and one for each time that the run goes on, of which those that come together are one: of an object, or inside a batch.
    if (isInObjects) expect(dispatches).toBeGreaterThanOrEqual(2 * STEPS);
    else expect(dispatches).toBe(0);
    // Each delivery is one message, or none.
    if (mode === 'object') expect(queueMessages).toBe(0);
    else expect(queueMessages).toBeGreaterThanOrEqual(Math.max(dispatches, 2 * STEPS));
    // The index is told what becomes of runs, and nothing of their steps; or D1 has all of it.
    if (isInObjects) expect(d1Writes).toBeLessThan(10 * RUNS);
    else expect(d1Writes).toBeGreaterThan(10 * 2 * STEPS);
  });

  it('shows a message that is none of a run as a dead letter, by steamer queue', async () => {
    const operator = await app.operatorKey();
    const queue = (...args: string[]) => steamer(operator, 'queue', ...args, '--url', app.url.href);
    const letters = async () =>
      JSON.parse(await queue('dead', '--json')) as { id: string; queue: string; body: unknown; attempts: number }[];
    const oneLetter = () =>
      vi.waitFor(async () => {
        const [letter, another] = await letters();
        expect([letter, another]).toMatchObject([{ queue: 'workflow-queue', body: { test: 'message' }, attempts: 1 }, undefined]);
        return letter?.id ?? '';
      }, WAIT);
    expect(await queue('send', 'workflow-queue', '{"test":"message"}')).toBe('Sent to workflow-queue.\n');
    const id = await oneLetter();
    expect(await queue('replay', id)).toBe('Sent to workflow-queue again.\n');
    await expect(queue('replay', id)).rejects.toMatchObject({ stderr: expect.stringContaining('No message of this id was given up.') });
    expect(await oneLetter()).not.toBe(id);
    await expect(queue('send', 'orders', '{}')).rejects.toMatchObject({
      stderr: `${app.url.href} answers 404: Expected a queue of workflows (workflow-queue, step-queue).\n`,
    });
  });
});
