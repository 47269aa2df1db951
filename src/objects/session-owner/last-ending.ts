/** When the sessions of a user were ended at once last: a sign-in that was under way then may be by a password that is no more. */

/** The clock of who signs in, which says when it began, is not further behind. */
const CLOCKS_DIFFER_MS = 10_000;
/** No sign-in takes longer. */
const REMEMBERED_MS = 600_000;

export function noteEnding(sql: SqlStorage, nowMs: number): void {
  sql.exec('INSERT OR REPLACE INTO endings VALUES (0, ?)', nowMs);
}

/** Whether a sign-in that began at some time may have looked at what was before. */
export function mayBeOvertaken(sql: SqlStorage, beganAtMs: number): boolean {
  return sql.exec('SELECT 1 FROM endings WHERE at_ms > ?', beganAtMs - CLOCKS_DIFFER_MS).toArray().length > 0;
}

export function forgetEnding(sql: SqlStorage, nowMs: number): void {
  sql.exec('DELETE FROM endings WHERE at_ms <= ?', nowMs - REMEMBERED_MS);
}

/** When it is forgotten; null when there is none. */
export function endingForgottenAtMs(sql: SqlStorage): number | null {
  const [row] = sql.exec<{ at_ms: number }>('SELECT at_ms FROM endings').toArray();
  return row === undefined ? null : row.at_ms + REMEMBERED_MS;
}
