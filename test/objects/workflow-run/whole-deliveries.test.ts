import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { bareAnswer, type DeliveryAnswer, type HeldEvent, type HeldWrites } from '../../../src/runs/deliveries.ts';
import type { EventResult } from '../../../src/runs/entities.ts';
import type { EventRequest } from '../../../src/runs/event-request.ts';
import type { Delivery, NewMessage } from '../../../src/runs/messages.ts';
import type { WriteOptions } from '../../../src/runs/run-store.ts';
import { deliverHeld, wholeDelivery } from '../../../src/world/held-writes.ts';
import { bytes, creation, INPUT, newRunId, StorageFixture } from '../../contract/workflow-storage/fixture.ts';
import { script } from '../../worker/workflows.ts';
import { nativeStub, newScope, openStorage } from './run-fixture.ts';

const WAIT = { timeout: 20_000 };
const NAME = 'step//./w//one';
const OPTIONS: WriteOptions = { resolveData: 'none', stateUpdatedAtMs: null, occurredAtMs: null, callId: null };
const FAILED: DeliveryAnswer = bareAnswer({ kind: 'failed', reason: 'TypeError: never' });
const fixture = new StorageFixture();
let scope: ReturnType<typeof newScope>;
let runId: string;
let deliveries: { delivery: Delivery; start: EventResult | null }[];

beforeEach(async () => {
  scope = newScope();
  deliveries = [];
  fixture.open(await openStorage(scope));
  runId = newRunId();
  await fixture.create(runId, 'run_created', { eventData: creation });
});

const stub = () => nativeStub(scope, runId);
const flow: NewMessage = { queue: '__wkf_workflow_add', body: {}, idempotencyKey: null, delayMs: 0 };
const ofStep = (stepId: string): NewMessage => ({
  queue: `__wkf_step_${NAME}`,
  body: { workflowRunId: runId, stepId },
  idempotencyKey: stepId,
  delayMs: 0,
});
const put = (message: NewMessage) => stub().enqueue(message);
/** What deliveries are answered, in turn; the last one from then on. What comes after the test is none of the next one's. */
function answers(...results: DeliveryAnswer[]): void {
  const ofTest = deliveries;
  script(runId, async (delivery, _, start) => {
    ofTest.push({ delivery, start });
    return results[Math.min(ofTest.length, results.length) - 1] ?? bareAnswer({ kind: 'done' });
  });
}
const done = (writes: Partial<HeldWrites> = {}): DeliveryAnswer => ({
  delivered: { kind: 'done' },
  writes: { events: [], messages: [], ...writes },
  isStartTaken: true,
});
const event = (request: EventRequest, options: Partial<WriteOptions> = {}): HeldEvent => ({ request, options: { ...OPTIONS, ...options } });
const created = (correlationId: string): EventRequest => ({
  eventType: 'step_created',
  specVersion: 3,
  correlationId,
  eventData: { stepName: NAME, input: INPUT },
});
const completed = (correlationId: string): EventRequest => ({
  eventType: 'step_completed',
  specVersion: 3,
  correlationId,
  eventData: { result: bytes(1) },
});
const delivered = (count: number) => vi.waitFor(() => expect(deliveries).toHaveLength(count), WAIT);
const inbox = () => runInDurableObject(stub(), (_, { storage }) => storage.sql.exec('SELECT * FROM inbox').toArray());
const empty = () => vi.waitFor(async () => expect(await inbox()).toEqual([]), WAIT);
async function letTimeCome(): Promise<void> {
  await runInDurableObject(stub(), (_, { storage }) => {
    storage.sql.exec('UPDATE inbox SET due_at_ms = 1');
    storage.sql.exec("UPDATE timers SET at_ms = 1 WHERE name = 'work'");
  });
  await runDurableObjectAlarm(stub());
}

