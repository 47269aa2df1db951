/**
 * What a delivery writes to its run as it ends is held, and goes with its outcome. The SDK awaits each event and each message by itself, and then answers:
 * as nothing of it counts before the message is done with, all of it is one write, and no call of its own.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { EventResult } from '../runs/entities.ts';
import type { EventRequest } from '../runs/event-request.ts';
import { isOfStep, type Delivered, type Delivery, type NewMessage } from '../runs/messages.ts';
import type { RunWriter, WriteOptions } from '../runs/run-store.ts';
import { payloadBytesOf } from '../runs/spilled-bytes.ts';
import { deliveredOf, HELD_MAX_BYTES, HELD_MAX_EVENTS, isDoneWith, isHeld } from '../runs/deliveries.ts';
import type { DeliveryAnswer, HeldWrites } from '../runs/deliveries.ts';
import { errorData, worldError } from './world-errors.ts';

const deliveries = new AsyncLocalStorage<WholeDelivery>();

/** Runs a delivery that brings what the SDK asks first, and takes with it what the SDK has written. */
export async function deliverHeld(
  runId: string,
  delivery: Delivery,
  start: EventResult | null,
  work: () => Promise<Delivered>,
): Promise<DeliveryAnswer> {
  const whole = new WholeDelivery(runId, delivery, start);
  const answered = await deliveries.run(whole, work).catch((error: unknown): Delivered => ({ kind: 'failed', reason: String(error) }));
  const refusal = await whole.end();
  const delivered = answered.kind === 'failed' ? answered : (refusal ?? answered);
  const isWritten = delivered.kind !== 'failed' && refusal === null;
  return { delivered, writes: isWritten ? whole.writes : nothing(), isStartTaken: whole.isStartTaken };
}

/** The delivery that runs now, where it is one of this run; undefined: nothing is held. */
export function wholeDelivery(runId: string): WholeDelivery | undefined {
  const delivery = deliveries.getStore();
  return delivery?.isOf(runId) === true ? delivery : undefined;
}

export class WholeDelivery {
  readonly #runId: string;
  readonly #delivery: Delivery;
  /** null: it was taken, or there was none */
  #start: EventResult | null;
  #writes = nothing();
  #bytes = 0;
  /** what was held and is written before the end, one after the other. It fails from the first that is refused: what the SDK takes for written is not */
  #released: Promise<void> = Promise.resolve();
  #holdsNothing = false;
  #isOver = false;
  isStartTaken = false;

  constructor(runId: string, delivery: Delivery, start: EventResult | null) {
    this.#runId = runId;
    this.#delivery = delivery;
    this.#start = start;
  }

  get writes(): HeldWrites {
    return this.#writes;
  }

  /**
   * Resolves when all that was released is written. What comes later, as a step has left something under way, is written by itself.
   *
   * @returns what becomes of the delivery, as something was refused, whatever the SDK has made of that; null: nothing was
   */
  async end(): Promise<Delivered | null> {
    this.#isOver = true;
    try {
      await this.#released;
      return null;
    } catch (error) {
      const refusal = errorData(error);
      return refusal === null ? { kind: 'failed', reason: String(error) } : deliveredOf(refusal);
    }
  }

  isOf(runId: string): boolean {
    return !this.#isOver && runId === this.#runId;
  }

  /** It is another SDK that asks, which may read what it is answered. Before it has written anything. */
  holdNothing(): void {
    this.#holdsNothing = true;
  }

  /** The answer that was brought, once; undefined: to this event none was. */
  takeStart(request: EventRequest): EventResult | undefined {
    const start = this.#start;
    const isAsked = isOfStep(this.#delivery)
      ? request.eventType === 'step_started' && request.correlationId === this.#delivery.body['stepId']
      : request.eventType === 'run_started';
    if (start === null || !isAsked) return undefined;
    this.#start = null;
    this.isStartTaken = true;
    return start;
  }

  /** @returns false where an event has to be written at once, after what is held */
  holdsEvent(request: EventRequest, options: WriteOptions): boolean {
    if (options.callId !== null || !this.#mayHold(request)) return false;
    const bytes = payloadBytesOf(request.eventData ?? {});
    if (this.#bytes + bytes > HELD_MAX_BYTES || this.#writes.events.length === HELD_MAX_EVENTS) return false;
    this.#bytes += bytes;
    this.#writes.events.push({ request, options: { ...options, resolveData: 'none' } });
    return true;
  }

  /** @returns false where a message has to be sent at once, after what is held */
  holdsMessage(message: NewMessage): boolean {
    if (this.#holdsNothing || (isOfStep(this.#delivery) && this.#writes.events.length === 0)) return false;
    this.#writes.messages.push(message);
    return true;
  }

  /** Writes what is held: something comes after it that cannot be. @throws what an event is refused for, or was before */
  async release(run: RunWriter): Promise<void> {
    if (this.#isOver) return;
    const writes = this.#writes;
    this.#writes = nothing();
    this.#bytes = 0;
    this.#released = this.#released.then(async () => writeTo(run, writes));
    await this.#released;
  }

  #mayHold(request: EventRequest): boolean {
    return !this.#isOver && !this.#holdsNothing && isHeld(request, this.#delivery);
  }
}

function nothing(): HeldWrites {
  return { events: [], messages: [] };
}

/** All at once, as the SDK would: what is asked of one run comes to it in the order in which it was asked. Messages come after all events. */
async function writeTo(run: RunWriter, { events, messages }: HeldWrites): Promise<void> {
  const written = await Promise.all(events.map(async ({ request, options }) => run.createEvent(request, options)));
  for (const outcome of written) if (!outcome.ok && !isDoneWith(outcome.error)) throw worldError(outcome.error);
  const sent = await Promise.all(messages.map(async (message) => run.enqueue(message)));
  for (const outcome of sent) if (!outcome.ok) throw worldError(outcome.error);
}
