/** The SQLite of a tenant's object: nothing of it is data of the tenant, whose home is DynamoDB. */
import { TIMERS_SCHEMA } from '../alarms.ts';
import type { HorizonStorage } from './write-horizon.ts';

/** Append only. */
export const MIGRATIONS: readonly string[] = [
  TIMERS_SCHEMA,
  'CREATE TABLE write_horizon (id INTEGER PRIMARY KEY CHECK (id = 0), until_ms INTEGER NOT NULL)',
  `CREATE TABLE idempotency_keys (
     key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, claimed_at_ms INTEGER NOT NULL, completed_at_ms INTEGER, response TEXT
   ) WITHOUT ROWID;
   CREATE INDEX idempotency_keys_by_age ON idempotency_keys (claimed_at_ms);
   CREATE INDEX idempotency_keys_by_completion ON idempotency_keys (completed_at_ms) WHERE completed_at_ms IS NOT NULL;`,
];

/** The horizon as one row. It stays when the object is idle: removing it would cost an alarm per burst of writes. */
export function horizonStorage(sql: SqlStorage): HorizonStorage {
  return {
    load: () => sql.exec<{ until_ms: number }>('SELECT until_ms FROM write_horizon').toArray()[0]?.until_ms ?? 0,
    save: (untilMs) =>
      void sql.exec('INSERT INTO write_horizon VALUES (0, ?) ON CONFLICT (id) DO UPDATE SET until_ms = excluded.until_ms', untilMs),
  };
}
