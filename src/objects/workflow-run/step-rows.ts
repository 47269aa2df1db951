/** The rows of a run's steps. */
import type { StepStatus } from '../../runs/entities.ts';
import type { PageRequest } from '../../runs/pages.ts';
import type { StepState } from '../../runs/states.ts';
import { rankedPage, type Ranked } from './ranked-page.ts';
import { jsonOf, parsed } from './row-text.ts';

type StepRow = {
  rank: number;
  step_id: string;
  step_name: string;
  status: string;
  attempt: number;
  error: string | null;
  created_at_ms: number;
  updated_at_ms: number;
  started_at_ms: number | null;
  completed_at_ms: number | null;
  retry_after_ms: number | null;
  spec_version: number;
};

export class StepRows {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  get(stepId: string): StepState | null {
    const [row] = this.#sql.exec<StepRow>('SELECT * FROM steps WHERE step_id = ?', stepId).toArray();
    return row ? stepOf(row) : null;
  }

  put(step: StepState): void {
    this.#sql.exec(
      `INSERT INTO steps (step_id, step_name, status, attempt, error, created_at_ms, updated_at_ms, started_at_ms, completed_at_ms,
         retry_after_ms, spec_version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (step_id) DO UPDATE SET status = excluded.status, attempt = excluded.attempt, error = excluded.error,
         updated_at_ms = excluded.updated_at_ms, started_at_ms = excluded.started_at_ms, completed_at_ms = excluded.completed_at_ms,
         retry_after_ms = excluded.retry_after_ms`,
      step.stepId,
      step.stepName,
      step.status,
      step.attempt,
      jsonOf(step.error),
      step.createdAtMs,
      step.updatedAtMs,
      step.startedAtMs,
      step.completedAtMs,
      step.retryAfterMs,
      step.specVersion,
    );
  }

  /** One more than the page holds where there are more. */
  page(page: PageRequest, position: number | null): Ranked<StepState>[] {
    const rows = this.#sql.exec<StepRow>(`SELECT * FROM steps WHERE ${rankedPage(page, position)}`).toArray();
    return rows.map((row) => ({ rank: row.rank, state: stepOf(row) }));
  }
}

function stepOf(row: StepRow): StepState {
  return {
    stepId: row.step_id,
    stepName: row.step_name,
    status: row.status as StepStatus, // written by `put`
    attempt: row.attempt,
    error: parsed(row.error) as StepState['error'], // written by `put`
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    startedAtMs: row.started_at_ms,
    completedAtMs: row.completed_at_ms,
    retryAfterMs: row.retry_after_ms,
    specVersion: row.spec_version,
  };
}
