import { describe, expect, it } from 'vitest';
import type { NewMessage } from '../../src/runs/messages.ts';
import type { RunStore } from '../../src/runs/run-store.ts';
import { createQueue } from '../../src/world/queue.ts';

const runId = 'wrun_01ARYZ6S41TSV4RRFFQ69G5FAV';
const delivery = { queue: '__wkf_step_one', messageId: 'msg_1', attempt: 2, body: { runId }, deploymentId: null };

/** A queue whose messages are kept. */
function newQueue() {
  const sent: NewMessage[] = [];
  const home: Pick<RunStore, 'enqueue'> = {
    async enqueue(message) {
      sent.push(message);
      return { ok: true, value: { messageId: 'msg_1' } };
    },
  };
  return { sent, queue: createQueue(() => home as RunStore) }; // it uses no other method
}

describe('the queue', () => {
  it('sends messages to their run', async () => {
    const { sent, queue } = newQueue();
    const options = { idempotencyKey: 'step_1', delaySeconds: 1.5, headers: { traceparent: '00' }, specVersion: 3 };
    expect(await queue.queue('__wkf_step_one', { workflowRunId: runId }, options)).toEqual({ messageId: 'msg_1' });
    expect(sent).toEqual([{ queue: '__wkf_step_one', body: { workflowRunId: runId }, idempotencyKey: 'step_1', delayMs: 1_500 }]);
    await expect(queue.queue('orders', { test: 'message' })).rejects.toMatchObject({ name: 'WorkflowWorldError', status: 400 });
  });

  it('hands deliveries to the handler of their prefix, and says what became of them', async () => {
    const { queue } = newQueue();
    const seen: unknown[] = [];
    queue.createQueueHandler('__wkf_workflow_', async () => ({ timeoutSeconds: 0 }));
    const route = queue.createQueueHandler('__wkf_step_', async (message, meta) => void seen.push(message, meta));
    expect(await queue.handle(delivery)).toEqual({ kind: 'done' });
    expect(seen).toEqual([{ runId }, { attempt: 2, queueName: '__wkf_step_one', messageId: 'msg_1' }]);
    expect(await queue.handle({ ...delivery, queue: '__wkf_workflow_add' })).toEqual({ kind: 'again', afterMs: 0 });
    expect((await route(new Request('https://steamer.test'))).status).toBe(404);
  });

  it('takes what a handler throws, and a message that nobody takes, for a failure', async () => {
    const { queue } = newQueue();
    expect(await queue.handle(delivery)).toMatchObject({ kind: 'failed', reason: expect.stringContaining('__wkf_step_one') });
    queue.createQueueHandler('__wkf_step_', async () => {
      throw new RangeError('no');
    });
    expect(await queue.handle(delivery)).toEqual({ kind: 'failed', reason: 'RangeError: no' });
  });

  it('answers a health check, which belongs to no run', async () => {
    const { sent, queue } = newQueue();
    const seen: unknown[] = [];
    queue.createQueueHandler('__wkf_workflow_', async (message) => void seen.push(message));
    const check = { __healthCheck: true, correlationId: 'c' };
    expect((await queue.queue('__wkf_workflow_health_check', check)).messageId).toMatch(/^msg_/);
    expect([seen, sent]).toEqual([[check], []]);
  });
});
