/** The SQLite of a stream's object, which is the stream's home; what of it stands elsewhere stands in `segments`. An object whose stream was never created, or is deleted, has no tables. */
import { TIMERS_SCHEMA } from '../alarms.ts';
import { RELAYS_SCHEMA } from './relays.ts';

/** Append only. */
export const MIGRATIONS: readonly string[] = [
  TIMERS_SCHEMA,
  `CREATE TABLE stream (
     id INTEGER PRIMARY KEY CHECK (id = 0), epoch INTEGER NOT NULL, created_at_ms INTEGER NOT NULL, content_type TEXT NOT NULL,
     ttl_sec INTEGER, expires_at_ms INTEGER, dies_at_ms INTEGER, is_closed INTEGER NOT NULL, is_deleted INTEGER NOT NULL,
     last_stream_seq TEXT, fork TEXT
   );
   CREATE TABLE log (
     position INTEGER PRIMARY KEY, append_position INTEGER NOT NULL, at_ms INTEGER NOT NULL, count INTEGER NOT NULL,
     length_before INTEGER NOT NULL, data ANY NOT NULL, lengths TEXT
   ) STRICT;
   CREATE TABLE producers (id TEXT PRIMARY KEY, epoch INTEGER NOT NULL, seq INTEGER NOT NULL, at_ms INTEGER NOT NULL) WITHOUT ROWID;
   CREATE TABLE forks (name TEXT PRIMARY KEY) WITHOUT ROWID;`,
  'CREATE TABLE used_tickets (id TEXT PRIMARY KEY, expires_at_ms INTEGER NOT NULL) WITHOUT ROWID',
  `ALTER TABLE stream ADD COLUMN kept_from INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE stream ADD COLUMN retention_sec INTEGER;
   ALTER TABLE stream ADD COLUMN retention_bytes INTEGER;
   ALTER TABLE forks ADD COLUMN until INTEGER NOT NULL DEFAULT ${Number.MAX_SAFE_INTEGER};
   CREATE TABLE segments (
     position INTEGER PRIMARY KEY, until INTEGER NOT NULL, length_before INTEGER NOT NULL, length INTEGER NOT NULL,
     last_at_ms INTEGER NOT NULL, state TEXT NOT NULL, byte_length INTEGER NOT NULL, chunks TEXT NOT NULL
   ) STRICT;`,
  RELAYS_SCHEMA,
  // Tickets outlive their streams: the directory keeps those that were used.
  'DROP TABLE used_tickets',
];
