import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { RateLimiterClient } from '../../../src/objects/rate-limiter/rate-limiter-client.ts';
import { parseWorkflowRunName, runSocketsName, streamDirectoryStub } from '../../../src/objects/stubs.ts';
import { upgradeUrl } from '../../../src/objects/upgrade-url.ts';
import { FOLLOWER_MS } from '../../../src/objects/workflow-run/run-followers.ts';
import { eraseWorkflows } from '../../../src/queues/erase-workflows.ts';
import { claimToken } from '../../../src/runs/hook-tokens.ts';
import { RUNS_POLICY } from '../../../src/routes/limit-keys.ts';
import { someRunsOf } from '../../../src/runs/run-index.ts';
import type { AppScope } from '../../../src/runs/run-address.ts';
import { WORKFLOW_PAYLOAD_MAX_BYTES } from '../../../src/wire/limits.ts';
import { creation, INPUT, newRunId, newToken, NO_HOOK, NO_RUN, StorageFixture } from '../../contract/workflow-storage/fixture.ts';
import { nativeStub, newScope, openStorage } from './run-fixture.ts';

const WAIT = { timeout: 20_000 };
let scope: AppScope;
let fixture: StorageFixture;
beforeEach(async () => {
  scope = newScope();
  fixture = new StorageFixture();
  fixture.open(await openStorage(scope));
});

const stubOf = (runId: string) => nativeStub(scope, runId);
const tables = (runId: string) =>
  runInDurableObject(stubOf(runId), (_, { storage }) => storage.sql.exec('SELECT name FROM sqlite_master').toArray().length);
const outbox = (runId: string) => runInDurableObject(stubOf(runId), (_, { storage }) => storage.sql.exec('SELECT * FROM outbox').toArray());
const indexed = async (runId: string) =>
  env.WORKFLOW_DB.prepare('SELECT status FROM workflow_runs WHERE run_id = ?').bind(runId).first<string>('status');
const told = (runId: string) => vi.waitFor(async () => expect(await outbox(runId)).toEqual([]), WAIT);
/** How many payloads of a run are in the bucket. */
const objects = async (runId: string) =>
  (await env.WORKFLOW_PAYLOADS.list({ prefix: `payloads/${scope.tenant}/${scope.app}/${runId}/` })).objects.length;
const hookRow = async (token: string) =>
  env.WORKFLOW_DB.prepare('SELECT run_id FROM workflow_hooks WHERE tenant = ? AND token = ?').bind(scope.tenant, token).first('run_id');

