/** Where a user has signed in from. Guesses from other places do not hold up the user there. */

const KEPT = 20;
const KEPT_MS = 90 * 86_400_000;

export function notePlace(sql: SqlStorage, hash: string, nowMs: number): void {
  sql.exec('INSERT OR REPLACE INTO places VALUES (?, ?)', hash, nowMs);
  sql.exec('DELETE FROM places WHERE hash NOT IN (SELECT hash FROM places ORDER BY seen_at_ms DESC LIMIT ?)', KEPT);
}

export function knowsPlace(sql: SqlStorage, hash: string, nowMs: number): boolean {
  return sql.exec('SELECT 1 FROM places WHERE hash = ? AND seen_at_ms > ?', hash, nowMs - KEPT_MS).toArray().length > 0;
}

export function forgetPlaces(sql: SqlStorage, nowMs: number): void {
  sql.exec('DELETE FROM places WHERE seen_at_ms <= ?', nowMs - KEPT_MS);
}

/** When the first is forgotten; null when there is none. */
export function placesEndAtMs(sql: SqlStorage): number | null {
  const [row] = sql.exec<{ at_ms: number | null }>('SELECT MIN(seen_at_ms) AS at_ms FROM places').toArray();
  return row?.at_ms == null ? null : row.at_ms + KEPT_MS;
}
