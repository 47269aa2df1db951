/** The writes in doubt, in the object's SQLite: few, and gone after ten minutes. */
import type { DoubtfulStorage, DoubtfulWrite } from './certain-writes.ts';
import type { WriteOperation } from './write-plans.ts';

/** The table, for the object's migrations. */
export const DOUBTFUL_WRITES_SCHEMA = `CREATE TABLE doubtful_writes (
     token TEXT PRIMARY KEY, operation TEXT NOT NULL, text TEXT NOT NULL, request_token TEXT NOT NULL,
     expires_at_ms INTEGER NOT NULL, arrives_until_ms INTEGER NOT NULL
   ) WITHOUT ROWID`;

export class DoubtfulWrites implements DoubtfulStorage {
  readonly #sql: SqlStorage;
  readonly #onSave: (expiresAtMs: number) => void;

  /** @param onSave told when something is to be forgotten: `forgetExpired` is to be called then */
  constructor(sql: SqlStorage, onSave: (expiresAtMs: number) => void) {
    this.#sql = sql;
    this.#onSave = onSave;
  }

  load(token: string): DoubtfulWrite | null {
    const [row] = this.#sql.exec<StoredWrite>('SELECT * FROM doubtful_writes WHERE token = ?', token).toArray();
    if (row === undefined) return null;
    const { operation, text, request_token: requestToken, expires_at_ms: expiresAtMs, arrives_until_ms: arrivesUntilMs } = row;
    return { operation: operation as WriteOperation, text, requestToken, expiresAtMs, arrivesUntilMs }; // as save() had it
  }

  all(): { token: string; write: DoubtfulWrite }[] {
    const tokens = this.#sql.exec<{ token: string }>('SELECT token FROM doubtful_writes').toArray();
    return tokens.flatMap(({ token }) => {
      const write = this.load(token);
      return write === null ? [] : [{ token, write }];
    });
  }

  save(token: string, { operation, text, requestToken, expiresAtMs, arrivesUntilMs }: DoubtfulWrite): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO doubtful_writes VALUES (?, ?, ?, ?, ?, ?)',
      token,
      operation,
      text,
      requestToken,
      Math.floor(expiresAtMs),
      Math.ceil(arrivesUntilMs),
    );
    this.#onSave(expiresAtMs);
  }

  remove(token: string): void {
    this.#sql.exec('DELETE FROM doubtful_writes WHERE token = ?', token);
  }

  /** @returns when to do so again, null when none is left */
  forgetExpired(nowMs: number): number | null {
    this.#sql.exec('DELETE FROM doubtful_writes WHERE expires_at_ms <= ?', Math.floor(nowMs));
    const [row] = this.#sql.exec<{ first: number | null }>('SELECT MIN(expires_at_ms) AS first FROM doubtful_writes').toArray();
    return row?.first ?? null;
  }
}

interface StoredWrite extends Record<string, SqlStorageValue> {
  operation: string;
  text: string;
  request_token: string;
  expires_at_ms: number;
  arrives_until_ms: number;
}