describe("a run's object", () => {
  it('keeps the run, its parts and the order of its log across eviction', async () => {
    const { runId, stepId } = await fixture.newStep();
    const token = newToken();
    await fixture.hook(runId, 'hook_1', token, { metadata: INPUT });
    await fixture.create(runId, 'wait_created', { correlationId: 'wait_1', eventData: { resumeAt: new Date() } });
    const before = await fixture.storage.events.list({ runId });
    await evictDurableObject(stubOf(runId));
    expect(await fixture.storage.events.list({ runId })).toEqual(before);
    expect(await fixture.storage.runs.get(runId)).toMatchObject({ status: 'running', input: INPUT });
    expect((await fixture.storage.hooks.getByToken(token)).metadata).toEqual(INPUT);
    const { event } = await fixture.step(runId, stepId, 'started');
    expect(event !== undefined && event.eventId > (before.data.at(-1)?.eventId ?? '')).toBe(true);
  });

  it('has no tables before its run begins, whatever it is asked and whatever is refused', async () => {
    const runId = newRunId(Date.now() - 48 * 3_600_000);
    await expect(fixture.create(runId, 'run_created', { eventData: creation })).rejects.toMatchObject({ status: 400 });
    await expect(fixture.create(runId, 'run_started')).rejects.toMatchObject(NO_RUN);
    await expect(fixture.hook(runId, 'hook_1', newToken())).rejects.toMatchObject(NO_RUN);
    await expect(fixture.storage.events.list({ runId })).rejects.toMatchObject(NO_RUN);
    await expect(fixture.storage.steps.list({ runId })).rejects.toMatchObject(NO_RUN);
    await expect(fixture.storage.hooks.list({ runId })).rejects.toMatchObject(NO_RUN);
    expect(await stubOf(runId).holdsToken('token')).toBe(false);
    expect(await tables(runId)).toBe(0);
  });

  it('is nobody else’s: not of another tenant, nor of another app of the same', async () => {
    const runId = await fixture.newRun();
    const token = newToken();
    await fixture.hook(runId, 'hook_1', token);
    await told(runId);
    for (const other of [newScope(), { ...scope, app: 'other' }]) {
      const storage = await openStorage(other);
      await expect(storage.runs.get(runId)).rejects.toMatchObject(NO_RUN);
      await expect(storage.events.create(runId, { eventType: 'run_cancelled' })).rejects.toMatchObject(NO_RUN);
      await expect(storage.hooks.getByToken(token)).rejects.toMatchObject(NO_HOOK);
      expect((await storage.runs.list()).data).toEqual([]);
      expect((await storage.hooks.list({})).data).toEqual([]);
    }
  });

  it('takes its name apart again, and refuses one that is none', () => {
    expect(parseWorkflowRunName('acme/shop/wrun_1')).toEqual({ tenant: 'acme', app: 'shop', runId: 'wrun_1' });
    for (const name of ['acme/wrun_1', 'a/b/c/d', '', undefined]) expect(() => parseWorkflowRunName(name)).toThrow(TypeError);
  });

  it('deletes everything of a run when its time after the end is over', async () => {
    const runId = await fixture.newRun();
    await fixture.create(runId, 'run_completed', { eventData: { output: INPUT } });
    const { completedAt, expiredAt } = await fixture.storage.runs.get(runId);
    expect((expiredAt?.getTime() ?? 0) - (completedAt?.getTime() ?? 0)).toBe(30 * 86_400_000);
    await told(runId);
    expect(await indexed(runId)).toBe('completed');
    await runInDurableObject(stubOf(runId), (_, { storage }) => storage.sql.exec("UPDATE timers SET at_ms = 1 WHERE name = 'expire'"));
    await runDurableObjectAlarm(stubOf(runId));
    expect(await indexed(runId)).toBeNull();
    expect(await tables(runId)).toBe(0);
    expect(await runDurableObjectAlarm(stubOf(runId))).toBe(false);
    await expect(fixture.storage.runs.get(runId)).rejects.toMatchObject(NO_RUN);
  });

  it('has no alarm once the index knows it, until it ends', async () => {
    const runId = await fixture.newRun();
    await told(runId);
    expect(await runDurableObjectAlarm(stubOf(runId))).toBe(true);
    await runInDurableObject(stubOf(runId), (_, { storage }) => storage.sql.exec('UPDATE timers SET at_ms = 1'));
    await runDurableObjectAlarm(stubOf(runId));
    expect(await runDurableObjectAlarm(stubOf(runId))).toBe(false);
  });
});

describe('the token of a hook', () => {
  const leftOver = async (token: string, runId: string, hookId = 'hook_1') => {
    const wanted = { token, hookId, isWebhook: false, createdAtMs: 1, claimId: crypto.randomUUID() };
    await claimToken(env.WORKFLOW_DB, { ...scope, runId }, wanted);
  };

  it('is free when its run has never begun, or knows nothing of it', async () => {
    for (const owner of [newRunId(), await fixture.newRun()]) {
      const [runId, token] = [await fixture.newRun(), newToken()];
      await leftOver(token, owner);
      expect((await fixture.hook(runId, 'hook_1', token)).hook?.token).toBe(token);
      expect((await fixture.storage.hooks.getByToken(token)).runId).toBe(runId);
    }
  });

  it('is its hook’s when that is created again after its object was interrupted', async () => {
    const [runId, other, token] = [await fixture.newRun(), await fixture.newRun(), newToken()];
    await leftOver(token, runId);
    expect((await fixture.hook(runId, 'hook_1', token)).hook?.token).toBe(token);
    expect((await fixture.hook(other, 'hook_1', token)).event?.eventData).toEqual({ token, conflictingRunId: runId });
  });

  it('of a left-over goes to one of the hook and ten other runs', async () => {
    const [runId, token] = [await fixture.newRun(), newToken()];
    await leftOver(token, runId);
    const others = await Promise.all(Array.from({ length: 10 }, () => fixture.newRun()));
    const results = await Promise.all([runId, ...others].map((each) => fixture.hook(each, 'hook_1', token)));
    const owners = results.flatMap(({ hook }) => hook?.runId ?? []);
    expect(owners).toHaveLength(1);
    expect((await fixture.storage.hooks.getByToken(token)).runId).toBe(owners[0]);
  });

  it('is not found while its claim has no hook', async () => {
    const [runId, token] = [await fixture.newRun(), newToken()];
    await leftOver(token, runId);
    await expect(fixture.storage.hooks.getByToken(token)).rejects.toMatchObject(NO_HOOK);
  });

  it('has no row any more once its hook is gone', async () => {
    const [runId, tokens] = [await fixture.newRun(), Array.from({ length: 120 }, newToken)];
    await Promise.all(tokens.map((token, index) => fixture.hook(runId, `hook_${index}`, token)));
    await fixture.create(runId, 'hook_disposed', { correlationId: 'hook_0' });
    await fixture.create(runId, 'run_cancelled');
    await told(runId);
    for (const token of tokens) expect(await hookRow(token)).toBeNull();
  });
});

