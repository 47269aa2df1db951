import { createExecutionContext, createScheduledController, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, expect, test, vi } from 'vitest';
import { maintain, type MaintenanceJob } from '../../src/cron/maintenance.ts';
import type { MetricEvent } from '../../src/wire/metrics.ts';
import worker from '../../src/worker.ts';
import { createTenant, type RestClient } from '../setup/rest-client.ts';

const DAY_MS = 86_400_000;
let acme: RestClient;
beforeAll(async () => void (acme = await createTenant(['streams:read', 'streams:write'])));

async function run(): Promise<void> {
  const context = createExecutionContext();
  await worker.scheduled(createScheduledController({ cron: '17 3 * * *', scheduledTime: new Date() }), env, context);
  await waitOnExecutionContext(context);
}

test('once a day codes that are long over go, and segments of streams that are no more; the rest stays', async () => {
  const addCode = async (expiresAtMs: number) => {
    const id = crypto.randomUUID();
    const row = [id, 'verify-email', id, 'a@example.com', '{}', expiresAtMs, 1];
    const columns = 'id, kind, hash, email_key, purpose, expires_at_ms, created_at_ms';
    await env.DB.prepare(`INSERT INTO codes (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?)`)
      .bind(...row)
      .run();
    return id;
  };
  const isThere = async (id: string) => (await env.DB.prepare('SELECT 1 AS one FROM codes WHERE id = ?').bind(id).first()) !== null;
  const [old, recent] = [await addCode(Date.now() - 8 * DAY_MS), await addCode(Date.now() - DAY_MS)];
  await acme.call('PUT', '/streams/there', []);
  const keys = ['there/x', 'gone/x', 'gone/with/slashes/x'].map((name) => `streams/${acme.tenant}/${name}`);
  for (const key of keys) await env.STREAM_SEGMENTS.put(key, 'segment');
  await run();
  expect([await isThere(old), await isThere(recent)]).toEqual([false, true]);
  const left = async () => (await env.STREAM_SEGMENTS.list({ prefix: `streams/${acme.tenant}/` })).objects.map(({ key }) => key);
  expect(await left()).toHaveLength(3);
  vi.useFakeTimers({ now: Date.now() + 2 * DAY_MS, toFake: ['Date'] });
  await run();
  await run();
  vi.useRealTimers();
  expect(await left()).toEqual([keys[0]]);
});

test('a job goes on where it was when time was over, another one that fails keeps it from nothing, and each is reported', async () => {
  const log = vi.spyOn(console, 'error').mockReturnValue(undefined);
  const events: MetricEvent[] = [];
  const seen: (string | null)[] = [];
  let nowMs = 0;
  const failing: MaintenanceJob = { name: 'failing', run: () => Promise.reject(new Error('no database')) };
  const slow: MaintenanceJob = {
    name: `slow-${crypto.randomUUID()}`,
    async run(position) {
      seen.push(position);
      nowMs += 40;
      const part = Number(position ?? 0) + 1;
      return { removed: 10, next: part === 5 ? null : String(part) };
    },
  };
  const options = {
    positions: env.KV,
    metrics: { record: (event: MetricEvent) => void events.push(event) },
    nowMs: () => nowMs,
    deadlineMs: 100,
  };
  await maintain([failing, slow], options);
  await maintain([failing, slow], options);
  await maintain([slow], options);
  expect(seen).toEqual([null, '1', '2', '3', '4', null, '1', '2']);
  expect(events.map((event) => event.kind === 'maintenance' && [event.job, event.removed, event.isFailed])).toEqual([
    ['failing', 0, true],
    [slow.name, 30, false],
    ['failing', 0, true],
    [slow.name, 20, false],
    [slow.name, 30, false],
  ]);
  expect(log).toHaveBeenCalledTimes(2);
  log.mockRestore();
});

test('what was done before a part fails is reported and not done again; a position that is good for nothing is given up', async () => {
  const log = vi.spyOn(console, 'error').mockReturnValue(undefined);
  const events: MetricEvent[] = [];
  const seen: (string | null)[] = [];
  const job: MaintenanceJob = {
    name: `stumbling-${crypto.randomUUID()}`,
    async run(position) {
      seen.push(position);
      if (position === 'b') throw new Error('the cursor is over');
      return { removed: 1, next: position === null ? 'a' : 'b' };
    },
  };
  const metrics = { record: (event: MetricEvent) => void events.push(event) };
  for (let day = 0; day < 3; day++) await maintain([job], { positions: env.KV, metrics, nowMs: () => 0, deadlineMs: 100 });
  expect(seen).toEqual([null, 'a', 'b', 'b', null, 'a', 'b']);
  expect(events.map((event) => event.kind === 'maintenance' && [event.removed, event.isFailed])).toEqual([
    [2, true],
    [0, true],
    [2, true],
  ]);
  log.mockRestore();
});
