/** Signing in and out, and going on with a session. */
import { ServiceError } from '../lib/errors.ts';
import { ACCESS_TOKEN_SEC } from './access-tokens.ts';
import { parseEmail } from './email-address.ts';
import { isRightPassword, placeHashOf } from './guarded-password.ts';
import { hashPassword, isOutdated } from './password-hash.ts';
import { type Profile, shown } from './profile.ts';
import { requireSecondFactor } from './second-factor.ts';
import { newId, sha256Hex } from './secrets.ts';
import type { AccountServices } from './services.ts';
import { mintSessionToken, parseSessionToken, type SessionToken } from './session-token.ts';
import { changeUser, findUserByEmail } from './users.ts';

export interface SignInRequest {
  email: string;
  password: string;
  kind: SessionToken['kind'];
  /** as a person recognises it, see `device.ts` */
  device: string;
  place: string;
  /** the caller's address on the network, null where nobody knows it */
  callerAddress: string | null;
  /** of the second factor; null: none was given */
  code: string | null;
}

export interface SignedIn {
  profile: Profile;
  token: SessionToken;
  /** failed sign-ins since the last one that succeeded */
  failures: number;
}

/**
 * Starts a new session, whatever session the request came with.
 *
 * @param later takes what need not delay the answer
 * @throws ServiceError `rate_limited`; `invalid_credentials`, the same and after the same work for an unknown address and a wrong password; as `requireSecondFactor` once the password is right
 */
export async function signIn(
  accounts: AccountServices,
  { email, password, kind, device, place, callerAddress, code }: SignInRequest,
  nowMs: number,
  later: (work: Promise<unknown>) => void,
): Promise<SignedIn> {
  const address = parseEmail(email);
  const key = address?.key ?? email;
  const user = await findUserByEmail(accounts.db, key);
  const isRight = await isRightPassword(accounts, { user, emailKey: key, password, address: callerAddress }, nowMs);
  if (user === undefined || !isRight) throw new ServiceError('invalid_credentials', 'The address or the password is wrong.');
  await requireSecondFactor(accounts, user.id, code, nowMs);
  const token = mintSessionToken(kind, user.id);
  const secretHash = await sha256Hex(token.text);
  const placeHash = await placeHashOf(user.id, callerAddress);
  const { failures, isNewDevice } = await accounts
    .owner(user.id)
    .issue({ id: token.session, kind, secretHash, device, place, placeHash, atMs: nowMs });
  if (isOutdated(user.passwordHash)) later(rehash(accounts, user.id, password));
  if (isNewDevice && user.emailVerifiedAtMs !== null)
    later(accounts.postpone({ id: newId(), atMs: nowMs, kind: 'new-sign-in', userId: user.id, device, place }));
  return { profile: shown(user), token, failures };
}

/** What a client that is no browser goes on with. */
export interface Tokens {
  accessToken: string;
  expiresInSec: number;
  refreshToken: string;
}

/** An access token of a session beside its refresh token. @throws ServiceError `misconfigured` without keys */
export async function tokensOf(
  { accessTokens }: AccountServices,
  token: SessionToken,
  authenticatedAtMs: number,
  nowMs: number,
): Promise<Tokens> {
  const accessToken = await accessTokens.issue(token, authenticatedAtMs, nowMs);
  return { accessToken, expiresInSec: ACCESS_TOKEN_SEC, refreshToken: token.text };
}

/**
 * The next tokens of a session. The refresh token that was given is used up.
 *
 * @throws ServiceError `refresh_superseded` when another request with it was a moment faster; `unauthenticated` when it is not live, or was used before: then the session ends
 */
export async function refresh(accounts: AccountServices, text: string, nowMs: number): Promise<Tokens> {
  const token = parseSessionToken(text);
  if (token === null || token.kind !== 'token') throw notLive();
  const next = mintSessionToken('token', token.user, token.session);
  const rotation = await accounts.owner(token.user).rotate(token.session, await sha256Hex(text), await sha256Hex(next.text), nowMs);
  if (rotation.kind === 'superseded')
    throw new ServiceError(
      'refresh_superseded',
      'Another request has used this refresh token within the last 10 seconds; use the token that it got.',
    );
  if (rotation.kind !== 'rotated') throw notLive();
  return tokensOf(accounts, next, rotation.authenticatedAtMs, nowMs);
}

/** Ends the session of a cookie or a refresh token. Nothing happens for a token that is not live. */
export async function signOut({ owner }: AccountServices, text: string, nowMs: number): Promise<void> {
  const token = parseSessionToken(text);
  if (token === null) return;
  const session = await owner(token.user).check(token.session, await sha256Hex(text), null, nowMs);
  if (session.kind === 'live') await owner(token.user).revoke(token.session);
}

async function rehash({ db }: AccountServices, userId: string, password: string): Promise<void> {
  await changeUser(db, userId, { passwordHash: await hashPassword(password) });
}

function notLive(): ServiceError {
  return new ServiceError('unauthenticated', 'The refresh token is not live; sign in again.');
}
