/**
 * The rows of messages that wait for their delivery. Which ones are on their way is known to the dispatcher only: to an object that starts anew, all wait.
 * Where messages go through queues, a row that nobody has come for yet has a time at which a queue is told of it (`send_at_ms`), and is not delivered.
 */
import { readTaggedJson, writeTaggedJson } from '../../lib/tagged-json.ts';
import { newUlid } from '../../lib/ulid.ts';
import { SpilledBytes } from '../../runs/spilled-bytes.ts';
import { deploymentOf, kindOf, type DeadMessage, type Delivery, type MessageKind, type NewMessage } from '../../runs/messages.ts';

export class Inbox {
  readonly #sql: SqlStorage;
  readonly #isHandedOff: boolean;

  /** @param isHandedOff messages go through queues before they are delivered */
  constructor(sql: SqlStorage, isHandedOff: boolean) {
    this.#sql = sql;
    this.#isHandedOff = isHandedOff;
  }

  /**
   * Puts a message in, unless one that does as well waits already: of the same key, or (for a wake-up) any replay.
   *
   * @param underWay messages that are being delivered: what they have seen is older
   * @returns the id of the message that will be delivered
   */
  put(message: NewMessage, nowMs: number, underWay: ReadonlySet<number>): string {
    const { queue, body, idempotencyKey } = message;
    const dueAtMs = nowMs + message.delayMs;
    const { kind, isWakeUp } = kindOf(message);
    const known = idempotencyKey === null ? null : this.#ofKey(idempotencyKey);
    const found = known ?? (isWakeUp ? this.#mergeWakeUp(dueAtMs, underWay) : null);
    if (found !== null) return found;
    const id = `msg_${newUlid(nowMs)}`;
    this.#sql.exec(
      'INSERT INTO inbox (id, key, kind, is_wake_up, queue, body, due_at_ms, send_at_ms, attempt) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)',
      id,
      idempotencyKey,
      kind,
      Number(isWakeUp),
      queue,
      writeTaggedJson(body),
      dueAtMs,
      this.#sendAtMs(dueAtMs),
    );
    return id;
  }

  /** Messages of a kind that may be delivered, in the order of their time. */
  due(kind: MessageKind['kind'], nowMs: number, limit: number): number[] {
    return this.#sql
      .exec<{ seq: number }>(
        `SELECT seq FROM inbox WHERE failure IS NULL AND kind = ? AND due_at_ms <= ? ${this.#isHandedOff ? 'AND send_at_ms IS NULL' : ''}
         ORDER BY due_at_ms, seq LIMIT ?`,
        kind,
        nowMs,
        limit,
      )
      .toArray()
      .map(({ seq }) => seq);
  }

  /** Messages of a kind that a queue has to be told of. */
  unsent(kind: MessageKind['kind'], nowMs: number, limit: number): { seq: number; messageId: string }[] {
    return this.#sql
      .exec<{ seq: number; messageId: string }>(
        'SELECT seq, id AS messageId FROM inbox WHERE failure IS NULL AND kind = ? AND send_at_ms <= ? ORDER BY send_at_ms, seq LIMIT ?',
        kind,
        nowMs,
        limit,
      )
      .toArray();
  }

  /** A queue is told of the message; when nobody has come for it by then it is told again. */
  noteSent(seq: number, againAtMs: number): void {
    this.#sql.exec('UPDATE inbox SET send_at_ms = ? WHERE seq = ?', againAtMs, seq);
  }

  /** What `noteSent` has noted was not so. */
  noteUnsent(seq: number, againAtMs: number, sendAtMs: number): void {
    this.#sql.exec('UPDATE inbox SET send_at_ms = ? WHERE seq = ? AND send_at_ms = ?', sendAtMs, seq, againAtMs);
  }

  /** A consumer has come for a message, which is delivered from now on. Nothing happens where it is gone, or waits for a later time. */
  claim(messageId: string, nowMs: number): void {
    this.#sql.exec('UPDATE inbox SET send_at_ms = NULL WHERE id = ? AND failure IS NULL AND due_at_ms <= ?', messageId, nowMs);
  }

  /** A queue has given up a message that nobody has come for. */
  giveUp(messageId: string, failure: string): void {
    this.#sql.exec('UPDATE inbox SET failure = ? WHERE id = ? AND send_at_ms IS NOT NULL', failure, messageId);
  }

