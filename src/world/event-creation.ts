/** What the SDK has written to a log: with the delivery that runs, where that may hold it, and otherwise at once. */
import { newUlid } from '../lib/ulid.ts';
import { readEventRequest } from '../runs/event-request.ts';
import { isRunId, runIdOf } from '../runs/run-address.ts';
import type { RunWriter, WriteOptions } from '../runs/run-store.ts';
import { invalid, SPEC_VERSION } from '../runs/world-error.ts';
import { storedBefore } from './gathered-writes.ts';
import { wholeDelivery } from './held-writes.ts';
import type { CreateEventParams, WorldStorage } from './sdk-world.ts';
import { valueOf, worldError } from './world-errors.ts';

/** @param run who writes to a run */
export function eventCreation(run: (runId: string) => RunWriter): WorldStorage['events']['create'] {
  return async (runId, data, params = {}) => {
    const request = valueOf(readEventRequest(data));
    if (params.v1Compat === true) throw worldError(invalid('v1Compat: expected runs with an event log, of spec version 2 or more'));
    const isUnnamed = request.eventType === 'run_created' && (runId === null || runId === '');
    const id = isUnnamed ? runIdOf(newUlid()) : runId;
    if (!isRunId(id)) throw worldError(invalid(`runId: expected wrun_ and a ULID, got ${JSON.stringify(id)}`));
    const delivery = wholeDelivery(id);
    if (request.specVersion < SPEC_VERSION) delivery?.holdNothing();
    const start = delivery?.takeStart(request);
    if (start !== undefined) return start;
    const stored = storedBefore(request.eventType);
    if (stored !== undefined) await stored;
    const options = writeOptionsOf(params);
    if (delivery?.holdsEvent(request, options) === true) return {};
    // Nothing is waited for where there is nothing: a run is to be there before the message that the SDK sends in the same turn.
    if (delivery !== undefined) await delivery.release(run(id));
    return valueOf(await run(id).createEvent(request, options));
  };
}

function writeOptionsOf({ resolveData = 'all', stateUpdatedAt, occurredAt, callId }: CreateEventParams): WriteOptions {
  return { resolveData, stateUpdatedAtMs: stateUpdatedAt ?? null, occurredAtMs: occurredAt?.getTime() ?? null, callId: callId ?? null };
}
