/** What code, callers and queues may do wrong to workflows in a Worker: each is told why, at once, and nothing is left half done. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { beginRun, endedRun } from './app-runs.ts';
import { startApp, type RunningApp } from './run-app.ts';

const WAIT = { timeout: 100_000, interval: 100 };
const MEGABYTE = 1024 * 1024;
const WRITE = ['workflows:write'] as const;
const runs = '/v1/acme/workflows/runs';
let app: RunningApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(async () => app.stop());

const json = async (path: string, body?: unknown) => (await (await app.fetch(path, body)).json()) as Record<string, unknown>; // of the application's own routes
const begin = (workflow: string, ...values: unknown[]) => beginRun(app, workflow, values);
const ended = (runId: string) => endedRun(app, runId, WAIT);
const reasonOf = async (runId: string) => String((await json(`/error/${runId}`))['reason']);
const typesOf = async (runId: string) =>
  ((await (await app.fetch(`/events/${runId}`)).json()) as { eventType: string }[]).map(({ eventType }) => eventType);

describe('what is too large', () => {
  it.each([
    ['result', 9 * MEGABYTE, 'step_completed: expected at most 8388608 bytes of result'],
    ['input', 9 * MEGABYTE, 'step_created: expected at most 8388608 bytes of input'],
    ['chunk', 2 * MEGABYTE, 'Chunk: expected at most 1048576 bytes'],
    ['error', 2 * MEGABYTE, 'FatalError: xxxx'],
  ])('fails the step with the reason, which its workflow catches, when it is its %s', async (kind, characters, reason) => {
    const runId = await begin('oversized', kind, characters);
    expect(await ended(runId)).toEqual({ status: 'completed', value: expect.stringContaining(reason) });
    const attempts = (await typesOf(runId)).filter((type) => type === 'step_started').length;
    expect(attempts).toBe(kind === 'input' ? 0 : 1);
  });

  it.each([
    ['output', 9 * MEGABYTE, 'run_completed: expected at most 8388608 bytes of output'],
    ['metadata', 9 * MEGABYTE, 'hook_created: expected at most 8388608 bytes of metadata'],
    ['thrown', 2 * MEGABYTE, 'failed: xxxx'],
  ])('fails the run with the reason when it is its %s', async (kind, characters, reason) => {
    const runId = await begin('oversized', kind, characters);
    expect(await ended(runId)).toEqual({ status: 'failed' });
    expect(await reasonOf(runId)).toContain(reason);
    const { body } = await app.call('GET', `${runs}/${runId}`, ['workflows:read']);
    if (kind !== 'thrown') expect(body).toMatchObject({ error: { code: 'EVENT_REFUSED' } });
  });

  it('begins no run', async () => {
    expect(await json('/start/growing', ['x'.repeat(9 * MEGABYTE)])).toEqual({ reason: expect.stringContaining('bytes of input') });
    const start = await app.call('POST', runs, WRITE, { workflow: 'growing', input: ['x'.repeat(MEGABYTE)] });
    expect(start).toMatchObject({ status: 413, body: { code: 'body_too_large' } });
    const workflow = encodeURIComponent('workflow//./workflows/math//growing');
    expect(await app.call('GET', `${runs}?workflow=${workflow}`, ['workflows:read'])).toMatchObject({ body: { items: [] } });
  });

  it('goes to no hook and no webhook, which go on waiting', async () => {
    const token = `large/${crypto.randomUUID()}`;
    const runId = await begin('hooked', token);
    const resume = (value: unknown) => app.fetch(`/hook/${encodeURIComponent(token)}`, { value });
    for (const value of [1, 2]) await vi.waitFor(async () => expect((await resume(value)).status).toBe(200), WAIT);
    expect((await resume('x'.repeat(9 * MEGABYTE))).status).toBe(500);
    expect((await resume(3)).status).toBe(200);
    expect(await ended(runId)).toMatchObject({ value: [1, 2, 3] });
    const webhooked = await begin('webhooked');
    const { pathname } = new URL(JSON.parse(await (await app.fetch(`/stream/${webhooked}`)).text()) as string);
    expect((await app.fetch(pathname, 'x'.repeat(MEGABYTE))).status).toBe(413);
    expect((await app.fetch(pathname, { paid: true })).status).toBe(202);
    expect(await ended(webhooked)).toMatchObject({ value: { paid: true } });
  });
});

describe('what is not known or cannot be', () => {
  it('are the SDK’s routes, for whoever asks from outside', async () => {
    for (const route of ['flow', 'step']) expect((await app.fetch(`/.well-known/workflow/v1/${route}`, { runId: 'x' })).status).toBe(404);
  });

  it('is a workflow that nothing was built of: its run fails, and says so', async () => {
    const runId = await begin('nowhere');
    expect(await ended(runId)).toEqual({ status: 'failed' });
    expect(await reasonOf(runId)).toContain('"workflow//./workflows/math//nowhere" is not registered');
  });

  it.each([[''], ['x'.repeat(256)]])('is the token "%s" of a hook', async (token) => {
    const runId = await begin('hooked', token);
    expect(await ended(runId)).toEqual({ status: 'failed' });
    expect(await reasonOf(runId)).toContain('eventData.token: expected 1 to 255 characters');
  });
});

describe('a tenant over its limit of runs', () => {
  it('is told so, and when to come again, and begins runs again when others have ended', async () => {
    const authorization = `Bearer ${await app.operatorKey()}`;
    const limits = { overrides: [{ name: 'few', policy: 'workflow-runs', tenant: 'acme', limits: { runs: { limit: 3 } } }] };
    const changed = await fetch(new URL('/v1/operator/limits', app.url), {
      method: 'PUT',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify(limits),
    });
    expect(changed.status).toBe(200);
    const { url, authorization: key } = await app.caller(WRITE);
    const headers = { authorization: key, 'content-type': 'application/json' };
    const start = () => fetch(new URL(runs, url), { method: 'POST', headers, body: JSON.stringify({ workflow: 'sleepingLong' }) });
    const begun: string[] = [];
    const refused = await vi.waitFor(async () => {
      const response = await start();
      if (response.ok) begun.push(((await response.json()) as { runId: string }).runId);
      expect(response.status).toBe(429);
      return response;
    }, WAIT);
    expect(await refused.json()).toMatchObject({ code: 'rate_limited' });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await json('/start/sleepingLong', [])).toEqual({ reason: expect.stringMatching(/^ThrottleError: /) });
    for (const runId of begun) expect((await app.call('POST', `${runs}/${runId}/cancel`, WRITE)).status).toBe(200);
    await vi.waitFor(async () => expect((await start()).status).toBe(201), WAIT);
  });
});
