/** A run of the service, to which is written by calls. */
import type { RunWriter } from '../runs/run-store.ts';
import type { WorldCaller } from './caller.ts';

export function calledRun(caller: WorldCaller, runId: string): RunWriter {
  return {
    createEvent: (request, { resolveData, stateUpdatedAtMs, occurredAtMs }) =>
      caller.outcome('write', 'events.create', [
        runId,
        request,
        {
          resolveData,
          stateUpdatedAt: stateUpdatedAtMs ?? undefined,
          occurredAt: occurredAtMs === null ? undefined : new Date(occurredAtMs),
        },
      ]),
    enqueue: ({ queue, body, idempotencyKey, delayMs }) =>
      caller.outcome('write', 'queue', [queue, body, { idempotencyKey: idempotencyKey ?? undefined, delaySeconds: delayMs / 1000 }]),
  };
}
