/** What becomes of a hook: a pure function of the hook, its run, the event and the time. */
import type { HookRequest } from './event-request.ts';
import { hasEnded, type HookState, type RunState } from './states.ts';
import { conflict, hookNotFound, refused, type WorldErrorData } from './world-error.ts';

export type HookRuling = { ok: false; error: WorldErrorData } | { ok: true; hook: HookState };

export function decideHook(request: HookRequest, hook: HookState | null, run: RunState, nowMs: number): HookRuling {
  const { correlationId } = request;
  if (request.eventType === 'hook_created') {
    if (hasEnded(run)) return refused(conflict(`The run is ${run.status} already: no hook is created`));
    if (hook !== null) return refused(conflict(`Hook "${correlationId}" already exists`));
    return { ok: true, hook: createHook(request, nowMs) };
  }
  if (hook === null || hook.isDisposed) return refused(hookNotFound(request.eventData?.token ?? hook?.token ?? correlationId));
  return { ok: true, hook: request.eventType === 'hook_disposed' ? { ...hook, isDisposed: true } : hook };
}

function createHook(
  { correlationId, specVersion, eventData }: Extract<HookRequest, { eventType: 'hook_created' }>,
  nowMs: number,
): HookState {
  const { token, isWebhook = true } = eventData;
  return { hookId: correlationId, token, isWebhook, isDisposed: false, createdAtMs: nowMs, specVersion };
}
