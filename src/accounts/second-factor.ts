/** The second factor of an account: passkeys, an authenticator app, and recovery codes for when they are lost. */
import { eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { ServiceError } from '../lib/errors.ts';
import type { SecondFactorChange } from '../wire/mail.ts';
import type { PasskeyAssertion } from '../wire/passkey-bodies.ts';
import { admitAttempt, findAuthenticator, noteSuccess, takeTotp } from './authenticator-app.ts';
import { listPasskeys, userOfPasskey } from './passkeys.ts';
import { countRecoveryCodes, dropNeedlessCodes, firstRecoveryCodes, replaceRecoveryCodes, useRecoveryCode } from './recovery-codes.ts';
import { totpSecrets } from './schema.ts';
import { newId } from './secrets.ts';
import { type AccountServices, inDatabase } from './services.ts';

/** What a user has. */
export interface SecondFactors {
  totp: boolean;
  passkeys: number;
  recoveryCodesLeft: number;
}

/** What somebody shows besides a password: a code of the app, a recovery code, or a passkey. */
export interface SecondFactorProof {
  code: string | null;
  passkey: PasskeyAssertion | null;
}

export async function secondFactorsOf({ db }: Pick<AccountServices, 'db'>, userId: string): Promise<SecondFactors> {
  const [app, passkeys, recoveryCodesLeft] = await Promise.all([
    findAuthenticator(db, userId),
    listPasskeys(db, userId),
    countRecoveryCodes(db, userId),
  ]);
  return { totp: app?.confirmedAtMs != null, passkeys: passkeys.length, recoveryCodesLeft };
}

/**
 * Puts an app into force by its first code.
 *
 * @returns the recovery codes, where it is the first second factor of the account
 * @throws ServiceError `invalid_code`
 */
export async function confirmTotp(services: AccountServices, userId: string, code: string, nowMs: number): Promise<string[]> {
  const app = await findAuthenticator(services.db, userId);
  if (app === undefined || app.confirmedAtMs !== null || !(await takeTotp(services, app, code, nowMs)))
    throw new ServiceError('invalid_code', 'The code is not of the app that was begun with; look at its clock.');
  await inDatabase(() =>
    drizzle(services.db).update(totpSecrets).set({ confirmedAtMs: nowMs }).where(eq(totpSecrets.userId, userId)).run(),
  );
  await tell(services, userId, 'authenticator-added', nowMs);
  return firstRecoveryCodes(services.db, userId);
}

/** Takes the app away, by a code. @throws ServiceError as `requireSecondFactor`; `not_found` without one */
export async function removeTotp(services: AccountServices, userId: string, code: string, nowMs: number): Promise<void> {
  if (!(await secondFactorsOf(services, userId)).totp) throw new ServiceError('not_found', 'The account has no authenticator.');
  await requireSecondFactor(services, userId, { code, passkey: null }, nowMs);
  const database = drizzle(services.db);
  await inDatabase(() =>
    database.batch([database.delete(totpSecrets).where(eq(totpSecrets.userId, userId)), dropNeedlessCodes(services.db, userId)]),
  );
  await tell(services, userId, 'authenticator-removed', nowMs);
}

/** New recovery codes, by a code. @throws ServiceError as `requireSecondFactor`; `not_found` without a second factor */
export async function renewRecoveryCodes(services: AccountServices, userId: string, code: string, nowMs: number): Promise<string[]> {
  const { totp, passkeys } = await secondFactorsOf(services, userId);
  if (!totp && passkeys === 0) throw new ServiceError('not_found', 'The account has no second factor.');
  await requireSecondFactor(services, userId, { code, passkey: null }, nowMs);
  await tell(services, userId, 'recovery-codes-renewed', nowMs);
  return replaceRecoveryCodes(services.db, userId);
}

/**
 * Lets through who has no second factor, and who proves it: each code once.
 *
 * @throws ServiceError `second_factor_required`, `invalid_second_factor`; `invalid_passkey`; `rate_limited` after several wrong codes
 */
export async function requireSecondFactor(
  services: AccountServices,
  userId: string,
  { code, passkey }: SecondFactorProof,
  nowMs: number,
): Promise<void> {
  const [app, passkeys] = await Promise.all([findAuthenticator(services.db, userId), listPasskeys(services.db, userId)]);
  const hasApp = app?.confirmedAtMs != null;
  if (!hasApp && passkeys.length === 0) return;
  if (passkey !== null) {
    if ((await userOfPasskey(services, passkey, nowMs)) === userId) return;
    throw new ServiceError('invalid_second_factor', 'The passkey is not one of this account.');
  }
  if (code === null)
    throw new ServiceError('second_factor_required', 'Send a passkey, the code of the authenticator, or a recovery code, too.');
  if (hasApp) await admitAttempt(services.db, userId, nowMs);
  if (hasApp && (await takeTotp(services, app, code, nowMs))) return;
  if (await useRecoveryCode(services.db, userId, code, nowMs)) {
    await noteSuccess(services.db, userId);
    return tell(services, userId, 'recovery-code-used', nowMs);
  }
  throw new ServiceError('invalid_second_factor', 'The code is wrong, or was used before.');
}

async function tell({ postpone }: AccountServices, userId: string, change: SecondFactorChange, nowMs: number): Promise<void> {
  await postpone({ id: newId(), atMs: nowMs, kind: 'second-factor-changed', userId, change });
}
