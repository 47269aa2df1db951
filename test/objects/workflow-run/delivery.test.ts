import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { listDeadLetters } from '../../../src/runs/dead-letters.ts';
import { HandOff, type HandOffQueues } from '../../../src/objects/workflow-run/hand-off.ts';
import { Inbox } from '../../../src/objects/workflow-run/inbox.ts';
import type { HandedMessage } from '../../../src/runs/handed-message.ts';
import type { Delivered, Delivery, NewMessage } from '../../../src/runs/messages.ts';
import type { AppScope } from '../../../src/runs/run-address.ts';
import { WORKFLOW_ROW_MAX_BYTES } from '../../../src/wire/limits.ts';
import { bytes, creation, newRunId, StorageFixture } from '../../contract/workflow-storage/fixture.ts';
import { brought, script } from '../../worker/workflows.ts';
import { nativeStub, newScope, openStorage, type Runs } from './run-fixture.ts';

const WAIT = { timeout: 20_000 };
const DONE: Delivered = { kind: 'done' };
const AGAIN: Delivered = { kind: 'again', afterMs: 0 };
const FAILED: Delivered = { kind: 'failed', reason: 'TypeError: never' };
const FLOW = '__wkf_workflow_add';
const STEP = '__wkf_step_one';
/** Who begins deliveries: the run's object, or queues. */
const BY_OBJECT = { way: 'by its object', runs: 'WORKFLOW_RUN' } as const;
const WAYS = [BY_OBJECT, { way: 'through queues', runs: 'QUEUED_RUN' }] as const;
let runs: Runs;
let scope: AppScope;
let runId: string;
/** what was delivered, in order */
let deliveries: Delivery[];

async function begin(way: Runs): Promise<void> {
  runs = way;
  scope = newScope();
  deliveries = [];
  const fixture = new StorageFixture();
  fixture.open(await openStorage(scope, runs));
  runId = await fixture.newRun();
}

const stub = () => nativeStub(scope, runId, runs);
const message = (queue: string, more: Partial<NewMessage> = {}): NewMessage => ({
  queue,
  body: queue === FLOW ? { runId } : { workflowRunId: runId, stepId: 'step_1' },
  idempotencyKey: null,
  delayMs: 0,
  ...more,
});
const put = (queue: string, more?: Partial<NewMessage>) => stub().enqueue(message(queue, more));
/** Scripts the run: answers in turn, the last one from then on. */
const answers = (...results: Delivered[]) =>
  script(runId, async (delivery) => {
    deliveries.push(delivery);
    return results[Math.min(deliveries.length, results.length) - 1] ?? DONE;
  });
const attempts = () => deliveries.map(({ attempt }) => attempt);
const delivered = (count: number) => vi.waitFor(() => expect(deliveries).toHaveLength(count), WAIT);
const inbox = () => runInDurableObject(stub(), (_, { storage }) => storage.sql.exec('SELECT * FROM inbox').toArray());
const empty = () => vi.waitFor(async () => expect(await inbox()).toEqual([]), WAIT);
/** Lets the time come that messages, and the alarm, wait for. */
async function letTimeCome(): Promise<void> {
  await runInDurableObject(stub(), (_, { storage }) => {
    storage.sql.exec('UPDATE inbox SET due_at_ms = 1, send_at_ms = min(send_at_ms, 1)');
    storage.sql.exec("UPDATE timers SET at_ms = 1 WHERE name = 'work'");
  });
  await runDurableObjectAlarm(stub());
}
/** Deliveries that end when the test says so. Each looks for itself: a promise is of the context that made it. */
function held() {
  let releases = 0;
  let underWay = 0;
  let most = 0;
  script(runId, async (delivery) => {
    deliveries.push(delivery);
    most = Math.max(most, ++underWay);
    const begun = releases;
    await vi.waitUntil(() => releases > begun, { ...WAIT, interval: 5 });
    underWay -= 1;
    return DONE;
  });
  return { most: () => most, release: () => void (releases += 1) };
}

