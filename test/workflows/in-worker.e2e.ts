/** Workflows of the SDK, as it is on npm, inside a Worker on workerd. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createClient } from '../../src/client/index.ts';
import { beginRun, endedRun } from './app-runs.ts';
import { MODE, startApp, type RunningApp } from './run-app.ts';

const WAIT = { timeout: 300_000, interval: 100 };
/** A database elsewhere is asked some times for each event: there runs are smaller, and nobody follows them. */
const isInD1 = MODE === 'd1' || MODE === 'seed';
/** One message after the other, in a Worker whose queues no service takes. */
const isSeed = MODE === 'seed';
const [WIDE, LONG] = isInD1 ? [50, 20] : [500, 200];
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
const begin = (workflow: string, ...values: unknown[]) => beginRun(app, workflow, values);
const ended = (runId: string) => endedRun(app, runId, WAIT);
const resultOf = async (workflow: string, ...values: unknown[]) => ended(await begin(workflow, ...values));
const events = async (runId: string) =>
  (await (await app.fetch(`/events/${runId}`)).json()) as { eventType: string; correlationId?: string }[];
const countOf = async (runId: string, type: string) => (await events(runId)).filter(({ eventType }) => eventType === type).length;
/** How many completions of steps the log has, and of how many different steps. */
const completions = async (runId: string) => {
  const ids: string[] = [];
  const { url, authorization } = await app.caller(['workflows:read']);
  for (let cursor: string | null = ''; cursor !== null;) {
    const query = cursor === '' ? '' : `&cursor=${cursor}`;
    const page = await fetch(new URL(`/v1/acme/workflows/runs/${runId}/events?limit=1000${query}`, url), { headers: { authorization } });
    const { items, cursor: next } = (await page.json()) as { items: { eventType: string; correlationId: string }[]; cursor: string | null };
    ids.push(...items.filter(({ eventType }) => eventType === 'step_completed').map(({ correlationId }) => correlationId));
    cursor = next;
  }
  return { completed: ids.length, different: new Set(ids).size };
};
const lines = async (runId: string, start = 0) => {
  const text = await (await app.fetch(`/stream/${runId}?start=${start}`)).text();
  return text
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
};

