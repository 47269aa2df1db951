/** The rows of messages that wait for their delivery. Which ones are on their way is known to the dispatcher only: to an object that starts anew, all wait. */
import { readTaggedJson, writeTaggedJson } from '../../lib/tagged-json.ts';
import { newUlid } from '../../lib/ulid.ts';
import { SpilledBytes } from '../../runs/spilled-bytes.ts';
import { kindOf, type DeadMessage, type Delivery, type MessageKind, type NewMessage } from '../../runs/messages.ts';

export class Inbox {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
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
      'INSERT INTO inbox (id, key, kind, is_wake_up, queue, body, due_at_ms, attempt) VALUES (?, ?, ?, ?, ?, ?, ?, 0)',
      id,
      idempotencyKey,
      kind,
      Number(isWakeUp),
      queue,
      writeTaggedJson(body),
      dueAtMs,
    );
    return id;
  }

  /** Messages of a kind whose time has come, in its order. */
  due(kind: MessageKind['kind'], nowMs: number, limit: number): number[] {
    return this.#sql
      .exec<{ seq: number }>(
        'SELECT seq FROM inbox WHERE failure IS NULL AND kind = ? AND due_at_ms <= ? ORDER BY due_at_ms, seq LIMIT ?',
        kind,
        nowMs,
        limit,
      )
      .toArray()
      .map(({ seq }) => seq);
  }

  /** When the first of the messages that are not under way is due; null: there is none. */
  nextDueAtMs(underWay: ReadonlySet<number>): number | null {
    const rows = this.#sql.exec<{ seq: number; due_at_ms: number }>(
      'SELECT seq, due_at_ms FROM inbox WHERE failure IS NULL ORDER BY due_at_ms LIMIT ?',
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
    return row && body ? { queue: row.queue, messageId: row.id, attempt: row.attempt, body } : null;
  }

  /** The message is done with. */
  remove(seq: number): void {
    this.#sql.exec('DELETE FROM inbox WHERE seq = ?', seq);
  }

  /** The message is delivered again, and keeps its count. */
  postpone(seq: number, dueAtMs: number): void {
    this.#sql.exec('UPDATE inbox SET due_at_ms = ? WHERE seq = ?', dueAtMs, seq);
  }

  /** A replay that went well is a wake-up from now on, and counted anew. A replay that waits and is due earlier does as well. */
  postponeReplay(seq: number, dueAtMs: number, underWay: ReadonlySet<number>): void {
    if (this.#mergeWakeUp(dueAtMs, underWay) !== null) this.remove(seq);
    else this.#sql.exec('UPDATE inbox SET due_at_ms = ?, attempt = 0, is_wake_up = 1 WHERE seq = ?', dueAtMs, seq);
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
      'UPDATE inbox SET failure = NULL, attempt = 0, due_at_ms = ? WHERE id = ? AND failure IS NOT NULL RETURNING id',
      nowMs,
      messageId,
    );
    return revived.toArray().length > 0;
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