describe('an index that is not reached', () => {
  const rename = (from: string, to: string) => env.WORKFLOW_DB.prepare(`ALTER TABLE ${from} RENAME TO ${to}`).run();
  beforeAll(async () => void (await openStorage()));

  it('does not hold up a run, and is told by the alarm', async () => {
    const logged = vi.spyOn(console, 'error').mockReturnValue(undefined);
    await rename('workflow_runs', 'gone');
    const runId = await fixture.newRun();
    await fixture.create(runId, 'run_completed', { eventData: { output: INPUT } });
    await vi.waitFor(() => expect(logged).toHaveBeenCalled(), WAIT);
    expect(await outbox(runId)).toMatchObject([{ kind: 'place' }, { kind: 'run' }]);
    await expect(fixture.storage.runs.list()).rejects.toMatchObject({ name: 'WorkflowWorldError', status: 503 });
    await rename('gone', 'workflow_runs');
    await evictDurableObject(stubOf(runId));
    await runInDurableObject(stubOf(runId), (_, { storage }) => storage.sql.exec("UPDATE timers SET at_ms = 1 WHERE name = 'work'"));
    await runDurableObjectAlarm(stubOf(runId));
    expect(await outbox(runId)).toEqual([]);
    expect(await indexed(runId)).toBe('completed');
  });

  it('is no reason to write a hook without its token: the call may be repeated', async () => {
    vi.spyOn(console, 'error').mockReturnValue(undefined);
    const [runId, token] = [await fixture.newRun(), newToken()];
    await told(runId);
    await rename('workflow_hooks', 'gone');
    await fixture.refuses(runId, () => fixture.hook(runId, 'hook_1', token), { name: 'WorkflowWorldError', status: 503 });
    await rename('gone', 'workflow_hooks');
    expect((await fixture.hook(runId, 'hook_1', token)).hook?.token).toBe(token);
  });

  it('does not go back to an older state', async () => {
    const runId = await fixture.newRun();
    await told(runId);
    await env.WORKFLOW_DB.prepare("UPDATE workflow_runs SET version = 99, status = 'completed' WHERE run_id = ?").bind(runId).run();
    await fixture.create(runId, 'run_cancelled');
    await told(runId);
    expect(await indexed(runId)).toBe('completed');
  });
});

