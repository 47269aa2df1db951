/** Recovery codes: each opens once what a lost authenticator would have. They have 120 random bits, so that a hash of them needs no salt. */
import { and, eq, isNull, sql } from 'drizzle-orm';
import type { BatchItem } from 'drizzle-orm/batch';
import { drizzle } from 'drizzle-orm/d1';
import { base32 } from '../lib/base32.ts';
import { hasSecondFactor } from './has-second-factor.ts';
import { recoveryCodes } from './schema.ts';
import { sha256Hex } from '../lib/sha256.ts';
import { inDatabase } from './services.ts';

const COUNT = 10;
const BYTES = 15;
const PATTERN = /^[A-Z2-7]{24}$/;

/** Gives a user new codes; the ones before are worth nothing any more. @returns them, which is the only time that they are seen */
export async function replaceRecoveryCodes(db: D1Database, userId: string): Promise<string[]> {
  const codes = Array.from({ length: COUNT }, () => base32(crypto.getRandomValues(new Uint8Array(BYTES))));
  const rows = codes.map((code) => ({ userId, hash: sha256Hex(code) }));
  const database = drizzle(db);
  await inDatabase(() =>
    database.batch([database.delete(recoveryCodes).where(eq(recoveryCodes.userId, userId)), database.insert(recoveryCodes).values(rows)]),
  );
  return codes.map((code) => code.replaceAll(/(.{4})(?=.)/g, '$1-'));
}

/** As `replaceRecoveryCodes` for who has none: they come with the first second factor. None for others, whose own go on. */
export async function firstRecoveryCodes(db: D1Database, userId: string): Promise<string[]> {
  return (await countRecoveryCodes(db, userId)) > 0 ? [] : replaceRecoveryCodes(db, userId);
}

/** The statement that takes the codes of a user away who has no second factor any more. */
export function dropNeedlessCodes(db: D1Database, userId: string): BatchItem<'sqlite'> {
  return drizzle(db)
    .delete(recoveryCodes)
    .where(and(eq(recoveryCodes.userId, userId), sql`not ${hasSecondFactor(userId)}`));
}

/** Takes a code, once. Dashes, spaces and case do not matter. */
export async function useRecoveryCode(db: D1Database, userId: string, text: string, nowMs: number): Promise<boolean> {
  const code = text.replaceAll(/[\s-]/g, '').toUpperCase();
  if (!PATTERN.test(code)) return false;
  const isUnused = and(eq(recoveryCodes.userId, userId), eq(recoveryCodes.hash, sha256Hex(code)), isNull(recoveryCodes.usedAtMs));
  const used = await inDatabase(() =>
    drizzle(db).update(recoveryCodes).set({ usedAtMs: nowMs }).where(isUnused).returning({ hash: recoveryCodes.hash }),
  );
  return used.length > 0;
}

/** How many codes are left. */
export async function countRecoveryCodes(db: D1Database, userId: string): Promise<number> {
  const isUnused = and(eq(recoveryCodes.userId, userId), isNull(recoveryCodes.usedAtMs));
  const row = await inDatabase(() =>
    drizzle(db)
      .select({ count: sql<number>`count(*)` })
      .from(recoveryCodes)
      .where(isUnused)
      .get(),
  );
  return row?.count ?? 0;
}
