/** The log of a run: events in one dense order, and the payloads of everything that the run has. */
import { ulidAfter } from '../../lib/ulid.ts';
import type { EventType, Page, Payload, ResolveData, WorkflowEvent } from '../../runs/entities.ts';
import { readPayload, splitEventData } from '../../runs/event-data.ts';
import type { PageRequest } from '../../runs/pages.ts';
import { LogHead } from './log-head.ts';
import { eventEntity, eventUlid, payloadOfRow, rowOfPayload } from '../../runs/stored-event.ts';
import { WORKFLOW_PAGE_MAX_ENTRIES } from '../../wire/limits.ts';

export interface NewEvent {
  type: EventType;
  /** null: of the run itself */
  correlationId: string | null;
  eventData: Record<string, unknown> | undefined;
  specVersion: number;
  occurredAtMs: number | null;
  /** null: the write will not come again */
  callId: string | null;
}

/** Where a page begins, and how much it may hold: at most `limit` events and about `maxBytes` bytes of payloads, and at least one event. */
export interface EventRange {
  position: number | null;
  order: PageRequest['order'];
  limit: number;
  maxBytes: number;
  /** null: of the whole run */
  correlationId: string | null;
}

type EventRow = {
  seq: number;
  ulid: string;
  type: string;
  correlation_id: string;
  data: string | null;
  payload: ArrayBuffer | string | null;
  spilled_bytes: number | null;
  spec_version: number;
  occurred_at_ms: number | null;
};

/** How much of the log comes with a run that starts. */
const FIRST_PAGE: EventRange = {
  position: null,
  order: 'asc',
  limit: WORKFLOW_PAGE_MAX_ENTRIES,
  maxBytes: 1024 * 1024,
  correlationId: null,
};
const COLUMNS = 'seq, ulid, type, correlation_id, data, spilled_bytes, spec_version, occurred_at_ms';

export class EventLog {
  readonly #sql: SqlStorage;
  readonly #runId: string;
  /** null: not looked at yet. An event that is undone leaves it true, which does no harm */
  #hasSpilled: boolean | null = null;
  /** the newest event, null where there is none; undefined: not looked at yet. Whoever undoes a transaction takes a new log */
  #newest: { seq: number; ulid: string } | null | undefined;
  /** null: it is not in memory */
  #head: LogHead | null = null;

  constructor(sql: SqlStorage, runId: string) {
    this.#sql = sql;
    this.#runId = runId;
  }

  /** How many events there are. */
  get length(): number {
    return this.#last?.seq ?? 0;
  }

  /** Whether there may be payloads elsewhere. */
  get hasSpilled(): boolean {
    this.#hasSpilled ??= this.#sql.exec('SELECT 1 FROM events WHERE spilled_bytes IS NOT NULL LIMIT 1').toArray().length > 0;
    return this.#hasSpilled;
  }

