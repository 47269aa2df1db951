/** Which segments of a stream stand in R2, and how far each has come: what is decided is written here before it is done. */
import type { SegmentChunk } from './segment-chunks.ts';

/**
 * `planned`: it is being written, and its rows are here. `stored`: its rows are gone, and the manifest does not know it. `listed`: the manifest does.
 * `dropped`: it is to be deleted.
 */
export type SegmentState = 'planned' | 'stored' | 'listed' | 'dropped';

export interface Segment {
  position: number;
  /** the position behind its last message */
  until: number;
  lengthBefore: number;
  length: number;
  /** when its last message was appended */
  lastAtMs: number;
  byteLength: number;
  chunks: SegmentChunk[];
}

type Row = {
  position: number;
  until: number;
  length_before: number;
  length: number;
  last_at_ms: number;
  byte_length: number;
  chunks: string;
};

export class SegmentTable {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** The segment that has this position and is to be read; null where there is none. */
  at(position: number): Segment | null {
    const [row] = this.#sql
      .exec<Row>("SELECT * FROM segments WHERE position <= ? AND until > ? AND state IN ('stored', 'listed')", position, position)
      .toArray();
    return row ? segmentOf(row) : null;
  }

  /** How many characters or bytes stand before a position, to the nearest chunk; null for one that is in no segment. */
  lengthBefore(position: number): number | null {
    return this.at(position)?.chunks.findLast((chunk) => chunk.position <= position)?.lengthBefore ?? null;
  }

  /** In these states, in order of position. */
  all(...states: SegmentState[]): Segment[] {
    return this.#sql
      .exec<Row>('SELECT * FROM segments WHERE state IN (SELECT value FROM json_each(?)) ORDER BY position', JSON.stringify(states))
      .toArray()
      .map(segmentOf);
  }

  /** Notes a segment, or notes it anew. */
  plan({ position, until, lengthBefore, length, lastAtMs, byteLength, chunks }: Segment): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO segments VALUES (?, ?, ?, ?, ?, 'planned', ?, ?)",
      position,
      until,
      lengthBefore,
      length,
      lastAtMs,
      byteLength,
      JSON.stringify(chunks),
    );
  }

  move(position: number, state: SegmentState): void {
    this.#sql.exec('UPDATE segments SET state = ? WHERE position = ?', state, position);
  }

  /** What stands between two positions is to be deleted. */
  drop(from: number, until: number): void {
    this.#sql.exec("UPDATE segments SET state = 'dropped' WHERE position >= ? AND until <= ?", from, until);
  }

  remove(position: number): void {
    this.#sql.exec('DELETE FROM segments WHERE position = ?', position);
  }

  /** The position of the first message behind the segments that are too old, or that enough stands behind; null where no segment goes. */
  cut(beforeMs: number, beforeLength: number): number | null {
    const [row] = this.#sql
      .exec<{ cut: number | null }>(
        'SELECT max(until) AS cut FROM segments WHERE last_at_ms < ? OR length_before + length <= ?',
        beforeMs,
        beforeLength,
      )
      .toArray();
    return row?.cut ?? null;
  }
}

function segmentOf(row: Row): Segment {
  return {
    position: row.position,
    until: row.until,
    lengthBefore: row.length_before,
    length: row.length,
    lastAtMs: row.last_at_ms,
    byteLength: row.byte_length,
    chunks: JSON.parse(row.chunks) as SegmentChunk[], // written by `plan`
  };
}
