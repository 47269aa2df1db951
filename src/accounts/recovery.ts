/** Passwords and addresses that change. Whatever opened the account before is over then. */
import * as z from 'zod/mini';
import { ServiceError } from '../lib/errors.ts';
import { sha256Hex } from '../lib/sha256.ts';
import type { PasskeyAssertion } from '../wire/passkey-bodies.ts';
import { dropCodes, useCode } from './codes.ts';
import { parseEmail } from './email-address.ts';
import { isRightPassword, noteWrongPassword, placeHashOf } from './guarded-password.ts';
import { hashPassword } from './password-hash.ts';
import { userOfPasskey } from './passkeys.ts';
import { refuseWeakPassword } from './passwords.ts';
import { requireUser } from './profile.ts';
import { invalidCode, requireEmail } from './registration.ts';
import { requireSecondFactor, type SecondFactorProof } from './second-factor.ts';
import { newId } from './secrets.ts';
import { mintSessionToken } from './session-token.ts';
import type { AccountServices } from './services.ts';
import { changeEmail, changeUser, findUser, type User } from './users.ts';

/** A session of a user. */
export interface SessionOfUser {
  user: string;
  session: string;
  /** whether the session is carried by a cookie, which has another secret after each proof of who its user is */
  isCookie: boolean;
  /** the caller's on the network, null where nobody knows it */
  address: string | null;
}

/**
 * Asks for a mail to set a new password.
 *
 * @param address the caller's on the network, null where nobody knows it
 * @throws ServiceError `invalid_input` for what is no address, `rate_limited`
 */
export async function forgotPassword(accounts: AccountServices, email: string, address: string | null, nowMs: number): Promise<void> {
  const { key, text } = requireEmail(email);
  await accounts.attempts.admitMail({ emailKey: key, address });
  await accounts.postpone({ id: newId(), atMs: nowMs, kind: 'forgot-password', email: text });
}

/**
 * Sets a new password by the code of a mail. All sessions and codes of the user end, and the address is verified: its mail was read.
 *
 * @throws ServiceError `weak_password`, which leaves the code as it is; `invalid_code`
 */
export async function resetPassword(
  accounts: AccountServices,
  { code: text, password, address }: { code: string; password: string; address: string | null },
  nowMs: number,
): Promise<void> {
  refuseWeakPassword(password, []);
  const code = await useCode(accounts.db, 'reset-password', text, nowMs);
  const user = code?.userId == null ? undefined : await findUser(accounts.db, code.userId);
  if (code === null || user === undefined || user.emailKey !== code.emailKey) throw invalidCode();
  const passwordHash = await hashPassword(password);
  // Before as well: an owner that does not answer leaves the password as it is, and no session lives on that the new one was to end.
  await accounts.owner(user.id).revokeAll(null);
  await changeUser(accounts.db, user.id, { passwordHash, emailVerifiedAtMs: user.emailVerifiedAtMs ?? nowMs });
  await dropCodes(accounts.db, user.id);
  await accounts.owner(user.id).revokeAll(null);
  // Who reads the mail may sign in from there, however many strangers have guessed meanwhile.
  const place = placeHashOf(user.id, address);
  if (place !== null) await accounts.owner(user.id).notePlace(place, nowMs);
  await accounts.postpone({ id: newId(), atMs: nowMs, kind: 'password-changed', userId: user.id });
}

/**
 * Changes the password of who has signed in. All other sessions and all codes end.
 *
 * @returns the next cookie of the session, null where it is carried by tokens: whoever has a copy of the one before is signed out as well
 * @throws ServiceError `invalid_credentials` when the current one is wrong, `weak_password`
 */
export async function changePassword(
  accounts: AccountServices,
  of: SessionOfUser,
  { currentPassword, password }: { currentPassword: string; password: string },
  nowMs: number,
): Promise<string | null> {
  const { user: userId, session } = of;
  const user = await requirePassword(accounts, of, currentPassword, nowMs);
  refuseWeakPassword(password, [user.email, user.emailKey, user.fullName]);
  const passwordHash = await hashPassword(password);
  await accounts.owner(userId).revokeAll(session); // before as well, see `resetPassword`
  await changeUser(accounts.db, userId, { passwordHash });
  await dropCodes(accounts.db, userId);
  const cookie = nextCookie(of);
  await accounts.owner(userId).revokeAll(session, cookie && sha256Hex(cookie));
  await accounts.postpone({ id: newId(), atMs: nowMs, kind: 'password-changed', userId });
  return cookie;
}

