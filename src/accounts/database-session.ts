/** Sessions of D1: what is read in one may come from a replica nearby, and is no older than what the session goes on from, or has written. */

export interface DatabaseSession {
  readonly db: D1Database;
  /** what the session has seen; null: nothing yet */
  bookmark(): string | null;
}

/**
 * @param start what another session has seen (its bookmark), `first-primary` for the database itself, `first-unconstrained` for whatever is nearest
 * @see https://developers.cloudflare.com/d1/best-practices/read-replication/
 */
export function openSession(db: D1Database, start: string): DatabaseSession {
  const session = db.withSession(start);
  // Drizzle calls of a database what a session has.
  return { db: session as unknown as D1Database, bookmark: () => session.getBookmark() };
}
