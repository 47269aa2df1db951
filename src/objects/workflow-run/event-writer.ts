/** What an event does to a run: rules decide, rows and the log are written. Everything here belongs into one transaction. */
import type { EventResult, ResolveData, WorkflowEvent } from '../../runs/entities.ts';
import type { EventRequest, HookRequest, RunRequest, StepRequest, WaitRequest } from '../../runs/event-request.ts';
import { decideHook } from '../../runs/hook-rules.ts';
import { decideRun } from '../../runs/run-rules.ts';
import type { WriteOptions } from '../../runs/run-store.ts';
import { hasEnded, type RunState } from '../../runs/states.ts';
import { decideStep } from '../../runs/step-rules.ts';
import { decideWait } from '../../runs/wait-rules.ts';
import { refused, runNotFound, stale, succeeded, type Outcome } from '../../runs/world-error.ts';
import { WORKFLOW_MAX_EVENTS } from '../../wire/limits.ts';
import type { NewEvent } from './event-log.ts';
import type { OutboxKind } from './index-outbox.ts';
import type { RunParts } from './run-parts.ts';

/** One event on its way into the log. */
export interface EventWrite {
  options: WriteOptions;
  nowMs: number;
  /** of a hook that is created: the run that has its token; null: none, or there is no hook */
  conflictingRunId: string | null;
}

export class EventWriter {
  readonly #parts: RunParts;
  readonly #note: (kind: OutboxKind, key?: string) => void;

  /** @param note notes what the index has to be told of */
  constructor(parts: RunParts, note: (kind: OutboxKind, key?: string) => void) {
    this.#parts = parts;
    this.#note = note;
  }

