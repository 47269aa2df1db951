/**
 * The World as the 5.0 betas of the SDK call it: streams have a room of their own, a step is created by its first start, and a run has attributes from its
 * beginning. Their events are those of today, and are written as such.
 */
import { isPlainObject } from '../lib/plain-object.ts';
import type { EventResult, Run } from '../runs/entities.ts';
import { SPEC_VERSION } from '../runs/world-error.ts';
import { wholeDelivery } from '../world/held-writes.ts';
import type { WorldStreamer } from '../world/streamer.ts';
import type { BetaStorage } from './beta-contract.ts';

/** What they ask a World to say, to the number. */
export const NEXT_SPEC_VERSION = 5;

type Members = Record<string, unknown>;

/** What of a World's streams is done by calls of the service. */
export type CalledStreams = Omit<WorldStreamer, 'readChunks' | 'streamFlushIntervalMs'>;

/** With the run first. */
export interface NextStreams {
  streams: {
    write(runId: string, name: string, chunk: string | Uint8Array): Promise<void>;
    writeMulti(runId: string, name: string, chunks: (string | Uint8Array)[]): Promise<void>;
    close(runId: string, name: string): Promise<void>;
    get(runId: string, name: string, startIndex?: number): Promise<ReadableStream<Uint8Array>>;
    list(runId: string): Promise<string[]>;
    getChunks(runId: string, name: string, options?: { limit?: number; cursor?: string }): ReturnType<CalledStreams['getStreamChunks']>;
    getInfo(runId: string, name: string): ReturnType<CalledStreams['getStreamInfo']>;
  };
}

export function nextStreams(streamer: CalledStreams): NextStreams {
  return {
    streams: {
      write: (runId, name, chunk) => streamer.writeToStream(name, runId, chunk),
      writeMulti: (runId, name, chunks) => streamer.writeToStreamMulti(name, runId, chunks),
      close: (runId, name) => streamer.closeStream(name, runId),
      get: (_runId, name, startIndex) => streamer.readFromStream(name, startIndex),
      list: (runId) => streamer.listStreamsByRunId(runId),
      getChunks: (runId, name, options) => streamer.getStreamChunks(name, runId, options),
      getInfo: (runId, name) => streamer.getStreamInfo(name, runId),
    },
  };
}

export function nextStorage(storage: BetaStorage): BetaStorage {
  const { runs, events } = storage;
  return {
    ...storage,
    runs: {
      ...runs,
      get: async (...args) => withAttributes(await runs.get(...args)),
      async list(...args) {
        const page = await runs.list(...args);
        return { ...page, data: page.data.map(withAttributes) };
      },
    },
    events: {
      ...events,
      async create(runId, request, params) {
        if (!isPlainObject(request)) return events.create(runId, request, params);
        if (request['specVersion'] !== SPEC_VERSION) wholeDelivery(String(runId))?.holdNothing();
        const today = asToday(request);
        const { eventType, eventData } = today;
        const isNew = eventType === 'step_started' && isPlainObject(eventData) && eventData['input'] !== undefined;
        if (!isNew) return answered(await events.create(runId, today, params));
        await events.create(runId, { ...today, eventType: 'step_created' }, params);
        const started = { stepName: eventData['stepName'] };
        return { ...(await events.create(runId, { ...today, eventData: started }, params)), stepCreated: true };
      },
    },
  };
}

/** A request as it is written, of a version that is known here: a newer one is the service's to refuse. The attributes of a run are among what it was started with. */
function asToday(request: Members): Members {
  const { specVersion, eventData } = request;
  const isKnown = typeof specVersion === 'number' && specVersion <= NEXT_SPEC_VERSION;
  const version = isKnown ? { specVersion: Math.min(specVersion, SPEC_VERSION) } : {};
  if (!isPlainObject(eventData) || eventData['attributes'] === undefined) return { ...request, ...version };
  const { attributes, executionContext, ...others } = eventData;
  const context = isPlainObject(executionContext) ? executionContext : {};
  return { ...request, ...version, eventData: { ...others, executionContext: { ...context, attributes } } };
}

function answered(result: EventResult): EventResult {
  return result.run === undefined ? result : { ...result, run: withAttributes(result.run) };
}

function withAttributes(run: Run): Run & { attributes?: unknown } {
  const attributes = run.executionContext?.['attributes'];
  return attributes === undefined ? run : { ...run, attributes };
}
