/** The rows of a tenant's files. What they take is counted along, so that no declaration has to add all of them up. */
import type { FileRecord, NewFile } from '../../wire/files.ts';

/** What is known of a file besides what everybody may see. */
export interface FileRow extends FileRecord {
  isRemoved: boolean;
  /** when content was last on its way */
  begunAtMs: number | null;
  /** what R2 calls its upload in parts; null before the first part */
  uploadId: string | null;
}

export class FileRows {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  usage(): { files: number; bytes: number } {
    return this.#sql.exec<{ files: number; bytes: number }>('SELECT files, bytes FROM usage').one();
  }

  insert(id: string, { name, type, size, sha256, createdBy }: NewFile, nowMs: number, endsAtMs: number): void {
    this.#sql.exec(
      'INSERT INTO files (id, name, type, size, sha256, created_by, created_at_ms, ends_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      id,
      name,
      type,
      size,
      sha256,
      createdBy,
      nowMs,
      endsAtMs,
    );
    this.#sql.exec('UPDATE usage SET files = files + 1, bytes = bytes + ?', size);
  }

  /** A file that is removed is found, too: its row stands until its content is surely gone. */
  find(id: string): FileRow | null {
    const [row] = this.#sql.exec<StoredRow>('SELECT * FROM files WHERE id = ?', id).toArray();
    return row === undefined ? null : rowOf(row);
  }

  list(after: string, limit: number): FileRow[] {
    return this.#sql
      .exec<StoredRow>('SELECT * FROM files WHERE id > ? AND is_removed = 0 ORDER BY id LIMIT ?', after, limit)
      .toArray()
      .map(rowOf);
  }

  /** Those that are to be looked at, the first to end first. */
  ended(nowMs: number, limit: number): FileRow[] {
    return this.#sql
      .exec<StoredRow>('SELECT * FROM files WHERE ends_at_ms <= ? ORDER BY ends_at_ms LIMIT ?', nowMs, limit)
      .toArray()
      .map(rowOf);
  }

  /** When the next file is to be looked at. */
  nextEndMs(): number | null {
    return this.#sql.exec<{ at_ms: number | null }>('SELECT MIN(ends_at_ms) AS at_ms FROM files').one().at_ms;
  }

  begin(id: string, nowMs: number, noEndBeforeMs: number): void {
    this.#sql.exec('UPDATE files SET begun_at_ms = ?, ends_at_ms = MAX(ends_at_ms, ?) WHERE id = ?', nowMs, noEndBeforeMs, id);
  }

  finish(id: string, nowMs: number): void {
    this.#sql.exec('UPDATE files SET stored_at_ms = ?, ends_at_ms = NULL WHERE id = ?', nowMs, id);
  }

  markRemoved(id: string, endsAtMs: number): void {
    this.#sql.exec('UPDATE files SET is_removed = 1, ends_at_ms = ? WHERE id = ?', endsAtMs, id);
  }

  delete(id: string): void {
    for (const { size } of this.#sql.exec<{ size: number }>('DELETE FROM files WHERE id = ? RETURNING size', id).toArray())
      this.#sql.exec('UPDATE usage SET files = files - 1, bytes = bytes - ?', size);
  }
}

interface StoredRow extends Record<string, SqlStorageValue> {
  id: string;
  is_removed: number;
  name: string;
  type: string;
  size: number;
  sha256: string | null;
  created_by: string;
  created_at_ms: number;
  begun_at_ms: number | null;
  stored_at_ms: number | null;
  ends_at_ms: number | null;
  upload_id: string | null;
}

function rowOf(row: StoredRow): FileRow {
  const { id, name, type, size, sha256 } = row;
  return {
    id,
    name,
    type,
    size,
    sha256,
    createdBy: row.created_by,
    createdAtMs: row.created_at_ms,
    storedAtMs: row.stored_at_ms,
    endsAtMs: row.ends_at_ms,
    isRemoved: row.is_removed === 1,
    begunAtMs: row.begun_at_ms,
    uploadId: row.upload_id,
  };
}
