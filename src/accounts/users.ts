/** The rows of users. */
import { and, eq, isNull, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { EmailAddress } from './email-address.ts';
import { hasSecondFactor } from './has-second-factor.ts';
import { refuseSoleOwner } from './memberships.ts';
import { codes, memberships, passkeys, recoveryCodes, totpSecrets, users } from './schema.ts';
import { inDatabase } from './services.ts';

export type User = typeof users.$inferSelect;

/** @throws ServiceError `unavailable` when the database does not answer, as all functions here */
export async function findUser(db: D1Database, id: string): Promise<User | undefined> {
  return inDatabase(() => drizzle(db).select().from(users).where(eq(users.id, id)).get());
}

/** @param emailKey of an `EmailAddress` */
export async function findUserByEmail(db: D1Database, emailKey: string): Promise<User | undefined> {
  return inDatabase(() => drizzle(db).select().from(users).where(eq(users.emailKey, emailKey)).get());
}

/** As `findUserByEmail`, with whether a password is enough to sign in. */
export async function findSignIn(db: D1Database, emailKey: string): Promise<{ user: User; hasSecondFactor: boolean } | undefined> {
  const row = await inDatabase(() =>
    drizzle(db)
      .select({ user: users, hasSecondFactor: sql<number>`${hasSecondFactor(users.id)}` })
      .from(users)
      .where(eq(users.emailKey, emailKey))
      .get(),
  );
  return row && { user: row.user, hasSecondFactor: row.hasSecondFactor !== 0 };
}

export interface NewUser {
  id: string;
  email: EmailAddress;
  fullName: string;
  passwordHash: string;
  createdAtMs: number;
}

/** Makes a user, unless the address has one: of two at once, one is made. */
export async function createUser(db: D1Database, { email, ...user }: NewUser): Promise<void> {
  const row = { ...user, email: email.text, emailKey: email.key };
  await inDatabase(() => drizzle(db).insert(users).values(row).onConflictDoNothing().run());
}

/** The address is its user's, who has chosen this name and password for it. */
export async function verifyUser(
  db: D1Database,
  id: string,
  { fullName, passwordHash }: Pick<User, 'fullName' | 'passwordHash'>,
  nowMs: number,
): Promise<void> {
  const isNew = and(eq(users.id, id), isNull(users.emailVerifiedAtMs));
  await inDatabase(() => drizzle(db).update(users).set({ fullName, passwordHash, emailVerifiedAtMs: nowMs }).where(isNew).run());
}

/** Changes some columns of a user. */
export async function changeUser(
  db: D1Database,
  id: string,
  change: Partial<Pick<User, 'fullName' | 'passwordHash' | 'emailVerifiedAtMs'>>,
): Promise<void> {
  await inDatabase(() => drizzle(db).update(users).set(change).where(eq(users.id, id)).run());
}

/** Gives a user another address. @returns false when somebody else has it */
export async function changeEmail(db: D1Database, id: string, email: EmailAddress, nowMs: number): Promise<boolean> {
  const holder = await findUserByEmail(db, email.key);
  if (holder !== undefined && holder.id !== id) return false;
  const change = { email: email.text, emailKey: email.key, emailVerifiedAtMs: nowMs };
  // Whoever takes the address in between makes the statement fail, as addresses are unique.
  await inDatabase(() => drizzle(db).update(users).set(change).where(eq(users.id, id)).run());
  return true;
}

/** Removes a user and what is of the user alone, all or nothing; nothing of the only owner of a tenant. */
export async function removeUser(db: D1Database, id: string): Promise<void> {
  const database = drizzle(db);
  await inDatabase(() =>
    database.batch([
      refuseSoleOwner(db, id),
      database.delete(memberships).where(eq(memberships.userId, id)),
      database.delete(codes).where(eq(codes.userId, id)),
      database.delete(totpSecrets).where(eq(totpSecrets.userId, id)),
      database.delete(recoveryCodes).where(eq(recoveryCodes.userId, id)),
      database.delete(passkeys).where(eq(passkeys.userId, id)),
      database.delete(users).where(eq(users.id, id)),
    ]),
  );
}
