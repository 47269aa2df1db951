/** The World as the SDK calls it (`@workflow/world` 4.5), wherever it is. */
import type { EventResult, Hook, Page, ResolveData, Run, RunStatus, Step, WorkflowEvent } from '../runs/entities.ts';
import type { Pagination } from '../runs/pages.ts';
import type { WorldQueue } from './queue.ts';
import type { WorldStreamer } from './streamer.ts';

/** As `@workflow/world` 4.5 wants it, and `handle`, which deliveries are handed to. */
export interface World extends WorldStorage, WorldQueue, WorldStreamer {
  readonly specVersion: number;
  getDeploymentId(): Promise<string>;
  /** The key that a run's payloads are encrypted with; undefined: they are not. */
  getEncryptionKeyForRun(run: string | { runId: string }): Promise<Uint8Array | undefined>;
}

export interface ReadParams {
  resolveData?: ResolveData | undefined;
}

interface ListParams extends ReadParams {
  pagination?: Pagination | undefined;
}

export interface CreateEventParams extends ReadParams {
  v1Compat?: boolean | undefined;
  requestId?: string | undefined;
  /** the caller's name of this call: made again, it is answered again, and nothing happens twice */
  callId?: string | undefined;
  stateUpdatedAt?: number | undefined;
  occurredAt?: Date | undefined;
}

/** As the SDK calls it. What is refused is thrown as the SDK's errors, by their names. */
export interface WorldStorage {
  runs: {
    get(runId: string, params?: ReadParams): Promise<Run>;
    /** The newest first, 20 a page, when nothing is said. Some moments old. */
    list(params?: ListParams & { workflowName?: string | undefined; status?: RunStatus | undefined }): Promise<Page<Run>>;
  };
  steps: {
    get(runId: string | undefined, stepId: string, params?: ReadParams): Promise<Step>;
    list(params: ListParams & { runId: string }): Promise<Page<Step>>;
  };
  events: {
    /** @param runId null: a run that is created gets an id */
    create(runId: string | null, data: unknown, params?: CreateEventParams): Promise<EventResult>;
    get(runId: string, eventId: string, params?: ReadParams): Promise<WorkflowEvent>;
    list(params: ListParams & { runId: string }): Promise<Page<WorkflowEvent>>;
    /** Without a run only of hooks, which are found by their ids. */
    listByCorrelationId(params: ListParams & { correlationId: string; runId?: string | undefined }): Promise<Page<WorkflowEvent>>;
  };
  hooks: {
    get(hookId: string, params?: ReadParams): Promise<Hook>;
    getByToken(token: string, params?: ReadParams): Promise<Hook>;
    list(params: ListParams & { runId?: string | undefined }): Promise<Page<Hook>>;
  };
}
