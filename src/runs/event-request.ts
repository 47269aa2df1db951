/** Requests to write an event, checked once at the edge: everything below takes them as they are. */
import * as z from 'zod/mini';
import {
  WORKFLOW_EVENT_DATA_MAX_BYTES,
  WORKFLOW_ID_MAX_CHARACTERS,
  WORKFLOW_NAME_MAX_CHARACTERS,
  WORKFLOW_PAYLOAD_MAX_BYTES,
  WORKFLOW_ROW_MAX_BYTES,
} from '../wire/limits.ts';
import { PAYLOAD_MEMBERS } from './entities.ts';
import { splitEventData, type StoredPayload } from './event-data.ts';
import { shortened, shortenedError } from './shortened-error.ts';
import { invalid, notSupported, refused, SPEC_VERSION, succeeded, tooLarge, type Outcome } from './world-error.ts';

const textOf = (maxCharacters: number) => {
  const expected = `expected 1 to ${maxCharacters} characters`;
  return z.string(expected).check(z.minLength(1, expected), z.maxLength(maxCharacters, expected));
};
const id = textOf(WORKFLOW_ID_MAX_CHARACTERS);
const name = textOf(WORKFLOW_NAME_MAX_CHARACTERS);
const payload = z.optional(z.unknown());
/** A Date, or what JSON makes of one. */
const date = z.pipe(
  z.union([z.date(), z.iso.datetime({ offset: true })]),
  z.transform((value) => new Date(value)),
);
const context = z.optional(z.record(z.string(), z.unknown()));
/** Of a version before the event log there is no event. */
const specVersion = z.number().check(z.int(), z.minimum(2, 'must be 2 or more'));

const run = { specVersion };
const part = { specVersion, correlationId: id };
const stepName = z.optional(name);
const error = z.optional(z.pipe(z.unknown(), z.transform(shortenedError)));
const stack = z.optional(z.pipe(z.string(), z.transform(shortened)));
const failure = z.looseObject({ stepName, error, stack });

const REQUEST = z.discriminatedUnion('eventType', [
  z.object({
    ...run,
    eventType: z.literal('run_created'),
    eventData: z.looseObject({ deploymentId: id, workflowName: name, input: payload, executionContext: context }),
  }),
  z.object({
    ...run,
    eventType: z.literal('run_started'),
    eventData: z.optional(
      z.looseObject({ deploymentId: z.optional(id), workflowName: z.optional(name), input: payload, executionContext: context }),
    ),
  }),
  z.object({ ...run, eventType: z.literal('run_completed'), eventData: z.optional(z.looseObject({ output: payload })) }),
  z.object({ ...run, eventType: z.literal('run_failed'), eventData: z.looseObject({ error, errorCode: z.optional(z.string()) }) }),
  z.object({ ...run, eventType: z.literal('run_cancelled'), eventData: z.optional(z.looseObject({})) }),
  z.object({ ...part, eventType: z.literal('step_created'), eventData: z.looseObject({ stepName: name, input: payload }) }),
  z.object({ ...part, eventType: z.literal('step_started'), eventData: z.optional(z.looseObject({ stepName })) }),
  z.object({ ...part, eventType: z.literal('step_completed'), eventData: z.looseObject({ stepName, result: payload }) }),
  z.object({ ...part, eventType: z.literal('step_failed'), eventData: failure }),
  z.object({ ...part, eventType: z.literal('step_retrying'), eventData: z.extend(failure, { retryAfter: z.optional(date) }) }),
  z.object({
    ...part,
    eventType: z.literal('hook_created'),
    eventData: z.looseObject({ token: id, metadata: payload, isWebhook: z.optional(z.boolean()) }),
  }),
  z.object({ ...part, eventType: z.literal('hook_received'), eventData: z.looseObject({ token: z.optional(id), payload }) }),
  z.object({ ...part, eventType: z.literal('hook_disposed'), eventData: z.optional(z.looseObject({ token: z.optional(id) })) }),
  z.object({ ...part, eventType: z.literal('wait_created'), eventData: z.looseObject({ resumeAt: date }) }),
  z.object({ ...part, eventType: z.literal('wait_completed'), eventData: z.optional(z.looseObject({ resumeAt: z.optional(date) })) }),
]);

export type EventRequest = z.infer<typeof REQUEST>;
export type RunRequest = Extract<EventRequest, { eventType: `run_${string}` }>;
export type StepRequest = Extract<EventRequest, { eventType: `step_${string}` }>;
export type HookRequest = Extract<EventRequest, { eventType: `hook_${string}` }>;
export type WaitRequest = Extract<EventRequest, { eventType: `wait_${string}` }>;

/** Checks what the SDK, or a client, wants to have written. An event without a spec version is taken for one of this World's. */
export function readEventRequest(value: unknown): Outcome<EventRequest> {
  const versioned = typeof value === 'object' && value !== null ? { specVersion: SPEC_VERSION, ...value } : value;
  const parsed = REQUEST.safeParse(versioned);
  if (!parsed.success) return refused(invalid(`Event: ${parsed.error.issues.map(describeIssue).join('; ')}`));
  const request = parsed.data;
  if (request.specVersion > SPEC_VERSION) return refused(notSupported(request.specVersion));
  const { data, payload: stored } = splitEventData(request.eventType, request.eventData);
  const sizes = [
    {
      what: PAYLOAD_MEMBERS[request.eventType] ?? '',
      bytes: byteLength(stored),
      maxBytes: stored instanceof Uint8Array ? WORKFLOW_PAYLOAD_MAX_BYTES : WORKFLOW_ROW_MAX_BYTES,
    },
    { what: 'everything else', bytes: byteLength(data), maxBytes: WORKFLOW_EVENT_DATA_MAX_BYTES },
  ];
  const over = sizes.find(({ bytes, maxBytes }) => bytes > maxBytes);
  if (over) return refused(tooLarge(`${request.eventType}: expected at most ${over.maxBytes} bytes of ${over.what}, got ${over.bytes}`));
  return succeeded(request);
}

function byteLength(stored: StoredPayload): number {
  return typeof stored === 'string' ? new TextEncoder().encode(stored).byteLength : (stored?.byteLength ?? 0);
}

function describeIssue({ path, message }: { path: PropertyKey[]; message: string }): string {
  return `${path.map(String).join('.') || 'the whole'}: ${message}`;
}