  /** Appends an event. It is later than every event before, whatever the clock says. */
  append(event: NewEvent, nowMs: number, resolveData: ResolveData): WorkflowEvent {
    const { type, correlationId, eventData, specVersion, occurredAtMs, callId } = event;
    const last = this.#last;
    const seq = (last?.seq ?? 0) + 1;
    const ulid = ulidAfter(last?.ulid ?? null, nowMs);
    const { data, payload } = splitEventData(type, eventData);
    const { spilledBytes: spilled_bytes, payload: stored } = rowOfPayload(payload);
    if (spilled_bytes !== null) this.#hasSpilled = true;
    const said = { seq, ulid, type, correlation_id: correlationId ?? '', data, spilled_bytes, spec_version: specVersion };
    const row = { ...said, occurred_at_ms: occurredAtMs };
    this.#sql.exec(
      `INSERT INTO events (${COLUMNS}, payload, call_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      seq,
      ulid,
      type,
      row.correlation_id,
      data,
      spilled_bytes,
      specVersion,
      occurredAtMs,
      stored,
      callId,
    );
    this.#newest = { seq, ulid };
    const appended = this.#eventOf({ ...row, payload: stored });
    if (this.#head?.append(appended, sizeOf({ ...row, payload: stored })) === false) this.#head = null;
    return resolveData === 'all' ? appended : this.#eventOf({ ...row, payload: null });
  }

  /** The first page, with payloads. */
  first(): Page<WorkflowEvent> {
    if (this.#head !== null) return this.#head.page;
    const head = new LogHead();
    let isShort = true;
    const page = this.page(FIRST_PAGE, 'all', (event, bytes) => (isShort &&= head.append(event, bytes)));
    if (isShort && !page.hasMore) this.#head = head;
    return page;
  }

  /** @param each is told of every event of the page, and how many bytes it says */
  page(
    { position, order, limit, maxBytes, correlationId }: EventRange,
    resolveData: ResolveData,
    each?: (event: WorkflowEvent, bytes: number) => void,
  ): Page<WorkflowEvent> {
    const isAscending = order === 'asc';
    const rows = this.#sql.exec<EventRow>(
      `SELECT ${COLUMNS}, ${resolveData === 'all' ? 'payload' : 'NULL AS payload'} FROM events
       WHERE seq ${isAscending ? '>' : '<'} ? ${correlationId === null ? '' : 'AND correlation_id = ?'}
       ORDER BY seq ${isAscending ? 'ASC' : 'DESC'} LIMIT ?`,
      position ?? (isAscending ? 0 : Number.MAX_SAFE_INTEGER),
      ...(correlationId === null ? [] : [correlationId]),
      limit + 1,
    );
    const data: WorkflowEvent[] = [];
    let last = position;
    let bytes = 0;
    for (const row of rows) {
      const size = sizeOf(row);
      bytes += size;
      if (data.length === limit || (data.length > 0 && bytes > maxBytes)) return { data, cursor: String(last), hasMore: true };
      const event = this.#eventOf(row);
      data.push(event);
      each?.(event, size);
      last = row.seq;
    }
    return { data, cursor: last === null ? null : String(last), hasMore: false };
  }

  get(eventId: string, resolveData: ResolveData): WorkflowEvent | null {
    return this.#find('ulid', eventUlid(eventId), resolveData);
  }

  /** What a write of this name has written; null: there was none. */
  ofCall(callId: string, resolveData: ResolveData): WorkflowEvent | null {
    return this.#find('call_id', callId, resolveData);
  }

  /** The payload of the one event of this type of a part; undefined where there is none. @param correlationId null: of the run itself */
  payloadOf(type: EventType, correlationId: string | null): Payload {
    if (this.#head !== null) return this.#head.payloadOf(type, correlationId);
    const [row] = this.#sql
      .exec<Pick<EventRow, 'payload' | 'spilled_bytes'>>(
        'SELECT payload, spilled_bytes FROM events WHERE correlation_id = ? AND type = ?',
        correlationId ?? '',
        type,
      )
      .toArray();
    return row && readPayload(payloadOfRow(row.payload, row.spilled_bytes));
  }

  #find(column: 'ulid' | 'call_id', value: string, resolveData: ResolveData): WorkflowEvent | null {
    const payload = resolveData === 'all' ? 'payload' : 'NULL AS payload';
    const [row] = this.#sql.exec<EventRow>(`SELECT ${COLUMNS}, ${payload} FROM events WHERE ${column} = ?`, value).toArray();
    return row ? this.#eventOf(row) : null;
  }

  get #last(): { seq: number; ulid: string } | null {
    if (this.#newest === undefined)
      this.#newest =
        this.#sql.exec<{ seq: number; ulid: string }>('SELECT seq, ulid FROM events ORDER BY seq DESC LIMIT 1').toArray()[0] ?? null;
    return this.#newest;
  }

  #eventOf({ ulid, type, correlation_id, data, payload, spilled_bytes, spec_version, occurred_at_ms }: EventRow): WorkflowEvent {
    return eventEntity(this.#runId, {
      ulid,
      type: type as EventType, // written by `append`
      correlationId: correlation_id,
      data,
      payload: payloadOfRow(payload, spilled_bytes),
      specVersion: spec_version,
      occurredAtMs: occurred_at_ms,
    });
  }
}

function sizeOf({ data, payload, spilled_bytes }: EventRow): number {
  const length = typeof payload === 'string' ? (spilled_bytes ?? payload.length) : (payload?.byteLength ?? 0);
  return (data?.length ?? 0) + length;
}