describe('who follows a run', () => {
  async function follow(runId: string, position: number, credential = 'key:k') {
    const { webSocket } = await stubOf(runId).fetch(upgradeUrl({ position, credential }), { headers: { upgrade: 'websocket' } });
    const events: unknown[] = [];
    const closed = Promise.withResolvers<number>();
    webSocket?.addEventListener('message', ({ data }) => void events.push(JSON.parse(String(data))));
    webSocket?.addEventListener('close', ({ code }) => closed.resolve(code));
    webSocket?.accept();
    return { events, closed: closed.promise, leave: () => webSocket?.close(4999) };
  }

  it('is sent what was written behind a place, and what is written from then on, also after the object has slept', async () => {
    const runId = await fixture.newRun({ input: INPUT });
    const token = newToken();
    const { events, closed } = await follow(runId, 1);
    await fixture.hook(runId, 'hook_1', token, { metadata: INPUT });
    await vi.waitFor(() => expect(events).toHaveLength(2), WAIT);
    await evictDurableObject(stubOf(runId));
    await fixture.create(runId, 'run_completed', { eventData: { output: INPUT } });
    expect(await closed).toBe(1000);
    expect(events).toMatchObject([
      { cursor: '2', event: { runId, eventType: 'run_started' } },
      { cursor: '3', event: { eventType: 'hook_created', correlationId: 'hook_1', eventData: {} } },
      { cursor: '4', event: { eventType: 'run_completed' } },
    ]);
    expect(JSON.stringify(events)).not.toContain(token);
  });

  it('with a credential that ends is sent away, also after the object has slept, and nobody else is', async () => {
    const runId = await fixture.newRun();
    const [ended, other] = [await follow(runId, 0, 'key:ended'), await follow(runId, 0, 'key:other')];
    const directory = streamDirectoryStub(env.STREAM_DIRECTORY, scope.tenant);
    const name = runSocketsName({ app: scope.app, runId });
    const note = async (credential: string) => directory.noteSocket(credential, name, Date.now() + FOLLOWER_MS);
    expect([await note('key:ended'), await note('key:other')]).toEqual([true, true]);
    await evictDurableObject(stubOf(runId));
    await directory.endSockets('key:ended');
    expect(await ended.closed).toBe(4401);
    expect(await note('key:ended')).toBe(false);
    await fixture.create(runId, 'run_cancelled');
    expect([await other.closed, ended.events.length, other.events.length]).toEqual([1000, 2, 3]);
  });

  it('and leaves has its socket closed at once, and the others go on', async () => {
    const runId = await fixture.newRun();
    const [one, other] = [await follow(runId, 0), await follow(runId, 0)];
    one.leave();
    await one.closed;
    await fixture.create(runId, 'run_cancelled');
    expect([await other.closed, other.events.length]).toEqual([1000, 3]);
  });

  it('of a run that has ended is told all of it, and of one that there is not nothing', async () => {
    const runId = await fixture.newRun();
    await fixture.create(runId, 'run_cancelled');
    const { events, closed } = await follow(runId, 0);
    expect([await closed, events.length]).toEqual([1000, 3]);
    expect((await stubOf(newRunId()).fetch(upgradeUrl({ position: 0, credential: 'key:k' }))).status).toBe(404);
  });
});

describe('payloads that a row does not take', () => {
  const large = (byte: number) => new Uint8Array(WORKFLOW_PAYLOAD_MAX_BYTES).fill(byte);
  /** The byte that a payload of `large` is full of; undefined: it is none. */
  const byteOf = (payload: unknown) =>
    payload instanceof Uint8Array && payload.byteLength === WORKFLOW_PAYLOAD_MAX_BYTES && payload.every((byte) => byte === payload[0])
      ? payload[0]
      : undefined;
  it('come back as they were given, of the largest size, wherever they are read', async () => {
    const runId = await fixture.newRun({ input: large(1) });
    await fixture.step(runId, 'step_1', 'created', { stepName: 'one', input: large(2) });
    expect(byteOf((await fixture.step(runId, 'step_1', 'started')).step?.input)).toBe(2);
    await fixture.step(runId, 'step_1', 'completed', { stepName: 'one', result: large(3) });
    const { run } = await fixture.create(runId, 'run_completed', { eventData: { output: large(1) } });
    expect([run?.input, run?.output].map(byteOf)).toEqual([1, 1]);
    const { input, output } = await fixture.storage.steps.get(runId, 'step_1');
    expect([input, output].map(byteOf)).toEqual([2, 3]);
    expect(await objects(runId)).toBe(3);
  });

  it('do not make pages too large: what does not fit is on the next one', async () => {
    const runId = await fixture.newRun({ input: large(1) });
    const first = await fixture.storage.events.list({ runId });
    expect(first.data.map(({ eventType }) => eventType)).toEqual(['run_created']);
    const { data } = await fixture.storage.events.list({ runId, pagination: { cursor: first.cursor } });
    expect(data.map(({ eventType }) => eventType)).toEqual(['run_started']);
    for (const stepId of ['step_1', 'step_2']) await fixture.step(runId, stepId, 'created', { stepName: 'one', input: large(2) });
    const steps = await fixture.storage.steps.list({ runId });
    expect([steps.data.map(({ stepId }) => stepId), steps.hasMore]).toEqual([['step_2'], true]);
    const rest = await fixture.storage.steps.list({ runId, pagination: { cursor: steps.cursor } });
    expect([rest.data.map(({ stepId, input }) => [stepId, byteOf(input)]), rest.hasMore]).toEqual([[['step_1', 2]], false]);
    expect((await fixture.storage.steps.list({ runId, resolveData: 'none' })).data).toHaveLength(2);
  });

  it('begin a run that a delivery begins, before it was created', async () => {
    const { run, events } = await fixture.create(newRunId(), 'run_started', { eventData: { ...creation, input: large(4) } });
    expect([run?.input, events?.[0]?.eventData?.['input']].map(byteOf)).toEqual([4, 4]);
  });

  it('go with their run', async () => {
    const runId = await fixture.newRun({ input: large(5) });
    await stubOf(runId).remove();
    expect([await objects(runId), await tables(runId), await indexed(runId)]).toEqual([0, 0, null]);
    await expect(fixture.storage.runs.get(runId)).rejects.toMatchObject(NO_RUN);
  });
});

