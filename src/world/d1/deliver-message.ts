/** Delivers a message of a run that is kept in D1, inside of the batch that has brought it. */
import { logError } from '../../lib/log.ts';
import { keepDeadLetter } from '../../runs/dead-letters.ts';
import { backoffMs } from '../../runs/delivery-rules.ts';
import { readHandedMessage, type HandedMessage } from '../../runs/handed-message.ts';
import { isOfStep, type Delivered, type Delivery } from '../../runs/messages.ts';
import type { RunAddress } from '../../runs/run-address.ts';
import { succeeded } from '../../runs/world-error.ts';
import { CLAIM_MS } from './d1-messages.ts';
import type { D1Run } from './d1-run.ts';

export interface MessageDelivery {
  db: D1Database;
  /** the queue's name, for what belongs to no run */
  queue: string;
  run: (address: HandedMessage) => D1Run;
  deliver: (address: RunAddress, delivery: Delivery) => Promise<Delivered>;
}

/** How often whoever delivers a message says that it is still at it. */
const HOLD_EVERY_MS = 10_000;

/**
 * Does what a message asks for. It is done with when this answers: what has failed, and what wants to come again, is sent again. What is no message of a run is
 * kept as a dead letter.
 *
 * @throws Error where the database or a queue is not reached: the message has to come again
 */
export async function deliverMessage(message: Pick<Message, 'body' | 'attempts' | 'retry'>, options: MessageDelivery): Promise<void> {
  const { body, attempts } = message;
  const address = readHandedMessage(body);
  if (address === null)
    return keepDeadLetter(options.db, {
      queue: options.queue,
      body,
      attempts,
      failure: 'expected {"tenant","app","runId","messageId"}, as runs send it',
    });
  const run = options.run(address);
  const { messageId } = address;
  const taken = await run.messages.take(messageId, Date.now());
  // Somebody has it, or had it when the Worker was interrupted: it is looked at again when that is known.
  if (taken.kind === 'busy') return message.retry({ delaySeconds: Math.ceil(taken.forMs / 1000) });
  if (taken.kind !== 'taken') return;
  const hold = setInterval(() => void run.messages.hold(messageId, Date.now() + CLAIM_MS).catch(() => undefined), HOLD_EVERY_MS); // the claim lasts for three of them
  const result = await deliverOne(run, address, taken.delivery, options.deliver).finally(() => clearInterval(hold));
  await settle(run, taken.delivery, result);
}

async function deliverOne(run: D1Run, address: HandedMessage, stored: Delivery, deliver: MessageDelivery['deliver']): Promise<Delivered> {
  const delivery = await run.payloads.resolve(succeeded(stored));
  if (!delivery.ok) return { kind: 'failed', reason: delivery.error.message };
  return deliver(address, delivery.value).catch((error: unknown): Delivered => ({ kind: 'failed', reason: String(error) }));
}

async function settle(run: D1Run, delivery: Delivery, result: Delivered): Promise<void> {
  const { messageId, queue, attempt } = delivery;
  const kind = isOfStep(delivery) ? 'step' : 'flow';
  const nowMs = Date.now();
  switch (result.kind) {
    case 'done':
      return run.messages.remove(messageId);
    case 'again':
      return run.messages.postpone(messageId, { kind, isAnew: kind === 'flow', nowMs, afterMs: result.afterMs });
    case 'failed': {
      logError('a message of a workflow has failed', result.reason, { messageId, queue, attempt });
      const afterMs = backoffMs(attempt, Math.random());
      if (afterMs === null) return run.messages.bury(messageId, result.reason);
      return run.messages.postpone(messageId, { kind, isAnew: false, nowMs, afterMs });
    }
  }
}
