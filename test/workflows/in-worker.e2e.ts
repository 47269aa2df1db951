/** Workflows of the SDK, as it is on npm, inside a Worker on workerd. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startApp, type RunningApp } from './run-app.ts';

const WAIT = { timeout: 100_000, interval: 100 };
let app: RunningApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(async () => app.stop());

async function json(path: string, body?: unknown): Promise<Record<string, unknown>> {
  const response = await app.fetch(path, body);
  expect([response.status, path]).toEqual([200, path]);
  return (await response.json()) as Record<string, unknown>; // of the application's own routes
}
const begin = async (workflow: string, ...values: unknown[]) => String((await json(`/start/${workflow}`, values))['runId']);
const ended = (runId: string) =>
  vi.waitFor(async () => {
    const run = await json(`/run/${runId}`);
    if (run['status'] === 'pending' || run['status'] === 'running') throw new Error(`${runId} is ${run['status']}`);
    return run;
  }, WAIT);
const resultOf = async (workflow: string, ...values: unknown[]) => ended(await begin(workflow, ...values));
const events = async (runId: string) =>
  (await (await app.fetch(`/events/${runId}`)).json()) as { eventType: string; correlationId?: string }[];
const countOf = async (runId: string, type: string) => (await events(runId)).filter(({ eventType }) => eventType === type).length;
const lines = async (runId: string, start = 0) => {
  const text = await (await app.fetch(`/stream/${runId}?start=${start}`)).text();
  return text
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
};

describe('a workflow in a Worker', () => {
  it('answers what its steps have made', async () => {
    const runId = await begin('addition', 2, 3);
    expect(await ended(runId)).toEqual({ status: 'completed', value: 5 });
    const types = (await events(runId)).map(({ eventType }) => eventType);
    expect(types).toEqual(['run_created', 'run_started', 'step_created', 'step_started', 'step_completed', 'run_completed']);
  });

  it('finds the step of its own file where two have one name', async () => {
    expect(await resultOf('additionOfWords', 2, 3)).toMatchObject({ value: '2 and 3' });
  });

  it('runs steps one after the other and side by side, each once', async () => {
    const sequential = await begin('sequential', 5);
    expect(await ended(sequential)).toMatchObject({ value: 5 });
    const parallel = await begin('parallel', 20);
    expect(await ended(parallel)).toMatchObject({ value: 210 });
    for (const [runId, count] of [
      [sequential, 5],
      [parallel, 20],
    ] as const)
      for (const type of ['step_created', 'step_started', 'step_completed']) expect(await countOf(runId, type)).toBe(count);
  });

  it('takes the first of several steps, and the first that succeeds', async () => {
    expect(await resultOf('racing')).toMatchObject({ value: ['fast', 'other'] });
  });

  it('catches what a step throws for good, and fails of what nobody catches', async () => {
    expect(await resultOf('failed')).toMatchObject({ value: 'caught on purpose' });
    const runId = await begin('uncaught');
    expect(await ended(runId)).toEqual({ status: 'failed' });
    expect(await json(`/error/${runId}`)).toMatchObject({ reason: expect.stringContaining('nobody catches this') });
  });

  it('tries a step again after the time that it asks for', async () => {
    const runId = await begin('retried');
    expect(await ended(runId)).toMatchObject({ value: 3 });
    expect(await countOf(runId, 'step_retrying')).toBe(2);
  });

  it('sleeps, and wakes up', async () => {
    const runId = await begin('sleeping');
    expect(await ended(runId)).toMatchObject({ value: 'awake' });
    expect(await countOf(runId, 'wait_completed')).toBe(2);
  });

  it('goes on with each payload that its hook is sent', async () => {
    const token = `order/${crypto.randomUUID()}`;
    const runId = await begin('hooked', token);
    for (const value of [1, 2, 3])
      await vi.waitFor(async () => expect((await app.fetch(`/hook/${encodeURIComponent(token)}`, { value })).status).toBe(200), WAIT);
    expect(await ended(runId)).toMatchObject({ value: [1, 2, 3] });
  });

  it('takes a request by its webhook, which nobody else has', async () => {
    const runId = await begin('webhooked');
    const [url] = await lines(runId);
    const { pathname } = new URL(String(url));
    expect((await app.fetch(pathname, { paid: true })).status).toBe(202);
    expect(await ended(runId)).toMatchObject({ value: { paid: true } });
    expect((await app.fetch(pathname, {})).status).toBe(404);
    expect((await app.fetch('/.well-known/workflow/v1/webhook/nobody', {})).status).toBe(404);
  });

  it('does not show the SDK’s routes to anybody', async () => {
    for (const route of ['flow', 'step']) expect((await app.fetch(`/.well-known/workflow/v1/${route}`, { runId: 'x' })).status).toBe(404);
  });

  it('keeps bytes that text cannot have', async () => {
    expect(await resultOf('bytes')).toMatchObject({ value: 'null byte \0' });
  });

  it('streams what a step writes, chunk by chunk, from any place on', async () => {
    const runId = await begin('streaming', 25);
    const all = Array.from({ length: 25 }, (_, index) => ({ index }));
    expect(await lines(runId)).toEqual(all);
    expect(await lines(runId, 20)).toEqual(all.slice(20));
    expect(await lines(runId, -2)).toEqual(all.slice(23));
    expect(await ended(runId)).toMatchObject({ value: 'written' });
  });
});

describe('the runs of a tenant', () => {
  const READ = ['workflows:read'] as const;
  const WRITE = ['workflows:write'] as const;
  const runs = '/v1/acme/workflows/runs';

  it('are listed, and shown with their steps and events, without payloads', async () => {
    const runId = await begin('addition', 4, 5);
    await ended(runId);
    const workflow = encodeURIComponent('workflow//./workflows/math//addition');
    await vi.waitFor(async () => {
      const { body } = await app.call('GET', `${runs}?workflow=${workflow}&status=completed&limit=1`, READ);
      expect(body).toMatchObject({ items: [{ runId, status: 'completed' }] });
    }, WAIT);
    const { body: run } = await app.call('GET', `${runs}/${runId}`, READ);
    expect(run).toMatchObject({ runId, status: 'completed', workflowName: decodeURIComponent(workflow) });
    expect([run['input'], run['output']]).toEqual([undefined, undefined]);
    const { body: log } = await app.call('GET', `${runs}/${runId}/events?limit=5`, READ);
    expect(log).toMatchObject({ items: [{ eventType: 'run_created' }, {}, {}, {}, {}], cursor: '5' });
    const { body: steps } = await app.call('GET', `${runs}/${runId}/steps`, READ);
    expect(steps).toMatchObject({ items: [{ status: 'completed', attempt: 1 }], cursor: null });
    expect(await app.call('GET', `${runs}/${runId}/dead-messages`, READ)).toMatchObject({ status: 200, body: { items: [] } });
  });

  it('are cancelled by who may write, once', async () => {
    const runId = await begin('hooked', `never/${crypto.randomUUID()}`);
    const cancel = `${runs}/${runId}/cancel`;
    expect((await app.call('POST', cancel, READ)).status).toBe(403);
    expect(await app.call('POST', cancel, WRITE)).toMatchObject({ status: 200, body: { runId, status: 'cancelled' } });
    expect(await ended(runId)).toEqual({ status: 'cancelled' });
    const completed = await begin('addition', 1, 1);
    await ended(completed);
    expect(await app.call('POST', `${runs}/${completed}/cancel`, WRITE)).toMatchObject({ status: 409, body: { code: 'conflict' } });
  });

  it('say what is wrong with a call', async () => {
    const none = 'wrun_01ARYZ6S41TSV4RRFFQ69G5FAV';
    const calls = [
      `${runs}/${none}`,
      `${runs}/nothing`,
      `${runs}/${none}/dead-messages`,
      `${runs}?status=gone`,
      `${runs}?limit=1001`,
      `${runs}?page=2`,
    ];
    const statuses = await Promise.all(calls.map(async (path) => (await app.call('GET', path, READ)).status));
    expect(statuses).toEqual([404, 404, 404, 400, 400, 400]);
    expect((await app.call('GET', runs, ['models:read'])).status).toBe(403);
    expect((await app.call('GET', '/v1/other/workflows/runs', READ)).status).toBe(404);
    expect((await app.fetch(runs)).status).toBe(401);
  });
});