describe.each(WAYS)('a message that is delivered $way', (way) => {
  beforeEach(() => begin(way.runs));

  it('is delivered as it was sent, once', async () => {
    answers(DONE);
    const body = { runId, runInput: { input: bytes(0, 255), at: new Date(5) }, list: [bytes(1), { $odd: 'x' }, null], nothing: undefined };
    const sent = await put(FLOW, { body });
    await delivered(1);
    const { nothing: _, ...said } = body;
    expect(deliveries).toEqual([
      { queue: FLOW, messageId: sent.ok && sent.value.messageId, attempt: 1, body: said, deploymentId: creation.deploymentId },
    ]);
    await empty();
  });

  it('brings what is too large for a row, too', async () => {
    answers(DONE);
    const body = { runId, runInput: { ...creation, input: new Uint8Array(WORKFLOW_ROW_MAX_BYTES + 1).fill(7) } };
    await put(FLOW, { body });
    await delivered(1);
    const [delivery] = deliveries;
    expect(Object.keys(delivery?.body ?? {})).toEqual(['runId', 'runInput']);
    const { input } = (delivery?.body['runInput'] as typeof creation | undefined) ?? creation; // as it was sent
    expect([input.byteLength, input.at(-1)]).toEqual([WORKFLOW_ROW_MAX_BYTES + 1, 7]);
    await empty();
  });

  it('is delivered again when that is asked for, also after 0 seconds', async () => {
    answers(AGAIN, AGAIN, DONE);
    await put(STEP);
    await delivered(3);
    expect(attempts()).toEqual([1, 2, 3]);
    await empty();
  });

  it('of a replay is counted anew when it went well: a run may sleep more often than messages are tried', async () => {
    answers(AGAIN, AGAIN, DONE);
    await put(FLOW);
    await delivered(3);
    expect(attempts()).toEqual([1, 1, 1]);
    await empty();
  });

  it('waits for its time, which the alarm knows', async () => {
    answers(DONE);
    await put(STEP, { delayMs: 3_600_000 });
    expect(deliveries).toEqual([]);
    await letTimeCome();
    await delivered(1);
    await empty();
  });

  it('that fails is tried again, later each time', async () => {
    vi.spyOn(console, 'error').mockReturnValue(undefined);
    answers(FAILED, FAILED, DONE);
    await put(STEP);
    await delivered(1);
    await vi.waitFor(async () => expect((await inbox())[0]?.['due_at_ms']).toBeGreaterThan(Date.now() + 100), WAIT);
    await letTimeCome();
    await letTimeCome();
    await delivered(3);
    expect(attempts()).toEqual([1, 2, 3]);
    await empty();
  });

  it('that fails for ever is given up, shown, and delivered again when somebody says so', async () => {
    vi.spyOn(console, 'error').mockReturnValue(undefined);
    answers(FAILED, DONE);
    await put(STEP, { delayMs: 60_000 });
    await runInDurableObject(stub(), (_, { storage }) => storage.sql.exec('UPDATE inbox SET attempt = 63'));
    await letTimeCome();
    await vi.waitFor(async () => expect(await stub().deadMessages()).toHaveLength(1), WAIT);
    const [dead] = await stub().deadMessages();
    expect(dead).toMatchObject({ queue: STEP, attempt: 64, failure: 'TypeError: never' });
    await letTimeCome();
    expect(deliveries).toHaveLength(1);
    expect(await stub().replayMessage('msg_none')).toBe(false);
    expect(await stub().replayMessage(dead?.messageId ?? '')).toBe(true);
    await delivered(2);
    expect(attempts()).toEqual([64, 1]);
    await empty();
  });

  it('is delivered again by the alarm when its object was interrupted', async () => {
    const { release } = held();
    await put(STEP);
    await delivered(1);
    await expect(runInDurableObject(stub(), (_, state) => state.abort('interrupted'))).rejects.toThrow('interrupted');
    release();
    answers(DONE);
    await letTimeCome();
    await delivered(2);
    expect(attempts()).toEqual([1, 2]);
    await empty();
  });

  it('is refused where there is no run, unless it brings what a run is made of', async () => {
    runId = newRunId();
    answers(DONE);
    expect(await put(FLOW)).toMatchObject({ ok: false, error: { name: 'WorkflowRunNotFoundError' } });
    expect(await put(FLOW, { body: { runId, runInput: creation } })).toMatchObject({ ok: true });
    await delivered(1);
    await empty();
  });
});

