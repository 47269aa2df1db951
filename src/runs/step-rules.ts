/** What becomes of a step: a pure function of the step, its run, the event and the time. */
import type { StepRequest } from './event-request.ts';
import { hasEnded, type RunState, type StepState } from './states.ts';
import { structuredError } from './structured-error.ts';
import { conflict, expired, missing, refused, tooEarly, type WorldErrorData } from './world-error.ts';

export type StepRuling = { ok: false; error: WorldErrorData } | { ok: true; step: StepState };

export function decideStep(request: StepRequest, step: StepState | null, run: RunState, nowMs: number): StepRuling {
  const { correlationId } = request;
  if (request.eventType === 'step_created') {
    if (hasEnded(run)) return refused(conflict(`The run is ${run.status} already: no step is created`));
    if (step !== null) return refused(conflict(`Step "${correlationId}" already exists`));
    return { ok: true, step: createStep(request, nowMs) };
  }
  // A replay that was under way when the run ended has sent the messages of steps that are not created any more.
  if (step === null) return refused(hasEnded(run) ? over(run) : missing(`Step "${correlationId}" not found`));
  if (hasEnded(step)) return refused(conflict(`Step "${correlationId}" is ${step.status} already`));
  // What was running when the run ended may say how it ended, too.
  if (hasEnded(run) && step.status !== 'running') return refused(over(run));
  if (request.eventType === 'step_started' && step.retryAfterMs !== null && step.retryAfterMs > nowMs)
    return refused(tooEarly(correlationId, Math.ceil((step.retryAfterMs - nowMs) / 1000)));
  return { ok: true, step: { ...advance(request, step, nowMs), updatedAtMs: nowMs } };
}

function over({ status }: RunState): WorldErrorData {
  return expired(`The run is ${status} already`);
}

function createStep(
  { correlationId, specVersion, eventData }: Extract<StepRequest, { eventType: 'step_created' }>,
  nowMs: number,
): StepState {
  return {
    stepId: correlationId,
    stepName: eventData.stepName,
    status: 'pending',
    attempt: 0,
    error: null,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    startedAtMs: null,
    completedAtMs: null,
    retryAfterMs: null,
    specVersion,
  };
}

function advance(request: Exclude<StepRequest, { eventType: 'step_created' }>, step: StepState, nowMs: number): StepState {
  switch (request.eventType) {
    case 'step_started':
      return { ...step, status: 'running', attempt: step.attempt + 1, startedAtMs: step.startedAtMs ?? nowMs, retryAfterMs: null };
    case 'step_completed':
      return { ...step, status: 'completed', completedAtMs: nowMs };
    case 'step_failed': {
      const { error, stack } = request.eventData;
      return { ...step, status: 'failed', completedAtMs: nowMs, error: structuredError(error, stack) };
    }
    case 'step_retrying': {
      const { error, stack, retryAfter } = request.eventData;
      return { ...step, status: 'pending', error: structuredError(error, stack), retryAfterMs: retryAfter?.getTime() ?? null };
    }
  }
}
