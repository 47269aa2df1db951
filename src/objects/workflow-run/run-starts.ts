/** Answers what the SDK asks first of a delivery before it asks: that a replay, or a step, begins. It is written in the turn in which the message is taken. */
import type { EventResult } from '../../runs/entities.ts';
import type { EventRequest } from '../../runs/event-request.ts';
import { isOfStep, routeOf, type Delivery } from '../../runs/messages.ts';
import type { WriteOptions } from '../../runs/run-store.ts';
import { hasEnded } from '../../runs/states.ts';
import { SPEC_VERSION, type Outcome } from '../../runs/world-error.ts';
import type { OpenRun } from './open-run.ts';

const OPTIONS: WriteOptions = { resolveData: 'all', stateUpdatedAtMs: null, occurredAtMs: null, callId: null };

/**
 * @param isUntaken the message was brought with an answer before, and the SDK has not asked for it
 * @returns null where the SDK has to ask: there is no run yet, it has ended, or the step was begun before; the run has payloads that are too large for a call;
 * or an SDK has begun it that asks otherwise
 */
export function startOf(
  delivery: Delivery,
  isUntaken: boolean,
  { parts: { record, steps, log, views }, writer }: OpenRun,
  write: (request: EventRequest, options: WriteOptions) => Outcome<EventResult>,
): EventResult | null {
  const run = record.get();
  if (run === null || hasEnded(run) || run.specVersion < SPEC_VERSION || log.hasSpilled) return null;
  if (!isOfStep(delivery))
    return run.status === 'running'
      ? writer.started(run)
      : valueOf(write({ eventType: 'run_started', specVersion: SPEC_VERSION }, OPTIONS));
  const step = steps.get(String(delivery.body['stepId']));
  // By the queue of its workflow a step comes that may have been begun there.
  if (step === null || routeOf(delivery.queue) !== 'step') return null;
  if (isUntaken && step.status === 'running') return { step: views.step(step, 'all') };
  if (step.status !== 'pending' || step.attempt > 0) return null;
  const { stepId: correlationId, stepName } = step;
  return valueOf(write({ eventType: 'step_started', specVersion: SPEC_VERSION, correlationId, eventData: { stepName } }, OPTIONS));
}

function valueOf(outcome: Outcome<EventResult>): EventResult | null {
  return outcome.ok ? outcome.value : null;
}