describe('a delivery brings what the SDK asks first', () => {
  it('of a replay the run, which has begun, and its log', async () => {
    answers(done());
    await put(flow);
    await delivered(1);
    const [{ start } = { start: null }] = deliveries;
    expect(start?.run).toMatchObject({ runId, status: 'running', input: INPUT });
    expect(start?.events?.map(({ eventType }) => eventType)).toEqual(['run_created', 'run_started']);
    expect(await fixture.log(runId)).toEqual(['run_created', 'run_started']);
    await put(flow);
    await delivered(2);
    expect(deliveries[1]?.start?.events).toHaveLength(2);
    expect(await fixture.log(runId)).toHaveLength(2);
  });

  it('also of the first replay, whose message is sent in the turn in which the run is created', async () => {
    runId = newRunId();
    answers(done());
    const isCreated = fixture.storage.events.create(runId, { eventType: 'run_created', specVersion: 3, eventData: creation });
    await Promise.all([isCreated, put({ ...flow, body: { runId, runInput: creation } })]);
    await delivered(1);
    expect(deliveries[0]?.start?.run).toMatchObject({ runId, status: 'running' });
  });

  it('of a step that it has begun, with its input, once', async () => {
    answers(done());
    await fixture.step(runId, 'step_1', 'created');
    await put(ofStep('step_1'));
    await delivered(1);
    expect(deliveries[0]?.start?.step).toMatchObject({ stepId: 'step_1', status: 'running', attempt: 1, input: INPUT });
    await empty();
    await put(ofStep('step_1'));
    await delivered(2);
    expect(deliveries[1]?.start).toBeNull();
    expect(await fixture.log(runId)).toEqual(['run_created', 'step_created', 'step_started']);
  });

  it('all of a log, however long it has become, also when the object has started anew', async () => {
    answers(done());
    for (const stepId of ['step_1', 'step_2', 'step_3']) {
      await put(flow);
      await empty();
      await fixture.step(runId, stepId, 'created', { stepName: NAME, input: new Uint8Array(60_000).fill(7) });
    }
    await put(flow);
    await empty();
    await evictDurableObject(stub());
    await put(flow);
    await empty();
    const logs = deliveries.map(({ start }) => start?.events);
    expect(logs.map((events) => events?.length)).toEqual([2, 3, 4, 5, 5]);
    expect(logs[4]).toEqual(logs[3]);
    expect(logs[3]).toEqual((await fixture.storage.events.list({ runId })).data);
  });

  it('and nothing of a run that there is not, or that has ended, or of a step that there is not', async () => {
    answers(done());
    await put(ofStep('step_none'));
    await delivered(1);
    await fixture.create(runId, 'run_cancelled');
    await put(flow);
    await delivered(2);
    runId = newRunId();
    answers(done());
    await put({ ...flow, body: { runId, runInput: creation } });
    await delivered(3);
    expect(deliveries.map(({ start }) => start)).toEqual([null, null, null]);
  });

  it('again where the SDK did not come to ask: the attempt is the same', async () => {
    vi.spyOn(console, 'error').mockReturnValue(undefined);
    answers(FAILED, { ...FAILED, isStartTaken: true }, done());
    await fixture.step(runId, 'step_1', 'created');
    await put(ofStep('step_1'));
    for (const count of [1, 2, 3]) {
      await delivered(count);
      await vi.waitFor(async () => expect((await inbox())[0]?.['due_at_ms'] ?? Infinity).toBeGreaterThan(Date.now() + 100), WAIT);
      await letTimeCome();
    }
    expect(deliveries.map(({ start }) => start?.step?.attempt)).toEqual([1, 1, undefined]);
    expect(await fixture.log(runId)).toEqual(['run_created', 'step_created', 'step_started']);
  });

  it('again where it was given up meanwhile', async () => {
    vi.spyOn(console, 'error').mockReturnValue(undefined);
    answers(FAILED, done());
    await fixture.step(runId, 'step_1', 'created');
    await put({ ...ofStep('step_1'), delayMs: 60_000 });
    await runInDurableObject(stub(), (_, { storage }) => storage.sql.exec('UPDATE inbox SET attempt = 63'));
    await letTimeCome();
    await vi.waitFor(async () => expect(await stub().deadMessages()).toHaveLength(1), WAIT);
    await evictDurableObject(stub());
    await stub().replayMessage((await stub().deadMessages())[0]?.messageId ?? '');
    await delivered(2);
    expect(deliveries.map(({ start }) => start?.step?.attempt)).toEqual([1, 1]);
  });

  it('to nobody where the SDK did not come to ask before the run has ended', async () => {
    vi.spyOn(console, 'error').mockReturnValue(undefined);
    answers(FAILED);
    await fixture.step(runId, 'step_1', 'created');
    await put(ofStep('step_1'));
    await delivered(1);
    await fixture.create(runId, 'run_cancelled');
    await vi.waitFor(async () => expect((await inbox())[0]?.['is_untaken']).toBe(1), WAIT);
    await letTimeCome();
    await empty();
    expect(deliveries).toHaveLength(1);
  });

  it('and nothing of a run that has payloads which no row takes, or of an SDK that asks otherwise', async () => {
    answers(done());
    await fixture.step(runId, 'step_1', 'created', { stepName: NAME, input: new Uint8Array(1024 * 1024 + 1).fill(7) });
    await put(ofStep('step_1'));
    await delivered(1);
    expect(await fixture.log(runId)).not.toContain('step_started');
    runId = newRunId();
    answers(done());
    await fixture.create(runId, 'run_created', { specVersion: 2, eventData: creation });
    await put(flow);
    await delivered(2);
    runId = newRunId();
    answers(done());
    await fixture.create(runId, 'run_created', { eventData: creation });
    await fixture.step(runId, 'step_1', 'created');
    await put({ ...ofStep('step_1'), queue: flow.queue });
    await delivered(3);
    expect(deliveries.map(({ start }) => start)).toEqual([null, null, null]);
  });
});

