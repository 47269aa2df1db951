/** The authenticator app of a user: its secret, and the codes of it. */
import { and, eq, isNull, lt, lte, or, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { base32 } from '../lib/base32.ts';
import { fromBase64, toBase64 } from '../lib/base64.ts';
import { ServiceError } from '../lib/errors.ts';
import { seal, type SealingKey, unseal } from '../lib/sealed-text.ts';
import { requireUser } from './profile.ts';
import { totpSecrets } from './schema.ts';
import { type AccountServices, inDatabase } from './services.ts';
import { requireVerified } from './tenancy.ts';
import { TOTP_SECRET_BYTES, totpStepOf, totpUri } from './totp.ts';

type Services = Pick<AccountServices, 'db' | 'sealingKeys'>;
type Authenticator = typeof totpSecrets.$inferSelect;

const PURPOSE = 'steamer authenticator secret v1';
/** So many wrong codes in a row are free; each further one makes the next wait twice as long. Who gets here knows the password. */
const FREE_FAILURES = 5;
const FIRST_WAIT_MS = 30_000;
const MAX_WAIT_MS = 3_600_000;
const MAX_DOUBLINGS = 10;
const WAIT_MS = sql`min(${FIRST_WAIT_MS} << min(${totpSecrets.failures} - ${FREE_FAILURES}, ${MAX_DOUBLINGS}), ${MAX_WAIT_MS})`;

/** Undefined without one; it counts when it is confirmed. */
export async function findAuthenticator(db: D1Database, userId: string): Promise<Authenticator | undefined> {
  return inDatabase(() => drizzle(db).select().from(totpSecrets).where(eq(totpSecrets.userId, userId)).get());
}

/**
 * A new secret for an app, which counts once a code of it has come (`confirmTotp`).
 *
 * @throws ServiceError `email_unverified`: whoever has registered somebody else's address would keep its user out; `conflict` while there is one that counts
 */
export async function beginTotp({ db, sealingKeys }: Services, userId: string, issuer: string): Promise<{ secret: string; uri: string }> {
  const user = await requireUser(db, userId);
  requireVerified(user);
  const bytes = crypto.getRandomValues(new Uint8Array(TOTP_SECRET_BYTES));
  const fresh = { sealed: await sealed(bytes, userId, sealingKeys), failures: 0, failedAtMs: 0, lastStep: 0 };
  const begun = await inDatabase(() =>
    drizzle(db)
      .insert(totpSecrets)
      .values({ userId, ...fresh })
      .onConflictDoUpdate({ target: totpSecrets.userId, set: fresh, setWhere: isNull(totpSecrets.confirmedAtMs) })
      .returning({ userId: totpSecrets.userId }),
  );
  if (begun.length === 0) throw new ServiceError('conflict', 'The account has an authenticator; remove it first.');
  const secret = base32(bytes);
  return { secret, uri: totpUri(secret, issuer, user.email) };
}

/** Whether a code is of the app, and new. One statement uses the step up: of any number of requests with one code, one gets through. */
export async function takeTotp({ db, sealingKeys }: Services, row: Authenticator, code: string, nowMs: number): Promise<boolean> {
  const { userId } = row;
  const secret = await unseal(row.sealed, { purpose: PURPOSE, binding: userId, keys: sealingKeys });
  if (typeof secret !== 'string') return false;
  const bytes = fromBase64(secret);
  const step = await totpStepOf(bytes, code, nowMs);
  if (step === null) return false;
  // Sealed anew, so that it is still open when the key that it was sealed with is no more.
  const change = { lastStep: step, failures: 0, sealed: await sealed(bytes, userId, sealingKeys) };
  const isNew = and(eq(totpSecrets.userId, userId), lt(totpSecrets.lastStep, step));
  const taken = await inDatabase(() => drizzle(db).update(totpSecrets).set(change).where(isNew).returning({ userId: totpSecrets.userId }));
  return taken.length > 0;
}

/**
 * Counts an attempt before it is looked at, so that many at the same time are no more than one after the other; a right code takes the count back.
 *
 * @throws ServiceError `rate_limited` after several wrong codes
 */
export async function admitAttempt(db: D1Database, userId: string, nowMs: number): Promise<void> {
  const { failures, failedAtMs } = totpSecrets;
  const change = { failures: sql`${failures} + 1`, failedAtMs: nowMs };
  const mayTry = and(eq(totpSecrets.userId, userId), or(lt(failures, FREE_FAILURES), lte(sql`${failedAtMs} + ${WAIT_MS}`, nowMs)));
  const admitted = await inDatabase(() =>
    drizzle(db).update(totpSecrets).set(change).where(mayTry).returning({ userId: totpSecrets.userId }),
  );
  if (admitted.length > 0) return;
  const waiting = await inDatabase(() =>
    drizzle(db)
      .select({ untilMs: sql<number>`${failedAtMs} + ${WAIT_MS}` })
      .from(totpSecrets)
      .where(eq(totpSecrets.userId, userId))
      .get(),
  );
  const retryAfterMs = Math.max(0, (waiting?.untilMs ?? nowMs) - nowMs);
  throw new ServiceError('rate_limited', 'Too many wrong codes; wait before the next one.', { retryAfterMs });
}

/** What was right for an account ends the wait for the next code. */
export async function noteSuccess(db: D1Database, userId: string): Promise<void> {
  await inDatabase(() => drizzle(db).update(totpSecrets).set({ failures: 0 }).where(eq(totpSecrets.userId, userId)).run());
}

function sealed(bytes: Uint8Array, userId: string, keys: readonly SealingKey[]): Promise<string> {
  return seal(toBase64(bytes), { purpose: PURPOSE, binding: userId, keys });
}
