/** Events as they are stored in rows. */
import { ulidTimeMs } from '../lib/ulid.ts';
import type { EventType, WorkflowEvent } from './entities.ts';
import { joinEventData, type StoredPayload } from './event-data.ts';
import { SpilledBytes } from './spilled-bytes.ts';

/** What a row says of an event, however its columns are called. */
export interface StoredEvent {
  ulid: string;
  type: EventType;
  /** "": of the run itself */
  correlationId: string;
  data: string | null;
  payload: StoredPayload;
  specVersion: number;
  occurredAtMs: number | null;
}

const ID_PREFIX = 'wevt_';

/** The ULID of an event's id; "" where it is none. */
export function eventUlid(eventId: string): string {
  return eventId.startsWith(ID_PREFIX) ? eventId.slice(ID_PREFIX.length) : '';
}

export function eventEntity(
  runId: string,
  { ulid, type, correlationId, data, payload, specVersion, occurredAtMs }: StoredEvent,
): WorkflowEvent {
  const eventData = joinEventData(type, { data, payload });
  return {
    runId,
    eventId: ID_PREFIX + ulid,
    eventType: type,
    ...(correlationId === '' ? {} : { correlationId }),
    ...(eventData === undefined ? {} : { eventData }),
    createdAt: new Date(ulidTimeMs(ulid)),
    ...(occurredAtMs === null ? {} : { occurredAt: new Date(occurredAtMs) }),
    specVersion,
  };
}

/** The payload of a row: of one that is kept elsewhere the row has the hash, and beside it how long it is. */
export function payloadOfRow(payload: ArrayBuffer | string | null, spilledBytes: number | null): StoredPayload {
  if (spilledBytes !== null && typeof payload === 'string') return new SpilledBytes(payload, spilledBytes);
  return payload instanceof ArrayBuffer ? new Uint8Array(payload) : payload;
}

/** The payload as a row takes it, SQLite bytes as a buffer of their own; and how long it is where it is kept elsewhere. */
export function rowOfPayload(payload: StoredPayload): { payload: ArrayBuffer | string | null; spilledBytes: number | null } {
  if (payload instanceof SpilledBytes) return { payload: payload.sha256, spilledBytes: payload.byteLength };
  return { payload: payload instanceof Uint8Array ? payload.slice().buffer : payload, spilledBytes: null };
}
