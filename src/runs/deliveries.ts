/**
 * Deliveries that are one call of whoever runs workflows: with the message comes the answer to what the SDK asks first, and with the outcome what it has
 * had written, so that a message is done with and what follows from it are one transaction.
 */
import type { EventResult } from './entities.ts';
import type { EventRequest } from './event-request.ts';
import { isOfStep, type Delivered, type Delivery, type NewMessage } from './messages.ts';
import type { RunAddress } from './run-address.ts';
import type { WriteOptions } from './run-store.ts';
import type { WorldErrorData } from './world-error.ts';

/** Nothing that is held is too large for a row, and an outcome is an answer like others. */
export const HELD_MAX_BYTES = 512 * 1024;
/** The same, of how many events there are. */
export const HELD_MAX_EVENTS = 1_000;
/** Of what a replay writes: those whose answers the SDK does not read. */
const OF_REPLAYS: ReadonlySet<string> = new Set(['step_created', 'step_failed', 'wait_created', 'run_completed', 'run_failed']);
/** Of what a step writes: its end, behind which there is nothing but the message that says so. */
const OF_STEPS: ReadonlySet<string> = new Set(['step_completed', 'step_failed', 'step_retrying']);

/** Whether an event is one of those that a delivery writes last, and that may be held. */
export function isHeld(request: EventRequest, delivery: Delivery): boolean {
  if (!isOfStep(delivery)) return OF_REPLAYS.has(request.eventType);
  return OF_STEPS.has(request.eventType) && 'correlationId' in request && request.correlationId === delivery.body['stepId'];
}

/** An event that the SDK takes for written, and that is written with the outcome of its delivery. */
export interface HeldEvent {
  request: EventRequest;
  options: WriteOptions;
}

/** In the order in which they were asked for; messages come after all events. */
export interface HeldWrites {
  events: HeldEvent[];
  messages: NewMessage[];
}

/** What whoever runs workflows answers. */
export interface DeliveryAnswer {
  delivered: Delivered;
  /** none of a delivery that has failed */
  writes: HeldWrites;
  /** whether the SDK has asked for what was brought with the message */
  isStartTaken: boolean;
}

/** Whoever runs workflows and steps. A delivery that throws has failed. */
export interface Deliver {
  /** @param start what `run_started` of a replay answers, or `step_started` of a step; null: the SDK has to ask */
  deliver(address: RunAddress, delivery: Delivery, start: EventResult | null): Promise<DeliveryAnswer>;
}

/** The answer of somebody who has written nothing, and not asked for what was brought. */
export function bareAnswer(delivered: Delivered): DeliveryAnswer {
  return { delivered, writes: { events: [], messages: [] }, isStartTaken: false };
}

/** Whether somebody else has done what an event was to do, or it is of no use any more: the SDK goes on as if it were written. */
export function isDoneWith({ name }: WorldErrorData): boolean {
  return name === 'EntityConflictError' || name === 'RunExpiredError';
}

/** What becomes of a delivery of which an event was refused: a replay that has not seen all events is made again, anything else has failed. */
export function deliveredOf(error: WorldErrorData): Delivered {
  return isStale(error) ? { kind: 'again', afterMs: 0 } : { kind: 'failed', reason: `${error.name}: ${error.message}` };
}

/** Whether an event is of a replay that has not seen the newest event from outside. */
export function isStale({ name }: WorldErrorData): boolean {
  return name === 'PreconditionFailedError';
}
