import type { EventRequest } from './event-request.ts';
import { whyNotANewRun } from './run-address.ts';
import { canBegin } from './run-rules.ts';
import { invalid, runNotFound, type WorldErrorData } from './world-error.ts';

/** Why an event is not a run's first one; null: it is. Nothing is stored for one that is not. */
export function whyNotTheFirst(request: EventRequest, runId: string, nowMs: number): WorldErrorData | null {
  if (request.eventType === 'run_created') {
    const reason = whyNotANewRun(runId, nowMs);
    return reason === null ? null : invalid(reason);
  }
  return request.eventType === 'run_started' && canBegin(request) ? null : runNotFound(runId);
}
