/**
 * The rows of messages that wait for their delivery. Which ones are on their way is known to the dispatcher only: to an object that starts anew, all wait.
 * When each is due is in memory as well (`WaitingMessages`), as every delivery asks which one is next.
 * Where messages go through queues, a row that nobody has come for yet has a time at which a queue is told of it (`send_at_ms`), and is not delivered.
 */
import { readTaggedJson, writeTaggedJson } from '../../lib/tagged-json.ts';
import { newUlid } from '../../lib/ulid.ts';
import { SpilledBytes } from '../../runs/spilled-bytes.ts';
import { deploymentOf, kindOf, type DeadMessage, type Delivery, type MessageKind, type NewMessage } from '../../runs/messages.ts';
import { WaitingMessages, type UnderWay, type WaitingMessage } from './waiting-messages.ts';

export class Inbox {
  readonly #sql: SqlStorage;
  readonly #isHandedOff: boolean;
  /** null: not read yet */
  #read: WaitingMessages | null = null;

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
  put(message: NewMessage, nowMs: number, underWay: UnderWay): string {
    const { queue, body, idempotencyKey } = message;
    const dueAtMs = nowMs + message.delayMs;
    const { kind, isWakeUp } = kindOf(message);
    const known = idempotencyKey === null ? null : this.#waiting.ofKey(idempotencyKey);
    const found = known ?? (isWakeUp ? this.#mergeWakeUp(dueAtMs, underWay) : null);
    if (found !== null) return found;
    const id = `msg_${newUlid(nowMs)}`;
    const sendAtMs = this.#sendAtMs(dueAtMs);
    const { seq } = this.#sql
      .exec<{ seq: number }>(
        'INSERT INTO inbox (id, key, kind, is_wake_up, queue, body, due_at_ms, send_at_ms, attempt) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0) RETURNING seq',
        id,
        idempotencyKey,
        kind,
        Number(isWakeUp),
        queue,
        writeTaggedJson(body),
        dueAtMs,
        sendAtMs,
      )
      .one();
    this.#waiting.put({ seq, id, key: idempotencyKey, kind, isWakeUp, dueAtMs, sendAtMs, isDead: false, isUntaken: false });
    return id;
  }

  /** Messages of a kind that may be delivered, in the order of their time. */
  due(kind: MessageKind['kind'], nowMs: number, limit: number): number[] {
    return this.#waiting.due(kind, nowMs, limit);
  }

  /** Messages of a kind that a queue has to be told of. */
  unsent(kind: MessageKind['kind'], nowMs: number, limit: number): { seq: number; messageId: string }[] {
    return this.#waiting.unsent(kind, nowMs, limit).map(({ seq, id }) => ({ seq, messageId: id }));
  }

  /** A queue is told of the message; when nobody has come for it by then it is told again. */
  noteSent(seq: number, againAtMs: number): void {
    this.#sql.exec('UPDATE inbox SET send_at_ms = ? WHERE seq = ?', againAtMs, seq);
    this.#waiting.change(seq, { sendAtMs: againAtMs });
  }

  /** What `noteSent` has noted was not so. */
  noteUnsent(seq: number, againAtMs: number, sendAtMs: number): void {
    if (this.#waiting.get(seq)?.sendAtMs !== againAtMs) return;
    this.noteSent(seq, sendAtMs);
  }

  /** A consumer has come for a message, which is delivered from now on. Nothing happens where it is gone, or waits for a later time. */
  claim(messageId: string, nowMs: number): void {
    const message = this.#waiting.ofId(messageId);
    if (message === null || message.isDead || message.dueAtMs > nowMs) return;
    this.#sql.exec('UPDATE inbox SET send_at_ms = NULL WHERE seq = ?', message.seq);
    this.#waiting.change(message.seq, { sendAtMs: null });
  }

  /** A queue has given up a message that nobody has come for. */
  giveUp(messageId: string, failure: string): void {
    const message = this.#waiting.ofId(messageId);
    if (message !== null && message.sendAtMs !== null) this.bury(message.seq, failure);
  }

  /** When something is to be done for the first of the messages that are not under way, of those after a time; null: there is none. */
  nextDueAtMs(underWay: UnderWay, afterMs?: number): number | null {
    return this.#waiting.nextDueAtMs(underWay, afterMs);
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
    const message = this.#waiting.ofId(messageId);
    if (message !== null) this.#setUntaken(message.seq, true);
  }

  /** Whether `noteUntaken` was said of a message; once. */
  takeUntaken(messageId: string): boolean {
    const message = this.#waiting.ofId(messageId);
    if (message?.isUntaken !== true) return false;
    this.#setUntaken(message.seq, false);
    return true;
  }

  /** The message is done with. */
  remove(seq: number): void {
    this.#sql.exec('DELETE FROM inbox WHERE seq = ?', seq);
    this.#waiting.remove(seq);
  }

  /** The message is delivered again, and keeps its count. */
  postpone(seq: number, dueAtMs: number): void {
    const sendAtMs = this.#sendAtMs(dueAtMs);
    this.#sql.exec('UPDATE inbox SET due_at_ms = ?, send_at_ms = ? WHERE seq = ?', dueAtMs, sendAtMs, seq);
    this.#waiting.change(seq, { dueAtMs, sendAtMs });
  }

  /** A replay that went well is a wake-up from now on, and counted anew. A replay that waits and is due earlier does as well. */
  postponeReplay(seq: number, dueAtMs: number, underWay: UnderWay): void {
    if (this.#mergeWakeUp(dueAtMs, underWay) !== null) return this.remove(seq);
    this.#sql.exec('UPDATE inbox SET attempt = 0, is_wake_up = 1 WHERE seq = ?', seq);
    this.#waiting.change(seq, { isWakeUp: true });
    this.postpone(seq, dueAtMs);
  }

  /** The message is given up, and kept. */
  bury(seq: number, failure: string): void {
    this.#sql.exec('UPDATE inbox SET failure = ? WHERE seq = ?', failure, seq);
    this.#waiting.change(seq, { isDead: true });
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
    const message = this.#waiting.ofId(messageId);
    if (message?.isDead !== true) return false;
    this.#sql.exec('UPDATE inbox SET failure = NULL, attempt = 0 WHERE seq = ?', message.seq);
    this.#waiting.change(message.seq, { isDead: false });
    this.postpone(message.seq, nowMs);
    return true;
  }

  /** What is in memory is read anew: an alarm may come to another table. */
  renew(): void {
    this.#read = null;
  }

  get #waiting(): WaitingMessages {
    this.#read ??= new WaitingMessages(this.#rows(), this.#isHandedOff);
    return this.#read;
  }

  #rows(): WaitingMessage[] {
    return this.#sql
      .exec<WaitingRow>(
        'SELECT seq, id, key, kind, is_wake_up, due_at_ms, send_at_ms, failure IS NOT NULL AS is_dead, is_untaken FROM inbox',
      )
      .toArray()
      .map(({ kind, is_wake_up, due_at_ms: dueAtMs, send_at_ms: sendAtMs, is_dead, is_untaken, ...row }) => ({
        ...row,
        kind: kind as MessageKind['kind'], // written by `put`
        isWakeUp: is_wake_up === 1,
        dueAtMs,
        sendAtMs,
        isDead: is_dead === 1,
        isUntaken: is_untaken === 1,
      }));
  }

  #setUntaken(seq: number, isUntaken: boolean): void {
    this.#sql.exec('UPDATE inbox SET is_untaken = ? WHERE seq = ?', Number(isUntaken), seq);
    this.#waiting.change(seq, { isUntaken });
  }

  #sendAtMs(dueAtMs: number): number | null {
    return this.#isHandedOff ? dueAtMs : null;
  }

  #mergeWakeUp(dueAtMs: number, underWay: UnderWay): string | null {
    const waiting = this.#waiting.replays().filter(({ seq }) => !underWay.has(seq));
    const earlier = waiting.find((message) => message.dueAtMs <= dueAtMs);
    if (earlier) return earlier.id;
    const later = waiting.find((message) => message.isWakeUp);
    if (later) this.postpone(later.seq, dueAtMs);
    return later?.id ?? null;
  }
}

type WaitingRow = {
  seq: number;
  id: string;
  key: string | null;
  kind: string;
  is_wake_up: number;
  due_at_ms: number;
  send_at_ms: number | null;
  is_dead: number;
  is_untaken: number;
};