describe('the runs of a tenant', () => {
  const limiter = new RateLimiterClient(env.RATE_LIMITER, { deadlineMs: 5_000 });
  const take = (cost: number) => limiter.check(RUNS_POLICY, scope.tenant, { cost, partition: scope.tenant });

  it('are so many at a time: another one begins when one of them has ended', async () => {
    const runId = await fixture.newRun();
    await take(999);
    const next = newRunId();
    const refusal = { name: 'ThrottleError', status: 429, message: expect.stringContaining('workflow-runs') };
    await expect(fixture.create(next, 'run_created', { eventData: creation })).rejects.toMatchObject(refusal);
    const input = new Uint8Array(WORKFLOW_PAYLOAD_MAX_BYTES);
    const body = { runId: next, runInput: { ...creation, input } };
    const message = { queue: '__wkf_workflow_add', body, idempotencyKey: null, delayMs: 0 };
    expect(await stubOf(next).enqueue(message)).toMatchObject({ ok: false, error: { name: 'ThrottleError' } });
    expect([await tables(next), await objects(next)]).toEqual([0, 0]);
    await fixture.create(runId, 'run_cancelled');
    await told(runId);
    expect(await fixture.newRun()).toMatch(/^wrun_/);
  });

  it('that are deleted have no place any more', async () => {
    const runId = await fixture.newRun();
    await take(999);
    await stubOf(runId).remove();
    expect(await fixture.newRun()).toMatch(/^wrun_/);
  });
});

describe('the erasure of a tenant', () => {
  it('removes its runs of all apps, whatever they are about, with their payloads, and nobody else’s', async () => {
    const other = new StorageFixture();
    other.open(await openStorage(newScope()));
    const kept = await other.newRun();
    const app2 = { ...scope, app: 'office' };
    const elsewhere = new StorageFixture();
    elsewhere.open(await openStorage(app2));
    const [running, ended] = [await elsewhere.newRun(), await fixture.newRun({ input: new Uint8Array(1024 * 1024 + 1) })];
    await fixture.create(ended, 'run_cancelled');
    await fixture.hook(await fixture.newRun(), 'hook_1', newToken());
    await vi.waitFor(async () => expect(await someRunsOf(env.WORKFLOW_DB, scope.tenant, 9)).toHaveLength(3), WAIT);
    const steps = eraseWorkflows({
      db: env.WORKFLOW_DB,
      bucket: env.WORKFLOW_PAYLOADS,
      run: (address) => nativeStub(address, address.runId),
    });
    let removed = 0;
    for (const step of steps)
      for (let next: string | null = ''; next !== null;) {
        const done = await step.erase(scope.tenant, next || null);
        removed += done.removed;
        next = done.next;
      }
    expect(removed).toBe(3);
    await expect(elsewhere.storage.runs.get(running)).rejects.toMatchObject(NO_RUN);
    expect((await fixture.storage.hooks.list({})).data).toEqual([]);
    expect((await env.WORKFLOW_PAYLOADS.list({ prefix: `payloads/${scope.tenant}/` })).objects).toEqual([]);
    expect(await other.log(kept)).toEqual(['run_created', 'run_started']);
  });
});