describe.each(WAYS)('several messages that are delivered $way', (way) => {
  beforeEach(() => begin(way.runs));

  it('of one key are one while it waits or is under way, and then the next', async () => {
    const { release } = held();
    const ids = new Set<unknown>();
    for (let turn = 0; turn < 5; turn++) {
      const sent = await put(STEP, { idempotencyKey: 'step_1' });
      ids.add(sent.ok && sent.value.messageId);
    }
    await delivered(1);
    expect(ids.size).toBe(1);
    release();
    await empty();
    await put(STEP, { idempotencyKey: 'step_1' });
    await delivered(2);
    release();
    await empty();
  });

  it('that wake a run up are one more replay, however many come while one is under way', async () => {
    const { release, most } = held();
    await put(FLOW);
    await delivered(1);
    await Promise.all(Array.from({ length: 50 }, () => put(FLOW, { body: { runId, requestedAt: new Date() } })));
    expect(await inbox()).toHaveLength(2);
    release();
    await delivered(2);
    release();
    await empty();
    expect([deliveries.length, most()]).toEqual([2, 1]);
  });

  it('that say something are all delivered, one replay at a time', async () => {
    const { release, most } = held();
    for (const count of [1, 2, 3]) await put(FLOW, { body: { runId, replayDivergence: { eventId: 'e', count } } });
    for (const count of [1, 2, 3]) {
      await delivered(count);
      release();
    }
    await empty();
    expect(most()).toBe(1);
  });

  it('do not multiply sleeps: a replay that waits is due when the first of them is', async () => {
    answers({ kind: 'again', afterMs: 3_600_000 });
    for (const count of [1, 2, 3]) {
      await put(FLOW);
      await delivered(count);
    }
    await vi.waitFor(async () => expect(await inbox()).toMatchObject([{ attempt: 0 }]), WAIT);
    answers(DONE);
    await letTimeCome();
    await empty();
  });

  it('for steps are delivered side by side, 64 at a time, and beside replays', async () => {
    const { release, most } = held();
    await put(FLOW);
    await Promise.all(Array.from({ length: 100 }, (_, index) => put(STEP, { idempotencyKey: `step_${index}` })));
    await delivered(65);
    expect(most()).toBe(65);
    release();
    await delivered(101);
    release();
    await empty();
  });

  it('are all delivered, also when they are more than one event may deliver', async () => {
    answers(DONE);
    await Promise.all(Array.from({ length: 250 }, (_, index) => put(STEP, { idempotencyKey: `step_${index}` })));
    await delivered(250);
    await empty();
    expect(new Set(deliveries.map(({ messageId }) => messageId)).size).toBe(250);
  });
});

