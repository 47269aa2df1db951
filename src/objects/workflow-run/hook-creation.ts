/** Creates hooks: a token is claimed before the transaction, which cannot wait. */
import { logError } from '../../lib/log.ts';
import type { EventResult } from '../../runs/entities.ts';
import type { EventRequest } from '../../runs/event-request.ts';
import { decideHook } from '../../runs/hook-rules.ts';
import type { RunAddress } from '../../runs/run-address.ts';
import type { WriteOptions } from '../../runs/run-store.ts';
import { refused, runNotFound, unreachable, type Outcome } from '../../runs/world-error.ts';
import { workflowRunStub } from '../stubs.ts';
import { HookClaims } from './hook-claims.ts';
import type { WorkflowRunEnv } from './options.ts';
import type { RunParts } from './run-parts.ts';

export type HookCreated = Extract<EventRequest, { eventType: 'hook_created' }>;

/** What a hook is created in. */
export interface HookHome {
  /** null: there is no run */
  parts: () => RunParts | null;
  /** writes the event. @param conflictingRunId the run that has the token; null: this hook */
  commit: (request: HookCreated, options: WriteOptions, conflictingRunId: string | null) => Outcome<EventResult>;
}

export class HookCreation {
  readonly #address: RunAddress;
  readonly #home: HookHome;
  readonly #claims: HookClaims;

  constructor({ WORKFLOW_DB: db, WORKFLOW_RUN: runs }: WorkflowRunEnv, address: RunAddress, home: HookHome) {
    this.#address = address;
    this.#home = home;
    this.#claims = new HookClaims({
      db,
      address,
      holds: async (runId, token, hookId) =>
        runId === address.runId ? this.holds(token, hookId) : workflowRunStub(runs, { ...address, runId }).holdsToken(token),
    });
  }

  /** Whether a hook of this run has the token, or is about to have it. @param exceptHookId the one that does not count */
  holds(token: string, exceptHookId: string | null = null): boolean {
    return this.#claims.isUnderWay(token, exceptHookId) || this.#home.parts()?.hooks.hasLive(token) === true;
  }

  async create(request: HookCreated, options: WriteOptions): Promise<Outcome<EventResult>> {
    const nowMs = Date.now();
    const parts = this.#home.parts();
    const run = parts?.record.get();
    if (!parts || !run) return refused(runNotFound(this.#address.runId));
    // What was written before is answered again, and claims nothing.
    if (options.callId !== null && parts.log.ofCall(options.callId, 'none') !== null) return this.#home.commit(request, options, null);
    const ruling = decideHook(request, parts.hooks.get(request.correlationId), run, nowMs);
    if (!ruling.ok) return ruling;
    const { hookId, token, isWebhook } = ruling.hook;
    try {
      return await this.#claims.with({ token, hookId, isWebhook, createdAtMs: nowMs }, (conflictingRunId) =>
        this.#home.commit(request, options, conflictingRunId),
      );
    } catch (error) {
      logError('the token of a hook could not be claimed', error);
      return refused(unreachable('The tokens of hooks cannot be reached at the moment'));
    }
  }
}
