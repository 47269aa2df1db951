/** Statements of Drizzle's `sql` on D1. Drizzle's own driver runs none of them that has parameters in a batch (0.45). */
import type { SQL } from 'drizzle-orm';
import { SQLiteAsyncDialect } from 'drizzle-orm/sqlite-core';

const dialect = new SQLiteAsyncDialect();

export class D1Sql {
  readonly #db: D1Database;

  constructor(db: D1Database) {
    this.#db = db;
  }

  /** The rows of one statement, which are not looked at. */
  async all<Row>(statement: SQL): Promise<Row[]> {
    return (await this.#prepared(statement).all<Row>()).results;
  }

  /** Runs statements in one transaction. @returns the rows of each, which are not looked at */
  async batch<Row>(statements: readonly SQL[]): Promise<Row[][]> {
    const results = await this.#db.batch<Row>(statements.map((statement) => this.#prepared(statement)));
    return results.map((result) => result.results);
  }

  #prepared(statement: SQL): D1PreparedStatement {
    const { sql, params } = dialect.sqlToQuery(statement);
    return this.#db.prepare(sql).bind(...params);
  }
}
