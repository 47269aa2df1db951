/** Failed sign-ins since the last one that succeeded: told to the user, never what locks out. */

/** They are forgotten so long after the last one, so that an owner of nothing else stops existing. */
const REMEMBERED_MS = 30 * 86_400_000;

export function noteFailure(sql: SqlStorage, nowMs: number): void {
  sql.exec('INSERT INTO failures VALUES (0, 1, ?1) ON CONFLICT (id) DO UPDATE SET count = count + 1, last_at_ms = ?1', nowMs);
}

/** How many there were; none from now on. */
export function takeFailures(sql: SqlStorage): number {
  const [row] = sql.exec<{ count: number }>('DELETE FROM failures RETURNING count').toArray();
  return row?.count ?? 0;
}

/** When they are forgotten; null when there are none. */
export function failuresEndAtMs(sql: SqlStorage): number | null {
  const [row] = sql.exec<{ last_at_ms: number }>('SELECT last_at_ms FROM failures').toArray();
  return row === undefined ? null : row.last_at_ms + REMEMBERED_MS;
}
