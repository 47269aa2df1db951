/** The rows of a run's hooks. One that was disposed of keeps its row: there is no second hook of its id. */
import type { PageRequest } from '../../runs/pages.ts';
import type { HookState } from '../../runs/states.ts';
import { rankedPage, type Ranked } from './ranked-page.ts';

type HookRow = {
  rank: number;
  hook_id: string;
  token: string;
  is_webhook: number;
  is_disposed: number;
  created_at_ms: number;
  spec_version: number;
};

export class HookRows {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  get(hookId: string): HookState | null {
    const [row] = this.#sql.exec<HookRow>('SELECT * FROM hooks WHERE hook_id = ?', hookId).toArray();
    return row ? hookOf(row) : null;
  }

  put({ hookId, token, isWebhook, isDisposed, createdAtMs, specVersion }: HookState): void {
    this.#sql.exec(
      `INSERT INTO hooks (hook_id, token, is_webhook, is_disposed, created_at_ms, spec_version) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (hook_id) DO UPDATE SET is_disposed = excluded.is_disposed`,
      hookId,
      token,
      Number(isWebhook),
      Number(isDisposed),
      createdAtMs,
      specVersion,
    );
  }

  /** Live ones; one more than the page holds where there are more. */
  livePage(page: PageRequest, position: number | null): Ranked<HookState>[] {
    const [onPage, ...values] = rankedPage(page, position);
    const rows = this.#sql.exec<HookRow>(`SELECT * FROM hooks WHERE is_disposed = 0 AND ${onPage}`, ...values);
    return rows.toArray().map((row) => ({ rank: row.rank, state: hookOf(row) }));
  }

  hasLive(token: string): boolean {
    return this.#sql.exec('SELECT 1 FROM hooks WHERE token = ? AND is_disposed = 0', token).toArray().length > 0;
  }

  /** @returns the ids of those that were live */
  disposeOfAll(): string[] {
    const rows = this.#sql.exec<{ hook_id: string }>('UPDATE hooks SET is_disposed = 1 WHERE is_disposed = 0 RETURNING hook_id');
    return rows.toArray().map(({ hook_id }) => hook_id);
  }
}

function hookOf(row: HookRow): HookState {
  return {
    hookId: row.hook_id,
    token: row.token,
    isWebhook: row.is_webhook === 1,
    isDisposed: row.is_disposed === 1,
    createdAtMs: row.created_at_ms,
    specVersion: row.spec_version,
  };
}
