/** A run's object: its log, its parts, its messages, what the index is told of it. Thin: rules decide, `EventWriter` writes, `RunReader` reads, `Dispatcher` delivers. */
import { DurableObject } from 'cloudflare:workers';
import type { EventResult, Page, ResolveData, WorkflowEvent, Hook, Run, Step } from '../../runs/entities.ts';
import type { EventRequest } from '../../runs/event-request.ts';
import type { Deliver } from '../../runs/deliveries.ts';
import type { DeadMessage, NewMessage } from '../../runs/messages.ts';
import type { PageRequest } from '../../runs/pages.ts';
import { whyNotTheFirst } from '../../runs/first-event.ts';
import type { RunAddress } from '../../runs/run-address.ts';
import type { WriteOptions } from '../../runs/run-store.ts';
import { hasEnded } from '../../runs/states.ts';
import { refused, runNotFound, succeeded, type Outcome } from '../../runs/world-error.ts';
import { parseWorkflowRunName } from '../stubs.ts';
import { readUpgradeUrl } from '../upgrade-url.ts';
import { Admission } from './admission.ts';
import { HookCreation } from './hook-creation.ts';
import { IndexOutbox } from './index-outbox.ts';
import type { WorkflowRunRpc } from './rpc.ts';
import { handOffQueues, type WorkflowRunEnv, type WorkflowRunOptions } from './options.ts';
import { PayloadBucket } from '../../runs/payload-bucket.ts';
import { Payloads } from '../../runs/payloads.ts';
import { FOLLOWER_CLOSE_CODES, type FollowRequest, RunFollowers } from './run-followers.ts';
import { RunAlarms } from './run-alarms.ts';
import { RunMessages } from './run-messages.ts';
import { RunNotices } from './run-notices.ts';
import { startOf } from './run-starts.ts';
import { RunWrites } from './run-writes.ts';
import { openRun, type OpenRun } from './open-run.ts';
import type { RunReader } from './run-reader.ts';

