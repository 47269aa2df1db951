/** The SQLite of a tenant's ledger of files. One without files has no tables. */
import { TIMERS_SCHEMA } from '../alarms.ts';
import { PARTS_SCHEMA } from './part-rows.ts';

/** Append only. `ends_at_ms`: when a file without content, or a removed one, is looked at last; null for a file with content. */
export const MIGRATIONS: readonly string[] = [
  TIMERS_SCHEMA,
  `CREATE TABLE files (
     id TEXT PRIMARY KEY, is_removed INTEGER NOT NULL DEFAULT 0, name TEXT NOT NULL, type TEXT NOT NULL, size INTEGER NOT NULL, sha256 TEXT,
     created_by TEXT NOT NULL, created_at_ms INTEGER NOT NULL, begun_at_ms INTEGER, stored_at_ms INTEGER, ends_at_ms INTEGER
   ) WITHOUT ROWID;
   CREATE INDEX files_by_end ON files (ends_at_ms) WHERE ends_at_ms IS NOT NULL;
   CREATE TABLE usage (id INTEGER PRIMARY KEY CHECK (id = 0), files INTEGER NOT NULL, bytes INTEGER NOT NULL);
   INSERT INTO usage VALUES (0, 0, 0);`,
  PARTS_SCHEMA,
];