/** The cursors of so many events that a socket is sent. */
async function followed(url: URL, authorization: string, count: number): Promise<string[]> {
  const socket = new WebSocket(new URL(url.href.replace('http', 'ws')), { headers: { authorization } });
  const cursors: string[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.addEventListener('error', ({ error }) => reject(error));
  socket.addEventListener('message', ({ data }) => {
    cursors.push((JSON.parse(String(data)) as { cursor: string }).cursor);
    if (cursors.length === count) resolve();
  });
  await promise;
  socket.close();
  return cursors;
}

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

  it.skipIf(isSeed)('takes the first of several steps, and the first that succeeds', async () => {
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
    const { origin, pathname } = new URL(String(url));
    expect(origin).toBe('https://shop.test');
    expect((await app.fetch(pathname, { paid: true })).status).toBe(202);
    expect(await ended(runId)).toMatchObject({ value: { paid: true } });
    expect((await app.fetch(pathname, {})).status).toBe(404);
    expect((await app.fetch('/.well-known/workflow/v1/webhook/nobody', {})).status).toBe(404);
  });

  it('knows where it is reached, and so do its steps', async () => {
    expect(await resultOf('addresses')).toMatchObject({ value: ['https://shop.test', 'https://shop.test'] });
  });

  it('hands on what is too large for a row', async () => {
    const length = 1_100_000;
    expect(await resultOf('growing', 'x'.repeat(length))).toMatchObject({ value: 4 * length });
  });

  it.skipIf(isSeed)('has steps that work for the tenant of their run', async () => {
    expect(await resultOf('tenants')).toMatchObject({ value: ['acme', true] });
  });

  it('may be handed step functions', async () => {
    expect(await resultOf('higherOrder')).toMatchObject({ value: 42 });
  });

  it(`has ${WIDE} steps side by side, and ${LONG} one after the other, each completed once`, async () => {
    const wide = await begin('parallel', WIDE);
    const long = await begin('sequential', LONG);
    expect(await ended(wide)).toMatchObject({ value: (WIDE * (WIDE + 1)) / 2 });
    expect(await ended(long)).toMatchObject({ value: LONG });
    for (const [runId, count] of [
      [wide, WIDE],
      [long, LONG],
    ] as const)
      expect(await completions(runId)).toEqual({ completed: count, different: count });
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

  it.skipIf(isInD1)('are listed, followed to their end, cancelled and run again by the client', async () => {
    const { url, authorization } = await app.caller(['workflows:read', 'workflows:write']);
    const { workflows } = createClient({ url: new URL('/v1/acme', url).href, headers: { authorization } });
    const runId = await begin('addition', 2, 3);
    const types: string[] = [];
    for await (const { event } of workflows.events(runId)) types.push(event.eventType);
    expect([types.at(0), types.at(-1)]).toEqual(['run_created', 'run_completed']);
    expect(await workflows.get(runId, { payloads: true })).toMatchObject({ status: 'completed', output: 5 });
    const again = await workflows.runAgain(runId);
    expect(await ended(again)).toMatchObject({ value: 5 });
    const sleeping = await begin('sleepingLong');
    expect(await workflows.cancel(sleeping)).toMatchObject({ runId: sleeping, status: 'cancelled' });
    await vi.waitFor(async () => {
      const listed: string[] = [];
      for await (const run of workflows.list({ status: 'cancelled' })) listed.push(run.runId);
      expect(listed).toContain(sleeping);
    }, WAIT);
    await expect(workflows.wake(sleeping)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('are started by name over the API, once for an Idempotency-Key', async () => {
    const { url, authorization } = await app.caller([...READ, ...WRITE]);
    const { workflows } = createClient({ url: new URL('/v1/acme', url).href, headers: { authorization } });
    expect(await workflows.names()).toContain('addition');
    const idempotencyKey = crypto.randomUUID();
    const runId = await workflows.start('addition', [20, 3], { idempotencyKey });
    expect(await workflows.start('addition', [20, 3], { idempotencyKey })).toBe(runId);
    expect(await ended(runId)).toMatchObject({ value: 23 });
    await expect(workflows.start('addition', [20, 4], { idempotencyKey })).rejects.toMatchObject({ code: 'idempotency_mismatch' });
    await expect(workflows.start('toString')).rejects.toMatchObject({ code: 'invalid_input', issues: [{ pointer: '/workflow' }] });
    const start = async (body: unknown) => (await app.call('POST', runs, WRITE, body)).body['code'];
    const asked = { workflow: 'addition' };
    expect(await start([])).toBe('invalid_input');
    expect(await start({ ...asked, input: {} })).toBe('invalid_input');
    expect(await start({ ...asked, input: Array.from({ length: 101 }, () => 1) })).toBe('invalid_input');
    expect(await start({ ...asked, args: [] })).toBe('unknown_field');
    expect(await app.call('POST', runs, READ, asked)).toMatchObject({ status: 403 });
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

  it('are shown with their payloads as JSON when that is asked for, though they are encrypted where they are', async () => {
    const runId = await begin('values', { name: 'Ada', big: [1, null, 'x'] });
    await ended(runId);
    const { body } = await app.call('GET', `${runs}/${runId}?payloads=true`, READ);
    expect(body).toMatchObject({
      input: [{ name: 'Ada', big: [1, null, 'x'] }],
      output: { given: { name: 'Ada', big: [1, null, 'x'] }, at: '1970-01-01T00:00:00.000Z', bytes: 'AQI=', map: [['a', 1]] },
    });
    expect((await json(`/prefix/${runId}`))['prefix']).toBe('encr');
  });

  it('are woken, and run again with the same input', async () => {
    const sleeping = await begin('sleepingLong');
    await vi.waitFor(async () => expect(await countOf(sleeping, 'wait_created')).toBe(1), WAIT);
    expect((await app.call('POST', `${runs}/${sleeping}/wake`, READ)).status).toBe(403);
    expect(await app.call('POST', `${runs}/${sleeping}/wake`, WRITE)).toMatchObject({ status: 200, body: { sleepsEnded: 1 } });
    expect(await ended(sleeping)).toMatchObject({ value: 'awake' });
    const cancelled = await begin('sleepingLong');
    await vi.waitFor(async () => expect(await countOf(cancelled, 'wait_created')).toBe(1), WAIT);
    await app.call('POST', `${runs}/${cancelled}/cancel`, WRITE);
    expect(await app.call('POST', `${runs}/${cancelled}/wake`, WRITE)).toMatchObject({ status: 409, body: { code: 'conflict' } });
    const first = await begin('addition', 20, 3);
    const { body } = await app.call('POST', `${runs}/${first}/run-again`, WRITE);
    expect(body['runId']).not.toBe(first);
    expect(await ended(String(body['runId']))).toMatchObject({ value: 23 });
  });

  it('are handed what their hooks wait for, whose tokens are not shown', async () => {
    const token = `console/${crypto.randomUUID()}`;
    const runId = await begin('hooked', token);
    const hooks = () => app.call('GET', `${runs}/${runId}/hooks`, READ);
    await vi.waitFor(async () => expect((await hooks()).body).toMatchObject({ items: [{ runId }] }), WAIT);
    const { body } = await hooks();
    const [{ hookId }] = body['items'] as [{ hookId: string }];
    const log = await app.call('GET', `${runs}/${runId}/events`, READ);
    expect(JSON.stringify([body, log])).not.toContain(token);
    for (const value of [1, 2, 3])
      expect(await app.call('POST', `${runs}/${runId}/hooks/${hookId}/resume`, WRITE, { value })).toMatchObject({ status: 200 });
    expect(await ended(runId)).toMatchObject({ value: [1, 2, 3] });
    expect((await app.call('POST', `${runs}/${runId}/hooks/${hookId}/resume`, WRITE, {})).status).toBe(404);
  });

  it.skipIf(isInD1)('are followed as they go, from any event on, by events and by a socket', async () => {
    const { url, authorization } = await app.caller(READ);
    const path = (runId: string, query = '') => new URL(`${runs}/${runId}/events${query}`, url);
    const runId = await begin('sleeping');
    const stream = await fetch(path(runId), { headers: { authorization, accept: 'text/event-stream', 'accept-encoding': 'identity' } });
    const text = await stream.text();
    const types = [...text.matchAll(/^event: (.+)$/gm)].map(([, type]) => type);
    expect(types.join(' ')).toBe('run_created run_started wait_created wait_completed wait_created wait_completed run_completed end');
    const last = await fetch(path(runId, '?cursor=2'), { headers: { authorization, accept: 'text/event-stream', 'last-event-id': '6' } });
    expect(await last.text()).toMatch(/^id: 7\nevent: run_completed\n/);
    expect(await followed(path(runId, '?cursor=5'), authorization, 2)).toEqual(['6', '7']);
  });

  it.skipIf(isInD1)('are followed no longer with a key that is revoked', async () => {
    const { url, authorization } = await app.caller(READ);
    const path = new URL(`${runs}/${await begin('sleepingLong')}/events`, url);
    const stream = await fetch(path, { headers: { authorization, accept: 'text/event-stream', 'accept-encoding': 'identity' } });
    const socket = new WebSocket(path.href.replace('http', 'ws'), { headers: { authorization } });
    const closed = new Promise<number>((resolve) => socket.addEventListener('close', ({ code }) => resolve(code)));
    await new Promise((resolve) => socket.addEventListener('open', resolve));
    socket.send(''); // Node hears of the end of a socket that has sent nothing only when its object sleeps
    const operator = { method: 'POST', headers: { authorization: `Bearer ${await app.operatorKey()}` } };
    const revoked = await fetch(new URL(`/v1/operator/keys/${authorization.split('_')[2]}/revoke`, url), operator);
    expect([revoked.ok, await closed]).toEqual([true, 4401]);
    expect(await stream.text()).not.toContain('event: end');
  });

  it('have streams that subscribers of the service read', async () => {
    const runId = await begin('streaming', 3);
    await ended(runId);
    const { body } = await app.call('GET', `${runs}/${runId}/streams`, READ);
    const [name] = body['items'] as string[];
    const { url, authorization } = await app.caller(['streams:read']);
    const chunks = await fetch(new URL(`/v1/acme/streams/${name}`, url), { headers: { authorization } });
    expect([chunks.status, (await chunks.arrayBuffer()).byteLength > 0]).toEqual([200, true]);
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
      `${runs}?payloads=true`,
    ];
    const statuses = await Promise.all(calls.map(async (path) => (await app.call('GET', path, READ)).status));
    expect(statuses).toEqual([404, 404, 404, 400, 400, 400, 400]);
    for (const command of ['cancel', 'wake', 'run-again', 'dead-messages/msg_1/replay'])
      expect([(await app.call('POST', `${runs}/${none}/${command}`, WRITE)).status, command]).toEqual([404, command]);
    expect((await app.call('POST', `${runs}/${none}/hooks/hook_1/resume`, WRITE, {})).status).toBe(404);
    expect((await app.call('GET', runs, ['models:read'])).status).toBe(403);
    expect((await app.call('GET', '/v1/other/workflows/runs', READ)).status).toBe(404);
    expect((await app.fetch(runs)).status).toBe(401);
  });
});
