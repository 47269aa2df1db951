/** The second factor of an account: an authenticator app, and recovery codes for when it is lost. */
import { and, eq, isNull, lt, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { base32 } from '../lib/base32.ts';
import { fromBase64, toBase64 } from '../lib/base64.ts';
import { ServiceError } from '../lib/errors.ts';
import { seal, type SealingKey, unseal } from '../lib/sealed-text.ts';
import { requireUser } from './profile.ts';
import { countRecoveryCodes, replaceRecoveryCodes, useRecoveryCode } from './recovery-codes.ts';
import { recoveryCodes, totpSecrets } from './schema.ts';
import { type AccountServices, inDatabase } from './services.ts';
import { TOTP_SECRET_BYTES, totpStepOf, totpUri } from './totp.ts';

type Services = Pick<AccountServices, 'db' | 'sealingKeys'>;
type Row = typeof totpSecrets.$inferSelect;

const PURPOSE = 'steamer authenticator secret v1';
/** So many wrong codes in a row are free; each further one makes the next wait twice as long. Who gets here knows the password. */
const FREE_FAILURES = 5;
const FIRST_WAIT_MS = 30_000;
const MAX_WAIT_MS = 3_600_000;

/** What a user has. */
export interface SecondFactors {
  totp: boolean;
  recoveryCodesLeft: number;
}

export async function secondFactorsOf({ db }: Pick<Services, 'db'>, userId: string): Promise<SecondFactors> {
  const row = await readSecret(db, userId);
  return { totp: row?.confirmedAtMs != null, recoveryCodesLeft: await countRecoveryCodes(db, userId) };
}

/**
 * A new secret for an app, which counts once a code of it has come (`confirmTotp`).
 *
 * @throws ServiceError `conflict` while the user has one that counts
 */
export async function beginTotp({ db, sealingKeys }: Services, userId: string, issuer: string): Promise<{ secret: string; uri: string }> {
  const { email } = await requireUser(db, userId);
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
  return { secret, uri: totpUri(secret, issuer, email) };
}

/** Puts an app into force by its first code. @returns recovery codes, which are shown this once @throws ServiceError `invalid_code` */
export async function confirmTotp(services: Services, userId: string, code: string, nowMs: number): Promise<string[]> {
  const row = await readSecret(services.db, userId);
  if (row === undefined || row.confirmedAtMs !== null || !(await takeTotp(services, row, code, nowMs)))
    throw new ServiceError('invalid_code', 'The code is not of the app that was begun with; look at its clock.');
  await inDatabase(() =>
    drizzle(services.db).update(totpSecrets).set({ confirmedAtMs: nowMs }).where(eq(totpSecrets.userId, userId)).run(),
  );
  return replaceRecoveryCodes(services.db, userId);
}

/** Takes the second factor away, by a code of it. @throws ServiceError as `requireSecondFactor`; `not_found` without one */
export async function removeSecondFactor(services: Services, userId: string, code: string, nowMs: number): Promise<void> {
  await requireOwnFactor(services, userId, code, nowMs);
  const database = drizzle(services.db);
  await inDatabase(() =>
    database.batch([
      database.delete(totpSecrets).where(eq(totpSecrets.userId, userId)),
      database.delete(recoveryCodes).where(eq(recoveryCodes.userId, userId)),
    ]),
  );
}

/** New recovery codes, by a code. @throws as `removeSecondFactor` */
export async function renewRecoveryCodes(services: Services, userId: string, code: string, nowMs: number): Promise<string[]> {
  await requireOwnFactor(services, userId, code, nowMs);
  return replaceRecoveryCodes(services.db, userId);
}

/**
 * Lets through who has no second factor, and who gives a code of it: of the app, each once, or a recovery code.
 *
 * @param code null: none was given
 * @throws ServiceError `second_factor_required`, `invalid_second_factor`; `rate_limited` after several wrong ones
 */
export async function requireSecondFactor(services: Services, userId: string, code: string | null, nowMs: number): Promise<void> {
  const row = await readSecret(services.db, userId);
  if (row?.confirmedAtMs == null) return;
  if (code === null) throw new ServiceError('second_factor_required', 'Send the code of the authenticator, or a recovery code, too.');
  refuseHasty(row, nowMs);
  if (await takeTotp(services, row, code, nowMs)) return;
  if (await useRecoveryCode(services.db, userId, code, nowMs)) return noteSuccess(services.db, userId);
  await noteFailure(services.db, userId, nowMs);
  throw new ServiceError('invalid_second_factor', 'The code is wrong, or was used before.');
}

async function requireOwnFactor(services: Services, userId: string, code: string, nowMs: number): Promise<void> {
  if (!(await secondFactorsOf(services, userId)).totp) throw new ServiceError('not_found', 'The account has no second factor.');
  await requireSecondFactor(services, userId, code, nowMs);
}

/** One statement uses the step up: of any number of requests with one code, one gets through. */
async function takeTotp({ db, sealingKeys }: Services, row: Row, code: string, nowMs: number): Promise<boolean> {
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

function refuseHasty({ failures, failedAtMs }: Row, nowMs: number): void {
  if (failures < FREE_FAILURES) return;
  const retryAfterMs = failedAtMs + Math.min(FIRST_WAIT_MS * 2 ** (failures - FREE_FAILURES), MAX_WAIT_MS) - nowMs;
  if (retryAfterMs > 0) throw new ServiceError('rate_limited', 'Too many wrong codes; wait before the next one.', { retryAfterMs });
}

async function noteFailure(db: D1Database, userId: string, nowMs: number): Promise<void> {
  const change = { failures: sql`${totpSecrets.failures} + 1`, failedAtMs: nowMs };
  await inDatabase(() => drizzle(db).update(totpSecrets).set(change).where(eq(totpSecrets.userId, userId)).run());
}

async function noteSuccess(db: D1Database, userId: string): Promise<void> {
  await inDatabase(() => drizzle(db).update(totpSecrets).set({ failures: 0 }).where(eq(totpSecrets.userId, userId)).run());
}

async function readSecret(db: D1Database, userId: string): Promise<Row | undefined> {
  return inDatabase(() => drizzle(db).select().from(totpSecrets).where(eq(totpSecrets.userId, userId)).get());
}

function sealed(bytes: Uint8Array, userId: string, keys: readonly SealingKey[]): Promise<string> {
  return seal(toBase64(bytes), { purpose: PURPOSE, binding: userId, keys });
}
