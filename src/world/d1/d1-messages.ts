/** The messages of runs that are kept in D1: rows, of which a queue is told where they are. Whoever has taken one delivers it, and says so again and again. */
import { sql, type SQL } from 'drizzle-orm';
import { readTaggedJson, writeTaggedJson } from '../../lib/tagged-json.ts';
import { newUlid } from '../../lib/ulid.ts';
import type { HandedMessage } from '../../runs/handed-message.ts';
import { deploymentOf, kindOf, type DeadMessage, type Delivery, type MessageKind, type NewMessage } from '../../runs/messages.ts';
import type { RunAddress } from '../../runs/run-address.ts';
import { SpilledBytes } from '../../runs/spilled-bytes.ts';
import { D1Sql } from './d1-sql.ts';
import type { D1Statements } from './d1-statements.ts';

export type MessageQueues = Readonly<Record<MessageKind['kind'], Queue<HandedMessage>>>;

/** What there is to do for a message that a queue has brought. */
export type Taken =
  | { kind: 'gone' }
  /** it is not due: a queue delays for a day at most, and has brought it early */
  | { kind: 'early' }
  /** somebody delivers it, or has ended while doing so */
  | { kind: 'busy'; forMs: number }
  | { kind: 'taken'; delivery: Delivery };

/** A message is had for so long, unless whoever has it says otherwise. */
export const CLAIM_MS = 30_000;
/** Cloudflare's queues delay for 24 hours at most. */
const MAX_DELAY_SEC = 86_400;

interface MessageRow {
  id: string;
  kind: MessageKind['kind'];
  queue: string;
  body: string;
  attempt: number;
  due_at_ms: number;
  claimed_until_ms: number;
  failure: string | null;
  is_sent: number;
}

export class D1Messages {
  readonly #sql: D1Sql;
  readonly #address: RunAddress;
  readonly #own: SQL;
  readonly #queues: MessageQueues;

  constructor(db: D1Database, address: RunAddress, { own }: D1Statements, queues: MessageQueues) {
    this.#sql = new D1Sql(db);
    this.#address = address;
    this.#own = own;
    this.#queues = queues;
  }

