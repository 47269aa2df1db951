/** The row of a run, which is read once: every event and every replay asks for it. Whoever undoes a transaction takes a new one. */
import { jsonOf, runOfRow, type RunRow } from '../../runs/state-rows.ts';
import type { RunState } from '../../runs/states.ts';

export class RunRecord {
  readonly #sql: SqlStorage;
  /** undefined: not read yet */
  #state: RunState | null | undefined;
  #externalAtMs: number | undefined;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  get(): RunState | null {
    if (this.#state === undefined) {
      const [row] = this.#sql.exec<RunRow>('SELECT * FROM run').toArray();
      this.#state = row ? runOfRow(row) : null;
    }
    return this.#state;
  }

  put(run: RunState): void {
    this.#sql.exec(
      `INSERT INTO run (id, status, deployment_id, workflow_name, spec_version, execution_context, error, created_at_ms, updated_at_ms,
         started_at_ms, completed_at_ms) VALUES (0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET status = excluded.status, error = excluded.error, updated_at_ms = excluded.updated_at_ms,
         started_at_ms = excluded.started_at_ms, completed_at_ms = excluded.completed_at_ms`,
      run.status,
      run.deploymentId,
      run.workflowName,
      run.specVersion,
      jsonOf(run.executionContext),
      jsonOf(run.error),
      run.createdAtMs,
      run.updatedAtMs,
      run.startedAtMs,
      run.completedAtMs,
    );
    this.#state = run;
  }

  /** The time of the newest event from outside; 0: there was none. */
  get externalAtMs(): number {
    this.#externalAtMs ??= this.#sql.exec<{ external_at_ms: number }>('SELECT external_at_ms FROM run').toArray()[0]?.external_at_ms ?? 0;
    return this.#externalAtMs;
  }

  noteExternal(atMs: number): void {
    if (atMs <= this.externalAtMs) return;
    this.#sql.exec('UPDATE run SET external_at_ms = ?', atMs);
    this.#externalAtMs = atMs;
  }
}
