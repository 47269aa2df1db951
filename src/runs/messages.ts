/** Messages of the SDK's queues, which wait with their run: what they are, and how they are delivered. */
import { isPlainObject } from '../lib/plain-object.ts';
import { WORKFLOW_ID_MAX_CHARACTERS, WORKFLOW_NAME_MAX_CHARACTERS } from '../wire/limits.ts';
import { readEventRequest } from './event-request.ts';
import { isRunId } from './run-address.ts';
import { invalid, refused, succeeded, type Outcome } from './world-error.ts';

export interface NewMessage {
  /** "__wkf_workflow_<workflow>", "__wkf_step_<step>", or the same of a namespace */
  queue: string;
  body: Record<string, unknown>;
  /** while a message of this key waits, there is no other */
  idempotencyKey: string | null;
  delayMs: number;
}

/** A message on its way to whoever runs workflows and steps. */
export interface Delivery {
  queue: string;
  messageId: string;
  /** from 1 */
  attempt: number;
  body: Record<string, unknown>;
  /** the deployment that has started the run; null: of a message that is not of any */
  deploymentId: string | null;
}

/** What became of a delivery: the message is done with, wants to come again after some time (0: at once), or has failed and comes again later. */
export type Delivered = { kind: 'done' } | { kind: 'again'; afterMs: number } | { kind: 'failed'; reason: string };

/** A message that was given up. */
export interface DeadMessage {
  messageId: string;
  queue: string;
  attempt: number;
  /** what the last delivery said */
  failure: string;
}

/** `flow`: a replay, of which a run has one at a time. `isWakeUp`: it says nothing but that there is something to do, so that any other does as well. */
export interface MessageKind {
  kind: 'flow' | 'step';
  isWakeUp: boolean;
}

const QUEUE = /^__(?:[a-z][a-z0-9]*_)?wkf_(workflow|step)_./;
/** What a message may say besides when it is no more than a wake-up. */
const WAKE_UP_MEMBERS = new Set(['runId', 'traceCarrier', 'requestedAt']);

/** The run that a message is for, and the message, checked. */
export function readMessage(
  queue: unknown,
  body: unknown,
  { idempotencyKey = null, delaySeconds = 0 }: { idempotencyKey?: string | null | undefined; delaySeconds?: number | undefined } = {},
): Outcome<{ runId: string; message: NewMessage }> {
  if (typeof queue !== 'string' || !QUEUE.test(queue) || queue.length > WORKFLOW_NAME_MAX_CHARACTERS + 64)
    return refused(invalid(`Queue: expected __wkf_workflow_ or __wkf_step_ and a name, got ${JSON.stringify(queue)?.slice(0, 80)}`));
  if (!isPlainObject(body)) return refused(invalid('Message: expected an object'));
  const runId = body['runId'] ?? body['workflowRunId'];
  if (!isRunId(runId)) return refused(invalid('Message: expected the id of a run as runId or workflowRunId'));
  if (idempotencyKey !== null && (idempotencyKey === '' || idempotencyKey.length > WORKFLOW_ID_MAX_CHARACTERS))
    return refused(invalid(`idempotencyKey: expected 1 to ${WORKFLOW_ID_MAX_CHARACTERS} characters`));
  if (!(delaySeconds >= 0) || !Number.isFinite(delaySeconds))
    return refused(invalid(`delaySeconds: expected 0 or more, got ${delaySeconds}`));
  // What a run is made of is held to what its first event is held to: a message that can begin none would come again for an hour.
  const begins = body['runInput'] === undefined ? null : readEventRequest({ eventType: 'run_started', eventData: body['runInput'] });
  if (begins?.ok === false) return begins;
  return succeeded({ runId, message: { queue, body, idempotencyKey, delayMs: delaySeconds * 1000 } });
}

/** The deployment that a message is for before there is a run: it brings what the run is made of. */
export function deploymentOf({ runInput }: Record<string, unknown>): string | null {
  const id = isPlainObject(runInput) ? runInput['deploymentId'] : null;
  return typeof id === 'string' ? id : null;
}

/** Which of the SDK's routes takes the messages of a queue. */
export function routeOf(queue: string): 'flow' | 'step' {
  return QUEUE.exec(queue)?.[1] === 'step' ? 'step' : 'flow';
}

/** Whether a message is for a step: also one that is delivered to its workflow's queue. */
export function isOfStep({ queue, body }: Pick<NewMessage, 'queue' | 'body'>): boolean {
  return routeOf(queue) === 'step' || body['stepId'] !== undefined;
}

/** What kind of message this is. */
export function kindOf({ queue, body, idempotencyKey }: Omit<NewMessage, 'delayMs'>): MessageKind {
  if (isOfStep({ queue, body })) return { kind: 'step', isWakeUp: false };
  const saysMore = Object.entries(body).some(([name, value]) => value !== undefined && !WAKE_UP_MEMBERS.has(name));
  return { kind: 'flow', isWakeUp: idempotencyKey === null && !saysMore };
}
