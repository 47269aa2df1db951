import { describe, expect, it } from 'vitest';
import type { EventRequest } from '../../src/runs/event-request.ts';
import type { Delivered, Delivery, NewMessage } from '../../src/runs/messages.ts';
import type { RunStore, WriteOptions } from '../../src/runs/run-store.ts';
import { conflict, missing, refused, stale, succeeded, type Outcome } from '../../src/runs/world-error.ts';
import { deliverHeld, wholeDelivery, type WholeDelivery } from '../../src/world/held-writes.ts';

const RUN = 'wrun_1';
const DONE: Delivered = { kind: 'done' };
const OPTIONS: WriteOptions = { resolveData: 'all', stateUpdatedAtMs: 5, occurredAtMs: null, callId: null };
const replay: Delivery = { queue: '__wkf_workflow_add', messageId: 'msg_1', attempt: 1, body: { runId: RUN }, deploymentId: null };
const step: Delivery = { ...replay, queue: '__wkf_step_one', body: { workflowRunId: RUN, stepId: 'step_1' } };
const message: NewMessage = { queue: '__wkf_step_one', body: {}, idempotencyKey: 'step_1', delayMs: 0 };
const part = (eventType: 'step_created' | 'step_started' | 'step_completed', correlationId = 'step_1', length = 1): EventRequest => {
  const payload = new Uint8Array(length);
  if (eventType === 'step_created') return { eventType, specVersion: 3, correlationId, eventData: { stepName: 'one', input: payload } };
  if (eventType === 'step_started') return { eventType, specVersion: 3, correlationId };
  return { eventType, specVersion: 3, correlationId, eventData: { result: payload } };
};
const delivery = (): WholeDelivery => wholeDelivery(RUN) ?? expect.fail('there is no delivery');
const tick = () => new Promise((resolve) => setTimeout(resolve));
/** A run that notes what it is told. */
function store(answer: Outcome<object> = succeeded({})): { told: string[]; run: RunStore } {
  const told: string[] = [];
  const run = {
    createEvent: async ({ eventType }: EventRequest) => (told.push(eventType), answer),
    enqueue: async ({ queue }: NewMessage) => (told.push(queue), succeeded({ messageId: '' })),
  };
  return { told, run: run as unknown as RunStore }; // of a run's interface what is called here
}

