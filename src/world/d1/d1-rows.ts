/** Rows of runs that are kept in D1, as states and events. */
import type { EventType, WorkflowEvent } from '../../runs/entities.ts';
import type { StoredPayload } from '../../runs/event-data.ts';
import type { RunRow, StepRow } from '../../runs/state-rows.ts';
import type { HookState } from '../../runs/states.ts';
import { eventEntity, payloadOfRow } from '../../runs/stored-event.ts';
import { newUlid, ulidTimeMs } from '../../lib/ulid.ts';

export interface VersionedRunRow extends RunRow {
  version: number;
  external_at_ms: number;
}

export interface VersionedStepRow extends StepRow {
  version: number;
}

/** A hook, by the event that has created it. */
export interface HookRow {
  /** the number of that event */
  seq: number;
  hook_id: string;
  token: string;
  is_webhook: number;
  created_at_ms: number;
  spec_version: number;
  /** whether its row is there: it is live */
  is_live: number;
}

/** D1 answers bytes as an array of numbers. */
export type PayloadColumn = number[] | ArrayBuffer | string | null;

export interface PayloadRow {
  payload: PayloadColumn;
  spilled_bytes: number | null;
}

export interface EventRow extends PayloadRow {
  seq: number;
  at_ms: number;
  type: EventType;
  correlation_id: string;
  data: string | null;
  spec_version: number;
  occurred_at_ms: number | null;
}

export function hookOfRow(row: HookRow): HookState {
  return {
    hookId: row.hook_id,
    token: row.token,
    isWebhook: row.is_webhook === 1,
    isDisposed: row.is_live === 0,
    createdAtMs: row.created_at_ms,
    specVersion: row.spec_version,
  };
}

export function eventOfRow(
  runId: string,
  { seq, at_ms, correlation_id, spec_version, occurred_at_ms, type, data, ...payload }: EventRow,
): WorkflowEvent {
  return eventEntity(runId, {
    ulid: ulidOf(at_ms, seq),
    type,
    correlationId: correlation_id,
    data,
    payload: storedPayload(payload),
    specVersion: spec_version,
    occurredAtMs: occurred_at_ms,
  });
}

export function storedPayload({ payload, spilled_bytes }: PayloadRow): StoredPayload {
  return payloadOfRow(Array.isArray(payload) ? Uint8Array.from(payload).buffer : payload, spilled_bytes);
}

const TIME_DIGITS = 10;
const SEQ_DIGITS = 16;

/** A ULID that is in the order of the log: in the place of its randomness stands its number, by which it is found. */
export function ulidOf(atMs: number, seq: number): string {
  return newUlid(atMs).slice(0, TIME_DIGITS) + String(seq).padStart(SEQ_DIGITS, '0');
}

/** What `ulidOf` was given; null: it is none of those. */
export function positionOfUlid(ulid: string): { atMs: number; seq: number } | null {
  const seq = ulid.slice(TIME_DIGITS);
  return new RegExp(`^\\d{${SEQ_DIGITS}}$`).test(seq) ? { atMs: ulidTimeMs(ulid), seq: Number(seq) } : null;
}