describe('a queue', () => {
  beforeEach(() => begin('QUEUED_RUN'));
  const handed = (messageId: string) => ({ ...scope, runId, messageId });
  const isOfRun = ({ body }: { body: unknown }) => JSON.stringify(body).includes(runId);
  /** What the queues have brought of the run. */
  const ofRun = () => brought.filter(isOfRun);
  const letters = async () => (await listDeadLetters(env.WORKFLOW_DB, '', 1_000)).filter(isOfRun);
  const sentId = async (...sent: Parameters<typeof put>) => {
    const outcome = await put(...sent);
    return outcome.ok ? outcome.value.messageId : '';
  };

  it('is told where a message waits, and not what it says; steps have a queue of their own', async () => {
    answers(DONE);
    const flow = await sentId(FLOW, { body: { runId, runInput: creation } });
    const step = await sentId(STEP);
    await delivered(2);
    await empty();
    expect(ofRun().map(({ queue }) => queue)).toEqual(['workflow-queue', 'step-queue']);
    expect(ofRun().map(({ body }) => body)).toEqual([handed(flow), handed(step)]);
  });

  it('may bring a message twice, and late, which changes nothing', async () => {
    const { release } = held();
    const messageId = await sentId(STEP);
    await delivered(1);
    for (let count = 0; count < 3; count++) await env.STEP_QUEUE.send(handed(messageId));
    await vi.waitFor(() => expect(ofRun()).toHaveLength(4), WAIT);
    release();
    await empty();
    await env.STEP_QUEUE.send(handed(messageId));
    await vi.waitFor(() => expect(ofRun()).toHaveLength(5), WAIT);
    const later = await sentId(STEP, { delayMs: 3_600_000 });
    await stub().claimMessage(later);
    expect([deliveries.length, await inbox()]).toMatchObject([1, [{ id: later, attempt: 0 }]]);
  });

  it('is told again of what nobody has come for', async () => {
    answers(DONE);
    const later = await sentId(STEP, { delayMs: 3_600_000 });
    await runInDurableObject(stub(), (_, { storage }) =>
      storage.sql.exec('UPDATE inbox SET due_at_ms = 1, send_at_ms = ?', Date.now() + 60_000),
    );
    expect(deliveries).toEqual([]);
    await letTimeCome();
    await delivered(1);
    expect(ofRun()).toEqual([{ queue: 'step-queue', body: handed(later) }]);
    await empty();
  });

  it('that is not reached is told again a moment later', async () => {
    vi.spyOn(console, 'error').mockReturnValue(undefined);
    await put(STEP, { delayMs: 3_600_000 });
    const down = { sendBatch: () => Promise.reject(new Error('Queue sendBatch failed')) } as unknown as HandOffQueues['step'];
    const wakeAtMs = await runInDurableObject(stub(), async (_, { storage: { sql } }) => {
      sql.exec('UPDATE inbox SET due_at_ms = 1, send_at_ms = 1');
      const { promise, resolve } = Promise.withResolvers<number>();
      const address = () => ({ ...scope, runId });
      new HandOff({ inbox: new Inbox(sql, true), queues: { flow: down, step: down }, address, wakeAt: resolve }).announce();
      return promise;
    });
    expect(await inbox()).toMatchObject([{ send_at_ms: wakeAtMs, attempt: 0 }]);
  });

  it('that gives a message up leaves it with its run, where it is delivered again when somebody says so', async () => {
    answers(DONE);
    const messageId = await sentId(STEP, { delayMs: 3_600_000 });
    await env.DEAD_LETTERS.send(handed(messageId));
    await vi.waitFor(async () => expect(await stub().deadMessages()).toHaveLength(1), WAIT);
    expect(await stub().deadMessages()).toMatchObject([{ messageId, attempt: 0, failure: expect.stringContaining('given it up') }]);
    expect(await stub().replayMessage(messageId)).toBe(true);
    await delivered(1);
    await empty();
  });

  it('keeps what is no message of a run as a dead letter, and does not try it for ever', async () => {
    const odd = { test: 'message', runId };
    await env.WORKFLOW_QUEUE.send(odd as unknown as HandedMessage);
    await vi.waitFor(async () => expect(await letters()).toHaveLength(1), WAIT);
    expect(await letters()).toMatchObject([
      { queue: 'workflow-queue', body: odd, attempts: 1, failure: expect.stringContaining('expected') },
    ]);
    expect(ofRun()).toHaveLength(1);
  });
});
