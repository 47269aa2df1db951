/**
 * Writes the events of a run that is kept in D1. The rules are those of every run, of what has been read before; the batch that writes has the condition
 * that nothing of it has changed, and is made again when something has.
 */
import { sql, type SQL } from 'drizzle-orm';
import type { EventResult, ResolveData, WorkflowEvent } from '../../runs/entities.ts';
import { waitEntity } from '../../runs/entity-views.ts';
import type { EventRequest, HookRequest, RunRequest, StepRequest, WaitRequest } from '../../runs/event-request.ts';
import { whyNotTheFirst } from '../../runs/first-event.ts';
import { decideHook } from '../../runs/hook-rules.ts';
import { decideRun } from '../../runs/run-rules.ts';
import type { WriteOptions } from '../../runs/run-store.ts';
import { runOfRow, stepOfRow } from '../../runs/state-rows.ts';
import { hasEnded, type HookState, type RunState, type WaitState } from '../../runs/states.ts';
import { decideStep } from '../../runs/step-rules.ts';
import { decideWait } from '../../runs/wait-rules.ts';
import { refused, runNotFound, stale, succeeded, unreachable, type Outcome } from '../../runs/world-error.ts';
import { WORKFLOW_MAX_EVENTS } from '../../wire/limits.ts';
import { splitEventData } from '../../runs/event-data.ts';
import { eventEntity } from '../../runs/stored-event.ts';
import { hookOfRow, ulidOf, type VersionedRunRow } from './d1-rows.ts';
import { D1Sql } from './d1-sql.ts';
import type { D1Reader } from './d1-reader.ts';
import type { D1Statements, Draft } from './d1-statements.ts';

/** Each time somebody else was faster: of any number of writers one gets through. */
const MAX_ATTEMPTS = 50;

/** What a run is before it is written. */
interface Before {
  row: VersionedRunRow;
  state: RunState;
  /** it is still so */
  isSame: SQL;
}

/** Where an event has come to stand: what `append` answers. */
interface Position {
  seq: number;
  at_ms: number;
}

interface Write {
  options: WriteOptions;
  nowMs: number;
}

/** Null: something has changed since it was read, and nothing was written. */
type Attempt = Outcome<EventResult> | null;

export class D1EventWriter {
  readonly #sql: D1Sql;
  readonly #runId: string;
  readonly #statements: D1Statements;
  readonly #reader: D1Reader;

  constructor({ db, runId, statements, reader }: { db: D1Database; runId: string; statements: D1Statements; reader: D1Reader }) {
    this.#sql = new D1Sql(db);
    this.#runId = runId;
    this.#statements = statements;
    this.#reader = reader;
  }