  /** Writes an event and what follows from it, or nothing. */
  write(request: EventRequest, write: EventWrite): Outcome<EventResult> {
    const { record, address, log } = this.#parts;
    const { stateUpdatedAtMs, callId, resolveData } = write.options;
    const written = callId === null ? null : log.ofCall(callId, resolveData);
    if (written !== null) return succeeded({ event: written, ...this.#asItIs(written, resolveData) });
    if (stateUpdatedAtMs !== null && stateUpdatedAtMs < record.externalAtMs) return refused(stale());
    const run = record.get();
    if (isOfRun(request)) return this.#writeRun(request, run, write);
    if (run === null) return refused(runNotFound(address.runId));
    switch (request.eventType) {
      case 'hook_created':
      case 'hook_received':
      case 'hook_disposed':
        return this.#writeHook(request, run, write);
      case 'wait_created':
      case 'wait_completed':
        return this.#writeWait(request, run, write);
      default:
        return this.#writeStep(request, run, write);
    }
  }

  /** What the start of a run answers that was started before: nothing is written. */
  started(run: RunState): EventResult {
    return this.#ofRun(run, true, 'all');
  }

  #writeRun(request: RunRequest, before: RunState | null, write: EventWrite): Outcome<EventResult> {
    const { record, address } = this.#parts;
    const { resolveData } = write.options;
    const ruling = decideRun(address.runId, request, before, write.nowMs);
    if (!ruling.ok) return ruling;
    const isStart = request.eventType === 'run_started';
    const answer = (): EventResult => this.#ofRun(ruling.run, isStart, resolveData);
    if (ruling.kind === 'unchanged') return succeeded(answer());
    record.put(ruling.run);
    if (ruling.isNew) this.#append({ ...request, eventType: 'run_created' }, { ...write, options: { ...write.options, callId: null } });
    // What a run is made of is stored with its creation, and only there.
    const event = this.#append(isStart ? { ...request, eventData: undefined } : request, write);
    if (hasEnded(ruling.run)) this.#release();
    this.#note('run');
    return succeeded({ event, ...answer() });
  }

  #writeStep(request: StepRequest, run: RunState, write: EventWrite): Outcome<EventResult> {
    const { steps, views } = this.#parts;
    const ruling = decideStep(request, steps.get(request.correlationId), run, write.nowMs);
    if (!ruling.ok) return ruling;
    steps.put(ruling.step);
    return succeeded({ event: this.#append(request, write), step: views.step(ruling.step, write.options.resolveData) });
  }

  #writeHook(request: HookRequest, run: RunState, write: EventWrite): Outcome<EventResult> {
    const { hooks, views } = this.#parts;
    const ruling = decideHook(request, hooks.get(request.correlationId), run, write.nowMs);
    if (!ruling.ok) return ruling;
    const { hook } = ruling;
    const { conflictingRunId } = write;
    if (request.eventType === 'hook_created' && conflictingRunId !== null) {
      const eventData = { token: hook.token, conflictingRunId };
      return succeeded({ event: this.#append({ ...request, eventType: 'hook_conflict', eventData }, write) });
    }
    hooks.put(hook);
    if (hook.isDisposed) this.#note('hook', hook.hookId);
    return succeeded({ event: this.#append(request, write), hook: views.hook(hook, write.options.resolveData) });
  }

  #writeWait(request: WaitRequest, run: RunState, write: EventWrite): Outcome<EventResult> {
    const { waits, views } = this.#parts;
    const ruling = decideWait(request, waits.get(request.correlationId), run, write.nowMs);
    if (!ruling.ok) return ruling;
    waits.put(ruling.wait);
    return succeeded({ event: this.#append(request, write), wait: views.wait(ruling.wait) });
  }

  #append(request: Draft, { options, nowMs }: EventWrite): WorkflowEvent {
    const { log, record } = this.#parts;
    const { eventType: type, correlationId = null, eventData, specVersion } = request;
    const { occurredAtMs, callId } = options;
    const draft: NewEvent = { type, correlationId, eventData, specVersion, occurredAtMs, callId };
    const event = log.append(draft, nowMs, options.resolveData);
    const isExternal = (type === 'hook_received' || type === 'step_completed') && options.stateUpdatedAtMs === null;
    if (isExternal) record.noteExternal(event.createdAt.getTime());
    return event;
  }

  /** A run that has ended has no hooks, no waits and no place among those that go on. */
  #release(): void {
    const { hooks, waits } = this.#parts;
    for (const hookId of hooks.disposeOfAll()) this.#note('hook', hookId);
    waits.clear();
    this.#note('place');
  }

  #ofRun(run: RunState, isStart: boolean, resolveData: ResolveData): EventResult {
    const { views } = this.#parts;
    return { run: views.run(run, resolveData), maxEvents: WORKFLOW_MAX_EVENTS, ...(isStart ? this.#firstPage() : {}) };
  }

  /** What an event that was written before is about, as it is now. */
  #asItIs({ eventType, correlationId = '' }: WorkflowEvent, resolveData: ResolveData): EventResult {
    const { record, steps, hooks, waits, views } = this.#parts;
    const [run, step, hook, wait] = [record.get(), steps.get(correlationId), hooks.get(correlationId), waits.get(correlationId)];
    if (eventType.startsWith('run_') && run) return this.#ofRun(run, eventType === 'run_started', resolveData);
    if (eventType.startsWith('step_') && step) return { step: views.step(step, resolveData) };
    if (eventType === 'hook_conflict') return {};
    return { ...(hook && { hook: views.hook(hook, resolveData) }), ...(wait && { wait: views.wait(wait) }) };
  }

  #firstPage(): Pick<EventResult, 'events' | 'cursor' | 'hasMore'> {
    const { data, cursor, hasMore } = this.#parts.log.first();
    return { events: data, cursor, hasMore };
  }
}

/** What of a request is written. */
interface Draft {
  eventType: WorkflowEvent['eventType'];
  correlationId?: string;
  eventData?: Record<string, unknown> | undefined;
  specVersion: number;
}

function isOfRun(request: EventRequest): request is RunRequest {
  return request.eventType.startsWith('run_');
}
