/** The World of an app that runs in Node: its runs are kept by a service, which calls the app back. */
import { env } from 'node:process';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isPlainObject } from '../lib/plain-object.ts';
import type { WriteStamp } from '../runs/chunk-store.ts';
import { SPEC_VERSION } from '../runs/world-error.ts';
import { eventCreation } from '../world/event-creation.ts';
import { gatheredWrites, nextFlushMs, withGatheredWrites, writeChunks } from '../world/gathered-writes.ts';
import { deliverHeld } from '../world/held-writes.ts';
import { createQueue, isHealthCheck } from '../world/queue.ts';
import { failRefused } from '../world/refused-events.ts';
import { runKey } from '../world/run-keys.ts';
import { followed } from '../world/streamer.ts';
import type { World, WorldStorage } from '../world/sdk-world.ts';
import { betaStorage } from './beta-contract.ts';
import { callbackHandler } from './callbacks.ts';
import { calledRun } from './called-run.ts';
import { WorldCaller } from './caller.ts';
import { Deployment, type CallbackKeys } from './deployment.ts';
import { nextStorage, nextStreams, type CalledStreams, type NextStreams } from './next-contract.ts';
import { readAppSettings, type ServiceAccess } from './settings.ts';
import { StreamWriters } from './stream-writer.ts';

/** As `@workflow/world` 4.5 wants it. */
export interface RemoteWorld extends Omit<World, 'handle' | 'readChunks'>, NextStreams {
  /** tells the service where this app is. Not needed, but what waits for the app is delivered sooner */
  start(): Promise<void>;
}

/** @param service where the service is; asked for when a call is made */
export function createRemoteWorld(service: () => Promise<ServiceAccess>): RemoteWorld {
  const settings = () => readAppSettings(env);
  const caller = new WorldCaller(async () => {
    const { url, key } = await service();
    return { url: `${url}/workflows/apps/${settings().app}`, key };
  });
  const deployment = new Deployment(() => {
    const { deploymentId, callbackUrl } = settings();
    return caller.call<{ keys: CallbackKeys }>('write', 'registerDeployment', [deploymentId, callbackUrl]);
  });
  const streamer = streamerOf(caller);
  const queue = createQueue((runId) => calledRun(caller, runId));
  return {
    specVersion: SPEC_VERSION,
    start: async () => void (await deployment.register()),
    getDeploymentId: async () => settings().deploymentId,
    async getEncryptionKeyForRun(run) {
      const { secret, app } = settings();
      const tenant = (await service()).url.split('/').at(-1) ?? '';
      return secret === null ? undefined : runKey(secret, { tenant, app }, typeof run === 'string' ? run : run.runId);
    },
    async queue(name, message, options) {
      if (!isHealthCheck(message)) await deployment.register();
      return queue.queue(name, message, options);
    },
    createQueueHandler(prefix, handler) {
      queue.createQueueHandler(prefix, handler);
      return callbackHandler({
        prefix,
        deploymentId: () => settings().deploymentId,
        whyNotOurs: (headers, body) => deployment.whyNotOurs(headers, body),
        handle: ({ runId, start, ...delivery }) =>
          deliverHeld(runId, delivery, start, () => withGatheredWrites(() => queue.handle(delivery))),
      });
    },
    ...nextStorage(betaStorage(storageOf(caller))),
    ...streamer,
    get streamFlushIntervalMs() {
      return nextFlushMs();
    },
    ...nextStreams(streamer),
  };
}

function storageOf(caller: WorldCaller): WorldStorage {
  const create = eventCreation((runId) => calledRun(caller, runId));
  const read =
    <Value>(method: string) =>
    (...args: unknown[]): Promise<Value> =>
      caller.call('read', method, args);
  return {
    runs: { get: read('runs.get'), list: read('runs.list') },
    steps: { get: read('steps.get'), list: read('steps.list') },
    events: {
      get: read('events.get'),
      list: read('events.list'),
      listByCorrelationId: read('events.listByCorrelationId'),
      create: failRefused(async (runId, data, params) => {
        // What a step has written may still be on its way through the SDK's streams.
        if (isPlainObject(data) && data['eventType'] === 'step_completed') await nextTurn();
        return create(runId, data, params);
      }),
    },
    hooks: { get: read('hooks.get'), getByToken: read('hooks.getByToken'), list: read('hooks.list') },
  };
}

function streamerOf(caller: WorldCaller): CalledStreams {
  const writers = new StreamWriters();
  const write: CalledStreams['writeToStreamMulti'] = (name, runId, chunks) =>
    writeChunks(name, chunks, (bytes) =>
      writers.write(name, async (stamp: WriteStamp) => caller.call('write', 'writeToStreamMulti', [name, await runId, bytes, stamp])),
    );
  const info: CalledStreams['getStreamInfo'] = (name, runId) => caller.call('read', 'getStreamInfo', [name, runId]);
  return {
    writeToStream: (name, runId, chunk) => write(name, runId, [chunk]),
    writeToStreamMulti: write,
    async closeStream(name, runId) {
      await gatheredWrites()?.written(name);
      await writers.settled(name);
      await caller.call('write', 'closeStream', [name, await runId]);
      writers.forget(name);
    },
    async readFromStream(name, startIndex = 0) {
      const from = startIndex >= 0 ? startIndex : Math.max(0, (await info(name, '')).tailIndex + 1 + startIndex);
      return followed((next) => caller.callAlone('read', 'readChunks', [name, next]), from);
    },
    listStreamsByRunId: (runId) => caller.call('read', 'listStreamsByRunId', [runId]),
    getStreamChunks: (name, runId, options) => caller.call('read', 'getStreamChunks', [name, runId, options]),
    getStreamInfo: info,
  };
}
