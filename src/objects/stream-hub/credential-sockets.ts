/** Which streams of a tenant have sockets of which credential, and which credentials are no more: rows that nobody needs once their sockets would be over anyway. */
import { logError } from '../../lib/log.ts';
import { STREAM_SOCKET_SEC, STREAM_TICKET_SEC } from '../../wire/limits.ts';
import { ANY_CREDENTIAL } from '../../wire/principal.ts';

/** The tables, for whoever holds them. */
export const CREDENTIAL_SOCKETS_SCHEMA = `
  CREATE TABLE IF NOT EXISTS sockets (credential TEXT NOT NULL, stream TEXT NOT NULL, until_ms INTEGER NOT NULL, PRIMARY KEY (credential, stream)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS ended (credential TEXT PRIMARY KEY, until_ms INTEGER NOT NULL) WITHOUT ROWID`;

/** A ticket that was given for a credential opens sockets for as long; a request that has been let in takes no longer to open one. */
const ENDED_FOR_MS = (STREAM_TICKET_SEC + STREAM_SOCKET_SEC) * 1000;
/** Streams that could not be reached are tried again after this. */
const AGAIN_MS = 5_000;

export class CredentialSockets {
  readonly #sql: SqlStorage;
  /** ends the sockets of a credential on a stream */
  readonly #end: (stream: string, credential: string) => Promise<void>;

  constructor(sql: SqlStorage, end: (stream: string, credential: string) => Promise<void>) {
    this.#sql = sql;
    this.#end = end;
  }

  isEnded(credential: string): boolean {
    return this.#sql.exec('SELECT 1 FROM ended WHERE credential IN (?, ?)', credential, ANY_CREDENTIAL).toArray().length > 0;
  }

  /** @returns false for a credential that is no more */
  note(credential: string, stream: string, untilMs: number): boolean {
    if (this.isEnded(credential)) return false;
    this.#sql.exec('INSERT OR REPLACE INTO sockets VALUES (?, ?, ?)', credential, stream, untilMs);
    return true;
  }

  end(credential: string, nowMs: number): void {
    this.#sql.exec('INSERT OR REPLACE INTO ended VALUES (?, ?)', credential, nowMs + ENDED_FOR_MS);
  }

  admit(credential: string): void {
    this.#sql.exec('DELETE FROM ended WHERE credential = ?', credential);
  }

  forgetAll(): void {
    this.#sql.exec('DELETE FROM sockets; DELETE FROM ended');
  }

  /** Ends what there is of credentials that are no more. @returns when it has to be called again; null: not at all */
  async settle(nowMs: number): Promise<number | null> {
    this.#sql.exec('DELETE FROM sockets WHERE until_ms <= ?', nowMs);
    this.#sql.exec('DELETE FROM ended WHERE until_ms <= ?', nowMs);
    const rows = this.#sql
      .exec<{ credential: string; stream: string }>(
        'SELECT credential, stream FROM sockets WHERE EXISTS (SELECT 1 FROM ended WHERE ended.credential IN (sockets.credential, ?))',
        ANY_CREDENTIAL,
      )
      .toArray();
    const ended = await Promise.allSettled(rows.map(async ({ credential, stream }) => this.#endOne(stream, credential)));
    const failed = ended.find((result) => result.status === 'rejected');
    if (failed) logError('sockets of a credential that is no more could not be ended', failed.reason);
    return failed ? nowMs + AGAIN_MS : this.#firstUntilMs;
  }

  async #endOne(stream: string, credential: string): Promise<void> {
    await this.#end(stream, credential);
    this.#sql.exec('DELETE FROM sockets WHERE credential = ? AND stream = ?', credential, stream);
  }

  get #firstUntilMs(): number | null {
    const first = 'SELECT MIN(until_ms) AS at_ms FROM (SELECT until_ms FROM sockets UNION ALL SELECT until_ms FROM ended)';
    return this.#sql.exec<{ at_ms: number | null }>(first).one().at_ms;
  }
}