describe('what a delivery writes to its run', () => {
  it('goes with its outcome, in the order in which it was asked for', async () => {
    const answer = await deliverHeld(RUN, replay, null, async () => {
      expect(delivery().holdsEvent(part('step_created'), OPTIONS)).toBe(true);
      expect(delivery().holdsEvent(part('step_created', 'step_2'), OPTIONS)).toBe(true);
      expect(delivery().holdsMessage(message)).toBe(true);
      return DONE;
    });
    expect(answer).toMatchObject({ delivered: DONE, isStartTaken: false, writes: { messages: [message] } });
    expect(answer.writes.events).toMatchObject([
      { request: { correlationId: 'step_1' }, options: { stateUpdatedAtMs: 5, resolveData: 'none' } },
      { request: { correlationId: 'step_2' } },
    ]);
  });

  it('is written at once where another SDK asks, which may read what it is answered', async () => {
    await deliverHeld(RUN, replay, null, async () => {
      delivery().holdNothing();
      expect(delivery().holdsEvent(part('step_created'), OPTIONS)).toBe(false);
      expect(delivery().holdsMessage(message)).toBe(false);
      return DONE;
    });
    expect.assertions(2);
  });

  it('is not written where the delivery has failed', async () => {
    const failed: Delivered = { kind: 'failed', reason: 'TypeError: never' };
    const answer = await deliverHeld(RUN, replay, null, async () => {
      delivery().holdsEvent(part('step_created'), OPTIONS);
      return failed;
    });
    expect(answer).toMatchObject({ delivered: failed, writes: { events: [], messages: [] } });
  });

  it('of a step is its end and what follows: what its code asks for before is written at once', async () => {
    await deliverHeld(RUN, step, null, async () => {
      expect(delivery().holdsMessage(message)).toBe(false);
      expect(delivery().holdsEvent({ eventType: 'hook_received', specVersion: 3, correlationId: 'hook_1', eventData: {} }, OPTIONS)).toBe(
        false,
      );
      expect(delivery().holdsEvent(part('step_completed', 'step_2'), OPTIONS)).toBe(false);
      expect(delivery().holdsEvent(part('step_completed'), OPTIONS)).toBe(true);
      expect(delivery().holdsMessage(message)).toBe(true);
      return DONE;
    });
  });

  it('is written at once where it is much, after what is held', async () => {
    const { told, run } = store();
    const answer = await deliverHeld(RUN, replay, null, async () => {
      delivery().holdsEvent(part('step_created'), OPTIONS);
      delivery().holdsMessage(message);
      expect(delivery().holdsEvent(part('step_created', 'step_2', 1024 * 1024), OPTIONS)).toBe(false);
      await delivery().release(run);
      return DONE;
    });
    expect(told).toEqual(['step_created', '__wkf_step_one']);
    expect(answer.writes).toEqual({ events: [], messages: [] });
  });

  it('is refused as the run refuses it, but for what somebody else has done', async () => {
    await deliverHeld(RUN, replay, null, async () => {
      delivery().holdsEvent(part('step_created'), OPTIONS);
      await delivery().release(store(refused(conflict('it exists'))).run);
      delivery().holdsEvent(part('step_created'), OPTIONS);
      await expect(delivery().release(store(refused(missing('no step'))).run)).rejects.toMatchObject({ name: 'WorkflowWorldError' });
      return DONE;
    });
  });

  describe('and is written before the end', () => {
    it('is so when the delivery is over, also where nobody waits for it, and messages after events', async () => {
      const { told, run } = store();
      const slow = {
        ...run,
        createEvent: async (...event: Parameters<RunStore['createEvent']>) => (await tick(), run.createEvent(...event)),
      };
      await deliverHeld(RUN, replay, null, async () => {
        for (const stepId of ['step_1', 'step_2']) delivery().holdsEvent(part('step_created', stepId), OPTIONS);
        void delivery().release(slow);
        delivery().holdsMessage(message);
        void delivery().release(slow);
        return DONE;
      });
      expect(told).toEqual(['step_created', 'step_created', '__wkf_step_one']);
    });

    it.each([
      ['is made again where it has not seen all events', refused(stale()), { kind: 'again', afterMs: 0 }],
      ['fails where that is refused', refused(missing('no step')), { kind: 'failed', reason: 'WorkflowWorldError: no step' }],
    ])('the delivery %s, whatever the SDK makes of it', async (_, answer, delivered) => {
      const { run } = store(answer);
      const ended = deliverHeld(RUN, replay, null, async () => {
        delivery().holdsEvent(part('step_created'), OPTIONS);
        await delivery()
          .release(run)
          .catch(() => undefined);
        delivery().holdsEvent(part('step_created', 'step_2'), OPTIONS);
        return DONE;
      });
      expect(await ended).toEqual({ delivered, writes: { events: [], messages: [] }, isStartTaken: false });
    });
  });

  it('is of its own run only, and nothing is held behind its end', async () => {
    const { promise: later, resolve } = Promise.withResolvers<void>();
    let left: Promise<unknown> = later;
    await deliverHeld(RUN, replay, null, async () => {
      expect(wholeDelivery('wrun_2')).toBeUndefined();
      const before = delivery();
      left = later.then(() => [wholeDelivery(RUN), before.holdsEvent(part('step_created'), OPTIONS)]);
      return DONE;
    });
    resolve();
    expect([await left, wholeDelivery(RUN)]).toEqual([[undefined, false], undefined]);
  });
});

describe('what the SDK asks first of a delivery', () => {
  const start = { maxEvents: 7 };

  it('is answered by what was brought, once, and to the one who asks for that', async () => {
    const answer = await deliverHeld(RUN, step, start, async () => {
      expect(delivery().takeStart(part('step_started', 'step_2'))).toBeUndefined();
      expect(delivery().takeStart({ eventType: 'run_started', specVersion: 3 })).toBeUndefined();
      expect(delivery().takeStart(part('step_started'))).toBe(start);
      expect(delivery().takeStart(part('step_started'))).toBeUndefined();
      return DONE;
    });
    expect(answer.isStartTaken).toBe(true);
  });

  it('was not asked for where the delivery has thrown before', async () => {
    const answer = await deliverHeld(RUN, step, start, async () => Promise.reject(new TypeError('no tenant')));
    expect(answer).toMatchObject({ delivered: { kind: 'failed', reason: 'TypeError: no tenant' }, isStartTaken: false });
  });

  it('has to be asked for where nothing was brought', async () => {
    const answer = await deliverHeld(RUN, replay, null, async () => {
      expect(delivery().takeStart({ eventType: 'run_started', specVersion: 3 })).toBeUndefined();
      return DONE;
    });
    expect(answer.isStartTaken).toBe(false);
  });
});
