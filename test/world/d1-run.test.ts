import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { listDeadLetters } from '../../src/runs/dead-letters.ts';
import type { Delivered, Delivery, NewMessage } from '../../src/runs/messages.ts';
import { WORKFLOW_ROW_MAX_BYTES } from '../../src/wire/limits.ts';
import { D1Run } from '../../src/world/d1/d1-run.ts';
import { sweepRuns } from '../../src/world/d1/d1-sweep.ts';
import { deliverMessage } from '../../src/world/d1/deliver-message.ts';
import { createStorage } from '../../src/world/storage.ts';
import { bytes, creation, INPUT, newRunId, StorageFixture } from '../contract/workflow-storage/fixture.ts';
import { migrateWorkflows, newScope } from '../objects/workflow-run/run-fixture.ts';
import { brought } from '../worker/workflows.ts';

const FLOW = '__wkf_workflow_add';
const STEP = '__wkf_step_one';
const DONE: Delivered = { kind: 'done' };
const WAIT = { timeout: 20_000 };
const scope = newScope();
const options = {
  db: env.WORKFLOW_DB,
  queues: { flow: env.WORKFLOW_QUEUE, step: env.STEP_QUEUE },
  bucket: env.WORKFLOW_PAYLOADS,
  retentionMs: 365 * 86_400_000,
};
const fixture = new StorageFixture();
let runId: string;
let run: D1Run;
/** what was delivered, in order */
let deliveries: Delivery[];
beforeEach(async () => {
  await migrateWorkflows();
  fixture.open(
    createStorage({ scope: () => scope, index: () => env.WORKFLOW_DB, run: (id) => new D1Run({ ...scope, runId: id }, options) }),
  );
  runId = await fixture.newRun();
  run = new D1Run({ ...scope, runId }, options);
  deliveries = [];
});

const put = async (queue: string, more: Partial<NewMessage> = {}): Promise<string> => {
  const body = queue === FLOW ? { runId } : { workflowRunId: runId, stepId: 'step_1' };
  const sent = await run.enqueue({ queue, body, idempotencyKey: null, delayMs: 0, ...more });
  return sent.ok ? sent.value.messageId : sent.error.message;
};
/** Brings a message as a queue does. @returns how long the queue is asked to wait; null: the message is done with */
async function bring(messageId: string, deliver: (delivery: Delivery) => Promise<Delivered> = async () => DONE): Promise<number | null> {
  // As of a queue's message, `retry` is nothing without it.
  const message = {
    body: { ...scope, runId, messageId },
    attempts: 1,
    retryAfterSec: null as number | null,
    retry(asked?: QueueRetryOptions) {
      this.retryAfterSec = asked?.delaySeconds ?? 0;
    },
  };
  await deliverMessage(message, {
    db: env.WORKFLOW_DB,
    queue: 'workflow-queue',
    run: (address) => new D1Run(address, options),
    deliver: async (_, delivery) => {
      deliveries.push(delivery);
      return deliver(delivery);
    },
  });
  return message.retryAfterSec;
}
const rows = async () => (await env.WORKFLOW_DB.prepare('SELECT * FROM workflow_messages WHERE run_id = ?').bind(runId).all()).results;
const set = (column: string, value: number) =>
  env.WORKFLOW_DB.prepare(`UPDATE workflow_messages SET ${column} = ? WHERE run_id = ?`).bind(value, runId).run();
/** How often queues have brought something of the run. */
const toldOf = (count: number) =>
  vi.waitFor(() => expect(brought.filter(({ body }) => (body as { runId?: string }).runId === runId)).toHaveLength(count), WAIT);