/**
 * Takes the password of who has signed in once more, with the second factor where there is one: sensitive changes are possible for ten minutes.
 *
 * @returns the next cookie of the session, null where it is carried by tokens
 * @throws ServiceError `invalid_credentials`, `rate_limited`; as `requireSecondFactor`
 */
export async function confirmPassword(
  accounts: AccountServices,
  of: SessionOfUser,
  { password, ...proof }: SecondFactorProof & { password: string },
  nowMs: number,
): Promise<string | null> {
  await requirePassword(accounts, of, password, nowMs);
  await requireSecondFactor(accounts, of.user, proof, nowMs);
  return confirm(accounts, of, nowMs);
}

/** As `confirmPassword`, by a passkey alone. @throws ServiceError `invalid_passkey`; `invalid_credentials` for one of somebody else */
export async function confirmByPasskey(
  accounts: AccountServices,
  of: SessionOfUser,
  passkey: PasskeyAssertion,
  nowMs: number,
): Promise<string | null> {
  if ((await userOfPasskey(accounts, passkey, nowMs)) !== of.user)
    throw new ServiceError('invalid_credentials', 'The passkey is not one of this account.');
  return confirm(accounts, of, nowMs);
}

async function confirm({ owner }: AccountServices, of: SessionOfUser, nowMs: number): Promise<string | null> {
  const cookie = nextCookie(of);
  await owner(of.user).confirm(of.session, cookie && sha256Hex(cookie), nowMs);
  return cookie;
}

function nextCookie({ user, session, isCookie }: SessionOfUser): string | null {
  return isCookie ? mintSessionToken('cookie', user, session).text : null;
}

async function requirePassword(
  accounts: AccountServices,
  { user: userId, address }: Pick<SessionOfUser, 'user' | 'address'>,
  password: string,
  nowMs: number,
): Promise<User> {
  const user = await requireUser(accounts.db, userId);
  const whose = { user, emailKey: user.emailKey };
  if (await isRightPassword(accounts, { ...whose, password, address }, nowMs)) return user;
  await noteWrongPassword(accounts, whose, nowMs);
  throw new ServiceError('invalid_credentials', 'The password is wrong.');
}

/** Asks for a mail to the new address, whose code confirms it. @throws ServiceError `invalid_input` for what is no address, `rate_limited` */
export async function requestEmailChange(
  accounts: AccountServices,
  { user: userId, address }: Pick<SessionOfUser, 'user' | 'address'>,
  email: string,
  nowMs: number,
): Promise<void> {
  const { key, text } = requireEmail(email);
  await accounts.attempts.admitMail({ emailKey: key, address });
  await accounts.postpone({ id: newId(), atMs: nowMs, kind: 'change-email', userId, email: text });
}

const EMAIL_CHANGE = z.object({ email: z.string() });

/**
 * Gives an account its new address, by the code that was sent there. The old one is told.
 *
 * @throws ServiceError `invalid_code`, also when somebody else has the address by now
 */
export async function confirmEmailChange(accounts: AccountServices, text: string, nowMs: number): Promise<void> {
  const code = await useCode(accounts.db, 'change-email', text, nowMs);
  const user = code?.userId == null ? undefined : await findUser(accounts.db, code.userId);
  const address = code === null ? null : parseEmail(EMAIL_CHANGE.parse(JSON.parse(code.purpose)).email);
  if (user === undefined || address === null || user.emailKey !== code?.emailKey) throw invalidCode();
  if (!(await changeEmail(accounts.db, user.id, address, nowMs))) throw invalidCode();
  await dropCodes(accounts.db, user.id);
  await accounts.postpone({ id: newId(), atMs: nowMs, kind: 'email-changed', email: user.email });
}
