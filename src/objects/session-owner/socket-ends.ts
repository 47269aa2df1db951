/** What was opened with a credential that is no more ends in every tenant that it was used in; a tenant that cannot be reached is told again. */
import { logError } from '../../lib/log.ts';

/** The table of what is still to be told, for the object's migrations. */
export const SOCKET_ENDS_SCHEMA =
  'CREATE TABLE socket_ends (tenant TEXT NOT NULL, credential TEXT NOT NULL, PRIMARY KEY (tenant, credential)) WITHOUT ROWID';

export class SocketEnds {
  readonly #sql: SqlStorage;
  /** ends the sockets of a credential in a tenant */
  readonly #end: (tenant: string, credential: string) => Promise<void>;

  constructor(sql: SqlStorage, end: (tenant: string, credential: string) => Promise<void>) {
    this.#sql = sql;
    this.#end = end;
  }

  /** Notes it; `settle` does it. */
  add(tenant: string, credential: string): void {
    this.#sql.exec('INSERT OR IGNORE INTO socket_ends VALUES (?, ?)', tenant, credential);
  }

  /** What was noted and not done yet is not to be done any more. */
  drop(tenant: string, credential: string): void {
    this.#sql.exec('DELETE FROM socket_ends WHERE tenant = ? AND credential = ?', tenant, credential);
  }

  /** @returns whether everything is done */
  async settle(): Promise<boolean> {
    const ended = await Promise.allSettled(this.#rows.map(async ({ tenant, credential }) => this.#endOne(tenant, credential)));
    const failed = ended.find((result) => result.status === 'rejected');
    if (failed) logError('sockets of a credential that is no more could not be ended', failed.reason);
    return failed === undefined;
  }

  get isEmpty(): boolean {
    return this.#rows.length === 0;
  }

  async #endOne(tenant: string, credential: string): Promise<void> {
    await this.#end(tenant, credential);
    this.drop(tenant, credential);
  }

  get #rows(): { tenant: string; credential: string }[] {
    return this.#sql.exec<{ tenant: string; credential: string }>('SELECT tenant, credential FROM socket_ends').toArray();
  }
}
