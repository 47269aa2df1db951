/** What becomes of a run: a pure function of the run, the event and the time. */
import type { RunStatus } from './entities.ts';
import type { RunRequest } from './event-request.ts';
import { hasEnded, type RunState } from './states.ts';
import { structuredError } from './structured-error.ts';
import { conflict, expired, refused, runNotFound, type WorldErrorData } from './world-error.ts';

export type RunRuling =
  | { ok: false; error: WorldErrorData }
  /** it is as the event wants it: nothing is written */
  | { ok: true; kind: 'unchanged'; run: RunState }
  /** `isNew`: the run is made by this event, which is not its first: `run_created` is written before it */
  | { ok: true; kind: 'applied'; run: RunState; isNew: boolean };

export function decideRun(runId: string, request: RunRequest, run: RunState | null, nowMs: number): RunRuling {
  if (request.eventType === 'run_created') {
    return run === null
      ? applied(createRun(request, request.eventData, nowMs))
      : refused(conflict(`Workflow run "${runId}" already exists`));
  }
  if (request.eventType === 'run_started') return startRun(runId, request, run, nowMs);
  if (run === null) return refused(runNotFound(runId));
  if (request.eventType === 'run_cancelled' && run.status === 'cancelled') return applied(run);
  if (hasEnded(run)) return refused(conflict(`Workflow run "${runId}" is ${run.status} already`));
  switch (request.eventType) {
    case 'run_completed':
      return applied(endRun(run, 'completed', nowMs));
    case 'run_cancelled':
      return applied(endRun(run, 'cancelled', nowMs));
    case 'run_failed': {
      const { error, errorCode } = request.eventData;
      return applied({ ...endRun(run, 'failed', nowMs), error: structuredError(error, undefined, errorCode) });
    }
  }
}

type StartRequest = Extract<RunRequest, { eventType: 'run_started' }>;

/** Whether a start brings all that a run is made of. */
export function canBegin({ eventData }: StartRequest): boolean {
  return eventData?.deploymentId !== undefined && eventData.workflowName !== undefined && eventData.input !== undefined;
}

/** A delivery may come before the run was created; the first one has with it what is needed for that. */
function startRun(runId: string, request: StartRequest, run: RunState | null, nowMs: number): RunRuling {
  if (run === null) {
    const { deploymentId, workflowName, executionContext } = request.eventData ?? {};
    if (!canBegin(request) || deploymentId === undefined || workflowName === undefined) return refused(runNotFound(runId));
    const created = createRun(request, { deploymentId, workflowName, executionContext }, nowMs);
    return { ...applied(begin(created, nowMs)), isNew: true };
  }
  if (hasEnded(run)) return refused(expired(`Workflow run "${runId}" is ${run.status} already`));
  return run.status === 'running' ? { ok: true, kind: 'unchanged', run } : applied(begin(run, nowMs));
}

function applied(run: RunState): Extract<RunRuling, { kind: 'applied' }> {
  return { ok: true, kind: 'applied', run, isNew: false };
}

interface RunData {
  deploymentId: string;
  workflowName: string;
  executionContext?: Record<string, unknown> | undefined;
}

function createRun({ specVersion }: RunRequest, { deploymentId, workflowName, executionContext }: RunData, nowMs: number): RunState {
  return {
    status: 'pending',
    deploymentId,
    workflowName,
    specVersion,
    executionContext: executionContext ?? null,
    error: null,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    startedAtMs: null,
    completedAtMs: null,
  };
}

function begin(run: RunState, nowMs: number): RunState {
  return { ...run, status: 'running', startedAtMs: run.startedAtMs ?? nowMs, updatedAtMs: nowMs };
}

function endRun(run: RunState, status: RunStatus, nowMs: number): RunState {
  return { ...run, status, updatedAtMs: nowMs, completedAtMs: nowMs };
}
