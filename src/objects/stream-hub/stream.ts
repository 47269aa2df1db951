/** One stream over the SQLite of its object: everything that needs nobody else. The time is an argument, and every call is one turn. */
import type { StreamFrom, StreamPosition } from '../../wire/stream-offset.ts';
import { decideAppend, isJsonType } from './append-rules.ts';
import type { AppendMessages, AppendResult, MessageBatch, StreamState } from './rpc.ts';
import { StreamLog } from './stream-log.ts';
import { deathOf, loadRecord, needsRenewal, saveRecord } from './stream-record.ts';
import type { StreamRecord } from './stream-record.ts';

export class Stream {
  readonly #sql: SqlStorage;
  readonly #log: StreamLog;
  #record: StreamRecord;

  private constructor(sql: SqlStorage, record: StreamRecord) {
    this.#sql = sql;
    this.#record = record;
    this.#log = new StreamLog(sql, isJsonType(record.contentType), record.fork?.begin ?? 0);
  }

  /** The stream that this storage holds; null when there is none. The tables have to be there. */
  static load(sql: SqlStorage): Stream | null {
    const record = loadRecord(sql);
    return record && new Stream(sql, record);
  }

  /** Makes a stream of a record, with its first messages. */
  static create(sql: SqlStorage, record: StreamRecord, firstMessages: readonly MessageBatch[]): Stream {
    saveRecord(sql, record);
    const stream = new Stream(sql, record);
    for (const messages of firstMessages) stream.#log.append(messages, record.createdAtMs);
    return stream;
  }

  get record(): Readonly<StreamRecord> {
    return this.#record;
  }

  get isJson(): boolean {
    return isJsonType(this.#record.contentType);
  }

  get next(): StreamPosition {
    return { epoch: this.#record.epoch, position: this.#log.tail };
  }

  get state(): StreamState {
    const { contentType, lifetime, isClosed } = this.#record;
    return { contentType, lifetime, next: this.next, isClosed };
  }

  isDead(nowMs: number): boolean {
    return this.#record.diesAtMs !== null && this.#record.diesAtMs <= nowMs;
  }

  /** Notes that the stream was used: one that lives from its last use lives on. @returns whether when it dies has changed */
  touch(nowMs: number): boolean {
    if (!needsRenewal(this.#record, nowMs)) return false;
    this.#save({ diesAtMs: deathOf(this.#record.lifetime, nowMs) });
    return true;
  }

  append(append: AppendMessages, nowMs: number): AppendResult {
    const { producer } = append;
    const known = producer && this.#producer(producer.id);
    const decision = decideAppend({ ...this.#record, producer: known }, append);
    switch (decision.kind) {
      case 'repeat':
        return { ...this.#appended(), kind: 'duplicate', producer: known };
      case 'accept':
        this.#write(append, nowMs);
        return { ...this.#appended(), kind: 'appended', producer };
      case 'closed':
        return { kind: 'closed', next: this.next };
      default:
        return decision;
    }
  }

  /** A position for a reader; `too_far` behind the last message, `expired` where the offset belongs to a stream before this one. */
  locate(from: StreamFrom): StreamPosition | 'too_far' | 'expired' {
    const { epoch, fork } = this.#record;
    if (from === 'start') return { epoch, position: 0 };
    if (from === 'now') return this.next;
    const { position } = from;
    if (from.epoch > epoch || position > this.#log.tail) return 'too_far';
    const isKnown =
      from.epoch === epoch || from.epoch === 0 || fork?.lineage.some((past) => past.epoch === from.epoch && position <= past.position);
    return isKnown === true ? { epoch, position } : 'expired';
  }

  /** The stream's own messages of the positions `from` to `until`, as far as `maxLength` goes and at least one; those before `ownFrom` are the source's. */
  read(from: number, maxLength: number, until?: number): MessageBatch {
    return this.#log.read(from, maxLength, until);
  }

  /** How many characters or bytes of messages stand between two positions, to the nearest append. */
  lengthBetween(from: number, until: number): number {
    return this.#log.lengthBefore(until) - this.#log.lengthBefore(from);
  }

  appendedAt(position: number): MessageBatch {
    return this.#log.appendedAt(position);
  }

  /** Of its own messages, in bytes (JSON: characters). */
  get size(): number {
    return this.#log.lengthBefore(this.#log.tail);
  }

  get ownFrom(): number {
    return this.#log.begin;
  }

  /** Marks it as deleted: only forks read it from now on. */
  markDeleted(): void {
    this.#save({ isDeleted: true });
  }

  /** Uses a ticket up. @returns false when it was used before */
  useTicket(id: string, expiresAtMs: number, nowMs: number): boolean {
    this.#sql.exec('DELETE FROM used_tickets WHERE expires_at_ms < ?', nowMs);
    return this.#sql.exec('INSERT OR IGNORE INTO used_tickets VALUES (?, ?)', id, expiresAtMs).rowsWritten > 0;
  }

  get forks(): string[] {
    return this.#sql
      .exec<{ name: string }>('SELECT name FROM forks')
      .toArray()
      .map(({ name }) => name);
  }

  addFork(name: string): void {
    this.#sql.exec('INSERT OR IGNORE INTO forks VALUES (?)', name);
  }

  removeFork(name: string): void {
    this.#sql.exec('DELETE FROM forks WHERE name = ?', name);
  }

  #write({ messages, closes, producer, streamSeq }: AppendMessages, nowMs: number): void {
    if (messages) this.#log.append(messages, nowMs);
    if (producer) {
      this.#sql.exec('INSERT OR REPLACE INTO producers VALUES (?, ?, ?, ?)', producer.id, producer.epoch, producer.seq, nowMs);
    }
    const isRenewed = needsRenewal(this.#record, nowMs);
    if (!closes && streamSeq === null && !isRenewed) return;
    this.#save({
      isClosed: this.#record.isClosed || closes,
      lastStreamSeq: streamSeq ?? this.#record.lastStreamSeq,
      diesAtMs: isRenewed ? deathOf(this.#record.lifetime, nowMs) : this.#record.diesAtMs,
    });
  }

  #appended(): { next: StreamPosition; isClosed: boolean } {
    return { next: this.next, isClosed: this.#record.isClosed };
  }

  #producer(id: string): { epoch: number; seq: number } | null {
    return this.#sql.exec<{ epoch: number; seq: number }>('SELECT epoch, seq FROM producers WHERE id = ?', id).toArray()[0] ?? null;
  }

  #save(changes: Partial<StreamRecord>): void {
    this.#record = { ...this.#record, ...changes };
    saveRecord(this.#sql, this.#record);
  }
}
