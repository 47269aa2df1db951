/** One stream over the SQLite of its object: everything that needs nobody else. The time is an argument, and every call is one turn. */
import type { StreamFrom, StreamPosition } from '../../wire/stream-offset.ts';
import { decideAppend, isJsonType } from './append-rules.ts';
import type { AppendMessages, AppendResult, Location, MessageBatch, ProducerName, StreamState } from './rpc.ts';
import type { LogRow } from './segment-chunks.ts';
import type { SentStream } from './sent-stream.ts';
import { SegmentTable } from './segment-table.ts';
import type { Segment } from './segment-table.ts';
import { StreamLog } from './stream-log.ts';
import { deathOf, loadRecord, needsRenewal, saveRecord } from './stream-record.ts';
import type { StreamRecord } from './stream-record.ts';

export class Stream implements SentStream {
  readonly #sql: SqlStorage;
  readonly #log: StreamLog;
  /** what of it stands in R2 */
  readonly segments: SegmentTable;
  #record: StreamRecord;

  private constructor(sql: SqlStorage, record: StreamRecord) {
    this.#sql = sql;
    this.#record = record;
    this.segments = new SegmentTable(sql);
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

  get contentType(): string {
    return this.#record.contentType;
  }

  get isJson(): boolean {
    return isJsonType(this.#record.contentType);
  }

  get isClosed(): boolean {
    return this.#record.isClosed;
  }

  get next(): StreamPosition {
    return { epoch: this.#record.epoch, position: this.#log.tail };
  }

  get first(): StreamPosition {
    return { epoch: this.#record.epoch, position: this.#record.keptFrom };
  }

  get state(): StreamState {
    const { contentType, lifetime, retention, isClosed } = this.#record;
    return { contentType, lifetime, retention, first: this.first, next: this.next, isClosed };
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

  /** A position for a reader. */
  locate(from: StreamFrom): Location {
    const { epoch, fork, keptFrom } = this.#record;
    if (from === 'start') return { kind: 'at', position: this.first };
    if (from === 'now') return { kind: 'at', position: this.next };
    const { position } = from;
    if (from.epoch > epoch || position > this.#log.tail) return { kind: 'too_far' };
    const isKnown =
      from.epoch === epoch || from.epoch === 0 || fork?.lineage.some((past) => past.epoch === from.epoch && position <= past.position);
    if (isKnown !== true) return { kind: 'expired' };
    return position < keptFrom ? { kind: 'trimmed', first: this.first } : { kind: 'at', position: { epoch, position } };
  }

  /** The stream's own messages of the positions `from` to `until`, as far as `maxLength` goes and at least one; those before `ownFrom` are the source's. */
  read(from: number, maxLength: number, until?: number): MessageBatch {
    return this.#log.read(from, maxLength, until);
  }

  /** How many characters or bytes of messages stand between two positions, to the nearest append. */
  lengthBetween(from: number, until: number): number {
    return from === until ? 0 : this.#lengthBefore(until) - this.#lengthBefore(from);
  }

  appendedAt(position: number): MessageBatch {
    return this.#log.appendedAt(position);
  }

  /** Of its own messages that are kept, in bytes (JSON: characters). */
  get size(): number {
    return this.lengthBetween(this.#record.keptFrom, this.#log.tail);
  }

  /** Messages before this position are not in the object's log. */
  get hotFrom(): number {
    return this.#log.hotFrom;
  }

  get hotLength(): number {
    return this.#log.hotLength;
  }

  /** When the oldest message that is kept here was appended; null without one. */
  get oldestAtMs(): number | null {
    const { keptFrom } = this.#record;
    const segment = this.segments.at(keptFrom);
    if (segment) return segment.lastAtMs;
    return keptFrom < this.#log.tail ? this.#log.atMs(Math.max(keptFrom, this.#log.hotFrom)) : null;
  }

  firstRows(minLength: number): LogRow[] {
    return this.#log.firstRows(minLength);
  }

  /** A segment stands in R2: its rows go. */
  settle({ position, until }: Segment): void {
    this.segments.move(position, 'stored');
    this.#log.drop(position, until);
  }

  /** Lets go what need not be kept; what forks need of it stays, and is shown to them alone. */
  trim(nowMs: number): void {
    const { ageSec, bytes } = this.#record.retention;
    if (ageSec === null && bytes === null) return;
    const sinceMs = ageSec === null ? 0 : nowMs - ageSec * 1000;
    const behindLength = bytes === null ? -1 : this.#log.lengthBefore(this.#log.tail) - bytes;
    const cut = this.#log.cut(sinceMs, behindLength);
    const keptFrom = cut > this.#log.hotFrom ? cut : (this.segments.cut(sinceMs, behindLength) ?? 0);
    if (keptFrom > this.#record.keptFrom) this.#save({ keptFrom });
    const neededUntil = this.#sql.exec<{ until: number | null }>('SELECT max(until) AS until FROM forks').one().until ?? 0;
    this.#log.drop(neededUntil, this.#record.keptFrom);
    this.segments.drop(neededUntil, this.#record.keptFrom);
  }

  get ownFrom(): number {
    return this.#log.begin;
  }

  /** Marks it as deleted: only forks read it from now on. */
  markDeleted(): void {
    this.#save({ isDeleted: true });
  }

  get forks(): string[] {
    return this.#sql
      .exec<{ name: string }>('SELECT name FROM forks')
      .toArray()
      .map(({ name }) => name);
  }

  /** @param until the fork needs the messages before this position */
  addFork(name: string, until: number): void {
    this.#sql.exec('INSERT INTO forks VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET until = max(until, excluded.until)', name, until);
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

  #lengthBefore(position: number): number {
    const kept = Math.max(position, this.#record.keptFrom);
    return kept < this.#log.hotFrom ? (this.segments.lengthBefore(kept) ?? 0) : this.#log.lengthBefore(kept);
  }

  #appended(): { next: StreamPosition; isClosed: boolean } {
    return { next: this.next, isClosed: this.#record.isClosed };
  }

  /** The last number that is stored of a producer; null: none. */
  lastSequenceOf({ id, epoch }: ProducerName): number | null {
    const known = this.#producer(id);
    return known?.epoch === epoch ? known.seq : null;
  }

  #producer(id: string): { epoch: number; seq: number } | null {
    return this.#sql.exec<{ epoch: number; seq: number }>('SELECT epoch, seq FROM producers WHERE id = ?', id).toArray()[0] ?? null;
  }

  #save(changes: Partial<StreamRecord>): void {
    this.#record = { ...this.#record, ...changes };
    saveRecord(this.#sql, this.#record);
  }
}
