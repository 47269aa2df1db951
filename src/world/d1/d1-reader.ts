/** How a run that is kept in D1 is read: its rows, its entities, and pages of them. */
import { sql, type SQL } from 'drizzle-orm';
import type { Hook, Page, ResolveData, Run, Step, WorkflowEvent } from '../../runs/entities.ts';
import { hookEntity, runEntity, stepEntity } from '../../runs/entity-views.ts';
import { readPayload } from '../../runs/event-data.ts';
import { readPosition, type PageRequest } from '../../runs/pages.ts';
import type { RunAddress } from '../../runs/run-address.ts';
import { payloadBytesOf } from '../../runs/spilled-bytes.ts';
import { runOfRow, stepOfRow } from '../../runs/state-rows.ts';
import type { HookState, RunState, StepState } from '../../runs/states.ts';
import { eventUlid } from '../../runs/stored-event.ts';
import { hookNotFound, missing, refused, runNotFound, succeeded, type Outcome } from '../../runs/world-error.ts';
import { WORKFLOW_PAGE_MAX_ENTRIES } from '../../wire/limits.ts';
import {
  eventOfRow,
  hookOfRow,
  positionOfUlid,
  storedPayload,
  type EventRow,
  type HookRow,
  type PayloadRow,
  type VersionedRunRow,
  type VersionedStepRow,
} from './d1-rows.ts';
import { D1Sql } from './d1-sql.ts';
import type { D1Statements } from './d1-statements.ts';

/** How much a page holds, in bytes of payloads. */
const PAGE_BYTES = 8 * 1024 * 1024;
/** How much of the log comes with a run that starts. */
const FIRST_PAGE_BYTES = 1024 * 1024;
const INPUT = ['run_created', 'step_created', 'hook_created'];
const SIZE = sql`coalesce(spilled_bytes, length(payload), 0)`;

/** A page of rows, in which the size of all up to each is `total`, and how many there are `found`. */
interface Sized {
  total: number;
  found: number;
}

export interface D1ReaderOptions {
  db: D1Database;
  address: RunAddress;
  statements: D1Statements;
  retentionMs: number;
}

export class D1Reader {
  readonly #options: D1ReaderOptions;
  readonly #sql: D1Sql;

  constructor(options: D1ReaderOptions) {
    this.#options = options;
    this.#sql = new D1Sql(options.db);
  }

  async runRow(): Promise<VersionedRunRow | null> {
    const [row] = await this.#sql.all<VersionedRunRow>(sql`SELECT * FROM workflow_runs WHERE ${this.#own}`);
    return row ?? null;
  }

  async stepRow(stepId: string): Promise<VersionedStepRow | null> {
    const [row] = await this.#sql.all<VersionedStepRow>(sql`SELECT * FROM workflow_steps WHERE ${this.#own} AND step_id = ${stepId}`);
    return row ?? null;
  }

  /** A hook that was created, live or not. */
  async hookRow(hookId: string): Promise<HookRow | null> {
    const [row] = await this.#sql.all<HookRow>(sql`${this.#hooks} AND e.correlation_id = ${hookId}`);
    return row ?? null;
  }

