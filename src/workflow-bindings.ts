/** What workflows are bound to, and what is made of it wherever they run. */
import { env } from 'cloudflare:workers';
import { ServiceError } from './lib/errors.ts';
import { ChunkStream } from './objects/stream-hub/chunk-stream.ts';
import { streamHubStub, workflowRunStub } from './objects/stubs.ts';
import type { StreamHubNamespace, WorkflowRunNamespace, WorkflowRunStub } from './objects/stubs.ts';
import { eraseWorkflows } from './queues/erase-workflows.ts';
import { exportWorkflows } from './routes/export-workflows.ts';
import type { ChunkStore } from './runs/chunk-store.ts';
import { WORKFLOW_QUEUES, type HandedMessage } from './runs/handed-message.ts';
import type { RunHome } from './runs/run-home.ts';
import { runStreamName, type AppScope, type RunAddress } from './runs/run-address.ts';
import type { EraseStep } from './wire/erasure.ts';
import type { ExportStep } from './wire/tenant-export.ts';

/** The bindings that workflows need, besides those of a service. */
export interface WorkflowBindings {
  WORKFLOW_RUN: WorkflowRunNamespace;
  /** `DB` where the World is used alone */
  WORKFLOW_DB?: D1Database;
  DB?: D1Database;
  STREAM_HUB: StreamHubNamespace;
  /** where the Worker is reached, "https://app.example.com": the addresses of webhooks begin with it */
  PUBLIC_URL?: string;
  /** what payloads are encrypted with: base64 of 32 bytes or more; without it they are not */
  WORKFLOW_SECRET?: string;
  /** without it payloads are 1 MiB at most */
  WORKFLOW_PAYLOADS?: R2Bucket;
  /** both where `dispatch` is "queues" */
  WORKFLOW_QUEUE?: Queue<HandedMessage>;
  STEP_QUEUE?: Queue<HandedMessage>;
}

const STREAM_TTL_SEC = 30 * 86_400;

export function bindingsOf(): WorkflowBindings {
  return env as unknown as WorkflowBindings; // wrangler.toml has them
}

/** A run's object. */
export function runOf(address: RunAddress): WorkflowRunStub {
  return workflowRunStub(bindingsOf().WORKFLOW_RUN, address);
}

/** @throws ServiceError `misconfigured` where there is none */
export function indexOf(): D1Database {
  const { WORKFLOW_DB, DB } = bindingsOf();
  const db = WORKFLOW_DB ?? DB;
  if (db === undefined)
    throw new ServiceError('misconfigured', 'Workflows: expected a database as WORKFLOW_DB, or DB where there is no other');
  return db;
}

/** Queues of workflows by their names, undefined where there is none. */
export function queuesOf(): Record<string, Queue | undefined> {
  const { WORKFLOW_QUEUE, STEP_QUEUE } = bindingsOf();
  return { [WORKFLOW_QUEUES.flow]: WORKFLOW_QUEUE, [WORKFLOW_QUEUES.step]: STEP_QUEUE };
}

/** A stream of an app's runs. */
export function streamOf({ tenant, app }: AppScope, name: string): ChunkStore {
  return new ChunkStream(() => streamHubStub(bindingsOf().STREAM_HUB, { tenant, name: runStreamName(app, name) }), STREAM_TTL_SEC);
}

/** What goes when a tenant is erased. @param run a run's home */
export function eraseSteps(run: (address: RunAddress) => RunHome = runOf): readonly EraseStep[] {
  return eraseWorkflows({ db: indexOf(), bucket: bindingsOf().WORKFLOW_PAYLOADS, run });
}

/** What is exported with a tenant. @param run a run's home */
export function exportSteps(run: (address: RunAddress) => RunHome = runOf): readonly ExportStep[] {
  return [exportWorkflows({ db: indexOf(), run })];
}
