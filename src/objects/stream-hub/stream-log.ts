/** The messages of a stream, in rows of many: what was appended together is written together. */
import { joinBatches, noMessages, sliceBatch, splitBatch } from './message-batch.ts';
import type { MessageBatch } from './rpc.ts';
import type { LogRow } from './segment-chunks.ts';

/** Of as many positions it is remembered how much stands before them: readers who are behind are at a few. */
const MAX_KNOWN_LENGTHS = 64;

/** How much a row holds, in characters or bytes: below what SQLite takes in a Durable Object (2 MB), and little to cut when a reader begins inside. */
const ROW_LENGTH = 256 * 1024;

type Row = { position: number; append_position: number; count: number; data: string | ArrayBuffer; lengths: string | null };

export class StreamLog {
  readonly #sql: SqlStorage;
  readonly #isJson: boolean;
  /** the position of the first message that is here and not in a fork's source */
  readonly #begin: number;
  #tail: number;
  /** of everything before the tail */
  #length: number;
  readonly #knownLengths = new Map<number, number>();
  /** the first row that is here; null without rows */
  #first: { position: number; lengthBefore: number } | null = null;

  constructor(sql: SqlStorage, isJson: boolean, begin: number) {
    this.#sql = sql;
    this.#isJson = isJson;
    this.#begin = begin;
    const [last] = sql
      .exec<{ tail: number; length: number }>(
        'SELECT position + count AS tail, length_before + length(data) AS length FROM log ORDER BY position DESC LIMIT 1',
      )
      .toArray();
    this.#tail = last?.tail ?? begin;
    this.#length = last?.length ?? 0;
    this.#loadFirst();
  }

  get begin(): number {
    return this.#begin;
  }

  /** The position behind the last message. */
  get tail(): number {
    return this.#tail;
  }

  /** The position of the first message that is here: those before it are elsewhere, or gone. */
  get hotFrom(): number {
    return this.#first?.position ?? this.#tail;
  }

  /** How many characters or bytes are here. */
  get hotLength(): number {
    return this.#length - (this.#first?.lengthBefore ?? this.#length);
  }

  /** Appends what came in one request. */
  append(batch: MessageBatch, nowMs: number): void {
    const appendPosition = this.#tail;
    this.#first ??= { position: this.#tail, lengthBefore: this.#length };
    for (const { data, lengths } of splitBatch(batch, ROW_LENGTH)) {
      this.#sql.exec(
        'INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?)',
        this.#tail,
        appendPosition,
        nowMs,
        lengths.length,
        this.#length,
        data,
        lengths.length === 1 ? null : JSON.stringify(lengths),
      );
      this.#tail += lengths.length;
      this.#length += data.length;
    }
  }

  /** How many characters or bytes stand before a position, to the nearest row. */
  lengthBefore(position: number): number {
    if (position >= this.#tail) return this.#length;
    const known = this.#knownLengths.get(position);
    if (known !== undefined) return known;
    const [row] = this.#sql
      .exec<{ length_before: number }>('SELECT length_before FROM log WHERE position <= ? ORDER BY position DESC LIMIT 1', position)
      .toArray();
    if (this.#knownLengths.size >= MAX_KNOWN_LENGTHS) this.#knownLengths.clear();
    this.#knownLengths.set(position, row?.length_before ?? 0);
    return row?.length_before ?? 0;
  }

  /** The messages of the positions `from` to `until`, at most about `maxLength` characters or bytes of them and at least one; `from` is not before `begin`. */
  read(from: number, maxLength: number, until = this.#tail): MessageBatch {
    const batches: MessageBatch[] = [];
    let length = 0;
    for (const row of this.#rowsFrom(from)) {
      if (row.position >= until || (length > 0 && length >= maxLength)) break;
      const batch = batchOf(row);
      const part = sliceBatch(batch, Math.max(0, from - row.position), Math.min(row.count, until - row.position));
      batches.push(part);
      length += part.data.length;
    }
    return batches.length === 0 ? noMessages(this.#isJson) : joinBatches(batches, this.#isJson);
  }

  /** The messages that were appended together, of which the first one has this position; none where there is nothing. */
  appendedAt(position: number): MessageBatch {
    const rows = this.#sql
      .exec<Row>('SELECT position, append_position, count, data, lengths FROM log WHERE append_position = ? ORDER BY position', position)
      .toArray();
    return joinBatches(rows.length === 0 ? [noMessages(this.#isJson)] : rows.map(batchOf), this.#isJson);
  }

  /** The first rows that are here: at least `minLength` characters or bytes of them, and up to the end of an append. */
  firstRows(minLength: number): LogRow[] {
    const rows: LogRow[] = [];
    let length = 0;
    const found = this.#sql.exec<Row & { at_ms: number; length_before: number }>('SELECT * FROM log ORDER BY position');
    for (const row of found) {
      if (length >= minLength && row.append_position === row.position) break;
      const messages = batchOf(row);
      rows.push({
        position: row.position,
        appendPosition: row.append_position,
        atMs: row.at_ms,
        lengthBefore: row.length_before,
        messages,
      });
      length += messages.data.length;
    }
    return rows;
  }

  /** The position of the first message that is as late as this and has no more than `maxBehind` characters or bytes behind its row; the tail where there is none. */
  cut(sinceMs: number, behindLength: number): number {
    const [row] = this.#sql
      .exec<{ position: number }>(
        'SELECT position FROM log WHERE at_ms >= ? AND length_before + length(data) > ? ORDER BY position LIMIT 1',
        sinceMs,
        behindLength,
      )
      .toArray();
    return row?.position ?? this.#tail;
  }

  /** When the message of a position was appended; null for one that is not here. */
  atMs(position: number): number | null {
    const [row] = this.#sql.exec<{ at_ms: number }>('SELECT at_ms FROM log WHERE position <= ? ORDER BY position DESC LIMIT 1', position);
    return row?.at_ms ?? null;
  }

  /** Removes the rows from one position until another, but for the last row: it says how far the stream has come. */
  drop(from: number, until: number): void {
    this.#sql.exec(
      'DELETE FROM log WHERE position >= ? AND position + count <= ? AND position < (SELECT max(position) FROM log)',
      from,
      until,
    );
    this.#loadFirst();
  }

  #loadFirst(): void {
    const [row] = this.#sql
      .exec<{ position: number; length_before: number }>('SELECT position, length_before FROM log ORDER BY position LIMIT 1')
      .toArray();
    this.#first = row ? { position: row.position, lengthBefore: row.length_before } : null;
  }

  #rowsFrom(position: number): Iterable<Row> {
    return this.#sql.exec<Row>(
      `SELECT position, append_position, count, data, lengths FROM log
       WHERE position >= (SELECT coalesce(max(position), 0) FROM log WHERE position <= ?) ORDER BY position`,
      position,
    );
  }
}

function batchOf({ data, lengths }: Row): MessageBatch {
  const content = typeof data === 'string' ? data : new Uint8Array(data);
  return { data: content, lengths: lengths === null ? [content.length] : (JSON.parse(lengths) as number[]) }; // written by `append`
}
