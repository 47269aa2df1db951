import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseWorkflowRunName } from '../../../src/objects/stubs.ts';
import { claimToken } from '../../../src/runs/hook-tokens.ts';
import type { AppScope } from '../../../src/runs/run-address.ts';
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
    expect(await outbox(runId)).toHaveLength(1);
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