describe('a delivery brings back what the SDK has written', () => {
  it('which is written as its message goes, and what follows is delivered', async () => {
    answers(
      done({ events: [event(created('step_1'))], messages: [ofStep('step_1')] }),
      done({ events: [event(completed('step_1'))], messages: [flow] }),
      done({ events: [event({ eventType: 'run_completed', specVersion: 3, eventData: { output: bytes(2) } })] }),
    );
    await put(flow);
    await delivered(3);
    await empty();
    const expected = ['run_created', 'run_started', 'step_created', 'step_started', 'step_completed', 'run_completed'];
    expect(await fixture.log(runId)).toEqual(expected);
    expect(deliveries[2]?.start?.events?.map(({ eventType }) => eventType)).toEqual(expected.slice(0, -1));
  });

  it('or at once where there is much of it, in the order in which it was asked for', async () => {
    const ids = Array.from({ length: 40 }, (_, index) => `step_${index}`);
    const delivery = { ...flow, messageId: 'msg_1', attempt: 1, deploymentId: null };
    await deliverHeld(runId, delivery, null, async () => {
      for (const id of ids) wholeDelivery(runId)?.holdsEvent(created(id), OPTIONS);
      await wholeDelivery(runId)?.release(stub());
      return { kind: 'done' };
    });
    const { data } = await fixture.storage.events.list({ runId });
    expect(data.map(({ correlationId }) => correlationId).slice(1)).toEqual(ids);
  });

  it('or, where the database fails, nothing of it, which can be written when that is over', async () => {
    vi.spyOn(console, 'error').mockReturnValue(undefined);
    answers(done({ events: [event(created('step_1'))], messages: [ofStep('step_1')] }));
    const sql = (text: string) => runInDurableObject(stub(), (_, { storage }) => void storage.sql.exec(text));
    await sql("CREATE TRIGGER full BEFORE INSERT ON events WHEN new.type = 'step_created' BEGIN SELECT RAISE(ABORT, 'disk full'); END");
    await put(flow);
    await delivered(1);
    await vi.waitFor(async () => expect(await inbox()).toMatchObject([{ attempt: 1 }]), WAIT);
    expect(await fixture.log(runId)).toEqual(['run_created', 'run_started']);
    await sql('DROP TRIGGER full');
    expect((await fixture.step(runId, 'step_1', 'created')).step).toMatchObject({ status: 'pending', attempt: 0 });
    expect(await fixture.log(runId)).toEqual(['run_created', 'run_started', 'step_created']);
  });

  it('and the message of a step that it has failed itself, which is what wakes the run', async () => {
    const failed: EventRequest = { eventType: 'step_failed', specVersion: 3, correlationId: 'step_1', eventData: { error: 'too large' } };
    answers(done({ events: [event(created('step_1')), event(failed)], messages: [ofStep('step_1')] }), done());
    await put(flow);
    await delivered(2);
    expect(deliveries[1]).toMatchObject({ delivery: { body: { stepId: 'step_1' } }, start: null });
    await empty();
  });

  it('and goes on where somebody else has written it', async () => {
    answers(done({ events: [event(created('step_1')), event(created('step_2'))], messages: [ofStep('step_2')] }), done());
    await fixture.step(runId, 'step_1', 'created');
    await put(flow);
    await delivered(2);
    expect(deliveries[1]?.start?.step).toMatchObject({ stepId: 'step_2', attempt: 1 });
    await empty();
  });

  it('but no message for a step that is over: what follows from its end is on its way', async () => {
    answers(done({ messages: [ofStep('step_1'), ofStep('step_2')] }), done());
    for (const stepId of ['step_1', 'step_2']) await fixture.step(runId, stepId, 'created');
    await fixture.step(runId, 'step_1', 'started');
    await fixture.step(runId, 'step_1', 'completed', { result: bytes(1) });
    await put(flow);
    await delivered(2);
    await empty();
    expect(deliveries.map(({ delivery }) => delivery.body['stepId'])).toEqual([undefined, 'step_2']);
  });

  it('and is made again where it has not seen what came from outside', async () => {
    const stale = [event(created('step_2'), { stateUpdatedAtMs: 1 })];
    answers(done({ events: stale, messages: [ofStep('step_2')] }), done());
    await fixture.step(runId, 'step_1', 'created');
    await fixture.step(runId, 'step_1', 'started');
    await fixture.step(runId, 'step_1', 'completed', { result: bytes(1) });
    await put(flow);
    await delivered(2);
    await empty();
    expect(deliveries.map(({ delivery }) => [delivery.queue, delivery.attempt])).toEqual([
      [flow.queue, 1],
      [flow.queue, 1],
    ]);
    expect((await fixture.log(runId)).filter((type) => type === 'step_created')).toHaveLength(1);
  });

  it('and is written all the same where something has come during each of four replays, but for the end of the run', async () => {
    const ofTest = deliveries;
    await fixture.create(runId, 'hook_created', { correlationId: 'hook_1', eventData: { token: runId } });
    script(runId, async (delivery, _, start) => {
      ofTest.push({ delivery, start });
      const { createdAt = new Date(0) } = start?.events?.at(-1) ?? {};
      const seen = { stateUpdatedAtMs: createdAt.getTime() };
      await vi.waitUntil(() => Date.now() > createdAt.getTime(), { interval: 1 });
      if (ofTest.length < 7) await fixture.create(runId, 'hook_received', { correlationId: 'hook_1', eventData: { payload: bytes(1) } });
      const isEnd = start?.events?.some(({ eventType }) => eventType === 'step_created') === true;
      if (!isEnd) return done({ events: [event(created('step_1'), seen)], messages: [flow] });
      return done({ events: [event({ eventType: 'run_completed', specVersion: 3, eventData: { output: bytes(2) } }, seen)] });
    });
    await put(flow);
    await delivered(7);
    await empty();
    expect((await fixture.log(runId)).filter((type) => type !== 'hook_received')).toEqual([
      'run_created',
      'hook_created',
      'run_started',
      'step_created',
      'run_completed',
    ]);
    expect(deliveries.findIndex(({ start }) => start?.events?.some(({ eventType }) => eventType === 'step_created') === true)).toBe(4);
  });

  it('and has failed where that is refused', async () => {
    vi.spyOn(console, 'error').mockReturnValue(undefined);
    answers(done({ events: [event(completed('step_none'))], messages: [flow] }));
    await put(flow);
    await delivered(1);
    await vi.waitFor(async () => expect(await inbox()).toMatchObject([{ attempt: 1, failure: null }]), WAIT);
    expect((await inbox())[0]?.['due_at_ms']).toBeGreaterThan(Date.now());
  });

  it('but not to a run that was deleted meanwhile', async () => {
    let isGone = false;
    let isAnswered = false;
    const ofTest = deliveries;
    script(runId, async (delivery, _, start) => {
      ofTest.push({ delivery, start });
      await vi.waitUntil(() => isGone, { ...WAIT, interval: 5 });
      isAnswered = true;
      return done({ events: [event(created('step_1'))], messages: [ofStep('step_1')] });
    });
    await put(flow);
    await delivered(1);
    await stub().remove();
    isGone = true;
    await vi.waitUntil(() => isAnswered, WAIT);
    expect(await stub().listStreams()).toEqual([]);
    const tables = await runInDurableObject(stub(), (_, { storage }) =>
      storage.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'run'").toArray(),
    );
    expect([deliveries.length, tables]).toEqual([1, []]);
  });
});
