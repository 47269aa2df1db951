/** The queue of the SDK's World: messages go to the run's home, and come back as calls of the SDK's handlers. */
import { isPlainObject } from '../lib/plain-object.ts';
import { newUlid } from '../lib/ulid.ts';
import { readMessage, type Delivered, type Delivery } from '../runs/messages.ts';
import type { RunWriter } from '../runs/run-store.ts';
import { wholeDelivery } from './held-writes.ts';
import { valueOf } from './world-errors.ts';

interface MessageMeta {
  attempt: number;
  queueName: string;
  messageId: string;
}

/** What the SDK does with a message. An answer asks for the message again after so many seconds. */
export type QueueHandler = (message: unknown, meta: MessageMeta) => Promise<void | { timeoutSeconds: number }>;

export interface QueueOptions {
  idempotencyKey?: string | undefined;
  delaySeconds?: number | undefined;
  deploymentId?: string | undefined;
  headers?: Record<string, string> | undefined;
  specVersion?: number | undefined;
}

/** As the SDK calls it. */
export interface WorldQueue {
  /** @returns null for the id of a message that goes with the outcome of the delivery that sends it */
  queue(queueName: string, message: unknown, options?: QueueOptions): Promise<{ messageId: string | null }>;
  createQueueHandler(prefix: string, handler: QueueHandler): (request: Request) => Promise<Response>;
  /** Hands a message to the SDK. What it throws is an outcome, too. */
  handle(delivery: Delivery): Promise<Delivered>;
}

export function createQueue(run: (runId: string) => RunWriter): WorldQueue {
  const handlers = new Map<string, QueueHandler>();

  const handle = async ({ queue, messageId, attempt, body }: Delivery): Promise<Delivered> => {
    const handler = [...handlers].find(([prefix]) => queue.startsWith(prefix))?.[1];
    if (handler === undefined) return { kind: 'failed', reason: `no workflows of this Worker take messages of ${queue}` };
    try {
      const answer = await handler(body, { attempt, queueName: queue, messageId });
      return answer ? { kind: 'again', afterMs: Math.max(0, answer.timeoutSeconds * 1000) } : { kind: 'done' };
    } catch (error) {
      return { kind: 'failed', reason: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
    }
  };

  return {
    handle,
    async queue(queueName, body, options = {}) {
      if (isHealthCheck(body)) {
        const messageId = `msg_${newUlid()}`;
        await handle({ queue: queueName, messageId, attempt: 1, body, deploymentId: null });
        return { messageId };
      }
      const { runId, message } = valueOf(readMessage(queueName, body, options));
      const delivery = wholeDelivery(runId);
      if (delivery?.holdsMessage(message) === true) return { messageId: null };
      await delivery?.release(run(runId));
      return valueOf(await run(runId).enqueue(message));
    },
    createQueueHandler(prefix, handler) {
      handlers.set(prefix, handler);
      // Messages are delivered by calls: the SDK's routes are nobody's.
      return async () => new Response(null, { status: 404 });
    },
  };
}

/** Whether it is a message that belongs to no run: whoever gets it says that it is there. */
export function isHealthCheck(body: unknown): body is Record<string, unknown> {
  return isPlainObject(body) && body['__healthCheck'] === true;
}
