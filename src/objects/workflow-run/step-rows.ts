/** The rows of a run's steps. Those that are not over are in memory, too: each is asked for whenever something becomes of it. Whoever undoes a transaction takes new ones. */
import type { PageRequest } from '../../runs/pages.ts';
import { jsonOf, stepOfRow, type StepRow } from '../../runs/state-rows.ts';
import { hasEnded, type StepState } from '../../runs/states.ts';
import { rankedPage, type Ranked } from './ranked-page.ts';

export class StepRows {
  readonly #sql: SqlStorage;
  readonly #known = new Map<string, StepState>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  get(stepId: string): StepState | null {
    const known = this.#known.get(stepId);
    if (known !== undefined) return known;
    const [row] = this.#sql.exec<StepRow>('SELECT * FROM steps WHERE step_id = ?', stepId).toArray();
    return row ? stepOfRow(row) : null;
  }

  /** Whether a step has begun and is over. One that a replay has failed, as its input was refused, never began: its message is what wakes the run. */
  hasRun(stepId: string): boolean {
    const step = this.get(stepId);
    return step !== null && hasEnded(step) && step.attempt > 0;
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
    if (hasEnded(step)) this.#known.delete(step.stepId);
    else this.#known.set(step.stepId, step);
  }

  /** One more than the page holds where there are more. */
  page(page: PageRequest, position: number | null): Ranked<StepState>[] {
    const [onPage, ...values] = rankedPage(page, position);
    const rows = this.#sql.exec<StepRow>(`SELECT * FROM steps WHERE ${onPage}`, ...values);
    return rows.toArray().map((row) => ({ rank: row.rank, state: stepOfRow(row) }));
  }
}
