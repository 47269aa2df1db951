/** The World of the Workflow SDK, put together: storage, queue and streams of the app that is spoken for. */
import type { ChunkStore } from '../runs/chunk-store.ts';
import type { AppScope, RunAddress } from '../runs/run-address.ts';
import type { RunStore } from '../runs/run-store.ts';
import { SPEC_VERSION } from '../runs/world-error.ts';
import { createQueue, type WorldQueue } from './queue.ts';
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
}

/** As `@workflow/world` 4.5 wants it, and `handle`, which deliveries are handed to. */
export interface World extends WorldStorage, WorldQueue, WorldStreamer {
  readonly specVersion: number;
  getDeploymentId(): Promise<string>;
}

export function createWorld({ deploymentId, scope, run, stream, index }: WorldOptions): World {
  const runOf = (runId: string): RunStore => run({ ...scope(), runId });
  return {
    specVersion: SPEC_VERSION,
    getDeploymentId: async () => deploymentId,
    ...createStorage({ scope, run: runOf, index }),
    ...createQueue(runOf),
    ...createStreamer({
      stream: (name) => stream(scope(), name),
      noteStream: (runId, name) => runOf(runId).noteStream(name),
      streamsOf: (runId) => runOf(runId).listStreams(),
    }),
  };
}
