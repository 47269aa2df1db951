/** The snapshot in the object's SQLite: rows are replaced and not removed, so that keeping one writes no more rows than it has. */
import type { SnapshotStorage } from './snapshot.ts';

/** The tables it is kept in, for the object's migrations. */
export const SNAPSHOT_SCHEMA = `
  CREATE TABLE snapshot (
    place INTEGER PRIMARY KEY, generation INTEGER NOT NULL, expires_at_ms INTEGER NOT NULL, head TEXT NOT NULL, items BLOB NOT NULL
  );
  CREATE TABLE snapshot_cold (slot INTEGER PRIMARY KEY, generation INTEGER NOT NULL, ids TEXT NOT NULL);`;

interface StoredRow extends Record<string, SqlStorageValue> {
  place: number;
  generation: number;
  expires_at_ms: number;
  head: string;
  items: ArrayBuffer;
}

export function snapshotStorage(sql: SqlStorage): SnapshotStorage {
  return {
    load() {
      const stored = sql.exec<StoredRow>('SELECT * FROM snapshot ORDER BY place').toArray();
      const generation = stored[0]?.generation ?? 0;
      const cold = sql.exec<{ ids: string }>('SELECT ids FROM snapshot_cold WHERE generation = ?', generation).toArray();
      return {
        rows: stored.map((row) => ({ place: row.place, expiresAtMs: row.expires_at_ms, head: row.head, items: new Uint8Array(row.items) })),
        cold: cold.flatMap(({ ids }) => JSON.parse(ids) as string[]), // written below
        generation,
      };
    },
    save(rows, generation) {
      for (const { place, expiresAtMs, head, items } of rows)
        sql.exec('INSERT OR REPLACE INTO snapshot VALUES (?, ?, ?, ?, ?)', place, generation, expiresAtMs, head, items.buffer);
      sql.exec('DELETE FROM snapshot WHERE place >= ?', rows.length);
    },
    saveCold: (slot, generation, ids) =>
      void sql.exec('INSERT OR REPLACE INTO snapshot_cold VALUES (?, ?, ?)', slot, generation, JSON.stringify(ids)),
    clear() {
      sql.exec('DELETE FROM snapshot');
      sql.exec('DELETE FROM snapshot_cold');
    },
    expiresAtMs: () => sql.exec<{ at_ms: number | null }>('SELECT MAX(expires_at_ms) AS at_ms FROM snapshot').one().at_ms,
  };
}
