import { describe, expect, it } from 'vitest';
import { bareAnswer } from '../../src/runs/deliveries.ts';
import { readDeliveryAnswer } from '../../src/runs/delivery-answer.ts';
import type { Delivery } from '../../src/runs/messages.ts';

const RUN = 'wrun_01ARYZ6S41TSV4RRFFQ69G5FAV';
const step: Delivery = {
  queue: '__wkf_step_one',
  messageId: 'msg_1',
  attempt: 1,
  body: { workflowRunId: RUN, stepId: 'step_1' },
  deploymentId: 'dpl_1',
};
const replay: Delivery = { ...step, queue: '__wkf_workflow_w', body: { runId: RUN } };
const NOW = { stateUpdatedAtMs: 5, occurredAtMs: null };
const completed = (correlationId = 'step_1', length = 1): object => ({
  eventType: 'step_completed',
  specVersion: 3,
  correlationId,
  eventData: { result: new Uint8Array(length) },
});
const wakeUp = (runId = RUN): object => ({ queue: '__wkf_workflow_w', body: { runId }, idempotencyKey: null, delayMs: 0 });
const answer = (events: object[], messages: object[] = []): object => ({
  delivered: { kind: 'done' },
  writes: { events: events.map((request) => ({ request, options: NOW })), messages },
  isStartTaken: true,
});

describe('what an app answers to a delivery', () => {
  it('is what became of it, what the SDK has written last, and whether it has taken what was brought', () => {
    expect(readDeliveryAnswer(answer([completed()], [wakeUp()]), RUN, step)).toEqual({
      ok: true,
      value: {
        delivered: { kind: 'done' },
        writes: { events: [{ request: completed(), options: { ...NOW, resolveData: 'none', callId: null } }], messages: [wakeUp()] },
        isStartTaken: true,
      },
    });
    for (const delivered of [
      { kind: 'again', afterMs: 5 },
      { kind: 'failed', reason: 'no' },
    ] as const)
      expect(readDeliveryAnswer(bareAnswer(delivered), RUN, replay)).toEqual({ ok: true, value: bareAnswer(delivered) });
  });

  it.each([
    ['nothing', undefined, 'what is no answer'],
    ['another outcome', { ...answer([]), delivered: { kind: 'again', afterMs: -1 } }, 'afterMs'],
    [
      'what is no time',
      { ...answer([]), writes: { events: [{ request: completed(), options: { ...NOW, occurredAtMs: 1e300 } }], messages: [] } },
      'occurredAtMs',
    ],
    ['the end of another step', answer([completed('step_2')]), 'step_completed: expected an event that ends'],
    ['what is never held', answer([{ eventType: 'hook_disposed', correlationId: 'hook_1' }]), 'hook_disposed: expected an event'],
    ['what is no event', answer([{ eventType: 'step_completed' }]), 'Event: '],
    ['more than is held', answer([completed('step_1', 600_000)]), 'at most 524288 bytes, got 600000'],
    ['a message of another run', answer([], [wakeUp('wrun_01ARYZ6S41TSV4RRFFQ69G5FAW')]), `expected messages of ${RUN}`],
    ['what is no message', answer([], [{ ...wakeUp(), queue: 'mine' }]), 'Queue: expected'],
  ])('is none where it says %s', (_, value, message) => {
    expect(readDeliveryAnswer(value, RUN, step)).toMatchObject({ ok: false, error: { message: expect.stringContaining(message) } });
  });
});
