/** What an app elsewhere answers to a delivery, checked: it writes no more by it than the SDK has written last. */
import * as z from 'zod/mini';
import { HELD_MAX_BYTES, HELD_MAX_EVENTS, isHeld, type DeliveryAnswer, type HeldEvent } from './deliveries.ts';
import { readEventRequest } from './event-request.ts';
import { readMessage, type Delivery, type NewMessage } from './messages.ts';
import { payloadBytesOf } from './spilled-bytes.ts';
import { invalid, refused, succeeded, type Outcome } from './world-error.ts';

const REASON_MAX_CHARACTERS = 1_000;
/** What a Date takes. */
const TIME_MAX_MS = 8.64e15;

const time = z.nullable(z.number().check(z.minimum(-TIME_MAX_MS), z.maximum(TIME_MAX_MS)));
const event = z.object({ request: z.unknown(), options: z.object({ stateUpdatedAtMs: time, occurredAtMs: time }) });
const message = z.object({ queue: z.string(), body: z.unknown(), idempotencyKey: z.nullable(z.string()), delayMs: z.number() });
const reason = z.pipe(
  z.string(),
  z.transform((text) => text.slice(0, REASON_MAX_CHARACTERS)),
);

const ANSWER = z.object({
  delivered: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('done') }),
    z.object({ kind: z.literal('again'), afterMs: z.number().check(z.minimum(0)) }),
    z.object({ kind: z.literal('failed'), reason }),
  ]),
  writes: z.object({
    events: z.array(event).check(z.maxLength(HELD_MAX_EVENTS)),
    messages: z.array(message),
  }),
  isStartTaken: z.boolean(),
});

/** @returns refused where it is none, or brings back what is not held */
export function readDeliveryAnswer(value: unknown, runId: string, delivery: Delivery): Outcome<DeliveryAnswer> {
  const parsed = ANSWER.safeParse(value);
  if (!parsed.success) return refused(invalid(`what is no answer: ${z.prettifyError(parsed.error)}`));
  const { delivered, writes, isStartTaken } = parsed.data;
  const events: HeldEvent[] = [];
  let bytes = 0;
  for (const { request, options } of writes.events) {
    const read = readEventRequest(request);
    if (!read.ok) return read;
    if (!isHeld(read.value, delivery)) return refused(invalid(`${read.value.eventType}: expected an event that ends what was delivered`));
    bytes += payloadBytesOf(read.value.eventData ?? {});
    events.push({ request: read.value, options: { ...options, resolveData: 'none', callId: null } });
  }
  if (bytes > HELD_MAX_BYTES) return refused(invalid(`expected payloads of at most ${HELD_MAX_BYTES} bytes, got ${bytes}`));
  const messages: NewMessage[] = [];
  for (const { queue, body, idempotencyKey, delayMs } of writes.messages) {
    const read = readMessage(queue, body, { idempotencyKey, delaySeconds: delayMs / 1000 });
    if (!read.ok) return read;
    if (read.value.runId !== runId) return refused(invalid(`expected messages of ${runId}, got one of ${read.value.runId}`));
    messages.push(read.value.message);
  }
  return succeeded({ delivered, writes: { events, messages }, isStartTaken });
}