describe('a message of a run in D1', () => {
  it('is delivered as it was sent, once, also when a queue brings it twice and late', async () => {
    const body = { runId, runInput: { ...creation, input: new Uint8Array(WORKFLOW_ROW_MAX_BYTES + 1).fill(7), at: new Date(5) } };
    const messageId = await put(FLOW, { body });
    expect([await bring(messageId), await bring(messageId)]).toEqual([null, null]);
    expect(deliveries).toEqual([{ queue: FLOW, messageId, attempt: 1, body, deploymentId: creation.deploymentId }]);
    expect(await rows()).toEqual([]);
    await toldOf(1);
  });

  it('is not delivered while somebody delivers it: the queue is asked to bring it later', async () => {
    const messageId = await put(STEP);
    let again: number | null = 0;
    await bring(messageId, async () => {
      again = await bring(messageId);
      return DONE;
    });
    expect([deliveries.length, again]).toEqual([1, 30]);
  });

  it('of one key is one while it waits; wake-ups of a replay that waits are one, too', async () => {
    const ids = [await put(STEP, { idempotencyKey: 'k' }), await put(STEP, { idempotencyKey: 'k' }), await put(FLOW), await put(FLOW)];
    expect([new Set(ids).size, (await rows()).length]).toEqual([2, 2]);
    await toldOf(2);
    await bring(ids[2] ?? '', async () => {
      await put(FLOW);
      return DONE;
    });
    expect(await rows()).toHaveLength(2);
  });

  it('comes again when that is asked for, at its time, and is counted as in an object', async () => {
    const [flow, step] = [await put(FLOW), await put(STEP)];
    for (const id of [flow, step]) for (let turn = 0; turn < 2; turn++) await bring(id, async () => ({ kind: 'again', afterMs: 0 }));
    expect(deliveries.map(({ attempt }) => attempt)).toEqual([1, 1, 1, 2]);
    await bring(step, async () => ({ kind: 'again', afterMs: 3_600_000 }));
    expect([await bring(step), deliveries.length]).toEqual([null, 5]);
    await set('due_at_ms', 1);
    await bring(step);
    expect(deliveries.at(-1)?.attempt).toBe(4);
  });

  it('that fails comes again later, is given up in the end, and delivered again when somebody says so', async () => {
    vi.spyOn(console, 'error').mockReturnValue(undefined);
    const messageId = await put(STEP);
    const fails = async (): Promise<Delivered> => Promise.reject(new RangeError('never'));
    await bring(messageId, fails);
    expect((await rows())[0]?.['due_at_ms']).toBeGreaterThan(Date.now() + 100);
    await set('due_at_ms', 1);
    await set('attempt', 63);
    await bring(messageId, fails);
    expect(await run.deadMessages()).toMatchObject([{ messageId, attempt: 64, failure: 'RangeError: never' }]);
    expect([await bring(messageId), await run.replayMessage('msg_none'), await run.replayMessage(messageId)]).toEqual([null, false, true]);
    await bring(messageId);
    expect(deliveries.map(({ attempt }) => attempt)).toEqual([1, 64, 1]);
  });

  it('that is none of a run is a dead letter', async () => {
    const body = { test: 'message', of: runId };
    const deliver = () => Promise.resolve(DONE);
    const open = (address: { tenant: string; app: string; runId: string }) => new D1Run(address, options);
    await deliverMessage({ body, attempts: 3, retry: () => undefined }, { db: env.WORKFLOW_DB, queue: 'step-queue', run: open, deliver });
    const letters = await listDeadLetters(env.WORKFLOW_DB, '', 1_000);
    expect(letters.filter((letter) => JSON.stringify(letter.body).includes(runId))).toMatchObject([
      { queue: 'step-queue', body, attempts: 3 },
    ]);
  });

  it('is refused where there is no run, unless it brings what a run is made of', async () => {
    runId = newRunId();
    run = new D1Run({ ...scope, runId }, options);
    expect(await put(FLOW)).toContain('not found');
    expect(await put(FLOW, { body: { runId, runInput: creation } })).toMatch(/^msg_/);
  });
});

describe('a run in D1', () => {
  it('answers a call that is made again as it has answered it, and writes nothing', async () => {
    const writes = { resolveData: 'all', stateUpdatedAtMs: null, occurredAtMs: null } as const;
    const request = {
      eventType: 'step_created',
      correlationId: 'step_1',
      specVersion: 3,
      eventData: { stepName: 's', input: INPUT },
    } as const;
    const once = await run.createEvent(request, { ...writes, callId: 'call_1' });
    expect(await run.createEvent(request, { ...writes, callId: 'call_1' })).toEqual(once);
    expect(await run.createEvent(request, { ...writes, callId: 'call_2' })).toMatchObject({ ok: false, error: { status: 409 } });
    expect(await fixture.log(runId)).toEqual(['run_created', 'run_started', 'step_created']);
  });

  it('has payloads that are too large for a row, and leaves nothing of them when it is removed', async () => {
    const large = new Uint8Array(WORKFLOW_ROW_MAX_BYTES + 1).fill(3);
    await fixture.step(runId, 'step_1', 'created', { stepName: 's', input: large });
    const { input } = await fixture.storage.steps.get(runId, 'step_1');
    expect((input as Uint8Array).byteLength).toBe(large.byteLength);
    const folder = { prefix: `payloads/${scope.tenant}/${scope.app}/${runId}/` };
    expect((await env.WORKFLOW_PAYLOADS.list(folder)).objects).toHaveLength(1);
    await run.remove();
    expect((await env.WORKFLOW_PAYLOADS.list(folder)).objects).toEqual([]);
    await expect(fixture.storage.runs.get(runId)).rejects.toMatchObject({ status: 404 });
  });

  it('lists its streams in the order in which they were made', async () => {
    for (const name of ['z', 'a', 'z']) await run.noteStream(name);
    expect(await run.listStreams()).toEqual(['z', 'a']);
  });

  it('is swept: what its sender has not sent is sent, and some time after its end it is gone', async () => {
    await put(STEP, { delayMs: 3_600_000 });
    await set('due_at_ms', 1);
    await set('is_sent', 0);
    expect((await sweepRuns(options, Date.now())).sent).toBeGreaterThanOrEqual(1);
    expect(await rows()).toMatchObject([{ is_sent: 1 }]);
    await fixture.create(runId, 'run_completed', { eventData: { output: bytes(1) } });
    await sweepRuns(options, Date.now());
    expect((await fixture.storage.runs.get(runId)).status).toBe('completed');
    await env.WORKFLOW_DB.prepare('UPDATE workflow_runs SET completed_at_ms = 1 WHERE run_id = ?').bind(runId).run();
    expect((await sweepRuns(options, Date.now())).removed).toBeGreaterThanOrEqual(1);
    await expect(fixture.storage.runs.get(runId)).rejects.toMatchObject({ status: 404 });
  });
});
