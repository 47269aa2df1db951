/** An application in Node that says nothing of a service: one is started on its machine. */
import { readFileSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { buildNodeApp, startNodeApp, type NodeApp } from './node-app.ts';

const WAIT = { timeout: 200_000, interval: 100 };
const FOLDER = new URL('app/.steamer/workflow-service/', import.meta.url);
let app: NodeApp;
beforeAll(async () => {
  rmSync(FOLDER, { recursive: true, force: true });
  buildNodeApp();
  app = await startNodeApp({});
}, 300_000);
afterAll(() => app.kill());

const completed = (runId: string, value: unknown) =>
  vi.waitFor(async () => expect(await (await app.fetch(`/run/${runId}`)).json()).toEqual({ status: 'completed', value }), WAIT);

it('has its workflows kept there, also when all of it is killed and started again', async () => {
  const first = (await (await app.fetch('/start/sequential', [3])).json()) as { runId: string }; // of the application's own route
  await completed(first.runId, 3);
  const second = (await (await app.fetch('/start/slowSequence', [8])).json()) as { runId: string };
  await app.kill();
  app = await startNodeApp({});
  await completed(second.runId, 8);
  await completed(first.runId, 3);
});

it('holds back nobody for calling it often', async () => {
  const { url, key } = JSON.parse(readFileSync(new URL('service.json', FOLDER), 'utf8')) as { url: string; key: string }; // the command writes it
  const { status, headers } = await fetch(`${url}/workflows/runs`, { headers: { authorization: `Bearer ${key}` } });
  expect([status, headers.get('ratelimit-policy')]).toEqual([200, expect.stringContaining('q=100000')]);
});
