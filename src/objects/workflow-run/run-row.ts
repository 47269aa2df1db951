/** The row of a run. */
import { jsonOf, runOfRow, type RunRow } from '../../runs/state-rows.ts';
import type { RunState } from '../../runs/states.ts';

export class RunRecord {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  get(): RunState | null {
    const [row] = this.#sql.exec<RunRow>('SELECT * FROM run').toArray();
    return row ? runOfRow(row) : null;
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
  }

  /** The time of the newest event from outside; 0: there was none. */
  get externalAtMs(): number {
    return this.#sql.exec<{ external_at_ms: number }>('SELECT external_at_ms FROM run').toArray()[0]?.external_at_ms ?? 0;
  }

  noteExternal(atMs: number): void {
    this.#sql.exec('UPDATE run SET external_at_ms = max(external_at_ms, ?)', atMs);
  }
}
