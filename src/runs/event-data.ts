/** What an event says, in the two parts that it is stored in: its payload, which is often large and nobody's business, and the rest. */
import { PAYLOAD_MEMBERS, type EventType, type Payload } from './entities.ts';
import { SpilledBytes } from './spilled-bytes.ts';

/** Bytes are stored as bytes, in the log or elsewhere; text is the JSON of anything else; null: there is no payload. */
export type StoredPayload = Uint8Array | SpilledBytes | string | null;

export interface StoredEventData {
  /** JSON; null: nothing but a payload was said */
  data: string | null;
  payload: StoredPayload;
}

/** Members that are instants, which JSON does not have. */
const INSTANTS = ['resumeAt', 'retryAfter'];

export function splitEventData(type: EventType, eventData: Record<string, unknown> | undefined): StoredEventData {
  if (eventData === undefined) return { data: null, payload: null };
  const member = PAYLOAD_MEMBERS[type];
  const rest = Object.entries(eventData).filter(([name, value]) => name !== member && value !== undefined);
  const payload = member === null ? undefined : eventData[member];
  return { data: rest.length === 0 ? null : JSON.stringify(Object.fromEntries(rest)), payload: storePayload(payload) };
}

/** @returns undefined where the event says nothing */
export function joinEventData(type: EventType, { data, payload }: StoredEventData): Record<string, unknown> | undefined {
  const said = data === null ? {} : (JSON.parse(data) as Record<string, unknown>); // written by `splitEventData`
  for (const name of INSTANTS) {
    const text = said[name];
    if (typeof text === 'string') said[name] = new Date(text);
  }
  const member = PAYLOAD_MEMBERS[type];
  if (member !== null && payload !== null) said[member] = readPayload(payload);
  return Object.keys(said).length === 0 ? undefined : said;
}

export function storePayload(payload: Payload): StoredPayload {
  if (payload instanceof Uint8Array || payload instanceof SpilledBytes) return payload;
  return payload === undefined ? null : JSON.stringify(payload);
}

export function readPayload(payload: StoredPayload): Payload {
  return typeof payload === 'string' ? JSON.parse(payload) : (payload ?? undefined);
}
