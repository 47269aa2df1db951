/** Runs of a test's own, and the words in which the suite talks about events. */
import { expect } from 'vitest';
import { newUlid } from '../../../src/lib/ulid.ts';
import type { EventResult } from '../../../src/runs/entities.ts';
import type { CreateEventParams, WorldStorage } from '../../../src/world/sdk-world.ts';

export type OpenStorage = () => Promise<WorldStorage>;

export const bytes = (...values: number[]) => new Uint8Array(values);
export const INPUT = bytes(0, 1, 0, 255);
export const newRunId = (atMs?: number) => `wrun_${newUlid(atMs)}`;
export const newToken = () => `token-${crypto.randomUUID()}`;
export const creation = { deploymentId: 'dpl_1', workflowName: 'workflow//./w//add', input: INPUT };

/** What an event is, besides its type. */
interface Event {
  correlationId?: string;
  eventData?: Record<string, unknown>;
  specVersion?: number;
}

export class StorageFixture {
  #storage: WorldStorage | null = null;

  open(storage: WorldStorage): void {
    this.#storage = storage;
  }

  get storage(): WorldStorage {
    if (this.#storage === null) throw new Error('the storage is not open');
    return this.#storage;
  }

  create(runId: string | null, eventType: string, event: Event = {}, params?: CreateEventParams): Promise<EventResult> {
    return this.storage.events.create(runId, { eventType, specVersion: 3, ...event }, params);
  }

  /** A run that was created, and started. */
  async newRun(eventData: Record<string, unknown> = {}): Promise<string> {
    const runId = newRunId();
    await this.create(runId, 'run_created', { eventData: { ...creation, ...eventData } });
    await this.create(runId, 'run_started');
    return runId;
  }

  /** A step of a new run. */
  async newStep(stepId = 'step_1'): Promise<{ runId: string; stepId: string }> {
    const runId = await this.newRun();
    await this.step(runId, stepId, 'created');
    return { runId, stepId };
  }

  step(runId: string, correlationId: string, what: string, eventData?: Record<string, unknown>): Promise<EventResult> {
    const data = eventData ?? (what === 'created' ? { stepName: 'step//./w//one', input: INPUT } : undefined);
    return this.create(runId, `step_${what}`, { correlationId, ...(data && { eventData: data }) });
  }

  hook(runId: string, correlationId: string, token: string, more: Record<string, unknown> = {}): Promise<EventResult> {
    return this.create(runId, 'hook_created', { correlationId, eventData: { token, ...more } });
  }

  /** The types of a run's events, in order. */
  async log(runId: string): Promise<string[]> {
    const { data } = await this.storage.events.list({ runId, pagination: { limit: 1000 } });
    return data.map(({ eventType }) => eventType);
  }

  /** Asserts that a call is refused, and that the log is as it was. */
  async refuses(runId: string, call: () => Promise<unknown>, error: Record<string, unknown>): Promise<void> {
    const before = await this.log(runId);
    await expect(call()).rejects.toMatchObject(error);
    expect(await this.log(runId)).toEqual(before);
  }
}

export const CONFLICT = { name: 'EntityConflictError', status: 409 };
export const EXPIRED = { name: 'RunExpiredError', status: 410 };
export const NO_RUN = { name: 'WorkflowRunNotFoundError', status: 404 };
export const NO_HOOK = { name: 'HookNotFoundError', status: 404 };
export const MISSING = { name: 'WorkflowWorldError', status: 404 };
export const INVALID = { name: 'WorkflowWorldError', status: 400 };
