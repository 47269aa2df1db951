/** The rows of a run's waits. */
import type { WaitState } from '../../runs/states.ts';

type WaitRow = { wait_id: string; resume_at_ms: number; created_at_ms: number; completed_at_ms: number | null; spec_version: number };

export class WaitRows {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  get(waitId: string): WaitState | null {
    const [row] = this.#sql.exec<WaitRow>('SELECT * FROM waits WHERE wait_id = ?', waitId).toArray();
    return row ? waitOf(row) : null;
  }

  put({ waitId, resumeAtMs, createdAtMs, completedAtMs, specVersion }: WaitState): void {
    this.#sql.exec('INSERT OR REPLACE INTO waits VALUES (?, ?, ?, ?, ?)', waitId, resumeAtMs, createdAtMs, completedAtMs, specVersion);
  }

  clear(): void {
    this.#sql.exec('DELETE FROM waits');
  }
}

function waitOf(row: WaitRow): WaitState {
  return {
    waitId: row.wait_id,
    resumeAtMs: row.resume_at_ms,
    createdAtMs: row.created_at_ms,
    completedAtMs: row.completed_at_ms,
    specVersion: row.spec_version,
  };
}
