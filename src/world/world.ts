/** The World of the Workflow SDK, put together: storage, queue and streams of the app that is spoken for. */
import type { ChunkStore } from '../runs/chunk-store.ts';
import type { AppScope, RunAddress } from '../runs/run-address.ts';
import type { RunStore } from '../runs/run-store.ts';
import { SPEC_VERSION } from '../runs/world-error.ts';
import { createQueue, type WorldQueue } from './queue.ts';
import { runKey } from './run-keys.ts';
import { createStorage, type WorldStorage } from './storage.ts';
import { createStreamer, type WorldStreamer } from './streamer.ts';

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

/** As `@workflow/world` 4.5 wants it, and `handle`, which deliveries are handed to. */
export interface World extends WorldStorage, WorldQueue, WorldStreamer {
  readonly specVersion: number;
  getDeploymentId(): Promise<string>;
  /** The key that a run's payloads are encrypted with; undefined: they are not. */
  getEncryptionKeyForRun(run: string | { runId: string }): Promise<Uint8Array | undefined>;
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
