/** A stream as one of its relays knows it, over the relay's SQLite: how far it has been sent on, and how long that was. */
import type { StreamPosition } from '../../wire/stream-offset.ts';
import { isJsonType } from './append-rules.ts';
import type { RelayedState } from './relay-rpc.ts';

/** The tables of a relay, for its migrations. */
export const RELAYED_SCHEMA = `
  CREATE TABLE stream (id INTEGER PRIMARY KEY CHECK (id = 0), state TEXT NOT NULL);
  CREATE TABLE announced (position INTEGER PRIMARY KEY, length_before INTEGER NOT NULL)`;

/** How far back lengths are known: twice what may be on its way to a reader. */
const KNOWN_LENGTH = 1024 * 1024;
/** As many rows may be too many, so that not each announcement deletes one. */
const ROWS_TOO_MANY = 64;

/** Where an announcement ended, and how long everything was that this relay had sent by then. */
interface Mark {
  position: number;
  lengthBefore: number;
}

export class RelayedStream {
  readonly #sql: SqlStorage;
  #state: RelayedState;
  #marks: Mark[];

  private constructor(sql: SqlStorage, state: RelayedState, marks: Mark[]) {
    this.#sql = sql;
    this.#state = state;
    this.#marks = marks;
  }

  /** What this relay knew when it was here last; null: nothing. */
  static load(sql: SqlStorage): RelayedStream | null {
    const [row] = sql.exec<{ state: string }>('SELECT state FROM stream').toArray();
    if (!row) return null;
    const marks = sql.exec<{ position: number; length_before: number }>('SELECT * FROM announced ORDER BY position').toArray();
    const known = marks.map(({ position, length_before: lengthBefore }) => ({ position, lengthBefore }));
    const state = JSON.parse(row.state) as RelayedState; // written by `#save`
    return new RelayedStream(sql, { ...state, next: known.at(-1)?.position ?? state.next }, known);
  }

  /** A relay that begins where the stream ends at the moment. */
  static begin(sql: SqlStorage, state: RelayedState): RelayedStream {
    const stream = new RelayedStream(sql, state, []);
    stream.#save();
    stream.#mark({ position: state.next, lengthBefore: 0 });
    return stream;
  }

  get state(): RelayedState {
    return this.#state;
  }

  get contentType(): string {
    return this.#state.contentType;
  }

  get isJson(): boolean {
    return isJsonType(this.#state.contentType);
  }

  get isClosed(): boolean {
    return this.#state.isClosed;
  }

  get first(): StreamPosition {
    return { epoch: this.#state.epoch, position: this.#state.first };
  }

  /** Everything before it was announced here. */
  get next(): StreamPosition {
    return { epoch: this.#state.epoch, position: this.#state.next };
  }

  /** Takes note of messages that are announced now. `state` is what is known of the stream, of which this is the end as far as this relay goes. */
  advance({ first, isClosed, next: end }: RelayedState, count: number, length: number): void {
    const before = this.#state;
    const next = before.next + count;
    this.#state = { ...before, first, next, isClosed: isClosed && next === end };
    if (this.#state.first !== before.first || this.#state.isClosed !== before.isClosed) this.#save();
    this.#mark({ position: next, lengthBefore: (this.#marks.at(-1)?.lengthBefore ?? 0) + length });
  }

  /** How many characters or bytes of messages stand between two positions, to the nearest announcement; Infinity where that is too long ago. */
  lengthBetween(from: number, until: number): number {
    return from === until ? 0 : this.#lengthBefore(until) - this.#lengthBefore(from);
  }

  #lengthBefore(position: number): number {
    const mark = this.#marks.findLast((one) => one.position <= position);
    return mark?.lengthBefore ?? -Infinity;
  }

  /** What the last mark does not say. */
  #save(): void {
    this.#sql.exec('INSERT OR REPLACE INTO stream VALUES (0, ?)', JSON.stringify(this.#state));
  }

  #mark(mark: Mark): void {
    this.#marks.push(mark);
    this.#sql.exec('INSERT OR REPLACE INTO announced VALUES (?, ?)', mark.position, mark.lengthBefore);
    const oldest = this.#marks.findLastIndex(({ lengthBefore }) => lengthBefore <= mark.lengthBefore - KNOWN_LENGTH);
    if (oldest < ROWS_TOO_MANY) return;
    this.#marks = this.#marks.slice(oldest);
    this.#sql.exec('DELETE FROM announced WHERE position < ?', this.#marks[0]?.position ?? 0);
  }
}
