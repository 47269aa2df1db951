/** A run's object: its log, its parts, its messages, what the index is told of it. Thin: rules decide, `EventWriter` writes, `RunReader` reads, `Dispatcher` delivers. */
import { DurableObject } from 'cloudflare:workers';
import type { EventResult, Page, ResolveData, WorkflowEvent, Hook, Run, Step } from '../../runs/entities.ts';
import type { EventRequest } from '../../runs/event-request.ts';
import { decideHook } from '../../runs/hook-rules.ts';
import type { DeadMessage, Deliver, NewMessage } from '../../runs/messages.ts';
import type { PageRequest } from '../../runs/pages.ts';
import { whyNotANewRun, type RunAddress } from '../../runs/run-address.ts';
import { canBegin } from '../../runs/run-rules.ts';
import { removeFromIndex, writeIndex } from '../../runs/run-index.ts';
import type { WriteOptions } from '../../runs/run-store.ts';
import { hasEnded } from '../../runs/states.ts';
import { invalid, refused, runNotFound, succeeded, unreachable, type Outcome, type WorldErrorData } from '../../runs/world-error.ts';
import { Timers } from '../alarms.ts';
import { migrate } from '../migrate.ts';
import { parseWorkflowRunName, workflowRunStub } from '../stubs.ts';
import type { WorkflowRunNamespace } from '../stubs.ts';
import { Dispatcher } from './dispatcher.ts';
import { EventWriter } from './event-writer.ts';
import { HookClaims } from './hook-claims.ts';
import { Inbox } from './inbox.ts';
import { IndexOutbox, type OutboxEntry } from './index-outbox.ts';
import type { WorkflowRunRpc } from './rpc.ts';
import { openRun, type RunParts } from './run-parts.ts';
import { RunReader } from './run-reader.ts';
import { MIGRATIONS } from './schema.ts';

/** The bindings that the object reads. */
export interface WorkflowRunEnv {
  WORKFLOW_RUN: WorkflowRunNamespace;
  WORKFLOW_DB: D1Database;
}

export interface WorkflowRunOptions {
  /** how long a run is kept after its end, in seconds; default 30 days */
  retentionSec?: number;
  /** how long after an interruption what was under way is taken up again, in milliseconds; default 10,000 */
  backstopMs?: number;
}

export type WorkflowRunObject = DurableObject<WorkflowRunEnv> & WorkflowRunRpc;
export type WorkflowRunClass = new (ctx: DurableObjectState, env: WorkflowRunEnv) => WorkflowRunObject;

const RETENTION_SEC = 30 * 86_400;
/** An object without an event may be evicted after some 70 seconds. */
const BACKSTOP_MS = 10_000;
/** An alarm may run for 15 minutes. */
const MAX_ALARM_MS = 12 * 60_000;

/**
 * Makes the class of the runs' objects, for `wrangler.toml` to name. An object is named by `workflowRunName`.
 *
 * @see docs/design/workflow-world.md
 */
