/** The SQLite of a run's object, which is the run's only home. An object whose run never began, or is deleted, has no tables. */
import { TIMERS_SCHEMA } from '../alarms.ts';

/** Append only. */
export const MIGRATIONS: readonly string[] = [
  TIMERS_SCHEMA,
  `CREATE TABLE run (
     id INTEGER PRIMARY KEY CHECK (id = 0), status TEXT NOT NULL, deployment_id TEXT NOT NULL, workflow_name TEXT NOT NULL,
     spec_version INTEGER NOT NULL, execution_context TEXT, error TEXT, created_at_ms INTEGER NOT NULL, updated_at_ms INTEGER NOT NULL,
     started_at_ms INTEGER, completed_at_ms INTEGER, external_at_ms INTEGER NOT NULL DEFAULT 0
   );
   CREATE TABLE events (
     seq INTEGER PRIMARY KEY, ulid TEXT NOT NULL, type TEXT NOT NULL, correlation_id TEXT NOT NULL, data TEXT, payload ANY,
     spec_version INTEGER NOT NULL, occurred_at_ms INTEGER
   ) STRICT;
   CREATE INDEX events_of_part ON events (correlation_id, type);
   CREATE TABLE steps (
     rank INTEGER PRIMARY KEY, step_id TEXT NOT NULL UNIQUE, step_name TEXT NOT NULL, status TEXT NOT NULL, attempt INTEGER NOT NULL, error TEXT,
     created_at_ms INTEGER NOT NULL, updated_at_ms INTEGER NOT NULL, started_at_ms INTEGER, completed_at_ms INTEGER, retry_after_ms INTEGER,
     spec_version INTEGER NOT NULL
   );
   CREATE TABLE hooks (
     rank INTEGER PRIMARY KEY, hook_id TEXT NOT NULL UNIQUE, token TEXT NOT NULL, is_webhook INTEGER NOT NULL, is_disposed INTEGER NOT NULL,
     created_at_ms INTEGER NOT NULL, spec_version INTEGER NOT NULL
   );
   CREATE TABLE waits (
     wait_id TEXT PRIMARY KEY, resume_at_ms INTEGER NOT NULL, created_at_ms INTEGER NOT NULL, completed_at_ms INTEGER, spec_version INTEGER NOT NULL
   ) WITHOUT ROWID;
   CREATE TABLE outbox (kind TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID;`,
  `CREATE TABLE inbox (
     seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, key TEXT UNIQUE, kind TEXT NOT NULL, is_wake_up INTEGER NOT NULL, queue TEXT NOT NULL,
     body TEXT NOT NULL, due_at_ms INTEGER NOT NULL, attempt INTEGER NOT NULL, failure TEXT
   );
   CREATE INDEX inbox_by_time ON inbox (kind, due_at_ms) WHERE failure IS NULL;`,
  'CREATE TABLE streams (rank INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)',
  // Of a payload that is elsewhere the row has the hash.
  `ALTER TABLE events ADD COLUMN spilled_bytes INTEGER;
   CREATE INDEX events_spilled ON events (seq) WHERE spilled_bytes IS NOT NULL;
   CREATE TABLE place (receipt INTEGER NOT NULL);`,
  // When a queue is told of a message that nobody has come for.
  'ALTER TABLE inbox ADD COLUMN send_at_ms INTEGER',
  // What a writer calls its write, which may come again when its answer was lost.
  `ALTER TABLE events ADD COLUMN call_id TEXT;
   CREATE UNIQUE INDEX events_by_call ON events (call_id) WHERE call_id IS NOT NULL;`,
  // Whether the SDK has not asked for what was brought with a message.
  'ALTER TABLE inbox ADD COLUMN is_untaken INTEGER NOT NULL DEFAULT 0',
];
