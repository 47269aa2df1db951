/** The names of a run's streams, in the order in which they were made. */
export class StreamRows {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  add(name: string): void {
    this.#sql.exec('INSERT OR IGNORE INTO streams (name) VALUES (?)', name);
  }

  all(): string[] {
    const rows = this.#sql.exec<{ name: string }>('SELECT name FROM streams ORDER BY rank').toArray();
    return rows.map(({ name }) => name);
  }
}
