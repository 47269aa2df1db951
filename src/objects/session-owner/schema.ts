/** The SQLite of an owner. An owner of nothing has no tables. */
import { TIMERS_SCHEMA } from '../alarms.ts';
import { SOCKET_ENDS_SCHEMA } from './socket-ends.ts';

/** Append only. */
export const MIGRATIONS: readonly string[] = [
  TIMERS_SCHEMA,
  `CREATE TABLE sessions (
     id TEXT PRIMARY KEY, kind TEXT NOT NULL, secret_hash TEXT NOT NULL, device TEXT NOT NULL, place TEXT NOT NULL,
     started_at_ms INTEGER NOT NULL, authenticated_at_ms INTEGER NOT NULL, seen_at_ms INTEGER NOT NULL, rotated_at_ms INTEGER NOT NULL,
     previous_hash TEXT, data TEXT, data_version INTEGER NOT NULL
   ) WITHOUT ROWID;
   CREATE TABLE spent (rank INTEGER PRIMARY KEY, session_id TEXT NOT NULL, hash TEXT NOT NULL);
   CREATE INDEX spent_of_session ON spent (session_id, rank);
   CREATE TABLE memberships (tenant TEXT PRIMARY KEY, role TEXT, plan TEXT, is_suspended INTEGER NOT NULL, told_at_ms INTEGER NOT NULL) WITHOUT ROWID;
   CREATE TABLE failures (id INTEGER PRIMARY KEY CHECK (id = 0), count INTEGER NOT NULL, last_at_ms INTEGER NOT NULL);`,
  'CREATE TABLE keys (kid TEXT PRIMARY KEY, facts TEXT NOT NULL, told_at_ms INTEGER NOT NULL) WITHOUT ROWID',
  SOCKET_ENDS_SCHEMA,
  'CREATE TABLE places (hash TEXT PRIMARY KEY, seen_at_ms INTEGER NOT NULL) WITHOUT ROWID',
  'CREATE TABLE endings (id INTEGER PRIMARY KEY CHECK (id = 0), at_ms INTEGER NOT NULL)',
  'ALTER TABLE sessions ADD COLUMN has_arrived INTEGER NOT NULL DEFAULT 1',
];