/** What can be asked of a run's object. */
export type WorkflowRunObject = DurableObject<WorkflowRunEnv> & WorkflowRunRpc;
/** The class that `defineWorkflowRun` makes. */
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
export function defineWorkflowRun({
  retentionSec = RETENTION_SEC,
  backstopMs = BACKSTOP_MS,
  dispatch = 'object',
  limits = () => null,
}: WorkflowRunOptions = {}): WorkflowRunClass {
  const retentionMs = retentionSec * 1000;
  return class WorkflowRun extends DurableObject<WorkflowRunEnv> implements WorkflowRunRpc {
    readonly #alarms: RunAlarms;
    readonly #outbox: IndexOutbox;
    readonly #writes: RunWrites;
    readonly #hooks: HookCreation;
    readonly #messages: RunMessages;
    readonly #payloads: Payloads;
    readonly #notices: RunNotices;
    readonly #followers: RunFollowers;
    readonly #admission: Admission;
    /** null: a run that never began, without tables. To ask for one makes none. */
    #run: OpenRun | null = null;
    #isOver = false;

    constructor(ctx: DurableObjectState, env: WorkflowRunEnv) {
      super(ctx, env);
      const { sql } = ctx.storage;
      this.#alarms = new RunAlarms(ctx.storage, {
        work: async (nowMs) => this.#work(nowMs),
        expire: async (nowMs) => this.#expire(nowMs),
      });
      this.#hooks = new HookCreation(env, this.#address, {
        parts: () => this.#run?.parts ?? null,
        commit: (request, options, conflictingRunId) => this.#writes.commit(request, options, conflictingRunId),
      });
      const { WORKFLOW_PAYLOADS: bucket } = env;
      this.#payloads = new Payloads(bucket ? new PayloadBucket(bucket, () => this.#address) : null);
      this.#admission = new Admission(
        () => limits(env),
        () => this.#address.tenant,
      );
      this.#notices = new RunNotices({ db: env.WORKFLOW_DB, admission: this.#admission, parts: () => this.#open().parts });
      this.#outbox = new IndexOutbox(sql, async (entries) => this.#notices.tell(entries));
      this.#followers = new RunFollowers(ctx, {
        after: (position) => this.#open().reader.shown(position),
        hasEnded: () => this.#hasEnded,
      });
      this.#writes = new RunWrites({
        storage: ctx.storage,
        run: () => this.#open(),
        renew: () => {
          this.#run = null;
          this.#open();
        },
        outbox: this.#outbox,
        alarms: this.#alarms,
        notify: () => this.#followers.notify(),
        backstopMs,
        retentionMs,
      });
      this.#messages = new RunMessages({
        sql,
        address: () => this.#address,
        queues: dispatch === 'queues' ? handOffQueues(env) : null,
        runner: () => (this.ctx.exports as unknown as { WorkflowRunner: Deliver }).WorkflowRunner, // the entry of the Worker exports it
        start: (delivery, isUntaken) => startOf(delivery, isUntaken, this.#open(), (...event) => this.#writes.commit(...event)),
        hasEnded: () => this.#hasEnded,
        isOver: ({ body: { stepId } }) => typeof stepId === 'string' && this.#run?.parts.steps.hasRun(stepId) === true,
        write: (events) => this.#writes.commitAll(events),
        resolve: async (delivery) => this.#payloads.resolve(delivery),
        deploymentId: () => this.#run?.parts.record.get()?.deploymentId ?? null,
        wakeAt: (atMs) => this.#alarms.wakeAt(atMs),
        backstopMs,
      });
      void ctx.blockConcurrencyWhile(async () => {
        if (sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'run'").toArray().length > 0) this.#open();
      });
    }

    async createEvent(request: EventRequest, options: WriteOptions): Promise<Outcome<EventResult>> {
      const obstacle = this.#run === null ? whyNotTheFirst(request, this.#address.runId, Date.now()) : null;
      if (obstacle !== null) return refused(obstacle);
      const kept = await this.#admitted(request);
      if (!kept.ok) return kept;
      const { value } = kept;
      return this.#resolved(
        value.eventType === 'hook_created' ? await this.#hooks.create(value, options) : this.#writes.commit(value, options),
      );
    }

    async enqueue(message: NewMessage): Promise<Outcome<{ messageId: string }>> {
      if (this.#run === null && message.body['runInput'] === undefined) return this.#notFound();
      const kept = await this.#admitted(message);
      if (!kept.ok) return kept;
      this.#open();
      const nowMs = Date.now();
      const messageId = this.#messages.put(kept.value, nowMs);
      this.#alarms.expireInTheEnd(nowMs + retentionMs); // also what never becomes a run
      return succeeded({ messageId });
    }

    async deadMessages(): Promise<DeadMessage[]> {
      return this.#run ? this.#messages.dead() : [];
    }

    async replayMessage(messageId: string): Promise<boolean> {
      return this.#run !== null && this.#messages.replay(messageId);
    }

    async claimMessage(messageId: string): Promise<void> {
      if (this.#run !== null) this.#messages.claim(messageId);
    }

    async giveUpMessage(messageId: string, failure: string): Promise<void> {
      if (this.#run !== null) this.#messages.giveUp(messageId, failure);
    }

    async noteStream(name: string): Promise<void> {
      this.#run?.parts.streams.add(name);
    }

    async listStreams(): Promise<string[]> {
      return this.#run?.parts.streams.all() ?? [];
    }

    async getRun(resolveData: ResolveData): Promise<Outcome<Run>> {
      return this.#read((reader) => reader.run(resolveData));
    }

    async getStep(stepId: string, resolveData: ResolveData): Promise<Outcome<Step>> {
      return this.#read((reader) => reader.step(stepId, resolveData));
    }

    async listSteps(page: PageRequest, resolveData: ResolveData): Promise<Outcome<Page<Step>>> {
      return this.#read((reader) => reader.steps(page, resolveData));
    }

    async getEvent(eventId: string, resolveData: ResolveData): Promise<Outcome<WorkflowEvent>> {
      return this.#read((reader) => reader.event(eventId, resolveData));
    }

    async listEvents(page: PageRequest, correlationId: string | null, resolveData: ResolveData): Promise<Outcome<Page<WorkflowEvent>>> {
      return this.#read((reader) => reader.events(page, correlationId, resolveData));
    }

    async getHook(hookId: string, resolveData: ResolveData): Promise<Outcome<Hook>> {
      return this.#read((reader) => reader.hook(hookId, resolveData));
    }

    async listHooks(page: PageRequest, resolveData: ResolveData): Promise<Outcome<Page<Hook>>> {
      return this.#read((reader) => reader.hooks(page, resolveData));
    }

    async holdsToken(token: string): Promise<boolean> {
      return this.#hooks.holds(token);
    }

    async remove(): Promise<void> {
      if (this.#run === null) return;
      await this.#removeElsewhere();
      await this.#forget();
    }

    async endSockets(credential: string): Promise<void> {
      this.#followers.dismissOf(credential);
    }

    /** A socket, which is sent the run's events behind a position, and those to come. */
    override async fetch(request: Request): Promise<Response> {
      if (this.#run === null) return new Response(null, { status: 404 });
      return this.#followers.accept(readUpgradeUrl(request.url) as FollowRequest); // the service's word
    }

    /** Followers have nothing to say. */
    override async webSocketMessage(): Promise<void> {}

    override webSocketClose(socket: WebSocket): void {
      socket.close(FOLLOWER_CLOSE_CODES.ended); // else it is answered only when the object hibernates
    }

    override async alarm(): Promise<void> {
      if (this.#run) await this.#alarms.run(Date.now());
      if (this.#isOver) await this.#forget();
    }

    get #address(): RunAddress {
      return parseWorkflowRunName(this.ctx.id.name);
    }

    get #hasEnded(): boolean {
      return hasEnded(this.#open().parts.record.get() ?? { status: 'cancelled' });
    }

    #notFound(): { ok: false; error: ReturnType<typeof runNotFound> } {
      return refused(runNotFound(this.#address.runId));
    }

    async #read<Value>(ask: (reader: RunReader) => Outcome<Value>): Promise<Outcome<Value>> {
      return this.#run ? this.#resolved(ask(this.#run.reader)) : this.#notFound();
    }

    async #resolved<Value>(outcome: Outcome<Value>): Promise<Outcome<Value>> {
      return this.#run?.parts.log.hasSpilled === true ? this.#payloads.resolve(outcome) : outcome;
    }

    /** An event or a message as it is stored, of a run that may begin if it has not yet. */
    async #admitted<Said extends EventRequest | NewMessage>(said: Said): Promise<Outcome<Said>> {
      if (this.#run !== null) return this.#payloads.keep(said);
      const place = await this.#admission.take();
      if (!place.ok) return place;
      const kept = await this.#payloads.keep(said);
      if (this.#run !== null) return kept;
      if (kept.ok) this.#open().parts.place.put(place.value);
      else await this.#admission.decline(place.value);
      return kept;
    }

    #open(): OpenRun {
      this.#run ??= openRun(this.ctx.storage, { address: this.#address, retentionMs, note: (kind, key) => this.#outbox.note(kind, key) });
      return this.#run;
    }

    /** What an alarm does: tells the index what it has not heard, and looks after the messages. */
    async #work(nowMs: number): Promise<number | null> {
      await this.#writes.tellOthers();
      const wakeAtMs = await this.#messages.drive(nowMs + MAX_ALARM_MS);
      return this.#outbox.isEmpty ? wakeAtMs : Math.min(wakeAtMs ?? Infinity, Date.now() + backstopMs);
    }

    /** What is left, deleting the table of timers too, is done after all timers have run. */
    async #expire(nowMs: number): Promise<number | null> {
      const run = this.#run?.parts.record.get();
      if (run && !hasEnded(run)) return null;
      await this.#removeElsewhere();
      this.#isOver = true;
      return nowMs + backstopMs;
    }

    async #removeElsewhere(): Promise<void> {
      await this.#notices.withdraw();
      await this.#payloads.clear();
    }

    async #forget(): Promise<void> {
      this.#followers.dismiss();
      this.#messages.forget();
      this.#alarms.forget();
      this.#run = null;
      this.#isOver = false;
      await this.ctx.storage.deleteAlarm();
      await this.ctx.storage.deleteAll();
    }
  };
}
