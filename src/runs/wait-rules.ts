/** What becomes of a wait: a pure function of the wait, its run, the event and the time. */
import type { WaitRequest } from './event-request.ts';
import { hasEnded, type RunState, type WaitState } from './states.ts';
import { conflict, missing, refused, type WorldErrorData } from './world-error.ts';

export type WaitRuling = { ok: false; error: WorldErrorData } | { ok: true; wait: WaitState };

export function decideWait(request: WaitRequest, wait: WaitState | null, run: RunState, nowMs: number): WaitRuling {
  const { correlationId, specVersion } = request;
  if (request.eventType === 'wait_created') {
    if (hasEnded(run)) return refused(conflict(`The run is ${run.status} already: no wait is created`));
    if (wait !== null) return refused(conflict(`Wait "${correlationId}" already exists`));
    const resumeAtMs = request.eventData.resumeAt.getTime();
    return { ok: true, wait: { waitId: correlationId, resumeAtMs, createdAtMs: nowMs, completedAtMs: null, specVersion } };
  }
  if (wait === null) return refused(missing(`Wait "${correlationId}" not found`));
  if (wait.completedAtMs !== null) return refused(conflict(`Wait "${correlationId}" is completed already`));
  return { ok: true, wait: { ...wait, completedAtMs: nowMs } };
}
