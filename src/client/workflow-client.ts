/** The workflows of a tenant, and their runs. */
import { isFinal } from './connection.ts';
import type { JsonRequests } from './json-requests.ts';
import type { WriteOptions } from './model-types.ts';
import { itemsOf, queryOf } from './pages.ts';
import type { PageOf } from './pages.ts';
import { waitToRetry } from './retry.ts';
import { serverSentEvents } from './server-sent-events.ts';
import type { ServerSentEvent } from './server-sent-events.ts';

/** A run. Instants are ISO 8601. */
export interface WorkflowRun {
  runId: string;
  status: 'pending' | 'running' | 'completed' | 'failed' | 'cancelled';
  workflowName: string;
  deploymentId: string;
  createdAt: string;
  startedAt?: string;
  completedAt?: string;
  /** with `payloads` */
  input?: unknown;
  output?: unknown;
  error?: unknown;
}

/** What happened in a run, without what it carries. `createdAt` is ISO 8601. */
export interface WorkflowEvent {
  eventId: string;
  eventType: string;
  correlationId?: string;
  createdAt: string;
}

/** Which runs; default: all. */
export interface RunFilter {
  workflow?: string;
  status?: WorkflowRun['status'];
}

/** The service writes something every 15 seconds: a connection on which nothing comes is none. */
const SILENCE_MS = 45_000;

/** The workflows of a tenant and their runs: `createClient(…).workflows`. */
export class WorkflowClient {
  readonly #requests: JsonRequests;

  constructor(requests: JsonRequests) {
    this.#requests = requests;
  }

  /** The names of the workflows that may be started. */
  async names(): Promise<string[]> {
    const { items } = (await this.#requests.send('GET', '/workflows')) as { items: { name: string }[] }; // PROTOCOL.md, Workflows
    return items.map(({ name }) => name);
  }

  /**
   * Starts a workflow of the service.
   *
   * @param input its arguments, as JSON
   * @param idempotencyKey starts it once, however often it is sent
   * @returns the run's id
   * @throws SteamerError `invalid_input` for a workflow that there is not, `rate_limited`
   */
  async start(
    workflow: string,
    input: readonly unknown[] = [],
    { idempotencyKey, signal }: Pick<WriteOptions, 'idempotencyKey' | 'signal'> = {},
  ): Promise<string> {
    const headers = idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey };
    const request = { body: { workflow, input }, headers, signal, isSafe: idempotencyKey !== undefined };
    return ((await this.#requests.send('POST', '/workflows/runs', request)) as { runId: string }).runId;
  }

  /** Runs, the newest first, page after page. */
  list(filter: RunFilter = {}): AsyncGenerator<WorkflowRun, void, void> {
    return itemsOf(async (cursor) => (await this.#send('GET', '', queryOf({ ...filter, cursor }))) as PageOf<WorkflowRun>);
  }

  /** @throws SteamerError `not_found` */
  async get(runId: string, { payloads = false }: { payloads?: boolean } = {}): Promise<WorkflowRun> {
    return (await this.#send('GET', pathOf(runId), payloads ? { payloads: 'true' } : {})) as WorkflowRun;
  }

  /**
   * What has happened in a run, and what happens, until it has ended. Lost connections are made again, from the last event.
   *
   * @param cursor behind which event to begin; default: at the beginning
   * @throws SteamerError `not_found` and others; the reason of `signal` when that is aborted
   */
  async *events(
    runId: string,
    { cursor: begin = '0', signal }: { cursor?: string; signal?: AbortSignal } = {},
  ): AsyncGenerator<{ cursor: string; event: WorkflowEvent }, void, void> {
    let cursor = begin;
    for (let failures = 0; ; failures++) {
      let failure: unknown = null;
      try {
        for await (const { id, event, data } of this.#connected(`${pathOf(runId)}/events`, cursor, signal)) {
          if (event === 'end') return;
          failures = 0;
          cursor = id;
          yield { cursor, event: JSON.parse(data) as WorkflowEvent };
        }
      } catch (error) {
        signal?.throwIfAborted();
        if (isFinal(error)) throw error;
        failure = error;
      }
      await waitToRetry(failures, failure, signal);
    }
  }

  /** @throws SteamerError `conflict` for a run that has ended otherwise */
  async cancel(runId: string): Promise<WorkflowRun> {
    return (await this.#send('POST', `${pathOf(runId)}/cancel`)) as WorkflowRun;
  }

  /** Ends the sleeps of a run. @returns how many */
  async wake(runId: string): Promise<number> {
    return ((await this.#send('POST', `${pathOf(runId)}/wake`)) as { sleepsEnded: number }).sleepsEnded;
  }

  /** Starts the workflow of a run again with the same input. @returns the new run's id */
  async runAgain(runId: string): Promise<string> {
    return ((await this.#send('POST', `${pathOf(runId)}/run-again`)) as { runId: string }).runId;
  }

  /** Hands a payload to a run that waits for it. */
  async resumeHook(runId: string, hookId: string, payload: unknown): Promise<void> {
    await this.#requests.send('POST', `/workflows/runs${pathOf(runId)}/hooks/${encodeURIComponent(hookId)}/resume`, { body: payload });
  }

  /** What one connection brings, until it ends or falls silent. */
  async *#connected(path: string, cursor: string, signal: AbortSignal | undefined): AsyncGenerator<ServerSentEvent, void, void> {
    const silence = new AbortController();
    const heard = () => setTimeout(() => silence.abort(), SILENCE_MS);
    let timer = heard();
    try {
      const { body }: { body: ReadableStream<Uint8Array> | null } = await this.#requests.open('GET', `/workflows/runs${path}`, {
        query: { cursor },
        headers: { accept: 'text/event-stream' },
        signal: signal ? AbortSignal.any([signal, silence.signal]) : silence.signal,
      });
      if (body !== null)
        yield* serverSentEvents(body, () => {
          clearTimeout(timer);
          timer = heard();
        });
    } finally {
      clearTimeout(timer);
    }
  }

  async #send(method: string, path: string, query: Record<string, string> = {}): Promise<unknown> {
    return this.#requests.send(method, `/workflows/runs${path}`, { query });
  }
}

function pathOf(runId: string): string {
  return `/${encodeURIComponent(runId)}`;
}
