/** Registration and verification. A request answers the same whatever the address; what there is to tell is told by mail. */
import * as z from 'zod/mini';
import { ServiceError } from '../lib/errors.ts';
import { useCode } from './codes.ts';
import { type EmailAddress, parseEmail } from './email-address.ts';
import { hashPassword } from './password-hash.ts';
import { refuseWeakPassword } from './passwords.ts';
import { newId } from './secrets.ts';
import type { AccountServices } from './services.ts';
import { findUser, verifyUser } from './users.ts';

export interface Registration {
  email: string;
  password: string;
  fullName: string;
  /** the caller's address on the network, null where nobody knows it */
  callerAddress: string | null;
}

/**
 * Asks for an account. It is made, or its owner reminded of it, when the message is handled.
 *
 * @throws ServiceError `invalid_input` for what is no address, `weak_password`, `rate_limited`
 */
export async function register(
  accounts: AccountServices,
  { email, password, fullName, callerAddress }: Registration,
  nowMs: number,
): Promise<void> {
  const address = requireEmail(email);
  refuseWeakPassword(password, [address.text, address.key, fullName]);
  await accounts.attempts.admitMail({ emailKey: address.key, address: callerAddress });
  const passwordHash = await hashPassword(password);
  await accounts.postpone({ id: newId(), atMs: nowMs, kind: 'register', email: address.text, fullName, passwordHash });
}

/** Asks for another mail to verify an address. @throws ServiceError `invalid_input`, `rate_limited` */
export async function resendVerification(
  accounts: AccountServices,
  email: string,
  callerAddress: string | null,
  nowMs: number,
): Promise<void> {
  const { key, text } = requireEmail(email);
  await accounts.attempts.admitMail({ emailKey: key, address: callerAddress });
  await accounts.postpone({ id: newId(), atMs: nowMs, kind: 'resend-verification', email: text });
}

/** What a code to verify an address is for: the name and the password that were given with it, which nobody else can have chosen. */
export const VERIFICATION = z.object({ fullName: z.string(), passwordHash: z.string() });

/**
 * Verifies an address. Where the account had another password until now, somebody else has chosen that, and all sessions end.
 *
 * @throws ServiceError `invalid_code`
 */
export async function verifyEmail({ db, owner }: AccountServices, text: string, nowMs: number): Promise<void> {
  const code = await useCode(db, 'verify-email', text, nowMs);
  const user = code?.userId == null ? undefined : await findUser(db, code.userId);
  if (code === null || user === undefined || user.emailKey !== code.emailKey) throw invalidCode();
  const chosen = VERIFICATION.parse(JSON.parse(code.purpose));
  if (user.emailVerifiedAtMs !== null) return;
  const endSessions = async () => (chosen.passwordHash === user.passwordHash ? 0 : owner(user.id).revokeAll(null));
  await endSessions(); // before as well, see `resetPassword`
  await verifyUser(db, user.id, chosen, nowMs);
  await endSessions();
}

/** @throws ServiceError `invalid_input` for what is no address */
export function requireEmail(text: string): EmailAddress {
  const address = parseEmail(text);
  if (address !== null) return address;
  const reason = 'expected an address such as ada@example.com';
  throw new ServiceError('invalid_input', `/email: ${reason}.`, { issues: [{ path: '/email', reason }] });
}

export function invalidCode(): ServiceError {
  return new ServiceError('invalid_code', 'The code is unknown, was used, has expired, or was tried too often; ask for another one.');
}