  /** Puts a message in, unless one that does as well waits already, and tells a queue. @returns the id of the message that will be delivered */
  async put(message: NewMessage, nowMs: number): Promise<string> {
    const { queue, body, idempotencyKey } = message;
    const { tenant, app, runId } = this.#address;
    const { kind, isWakeUp } = kindOf(message);
    const dueAtMs = nowMs + message.delayMs;
    const id = `msg_${newUlid(nowMs)}`;
    const asGood = idempotencyKey === null ? sql`${Number(isWakeUp)} = 1 AND ${wakesUpBy(dueAtMs)}` : sql`key = ${idempotencyKey}`;
    const [, [row] = []] = await this.#sql.batch<Pick<MessageRow, 'id' | 'due_at_ms' | 'is_sent'>>([
      sql`INSERT INTO workflow_messages
          (tenant, app, run_id, id, key, kind, is_wake_up, queue, body, due_at_ms, attempt, claimed_until_ms, is_sent)
        SELECT ${tenant}, ${app}, ${runId}, ${id}, ${idempotencyKey}, ${kind}, ${Number(isWakeUp)}, ${queue}, ${writeTaggedJson(body)}, ${dueAtMs}, 0, 0, 0
        WHERE NOT EXISTS (SELECT 1 FROM workflow_messages WHERE ${this.#own} AND ${asGood})`,
      sql`SELECT id, due_at_ms, is_sent FROM workflow_messages WHERE ${this.#own} AND (id = ${id} OR ${asGood}) ORDER BY id = ${id} DESC LIMIT 1`,
    ]);
    if (row === undefined) return id;
    if (row.is_sent === 0) await this.send(row.id, kind, row.due_at_ms - nowMs);
    return row.id;
  }

  /** Takes a message that a queue has brought, and counts its delivery. */
  async take(messageId: string, nowMs: number): Promise<Taken> {
    const [[row] = [], [taken] = []] = await this.#sql.batch<MessageRow>([
      sql`SELECT * FROM workflow_messages WHERE ${this.#own} AND id = ${messageId}`,
      sql`UPDATE workflow_messages SET attempt = attempt + 1, claimed_until_ms = ${nowMs + CLAIM_MS}
        WHERE ${this.#own} AND id = ${messageId} AND failure IS NULL AND due_at_ms <= ${nowMs} AND claimed_until_ms <= ${nowMs} RETURNING *`,
    ]);
    if (taken) {
      const body = readTaggedJson(taken.body, SpilledBytes.read) as Delivery['body']; // written by `put`
      return { kind: 'taken', delivery: { queue: taken.queue, messageId, attempt: taken.attempt, body, deploymentId: deploymentOf(body) } };
    }
    if (row === undefined || row.failure !== null) return { kind: 'gone' };
    if (row.claimed_until_ms > nowMs) return { kind: 'busy', forMs: row.claimed_until_ms - nowMs };
    await this.send(messageId, row.kind, row.due_at_ms - nowMs);
    return { kind: 'early' };
  }

  /** Whoever has a message has it on. */
  async hold(messageId: string, untilMs: number): Promise<void> {
    await this.#sql.all(sql`UPDATE workflow_messages SET claimed_until_ms = ${untilMs} WHERE ${this.#own} AND id = ${messageId}`);
  }

  /** The message is done with. */
  async remove(messageId: string): Promise<void> {
    await this.#sql.all(sql`DELETE FROM workflow_messages WHERE ${this.#own} AND id = ${messageId}`);
  }

  /** The message is delivered again. A replay that went well is a wake-up from now on, counted anew, and none where another does as well. */
  async postpone(
    messageId: string,
    { kind, isAnew, nowMs, afterMs }: { kind: MessageKind['kind']; isAnew: boolean; nowMs: number; afterMs: number },
  ): Promise<void> {
    const dueAtMs = nowMs + afterMs;
    const anew = isAnew ? sql`, attempt = 0, is_wake_up = 1` : sql``;
    const isMessage = sql`${this.#own} AND id = ${messageId}`;
    const other = sql`EXISTS (SELECT 1 FROM workflow_messages WHERE ${this.#own} AND id <> ${messageId} AND ${wakesUpBy(dueAtMs)})`;
    const [, rows = []] = await this.#sql.batch([
      sql`DELETE FROM workflow_messages WHERE ${isMessage} AND ${Number(isAnew)} = 1 AND ${other}`,
      sql`UPDATE workflow_messages SET due_at_ms = ${dueAtMs}, claimed_until_ms = 0, is_sent = 0 ${anew} WHERE ${isMessage} RETURNING id`,
    ]);
    if (rows.length > 0) await this.send(messageId, kind, afterMs);
  }

  /** The message is given up, and kept. */
  async bury(messageId: string, failure: string): Promise<void> {
    await this.#sql.all(
      sql`UPDATE workflow_messages SET failure = ${failure}, claimed_until_ms = 0 WHERE ${this.#own} AND id = ${messageId}`,
    );
  }

  async dead(): Promise<DeadMessage[]> {
    const rows = await this.#sql.all<DeadMessage>(sql`SELECT id AS messageId, queue, attempt, failure FROM workflow_messages
      WHERE ${this.#own} AND failure IS NOT NULL ORDER BY id`);
    return rows;
  }

  /** Delivers a message that was given up once more, as if it were new. @returns false when there is none */
  async revive(messageId: string, nowMs: number): Promise<boolean> {
    const [row] = await this.#sql.all<
      Pick<MessageRow, 'kind'>
    >(sql`UPDATE workflow_messages SET failure = NULL, attempt = 0, due_at_ms = ${nowMs}, is_sent = 0
      WHERE ${this.#own} AND id = ${messageId} AND failure IS NOT NULL RETURNING kind`);
    if (row) await this.send(messageId, row.kind, 0);
    return row !== undefined;
  }

  /** Tells the queue of a message. */
  async send(messageId: string, kind: MessageKind['kind'], delayMs: number): Promise<void> {
    const delaySeconds = Math.min(MAX_DELAY_SEC, Math.max(0, Math.ceil(delayMs / 1000)));
    await this.#queues[kind].send({ ...this.#address, messageId }, { delaySeconds });
    await this.#sql.all(sql`UPDATE workflow_messages SET is_sent = 1 WHERE ${this.#own} AND id = ${messageId}`);
  }
}

/** A replay that waits, that nobody has begun, and that is due by then. */
function wakesUpBy(dueAtMs: number): SQL {
  return sql`kind = 'flow' AND failure IS NULL AND claimed_until_ms = 0 AND due_at_ms <= ${dueAtMs}`;
}
