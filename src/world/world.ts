/** The World of the Workflow SDK, put together: storage, queue and streams of the app that is spoken for. */
import type { ChunkStore } from '../runs/chunk-store.ts';
import type { AppScope, RunAddress } from '../runs/run-address.ts';
import type { RunStore } from '../runs/run-store.ts';
import { SPEC_VERSION } from '../runs/world-error.ts';
import { createQueue } from './queue.ts';
import { runKey } from './run-keys.ts';
import type { World } from './sdk-world.ts';
import { createStorage } from './storage.ts';
import { createStreamer } from './streamer.ts';

export interface WorldOptions {
  /** names what has been built and deployed */
  deploymentId: string;
  /** the app that is spoken for at the moment. Throws where there is none */
  scope: () => AppScope;
  run: (address: RunAddress) => RunStore;
  stream: (scope: AppScope, name: string) => ChunkStore;
  index: () => D1Database;
  /** what keys are made of; null: payloads are not encrypted */
  secret: () => Uint8Array<ArrayBuffer> | null;
}

export function createWorld({ deploymentId, scope, run, stream, index, secret }: WorldOptions): World {
  const runOf = (runId: string): RunStore => run({ ...scope(), runId });
  return {
    specVersion: SPEC_VERSION,
    getDeploymentId: async () => deploymentId,
    async getEncryptionKeyForRun(wanted) {
      const ofApp = secret();
      return ofApp === null ? undefined : runKey(ofApp, scope(), typeof wanted === 'string' ? wanted : wanted.runId);
    },
    ...createStorage({ scope, run: runOf, index }),
    ...createQueue(runOf),
    ...createStreamer({
      stream: (name) => stream(scope(), name),
      noteStream: (runId, name) => runOf(runId).noteStream(name),
      streamsOf: (runId) => runOf(runId).listStreams(),
    }),
  };
}
