/** Messages of queues that belong to no run: kept, shown to operators, and sent again when they say so. */
import { asc, eq, gt } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { readTaggedJson, writeTaggedJson } from '../lib/tagged-json.ts';
import { newUlid } from '../lib/ulid.ts';
import { workflowDeadLetters } from './index-schema.ts';

export interface DeadLetter {
  id: string;
  /** its name, as the consumer knows it */
  queue: string;
  body: unknown;
  /** why it was given up */
  failure: string;
  attempts: number;
  createdAtMs: number;
}

export async function keepDeadLetter(db: D1Database, { body, ...letter }: Omit<DeadLetter, 'id' | 'createdAtMs'>): Promise<void> {
  const createdAtMs = Date.now();
  const row = { ...letter, id: newUlid(createdAtMs), body: writeTaggedJson(body), createdAtMs };
  await drizzle(db).insert(workflowDeadLetters).values(row);
}

/** The oldest first. @param after the id of the one before the page; "": none. @returns `limit` at most */
export async function listDeadLetters(db: D1Database, after: string, limit: number): Promise<DeadLetter[]> {
  const { id } = workflowDeadLetters;
  const rows = await drizzle(db).select().from(workflowDeadLetters).where(gt(id, after)).orderBy(asc(id)).limit(limit);
  return rows.map(letterOf);
}

export async function findDeadLetter(db: D1Database, id: string): Promise<DeadLetter | undefined> {
  const row = await drizzle(db).select().from(workflowDeadLetters).where(eq(workflowDeadLetters.id, id)).get();
  return row && letterOf(row);
}

export async function removeDeadLetter(db: D1Database, id: string): Promise<void> {
  await drizzle(db).delete(workflowDeadLetters).where(eq(workflowDeadLetters.id, id));
}

function letterOf({ body, ...row }: typeof workflowDeadLetters.$inferSelect): DeadLetter {
  return { ...row, body: readTaggedJson(body) };
}