  /** The events of a wait, or of another part. */
  async eventsOf(correlationId: string): Promise<WorkflowEvent[]> {
    const rows = await this.#sql.all<EventRow>(
      sql`SELECT * FROM workflow_events WHERE ${this.#own} AND correlation_id = ${correlationId} ORDER BY seq`,
    );
    return rows.map((row) => eventOfRow(this.#options.address.runId, row));
  }

  async run(resolveData: ResolveData): Promise<Outcome<Run>> {
    const row = await this.runRow();
    return row === null ? refused(runNotFound(this.#options.address.runId)) : succeeded(await this.runEntity(runOfRow(row), resolveData));
  }

  async runEntity(run: RunState, resolveData: ResolveData): Promise<Run> {
    const { address, retentionMs } = this.#options;
    return runEntity(address.runId, run, await this.#payloads('', resolveData), retentionMs);
  }

  async step(stepId: string, resolveData: ResolveData): Promise<Outcome<Step>> {
    const row = await this.stepRow(stepId);
    return row === null ? refused(missing(`Step "${stepId}" not found`)) : succeeded(await this.stepEntity(stepOfRow(row), resolveData));
  }

  async stepEntity(step: StepState, resolveData: ResolveData): Promise<Step> {
    return stepEntity(this.#options.address.runId, step, await this.#payloads(step.stepId, resolveData));
  }

  async steps(page: PageRequest, resolveData: ResolveData): Promise<Outcome<Page<Step>>> {
    const position = readPosition(page.cursor);
    if (!position.ok) return position;
    const rows = await this.#sql.all<VersionedStepRow>(
      sql`SELECT * FROM workflow_steps WHERE ${this.#own} AND ${behind(sql`rank`, page, position.value)}`,
    );
    return succeeded(
      await this.#page(
        rows,
        page,
        (row) => row.rank,
        (row) => this.stepEntity(stepOfRow(row), resolveData),
      ),
    );
  }

  async hook(hookId: string, resolveData: ResolveData): Promise<Outcome<Hook>> {
    const row = await this.hookRow(hookId);
    if (row === null || row.is_live === 0) return refused(hookNotFound(row?.token ?? hookId));
    return succeeded(await this.hookEntity(hookOfRow(row), resolveData));
  }

  async hookEntity(hook: HookState, resolveData: ResolveData): Promise<Hook> {
    const { input } = await this.#payloads(hook.hookId, resolveData);
    return hookEntity(this.#options.address, hook, input);
  }

  async hooks(page: PageRequest, resolveData: ResolveData): Promise<Outcome<Page<Hook>>> {
    const position = readPosition(page.cursor);
    if (!position.ok) return position;
    const live = sql`SELECT * FROM (${this.#hooks}) WHERE is_live = 1`;
    const rows = await this.#sql.all<HookRow>(sql`${live} AND ${behind(sql`seq`, page, position.value)}`);
    return succeeded(
      await this.#page(
        rows,
        page,
        (row) => row.seq,
        (row) => this.hookEntity(hookOfRow(row), resolveData),
      ),
    );
  }

  async event(eventId: string, resolveData: ResolveData): Promise<Outcome<WorkflowEvent>> {
    const position = positionOfUlid(eventUlid(eventId));
    const rows =
      position === null
        ? []
        : await this.#sql.all<EventRow>(sql`SELECT ${columnsOf(resolveData)} FROM workflow_events
            WHERE ${this.#own} AND seq = ${position.seq} AND at_ms = ${position.atMs}`);
    const [row] = rows;
    return row ? succeeded(eventOfRow(this.#options.address.runId, row)) : refused(missing(`Event "${eventId}" not found`));
  }

  /** What a write of this name has written; null: there was none. */
  async eventOfCall(callId: string, resolveData: ResolveData): Promise<WorkflowEvent | null> {
    const [row] = await this.#sql.all<EventRow>(
      sql`SELECT ${columnsOf(resolveData)} FROM workflow_events WHERE ${this.#own} AND call_id = ${callId}`,
    );
    return row ? eventOfRow(this.#options.address.runId, row) : null;
  }

  async events(page: PageRequest, correlationId: string | null, resolveData: ResolveData): Promise<Outcome<Page<WorkflowEvent>>> {
    const position = readPosition(page.cursor);
    if (!position.ok) return position;
    return succeeded(await this.#events({ ...page, correlationId, maxBytes: PAGE_BYTES }, position.value, resolveData));
  }

  async firstPage(): Promise<Page<WorkflowEvent>> {
    const page = { limit: WORKFLOW_PAGE_MAX_ENTRIES, cursor: null, order: 'asc', correlationId: null, maxBytes: FIRST_PAGE_BYTES } as const;
    return this.#events(page, null, 'all');
  }

  async #events(
    { correlationId, maxBytes, ...page }: PageRequest & { correlationId: string | null; maxBytes: number },
    position: number | null,
    resolveData: ResolveData,
  ): Promise<Page<WorkflowEvent>> {
    const part = correlationId === null ? sql`` : sql`AND correlation_id = ${correlationId}`;
    const direction = page.order === 'asc' ? sql`ASC` : sql`DESC`;
    const inside = sql`SELECT * FROM workflow_events WHERE ${this.#own} ${part} AND ${behind(sql`seq`, page, position)}`;
    const rows = await this.#sql.all<EventRow & Sized>(sql`SELECT ${columnsOf(resolveData)}, total, found FROM (
        SELECT *, sum(${SIZE}) OVER (ORDER BY seq ${direction}) AS total, row_number() OVER (ORDER BY seq ${direction}) AS place, count(*) OVER () AS found
        FROM (${inside}))
      WHERE place = 1 OR total <= ${maxBytes} ORDER BY place`);
    const data = rows.slice(0, page.limit);
    const last = data.at(-1)?.seq ?? position;
    return {
      data: data.map((row) => eventOfRow(this.#options.address.runId, row)),
      cursor: last === null ? null : String(last),
      hasMore: (rows[0]?.found ?? 0) > data.length,
    };
  }

  /** As many entries as fit, and at least one: each is read by itself, as its payloads may be large. */
  async #page<Row, Entity extends object>(
    rows: readonly Row[],
    { limit, cursor }: PageRequest,
    rankOf: (row: Row) => number,
    read: (row: Row) => Promise<Entity>,
  ): Promise<Page<Entity>> {
    const data: Entity[] = [];
    let last = cursor;
    let bytes = 0;
    for (const row of rows.slice(0, limit)) {
      const entity = await read(row);
      bytes += payloadBytesOf(entity);
      if (data.length > 0 && bytes > PAGE_BYTES) break;
      data.push(entity);
      last = String(rankOf(row));
    }
    return { data, cursor: last, hasMore: rows.length > data.length };
  }

  /** What went into a run, a step or a hook, and what came of it. */
  async #payloads(correlationId: string, resolveData: ResolveData): Promise<{ input: unknown; output: unknown }> {
    if (resolveData === 'none') return { input: undefined, output: undefined };
    const rows = await this.#sql.all<PayloadRow & { type: string }>(sql`SELECT type, payload, spilled_bytes FROM workflow_events
      WHERE ${this.#own} AND correlation_id = ${correlationId}
        AND type IN ('run_created', 'run_completed', 'step_created', 'step_completed', 'hook_created')`);
    const payloadOf = (isInput: boolean): unknown => {
      const row = rows.find(({ type }) => INPUT.includes(type) === isInput);
      return row && readPayload(storedPayload(row));
    };
    return { input: payloadOf(true), output: payloadOf(false) };
  }

  get #own(): SQL {
    return this.#options.statements.own;
  }

  /** The hooks that were created, with what is needed of each. */
  get #hooks(): SQL {
    const { tenant, app, runId } = this.#options.address;
    return sql`SELECT e.seq, e.correlation_id AS hook_id, e.at_ms AS created_at_ms, e.spec_version, json_extract(e.data, '$.token') AS token,
        coalesce(json_extract(e.data, '$.isWebhook'), 1) AS is_webhook, h.hook_id IS NOT NULL AS is_live
      FROM workflow_events e LEFT JOIN workflow_hooks h
        ON h.tenant = e.tenant AND h.app = e.app AND h.run_id = e.run_id AND h.hook_id = e.correlation_id
      WHERE e.tenant = ${tenant} AND e.app = ${app} AND e.run_id = ${runId} AND e.type = 'hook_created'`;
  }
}

function columnsOf(resolveData: ResolveData): SQL {
  const payload = resolveData === 'all' ? sql`payload` : sql`NULL AS payload`;
  return sql`seq, at_ms, type, correlation_id, data, ${payload}, spilled_bytes, spec_version, occurred_at_ms`;
}

/** The end of a query for a page: one row more than it holds where there are more. */
function behind(column: SQL, { order, limit }: PageRequest, position: number | null): SQL {
  if (order === 'asc') return sql`${column} > ${position ?? 0} ORDER BY ${column} ASC LIMIT ${limit + 1}`;
  return sql`${column} < ${position ?? Number.MAX_SAFE_INTEGER} ORDER BY ${column} DESC LIMIT ${limit + 1}`;
}
