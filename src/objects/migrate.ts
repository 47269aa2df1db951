/** Schema migrations of an object's own SQLite. */

/**
 * Applies the migrations that this object has not had yet, all in one transaction. To be called in the constructor, inside `blockConcurrencyWhile`.
 *
 * @param migrations SQL, one entry per version. Append only: an entry that was released never changes, since its number is all that is remembered
 */
export function migrate(storage: DurableObjectStorage, migrations: readonly string[]): void {
  const { sql } = storage;
  sql.exec('CREATE TABLE IF NOT EXISTS schema_version (id INTEGER PRIMARY KEY CHECK (id = 0), version INTEGER NOT NULL)');
  const [row] = sql.exec<{ version: number }>('SELECT version FROM schema_version').toArray();
  const version = row?.version ?? 0;
  if (version >= migrations.length) return;
  storage.transactionSync(() => {
    for (const migration of migrations.slice(version)) sql.exec(migration);
    sql.exec('INSERT INTO schema_version VALUES (0, ?) ON CONFLICT (id) DO UPDATE SET version = excluded.version', migrations.length);
  });
}
