/** A run that is kept in D1, with all that belongs to it, behind the interface of every run's home. */
import { sql } from 'drizzle-orm';
import { logError } from '../../lib/log.ts';
import type { EventResult, Hook, Page, ResolveData, Run, Step, WorkflowEvent } from '../../runs/entities.ts';
import type { EventRequest } from '../../runs/event-request.ts';
import type { DeadMessage, NewMessage } from '../../runs/messages.ts';
import type { PageRequest } from '../../runs/pages.ts';
import { PayloadBucket } from '../../runs/payload-bucket.ts';
import { Payloads } from '../../runs/payloads.ts';
import type { RunAddress } from '../../runs/run-address.ts';
import type { RunHome } from '../../runs/run-home.ts';
import type { WriteOptions } from '../../runs/run-store.ts';
import { refused, runNotFound, succeeded, unreachable, type Outcome } from '../../runs/world-error.ts';
import { D1EventWriter } from './d1-event-writer.ts';
import { D1Messages, type MessageQueues } from './d1-messages.ts';
import { D1Reader } from './d1-reader.ts';
import { D1Sql } from './d1-sql.ts';
import { D1Statements } from './d1-statements.ts';

export interface D1RunOptions {
  db: D1Database;
  queues: MessageQueues;
  /** null: payloads are 1 MiB at most */
  bucket: R2Bucket | null;
  /** how long a run is kept after its end */
  retentionMs: number;
}

export class D1Run implements RunHome {
  readonly messages: D1Messages;
  readonly payloads: Payloads;
  readonly #sql: D1Sql;
  readonly #address: RunAddress;
  readonly #statements: D1Statements;
  readonly #reader: D1Reader;
  readonly #writer: D1EventWriter;

  constructor(address: RunAddress, { db, queues, bucket, retentionMs }: D1RunOptions) {
    const statements = new D1Statements(address);
    const reader = new D1Reader({ db, address, statements, retentionMs });
    this.#sql = new D1Sql(db);
    this.#address = address;
    this.#statements = statements;
    this.#reader = reader;
    this.#writer = new D1EventWriter({ db, runId: address.runId, statements, reader });
    this.messages = new D1Messages(db, address, statements, queues);
    this.payloads = new Payloads(bucket && new PayloadBucket(bucket, () => address));
  }

  async createEvent(request: EventRequest, options: WriteOptions): Promise<Outcome<EventResult>> {
    const kept = await this.payloads.keep(request);
    return kept.ok ? this.#answer(() => this.#writer.write(kept.value, options)) : kept;
  }

  async enqueue(message: NewMessage): Promise<Outcome<{ messageId: string }>> {
    if (message.body['runInput'] === undefined) {
      const run = await reached(async () => succeeded(await this.#reader.runRow()));
      if (!run.ok) return run;
      if (run.value === null) return refused(runNotFound(this.#address.runId));
    }
    const kept = await this.payloads.keep(message);
    return kept.ok ? reached(async () => succeeded({ messageId: await this.messages.put(kept.value, Date.now()) })) : kept;
  }

  async deadMessages(): Promise<DeadMessage[]> {
    return this.messages.dead();
  }

  async replayMessage(messageId: string): Promise<boolean> {
    return this.messages.revive(messageId, Date.now());
  }

  async noteStream(name: string): Promise<void> {
    const { tenant, app, runId } = this.#address;
    await this.#sql.all(sql`INSERT INTO workflow_streams (tenant, app, run_id, name) SELECT ${tenant}, ${app}, ${runId}, ${name}
      WHERE EXISTS (SELECT 1 FROM workflow_runs WHERE ${this.#statements.own}) ON CONFLICT DO NOTHING`);
  }

  async listStreams(): Promise<string[]> {
    const rows = await this.#sql.all<{ name: string }>(sql`SELECT name FROM workflow_streams WHERE ${this.#statements.own} ORDER BY rowid`);
    return rows.map(({ name }) => name);
  }

  async getRun(resolveData: ResolveData): Promise<Outcome<Run>> {
    return this.#answer(() => this.#reader.run(resolveData));
  }

  async getStep(stepId: string, resolveData: ResolveData): Promise<Outcome<Step>> {
    return this.#ofRun(() => this.#reader.step(stepId, resolveData));
  }

  async listSteps(page: PageRequest, resolveData: ResolveData): Promise<Outcome<Page<Step>>> {
    return this.#ofRun(() => this.#reader.steps(page, resolveData));
  }

  async getEvent(eventId: string, resolveData: ResolveData): Promise<Outcome<WorkflowEvent>> {
    return this.#ofRun(() => this.#reader.event(eventId, resolveData));
  }

  async listEvents(page: PageRequest, correlationId: string | null, resolveData: ResolveData): Promise<Outcome<Page<WorkflowEvent>>> {
    return this.#ofRun(() => this.#reader.events(page, correlationId, resolveData));
  }

  async getHook(hookId: string, resolveData: ResolveData): Promise<Outcome<Hook>> {
    return this.#ofRun(() => this.#reader.hook(hookId, resolveData));
  }

  async listHooks(page: PageRequest, resolveData: ResolveData): Promise<Outcome<Page<Hook>>> {
    return this.#ofRun(() => this.#reader.hooks(page, resolveData));
  }

  async remove(): Promise<void> {
    const { own } = this.#statements;
    await this.payloads.clear();
    await this.#sql.batch([
      sql`DELETE FROM workflow_events WHERE ${own}`,
      sql`DELETE FROM workflow_steps WHERE ${own}`,
      sql`DELETE FROM workflow_messages WHERE ${own}`,
      sql`DELETE FROM workflow_streams WHERE ${own}`,
      sql`DELETE FROM workflow_hooks WHERE ${own}`,
      sql`DELETE FROM workflow_runs WHERE ${own}`,
    ]);
  }

  /** What there is of a run that there is. */
  async #ofRun<Value>(ask: () => Promise<Outcome<Value>>): Promise<Outcome<Value>> {
    return this.#answer(async () => {
      const [row, answer] = await Promise.all([this.#reader.runRow(), ask()]);
      return row === null ? refused(runNotFound(this.#address.runId)) : answer;
    });
  }

  async #answer<Value>(ask: () => Promise<Outcome<Value>>): Promise<Outcome<Value>> {
    return this.payloads.resolve(await reached(ask));
  }
}

async function reached<Value>(ask: () => Promise<Outcome<Value>>): Promise<Outcome<Value>> {
  try {
    return await ask();
  } catch (error) {
    logError('the database of workflows could not be used', error);
    return refused(unreachable('The database of workflows cannot be reached at the moment'));
  }
}