export function defineWorkflowRun({ retentionSec = RETENTION_SEC, backstopMs = BACKSTOP_MS }: WorkflowRunOptions = {}): WorkflowRunClass {
  const retentionMs = retentionSec * 1000;
  return class WorkflowRun extends DurableObject<WorkflowRunEnv> implements WorkflowRunRpc {
    readonly #timers: Timers<'work' | 'expire'>;
    readonly #outbox: IndexOutbox;
    readonly #claims: HookClaims;
    readonly #inbox: Inbox;
    readonly #dispatcher: Dispatcher;
    /** null: a run that never began, without tables. To ask for one makes none. */
    #run: OpenRun | null = null;
    #isOver = false;

    constructor(ctx: DurableObjectState, env: WorkflowRunEnv) {
      super(ctx, env);
      const { sql } = ctx.storage;
      this.#timers = new Timers(ctx.storage, {
        work: async (nowMs) => this.#work(nowMs),
        expire: async (nowMs) => this.#expire(nowMs),
      });
      this.#outbox = new IndexOutbox(sql, async (entries) => this.#writeIndex(entries));
      this.#claims = new HookClaims({
        db: env.WORKFLOW_DB,
        address: this.#address,
        holds: async (runId, token, hookId) => this.#runHolds(runId, token, hookId),
      });
      this.#inbox = new Inbox(sql);
      this.#dispatcher = new Dispatcher({
        inbox: this.#inbox,
        deliver: async (delivery) => this.#runner.deliver(this.#address, delivery),
        wakeAt: (atMs) => this.#wakeAt(atMs),
        backstopMs,
      });
      void ctx.blockConcurrencyWhile(async () => {
        if (sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'run'").toArray().length > 0) this.#open();
      });
    }

    async createEvent(request: EventRequest, options: WriteOptions): Promise<Outcome<EventResult>> {
      const obstacle = this.#run === null ? whyNotTheFirst(request, this.#address.runId) : null;
      if (obstacle !== null) return refused(obstacle);
      if (request.eventType === 'hook_created') return this.#createHook(request, options);
      return this.#commit(request, options, null);
    }

    async enqueue(message: NewMessage): Promise<Outcome<{ messageId: string }>> {
      if (this.#run === null && message.body['runInput'] === undefined) return this.#notFound();
      this.#open();
      const nowMs = Date.now();
      const messageId = this.#inbox.put(message, nowMs, this.#dispatcher.underWay);
      // What never becomes a run ends as well.
      if (this.#timers.dueAtMs('expire') === null) await this.#timers.set('expire', nowMs + retentionMs);
      this.#dispatcher.pump();
      return succeeded({ messageId });
    }

    async deadMessages(): Promise<DeadMessage[]> {
      return this.#run ? this.#inbox.dead() : [];
    }

    async replayMessage(messageId: string): Promise<boolean> {
      const isRevived = this.#run !== null && this.#inbox.revive(messageId, Date.now());
      if (isRevived) this.#dispatcher.pump();
      return isRevived;
    }

    async noteStream(name: string): Promise<void> {
      if (this.#run) this.ctx.storage.sql.exec('INSERT OR IGNORE INTO streams (name) VALUES (?)', name);
    }

    async listStreams(): Promise<string[]> {
      if (!this.#run) return [];
      const rows = this.ctx.storage.sql.exec<{ name: string }>('SELECT name FROM streams ORDER BY rank').toArray();
      return rows.map(({ name }) => name);
    }

    async getRun(resolveData: ResolveData): Promise<Outcome<Run>> {
      return this.#run?.reader.run(resolveData) ?? this.#notFound();
    }

    async getStep(stepId: string, resolveData: ResolveData): Promise<Outcome<Step>> {
      return this.#run?.reader.step(stepId, resolveData) ?? this.#notFound();
    }

    async listSteps(page: PageRequest, resolveData: ResolveData): Promise<Outcome<Page<Step>>> {
      return this.#run?.reader.steps(page, resolveData) ?? this.#notFound();
    }

    async getEvent(eventId: string, resolveData: ResolveData): Promise<Outcome<WorkflowEvent>> {
      return this.#run?.reader.event(eventId, resolveData) ?? this.#notFound();
    }

    async listEvents(page: PageRequest, correlationId: string | null, resolveData: ResolveData): Promise<Outcome<Page<WorkflowEvent>>> {
      return this.#run?.reader.events(page, correlationId, resolveData) ?? this.#notFound();
    }

    async getHook(hookId: string, resolveData: ResolveData): Promise<Outcome<Hook>> {
      return this.#run?.reader.hook(hookId, resolveData) ?? this.#notFound();
    }

    async listHooks(page: PageRequest, resolveData: ResolveData): Promise<Outcome<Page<Hook>>> {
      return this.#run?.reader.hooks(page, resolveData) ?? this.#notFound();
    }

    async holdsToken(token: string): Promise<boolean> {
      return this.#holds(token, null);
    }

    override async alarm(): Promise<void> {
      if (this.#run) await this.#timers.run(Date.now());
      if (this.#isOver) await this.#forget();
    }

    get #address(): RunAddress {
      return parseWorkflowRunName(this.ctx.id.name);
    }

    #notFound(): { ok: false; error: ReturnType<typeof runNotFound> } {
      return refused(runNotFound(this.#address.runId));
    }

    #open(): OpenRun {
      if (this.#run === null) {
        migrate(this.ctx.storage, MIGRATIONS);
        const parts = openRun(this.ctx.storage.sql, this.#address, retentionMs);
        const writer = new EventWriter(parts, (kind, key) => this.#outbox.note(kind, key));
        this.#run = { parts, writer, reader: new RunReader(parts) };
      }
      return this.#run;
    }

    /** Claims the token before the transaction, which cannot wait. */
    async #createHook(request: Extract<EventRequest, { eventType: 'hook_created' }>, options: WriteOptions): Promise<Outcome<EventResult>> {
      const nowMs = Date.now();
      const { parts } = this.#open();
      const run = parts.record.get();
      if (run === null) return this.#notFound();
      const ruling = decideHook(request, parts.hooks.get(request.correlationId), run, nowMs);
      if (!ruling.ok) return ruling;
      const { hookId, token, isWebhook } = ruling.hook;
      try {
        return await this.#claims.with({ token, hookId, isWebhook, createdAtMs: nowMs }, (conflictingRunId) =>
          this.#commit(request, options, conflictingRunId),
        );
      } catch (error) {
        console.error('the token of a hook could not be claimed', error);
        return refused(unreachable('The tokens of hooks cannot be reached at the moment'));
      }
    }

    async #commit(request: EventRequest, options: WriteOptions, conflictingRunId: string | null): Promise<Outcome<EventResult>> {
      const { writer, parts } = this.#open();
      const outcome = this.ctx.storage.transactionSync(() => {
        const written = writer.write(request, { options, nowMs: Date.now(), conflictingRunId });
        // The token was claimed for a hook that is not created any more.
        if (!written.ok && request.eventType === 'hook_created') this.#outbox.note('hook', request.correlationId);
        return written;
      });
      if (this.#outbox.isEmpty) return outcome;
      const { completedAtMs = null } = parts.record.get() ?? {};
      this.#wakeAt(Date.now() + backstopMs);
      if (completedAtMs !== null) await this.#timers.set('expire', completedAtMs + retentionMs);
      void this.#tellIndex(); // nothing waits for it: the timer does it again
      return outcome;
    }

    async #runHolds(runId: string, token: string, hookId: string): Promise<boolean> {
      const address = this.#address;
      if (runId === address.runId) return this.#holds(token, hookId);
      return workflowRunStub(this.env.WORKFLOW_RUN, { ...address, runId }).holdsToken(token);
    }

    #holds(token: string, exceptHookId: string | null): boolean {
      return this.#claims.isUnderWay(token, exceptHookId) || this.#run?.parts.hooks.hasLive(token) === true;
    }

    async #tellIndex(): Promise<void> {
      try {
        await this.#outbox.flush();
      } catch (error) {
        console.error('the index of workflows could not be written', error);
      }
    }

    /** What an alarm does: tells the index what it has not heard, and looks after the messages. */
    async #work(nowMs: number): Promise<number | null> {
      await this.#tellIndex();
      await this.#dispatcher.drive(nowMs + MAX_ALARM_MS);
      const wakeAtMs = this.#dispatcher.wakeAtMs;
      return this.#outbox.isEmpty ? wakeAtMs : Math.min(wakeAtMs ?? Infinity, Date.now() + backstopMs);
    }

    /** The alarm is set when it has to come earlier, and never moved on: each time costs a write that answers wait for. */
    #wakeAt(atMs: number): void {
      if (atMs < (this.#timers.dueAtMs('work') ?? Infinity)) void this.#timers.set('work', atMs); // the output gate waits for it
    }

    get #runner(): Deliver {
      return (this.ctx.exports as unknown as { WorkflowRunner: Deliver }).WorkflowRunner; // the entry of the Worker exports it
    }

    async #writeIndex(entries: readonly OutboxEntry[]): Promise<void> {
      const { parts } = this.#open();
      const state = entries.some(({ kind }) => kind === 'run') ? parts.record.get() : null;
      const goneHookIds = entries
        .filter(({ kind, key }) => kind === 'hook' && parts.hooks.get(key)?.isDisposed !== false)
        .map(({ key }) => key);
      await writeIndex(this.env.WORKFLOW_DB, parts.address, { run: state && { state, version: parts.log.length }, goneHookIds });
    }

    /** What is left, deleting the table of timers too, is done after all timers have run. */
    async #expire(nowMs: number): Promise<number | null> {
      const run = this.#run?.parts.record.get();
      if (run && !hasEnded(run)) return null;
      await removeFromIndex(this.env.WORKFLOW_DB, this.#address);
      this.#isOver = true;
      return nowMs + backstopMs;
    }

    async #forget(): Promise<void> {
      this.#run = null;
      this.#isOver = false;
      await this.ctx.storage.deleteAlarm();
      await this.ctx.storage.deleteAll();
    }
  };
}

interface OpenRun {
  parts: RunParts;
  writer: EventWriter;
  reader: RunReader;
}

/** Why an event is not a run's first one; null: it is. Nothing is stored for one that is not. */
function whyNotTheFirst(request: EventRequest, runId: string): WorldErrorData | null {
  if (request.eventType === 'run_created') {
    const reason = whyNotANewRun(runId, Date.now());
    return reason === null ? null : invalid(reason);
  }
  return request.eventType === 'run_started' && canBegin(request) ? null : runNotFound(runId);
}