  /** Writes an event and what follows from it, or nothing. */
  async write(request: EventRequest, options: WriteOptions): Promise<Outcome<EventResult>> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const written = await this.#attempt(request, { options, nowMs: Date.now() });
      if (written !== null) return written;
    }
    return refused(unreachable('The run changes too often at the moment'));
  }

  async #attempt(request: EventRequest, write: Write): Promise<Attempt> {
    const { stateUpdatedAtMs, callId, resolveData } = write.options;
    const written = callId === null ? null : await this.#reader.eventOfCall(callId, resolveData);
    if (written !== null) return succeeded({ event: written, ...(await this.#asItIs(written, resolveData)) });
    const row = await this.#reader.runRow();
    if (row !== null && stateUpdatedAtMs !== null && stateUpdatedAtMs < row.external_at_ms) return refused(stale());
    if (isOfRun(request)) return this.#writeRun(request, row, write);
    if (row === null) return refused(runNotFound(this.#runId));
    const before = { row, state: runOfRow(row), isSame: this.#statements.runIs(row.version, stateUpdatedAtMs) };
    switch (request.eventType) {
      case 'hook_created':
        return this.#createHook(request, before, write);
      case 'hook_received':
      case 'hook_disposed':
        return this.#writeHook(request, before, write);
      case 'wait_created':
      case 'wait_completed':
        return this.#writeWait(request, before, write);
      default:
        return this.#writeStep(request, before, write);
    }
  }

  async #writeRun(request: RunRequest, row: VersionedRunRow | null, write: Write): Promise<Attempt> {
    const { resolveData, stateUpdatedAtMs } = write.options;
    const obstacle = row === null ? whyNotTheFirst(request, this.#runId, write.nowMs) : null;
    if (obstacle !== null) return refused(obstacle);
    const ruling = decideRun(this.#runId, request, row && runOfRow(row), write.nowMs);
    if (!ruling.ok) return ruling;
    const isStart = request.eventType === 'run_started';
    if (ruling.kind === 'unchanged') return this.#runAnswer(ruling.run, { resolveData, isStart });
    const statements = this.#statements;
    const isSame = statements.runIs(row?.version ?? null, stateUpdatedAtMs);
    // What a run is made of is stored with its creation, and only there.
    const draft = draftOf(isStart ? { ...request, eventData: undefined } : request, write);
    const event = await this.#commit(draft, write, [
      ...(ruling.isNew
        ? [statements.append({ ...draftOf({ ...request, eventType: 'run_created' }, write), callId: null }, write.nowMs, isSame)]
        : []),
      statements.append(draft, write.nowMs, isSame),
      statements.putRun(ruling.run, (row?.version ?? 0) + 1),
      ...(hasEnded(ruling.run) ? [statements.releaseTokens(null)] : []),
    ]);
    return event && this.#runAnswer(ruling.run, { resolveData, isStart, event });
  }

  async #runAnswer(
    state: RunState,
    { resolveData, isStart, event }: { resolveData: ResolveData; isStart: boolean; event?: WorkflowEvent },
  ): Promise<Outcome<EventResult>> {
    const [run, page] = await Promise.all([this.#reader.runEntity(state, resolveData), isStart ? this.#reader.firstPage() : null]);
    return succeeded({
      ...(event && { event }),
      run,
      maxEvents: WORKFLOW_MAX_EVENTS,
      ...(page && { events: page.data, cursor: page.cursor, hasMore: page.hasMore }),
    });
  }

  async #writeStep(request: StepRequest, { state, isSame }: Before, write: Write): Promise<Attempt> {
    const { correlationId: stepId } = request;
    const row = await this.#reader.stepRow(stepId);
    const ruling = decideStep(request, row && stepOfRow(row), state, write.nowMs);
    if (!ruling.ok) return ruling;
    const statements = this.#statements;
    const draft = draftOf(request, write);
    const isExternal = request.eventType === 'step_completed' && write.options.stateUpdatedAtMs === null;
    const event = await this.#commit(draft, write, [
      statements.append(draft, write.nowMs, sql`${isSame} AND ${statements.stepIs(stepId, row?.version ?? null)}`),
      statements.putStep(ruling.step, (row?.version ?? 0) + 1),
      ...(isExternal ? [statements.noteExternal()] : []),
    ]);
    return event && succeeded({ event, step: await this.#reader.stepEntity(ruling.step, write.options.resolveData) });
  }

  async #createHook(
    request: Extract<HookRequest, { eventType: 'hook_created' }>,
    { state, isSame }: Before,
    write: Write,
  ): Promise<Attempt> {
    const { correlationId: hookId } = request;
    const row = await this.#reader.hookRow(hookId);
    const ruling = decideHook(request, row && hookOfRow(row), state, write.nowMs);
    if (!ruling.ok) return ruling;
    const statements = this.#statements;
    const claimId = crypto.randomUUID();
    const isFirst = sql`${isSame} AND NOT ${statements.hasEvent('hook_created', hookId)}`;
    const { token } = ruling.hook;
    const created = draftOf(request, write);
    const conflict: Draft = { ...created, type: 'hook_conflict', eventData: undefined };
    const isTaken = statements.hasTaken(token, claimId);
    const results = await this.#sql.batch<Position>([
      statements.takeToken(ruling.hook, claimId, isFirst),
      statements.append(created, write.nowMs, sql`${isFirst} AND ${isTaken}`),
      statements.append(conflict, write.nowMs, sql`${isFirst} AND NOT ${isTaken}`, statements.conflictData(token)),
    ]);
    const [position] = [...(results[1] ?? []), ...(results[2] ?? [])];
    if (position === undefined) return null;
    const event = await this.#reader.event(`wevt_${ulidOf(position.at_ms, position.seq)}`, write.options.resolveData);
    if (!event.ok) return event;
    if (event.value.eventType === 'hook_conflict') return succeeded({ event: event.value });
    return this.#hookAnswer(ruling.hook, event.value, write);
  }

  async #writeHook(request: HookRequest, { state, isSame }: Before, write: Write): Promise<Attempt> {
    const { correlationId: hookId } = request;
    const row = await this.#reader.hookRow(hookId);
    const ruling = decideHook(request, row && hookOfRow(row), state, write.nowMs);
    if (!ruling.ok) return ruling;
    const statements = this.#statements;
    const draft = draftOf(request, write);
    const isExternal = request.eventType === 'hook_received' && write.options.stateUpdatedAtMs === null;
    const event = await this.#commit(draft, write, [
      statements.append(draft, write.nowMs, sql`${isSame} AND ${statements.hookIsLive(hookId)}`),
      ...(request.eventType === 'hook_disposed' ? [statements.releaseTokens(hookId)] : []),
      ...(isExternal ? [statements.noteExternal()] : []),
    ]);
    return event && this.#hookAnswer(ruling.hook, event, write);
  }

  async #hookAnswer(hook: HookState, event: WorkflowEvent, { options }: Write): Promise<Outcome<EventResult>> {
    return succeeded({ event, hook: await this.#reader.hookEntity(hook, options.resolveData) });
  }

  async #writeWait(request: WaitRequest, { state, isSame }: Before, write: Write): Promise<Attempt> {
    const { correlationId } = request;
    const before = hasEnded(state) ? null : waitOf(correlationId, await this.#reader.eventsOf(correlationId));
    const ruling = decideWait(request, before, state, write.nowMs);
    if (!ruling.ok) return ruling;
    const statements = this.#statements;
    const draft = draftOf(request, write);
    const event = await this.#commit(draft, write, [
      statements.append(draft, write.nowMs, sql`${isSame} AND NOT ${statements.hasEvent(draft.type, correlationId)}`),
    ]);
    return event && succeeded({ event, wait: waitEntity(this.#runId, ruling.wait) });
  }

  /** What an event that was written before is about, as it is now. */
  async #asItIs({ eventType, correlationId = '' }: WorkflowEvent, resolveData: ResolveData): Promise<EventResult> {
    if (eventType.startsWith('run_')) {
      const row = await this.#reader.runRow();
      const answer = row && (await this.#runAnswer(runOfRow(row), { resolveData, isStart: eventType === 'run_started' }));
      return answer?.ok ? answer.value : {};
    }
    if (eventType.startsWith('step_')) {
      const step = await this.#reader.step(correlationId, resolveData);
      return step.ok ? { step: step.value } : {};
    }
    if (eventType.startsWith('wait_')) {
      const wait = waitOf(correlationId, await this.#reader.eventsOf(correlationId));
      return wait ? { wait: waitEntity(this.#runId, wait) } : {};
    }
    const hook = eventType === 'hook_conflict' ? null : await this.#reader.hookRow(correlationId);
    return hook ? { hook: await this.#reader.hookEntity(hookOfRow(hook), resolveData) } : {};
  }

  /** Writes one event, and what depends on it. @returns the event; null: something has changed */
  async #commit(draft: Draft, { options }: Write, statements: SQL[]): Promise<WorkflowEvent | null> {
    const results = await this.#sql.batch<Position>(statements);
    // Of two events the second is the one that was asked for.
    const position = results.slice(0, 2).flat().at(-1);
    if (position === undefined) return null;
    const { data, payload } = splitEventData(draft.type, draft.eventData);
    const shown = options.resolveData === 'all' ? payload : null;
    return eventEntity(this.#runId, { ...draft, ulid: ulidOf(position.at_ms, position.seq), data, payload: shown });
  }
}

function draftOf(
  { eventType: type, correlationId = '', eventData, specVersion }: Requested,
  { options: { occurredAtMs, callId } }: Write,
): Draft {
  return { type, correlationId, eventData, specVersion, occurredAtMs, callId };
}

/** What of a request is written. */
interface Requested {
  eventType: WorkflowEvent['eventType'];
  correlationId?: string;
  eventData?: Record<string, unknown> | undefined;
  specVersion: number;
}

/** A wait, by its events; null: there is none. */
function waitOf(waitId: string, events: readonly WorkflowEvent[]): WaitState | null {
  const created = events.find(({ eventType }) => eventType === 'wait_created');
  const resumeAt = created?.eventData?.['resumeAt'];
  if (created === undefined || !(resumeAt instanceof Date)) return null;
  const completed = events.find(({ eventType }) => eventType === 'wait_completed');
  const [createdAtMs, completedAtMs] = [created.createdAt.getTime(), completed?.createdAt.getTime() ?? null];
  return { waitId, resumeAtMs: resumeAt.getTime(), createdAtMs, completedAtMs, specVersion: created.specVersion };
}

function isOfRun(request: EventRequest): request is RunRequest {
  return request.eventType.startsWith('run_');
}
