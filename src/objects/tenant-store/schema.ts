/** The SQLite of a tenant's object: nothing of it is data of the tenant, whose home is DynamoDB. */
import { TIMERS_SCHEMA } from '../alarms.ts';
import { DOUBTFUL_WRITES_SCHEMA } from './doubtful-writes.ts';
import type { JournalRow, JournalStorage } from './journal-rows.ts';
import type { SettingsStorage } from './settings.ts';
import { SNAPSHOT_SCHEMA } from './snapshot-storage.ts';
import { TRAFFIC_SCHEMA } from './traffic/traffic-log.ts';

/** Append only. */
export const MIGRATIONS: readonly string[] = [
  TIMERS_SCHEMA,
  'CREATE TABLE write_horizon (id INTEGER PRIMARY KEY CHECK (id = 0), until_ms INTEGER NOT NULL)',
  `CREATE TABLE idempotency_keys (
     key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, claimed_at_ms INTEGER NOT NULL, completed_at_ms INTEGER, response TEXT
   ) WITHOUT ROWID;
   CREATE INDEX idempotency_keys_by_age ON idempotency_keys (claimed_at_ms);
   CREATE INDEX idempotency_keys_by_completion ON idempotency_keys (completed_at_ms) WHERE completed_at_ms IS NOT NULL;`,
  `DROP TABLE write_horizon;
   CREATE TABLE write_journal (
     slot INTEGER PRIMARY KEY, first_sequence INTEGER NOT NULL, settled_below INTEGER NOT NULL, at_ms INTEGER NOT NULL, entries TEXT NOT NULL
   );`,
  'CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID',
  DOUBTFUL_WRITES_SCHEMA,
  `ALTER TABLE idempotency_keys ADD COLUMN token TEXT;
   ALTER TABLE idempotency_keys ADD COLUMN running_since_ms INTEGER;
   ALTER TABLE idempotency_keys ADD COLUMN is_doubted INTEGER NOT NULL DEFAULT 0`,
  SNAPSHOT_SCHEMA,
  TRAFFIC_SCHEMA,
];

/** The journal's rows in SQLite. */
export function journalStorage(sql: SqlStorage): JournalStorage {
  return {
    load: () => sql.exec<StoredRow>('SELECT * FROM write_journal').toArray().map(rowOf),
    save: ({ slot, firstSequence, settledBelow, atMs, entries }) =>
      void sql.exec(
        'INSERT OR REPLACE INTO write_journal VALUES (?, ?, ?, ?, ?)',
        slot,
        firstSequence,
        settledBelow,
        Math.floor(atMs),
        entries,
      ),
    clear: () => void sql.exec('DELETE FROM write_journal'),
  };
}

interface StoredRow extends Record<string, SqlStorageValue> {
  slot: number;
  first_sequence: number;
  settled_below: number;
  at_ms: number;
  entries: string;
}

function rowOf(row: StoredRow): JournalRow {
  return { slot: row.slot, firstSequence: row.first_sequence, settledBelow: row.settled_below, atMs: row.at_ms, entries: row.entries };
}

/** What the object has to know of itself when it starts again. */
export function settingsStorage(sql: SqlStorage): SettingsStorage {
  return {
    load: (name) => sql.exec<{ value: string }>('SELECT value FROM settings WHERE name = ?', name).toArray()[0]?.value,
    save(name, value) {
      if (value === null) sql.exec('DELETE FROM settings WHERE name = ?', name);
      else sql.exec('INSERT INTO settings VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value', name, value);
    },
  };
}
