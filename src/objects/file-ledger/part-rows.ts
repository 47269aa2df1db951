/** The parts of files that are sent in parts, as far as they have come. */
import type { StoredPart } from './rpc.ts';

export const PARTS_SCHEMA = `
  ALTER TABLE files ADD COLUMN upload_id TEXT;
  CREATE TABLE parts (file_id TEXT NOT NULL, number INTEGER NOT NULL, etag TEXT NOT NULL, PRIMARY KEY (file_id, number)) WITHOUT ROWID;`;

export class PartRows {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** @param uploadId what R2 calls the upload */
  begin(file: string, uploadId: string): void {
    this.#sql.exec('UPDATE files SET upload_id = ? WHERE id = ?', uploadId, file);
  }

  /** A part that comes again takes the place of the one before. */
  store(file: string, { number, etag }: StoredPart, endsAtMs: number): void {
    this.#sql.exec('INSERT OR REPLACE INTO parts VALUES (?, ?, ?)', file, number, etag);
    this.#sql.exec('UPDATE files SET ends_at_ms = ? WHERE id = ?', endsAtMs, file);
  }

  /** In their order. */
  of(file: string): StoredPart[] {
    const rows = this.#sql.exec<{ number: number; etag: string }>('SELECT number, etag FROM parts WHERE file_id = ? ORDER BY number', file);
    return rows.toArray();
  }

  /** Forgets the upload, and what has come of it. */
  clear(file: string): void {
    this.#sql.exec('DELETE FROM parts WHERE file_id = ?', file);
    this.#sql.exec('UPDATE files SET upload_id = NULL WHERE id = ?', file);
  }
}
