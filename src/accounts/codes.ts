/**
 * Codes that are sent by mail: `c_<id>_<secret>`. The secret is made from the id of the message that asks for the mail and a key of the service, so that
 * a message that is handled twice sends the same code, and no store has anything that a code could be made from.
 */
import { eq, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { SealingKey } from '../lib/sealed-text.ts';
import { codes } from './schema.ts';
import { deriveSecret, ID, SECRET } from './secrets.ts';
import { sha256Hex } from '../lib/sha256.ts';
import { inDatabase } from './services.ts';

const MINUTE_MS = 60_000;
/** ASVS 5.0, 6.5.5. */
export const CODE_MS = 10 * MINUTE_MS;
export const INVITATION_MS = 7 * 24 * 60 * MINUTE_MS;
export const CODE_MAX_ATTEMPTS = 5;

const PATTERN = new RegExp(`^c_(${ID})_${SECRET}$`);
const PURPOSE = 'steamer/mail-code';

export type Code = typeof codes.$inferSelect;
export type NewCode = Pick<Code, 'id' | 'kind' | 'userId' | 'emailKey' | 'purpose' | 'tenantId' | 'expiresAtMs' | 'createdAtMs'>;

/** Stores the hash of a code, and answers the code itself. Of one id it is always the same. */
export async function createCode(db: D1Database, key: SealingKey, code: NewCode): Promise<string> {
  const text = `c_${code.id}_${await deriveSecret(key, `${PURPOSE}/${code.id}`)}`;
  const row = { ...code, hash: sha256Hex(text) };
  await inDatabase(() => drizzle(db).insert(codes).values(row).onConflictDoNothing().run());
  return text;
}

/**
 * Takes a code, once; null when it is unknown, of another kind, wrong, over, was used, or was tried too often.
 *
 * @param emailKey given, the code has to have been sent to this address
 *
 * One statement counts the attempt and takes the code, so that of any number at once one succeeds.
 */
export async function useCode(
  db: D1Database,
  kind: Code['kind'],
  text: string,
  nowMs: number,
  emailKey: string | null = null,
): Promise<Code | null> {
  const [, id] = PATTERN.exec(text) ?? [];
  if (id === undefined) return null;
  const hash = sha256Hex(text);
  const isGood = sql`${codes.usedAtMs} is null and ${codes.attempts} < ${CODE_MAX_ATTEMPTS} and ${codes.expiresAtMs} > ${nowMs} and ${codes.hash} = ${hash} and ${codes.kind} = ${kind} and ${codes.emailKey} = coalesce(${emailKey}, ${codes.emailKey})`;
  const [row] = await inDatabase(() =>
    drizzle(db)
      .update(codes)
      .set({ attempts: sql`${codes.attempts} + 1`, usedAtMs: sql`case when ${isGood} then ${nowMs} else ${codes.usedAtMs} end` })
      .where(sql`${codes.id} = ${id} and ${codes.usedAtMs} is null`)
      .returning(),
  );
  return row !== undefined && row.usedAtMs !== null ? row : null;
}

/** The codes of a user are worth nothing any more: what they were for has changed. */
export async function dropCodes(db: D1Database, userId: string): Promise<void> {
  await inDatabase(() => drizzle(db).delete(codes).where(eq(codes.userId, userId)).run());
}

/** Removes codes that were over at this time, some at once. @returns how many @throws ServiceError `unavailable` */
export async function removeExpiredCodes(db: D1Database, beforeMs: number, limit: number): Promise<number> {
  const some = sql`select id from ${codes} where ${codes.expiresAtMs} < ${beforeMs} limit ${limit}`;
  const { meta } = await inDatabase(() => drizzle(db).run(sql`delete from ${codes} where id in (${some})`));
  return meta.changes;
}
