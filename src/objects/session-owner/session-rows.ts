/** The rows of sessions. */
import type { SessionKind } from './rpc.ts';
import { type Session, SPENT_MAX } from './session-rules.ts';

interface SessionRow extends Record<string, SqlStorageValue> {
  id: string;
  kind: string;
  secret_hash: string;
  previous_hash: string | null;
  device: string;
  place: string;
  started_at_ms: number;
  authenticated_at_ms: number;
  seen_at_ms: number;
  rotated_at_ms: number;
  has_arrived: number;
  data: string | null;
  data_version: number;
}

export class SessionRows {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  all(): Session[] {
    return this.#sql.exec<SessionRow>('SELECT * FROM sessions').toArray().map(sessionOf);
  }

  put(session: Session): void {
    const { id, kind, secretHash, previousHash, device, place, startedAtMs, authenticatedAtMs, seenAtMs, rotatedAtMs } = session;
    this.#sql.exec(
      `INSERT OR REPLACE INTO sessions (id, kind, secret_hash, previous_hash, device, place, started_at_ms, authenticated_at_ms, seen_at_ms,
         rotated_at_ms, has_arrived, data, data_version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      id,
      kind,
      secretHash,
      previousHash,
      device,
      place,
      startedAtMs,
      authenticatedAtMs,
      seenAtMs,
      rotatedAtMs,
      Number(session.hasArrived),
      session.data,
      session.dataVersion,
    );
  }

  remove(id: string): void {
    this.#sql.exec('DELETE FROM sessions WHERE id = ?', id);
    this.#sql.exec('DELETE FROM spent WHERE session_id = ?', id);
  }

  /** Remembers a token that was used, and forgets the oldest of too many. */
  spend(id: string, hash: string): void {
    this.#sql.exec('INSERT INTO spent (session_id, hash) VALUES (?, ?)', id, hash);
    this.#sql.exec(
      'DELETE FROM spent WHERE session_id = ?1 AND rank <= (SELECT rank FROM spent WHERE session_id = ?1 ORDER BY rank DESC LIMIT 1 OFFSET ?2)',
      id,
      SPENT_MAX,
    );
  }

  isSpent(id: string, hash: string): boolean {
    return this.#sql.exec('SELECT 1 FROM spent WHERE session_id = ? AND hash = ?', id, hash).toArray().length > 0;
  }
}

function sessionOf(row: SessionRow): Session {
  return {
    id: row.id,
    kind: row.kind as SessionKind, // written by `put`
    secretHash: row.secret_hash,
    previousHash: row.previous_hash,
    device: row.device,
    place: row.place,
    startedAtMs: row.started_at_ms,
    authenticatedAtMs: row.authenticated_at_ms,
    seenAtMs: row.seen_at_ms,
    rotatedAtMs: row.rotated_at_ms,
    hasArrived: row.has_arrived === 1,
    data: row.data,
    dataVersion: row.data_version,
  };
}