  /** When something is to be done for the first of the messages that are not under way; null: there is none. */
  nextDueAtMs(underWay: ReadonlySet<number>): number | null {
    const dueAtMs = this.#isHandedOff ? 'coalesce(send_at_ms, due_at_ms)' : 'due_at_ms';
    const rows = this.#sql.exec<{ seq: number; due_at_ms: number }>(
      `SELECT seq, ${dueAtMs} AS due_at_ms FROM inbox WHERE failure IS NULL ORDER BY 2 LIMIT ?`,
      underWay.size + 1,
    );
    for (const { seq, due_at_ms } of rows) if (!underWay.has(seq)) return due_at_ms;
    return null;
  }

  /** Counts a delivery that begins. @returns null when the message is gone */
  begin(seq: number): Delivery | null {
    const [row] = this.#sql
      .exec<{ id: string; queue: string; body: string; attempt: number }>(
        'UPDATE inbox SET attempt = attempt + 1 WHERE seq = ? RETURNING id, queue, body, attempt',
        seq,
      )
      .toArray();
    const body = row && (readTaggedJson(row.body, SpilledBytes.read) as Delivery['body']); // written by `put`
    return row && body ? { queue: row.queue, messageId: row.id, attempt: row.attempt, body, deploymentId: deploymentOf(body) } : null;
  }

  /** The SDK has not asked for what was brought with the message: it is brought again. */
  noteUntaken(messageId: string): void {
    this.#sql.exec('UPDATE inbox SET is_untaken = 1 WHERE id = ?', messageId);
  }

  /** Whether `noteUntaken` was said of a message; once. */
  takeUntaken(messageId: string): boolean {
    const noted = this.#sql.exec('UPDATE inbox SET is_untaken = 0 WHERE id = ? AND is_untaken = 1 RETURNING id', messageId);
    return noted.toArray().length > 0;
  }

  /** The message is done with. */
  remove(seq: number): void {
    this.#sql.exec('DELETE FROM inbox WHERE seq = ?', seq);
  }

  /** The message is delivered again, and keeps its count. */
  postpone(seq: number, dueAtMs: number): void {
    this.#sql.exec('UPDATE inbox SET due_at_ms = ?, send_at_ms = ? WHERE seq = ?', dueAtMs, this.#sendAtMs(dueAtMs), seq);
  }

  /** A replay that went well is a wake-up from now on, and counted anew. A replay that waits and is due earlier does as well. */
  postponeReplay(seq: number, dueAtMs: number, underWay: ReadonlySet<number>): void {
    if (this.#mergeWakeUp(dueAtMs, underWay) !== null) this.remove(seq);
    else
      this.#sql.exec(
        'UPDATE inbox SET due_at_ms = ?, send_at_ms = ?, attempt = 0, is_wake_up = 1 WHERE seq = ?',
        dueAtMs,
        this.#sendAtMs(dueAtMs),
        seq,
      );
  }

  /** The message is given up, and kept. */
  bury(seq: number, failure: string): void {
    this.#sql.exec('UPDATE inbox SET failure = ? WHERE seq = ?', failure, seq);
  }

  dead(): DeadMessage[] {
    return this.#sql
      .exec<{ id: string; queue: string; attempt: number; failure: string }>(
        'SELECT id, queue, attempt, failure FROM inbox WHERE failure IS NOT NULL ORDER BY seq',
      )
      .toArray()
      .map(({ id, ...message }) => ({ messageId: id, ...message }));
  }

  /** Delivers a message that was given up once more, as if it were new. @returns false when there is none */
  revive(messageId: string, nowMs: number): boolean {
    const revived = this.#sql.exec(
      'UPDATE inbox SET failure = NULL, attempt = 0, due_at_ms = ?, send_at_ms = ? WHERE id = ? AND failure IS NOT NULL RETURNING id',
      nowMs,
      this.#sendAtMs(nowMs),
      messageId,
    );
    return revived.toArray().length > 0;
  }

  #sendAtMs(dueAtMs: number): number | null {
    return this.#isHandedOff ? dueAtMs : null;
  }

  #ofKey(key: string): string | null {
    return this.#sql.exec<{ id: string }>('SELECT id FROM inbox WHERE key = ?', key).toArray()[0]?.id ?? null;
  }

  #mergeWakeUp(dueAtMs: number, underWay: ReadonlySet<number>): string | null {
    const waiting = this.#sql
      .exec<{ seq: number; id: string; is_wake_up: number; due_at_ms: number }>(
        "SELECT seq, id, is_wake_up, due_at_ms FROM inbox WHERE failure IS NULL AND kind = 'flow' ORDER BY due_at_ms",
      )
      .toArray()
      .filter(({ seq }) => !underWay.has(seq));
    const earlier = waiting.find((row) => row.due_at_ms <= dueAtMs);
    if (earlier) return earlier.id;
    const later = waiting.find((row) => row.is_wake_up === 1);
    if (later) this.postpone(later.seq, dueAtMs);
    return later?.id ?? null;
  }
}
