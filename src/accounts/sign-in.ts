/** Signing in and out, and going on with a session. */
import { and, eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { ServiceError } from '../lib/errors.ts';
import type { PasskeyAssertion } from '../wire/passkey-bodies.ts';
import { ACCESS_TOKEN_SEC } from './access-tokens.ts';
import { parseEmail } from './email-address.ts';
import { isRightPassword, noteWrongPassword, placeHashOf } from './guarded-password.ts';
import { hashPassword, isOutdated, verifyPassword } from './password-hash.ts';
import { userOfPasskey } from './passkeys.ts';
import { type Profile, shown } from './profile.ts';
import { users } from './schema.ts';
import { requireSecondFactor, type SecondFactorProof } from './second-factor.ts';
import { newId } from './secrets.ts';
import { sha256Hex } from '../lib/sha256.ts';
import { type AccountServices, inDatabase } from './services.ts';
import { mintSessionToken, nextToken, parseSessionToken, type SessionToken } from './session-token.ts';
import { findSignIn, findUser, type User } from './users.ts';

/** What a session begins as. */
export interface SessionRequest {
  kind: SessionToken['kind'];
  /** as a person recognises it, see `device.ts` */
  device: string;
  place: string;
  /** the caller's address on the network, null where nobody knows it */
  callerAddress: string | null;
}

export interface SignInRequest extends SessionRequest, SecondFactorProof {
  email: string;
  password: string;
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
  { email, password, ...request }: SignInRequest,
  nowMs: number,
  later: (work: Promise<unknown>) => void,
): Promise<SignedIn> {
  const key = parseEmail(email)?.key ?? email;
  const { user, hasSecondFactor = false } = (await findSignIn(accounts.db, key)) ?? {};
  const isRight = await isRightPassword(accounts, { user, emailKey: key, password, address: request.callerAddress }, nowMs);
  if (user === undefined || !isRight) {
    // Nobody waits for the owner: where it is, and whether it is awake, would tell that there is one.
    later(noteWrongPassword(accounts, { user, emailKey: key }, nowMs));
    throw notKnown();
  }
  if (hasSecondFactor) await requireSecondFactor(accounts, user.id, request, nowMs);
  const isStillRight = async ({ passwordHash }: User) =>
    passwordHash === user.passwordHash ||
    (await verifyPassword(passwordHash, password, (given, hash) => accounts.verifyImported(given, hash)));
  const signedIn = await startSession(accounts, { user, isStillRight }, request, nowMs, later);
  if (isOutdated(user.passwordHash)) later(rehash(accounts, user, password));
  return signedIn;
}

/**
 * Starts a session by a passkey alone: it has seen its user, and so is two factors by itself.
 *
 * @throws ServiceError `invalid_passkey`; `invalid_credentials` for one that is not known or has not signed
 */
export async function signInByPasskey(
  accounts: AccountServices,
  passkey: PasskeyAssertion,
  request: SessionRequest,
  nowMs: number,
  later: (work: Promise<unknown>) => void,
): Promise<SignedIn> {
  const userId = await userOfPasskey(accounts, passkey, nowMs);
  const user = userId === null ? undefined : await findUser(accounts.db, userId);
  if (user === undefined) throw notKnown();
  return startSession(accounts, { user, isStillRight: async () => true }, request, nowMs, later);
}

interface Admitted {
  user: User;
  /** whether what was shown is right for what the user is by now */
  isStillRight(current: User): Promise<boolean>;
}

async function startSession(
  accounts: AccountServices,
  { user, isStillRight }: Admitted,
  { kind, device, place, callerAddress }: SessionRequest,
  nowMs: number,
  later: (work: Promise<unknown>) => void,
): Promise<SignedIn> {
  const token = mintSessionToken(kind, user.id);
  const session = { id: token.session, kind, secretHash: sha256Hex(token.text), device, place };
  const placeHash = placeHashOf(user.id, callerAddress);
  const { failures, isNewDevice, mayBeOvertaken } = await accounts.owner(user.id).issue({ ...session, placeHash, atMs: nowMs });
  // A new password ends all sessions; one that began meanwhile by the old one came too late for that. So did one of an account that is gone.
  const current = mayBeOvertaken ? await findUser(accounts.db, user.id) : user;
  if (current === undefined || !(await isStillRight(current))) {
    await accounts.owner(user.id).revoke(token.session);
    throw notKnown();
  }
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
 * The next tokens of a session. The refresh token that was given is used up; a request whose answer was lost is answered again.
 *
 * @throws ServiceError `refresh_superseded` when another request with it was a moment faster; `unauthenticated` when it is not live, or was used before: then the session ends
 */
export async function refresh(accounts: AccountServices, text: string, nowMs: number): Promise<Tokens> {
  const token = parseSessionToken(text);
  if (token === null || token.kind !== 'token') throw notLive();
  const next = await nextToken(token, accounts.sealingKeys);
  const rotation = await accounts.owner(token.user).rotate(token.session, sha256Hex(text), sha256Hex(next.text), nowMs);
  if (rotation.kind === 'superseded')
    throw new ServiceError(
      'refresh_superseded',
      'Another request has used this refresh token within the last 10 seconds; use the token that it got.',
    );
  if (rotation.kind !== 'rotated' && rotation.kind !== 'repeated') throw notLive();
  return tokensOf(accounts, next, rotation.authenticatedAtMs, nowMs);
}

/** Ends the session of a cookie or a refresh token. Nothing happens for a token that is not of a live session. */
export async function signOut({ owner }: AccountServices, text: string, nowMs: number): Promise<void> {
  const token = parseSessionToken(text);
  if (token !== null) await owner(token.user).signOut(token.session, sha256Hex(text), nowMs);
}

/** Not when the password was changed meanwhile. */
async function rehash({ db }: AccountServices, { id, passwordHash }: User, password: string): Promise<void> {
  const isSame = and(eq(users.id, id), eq(users.passwordHash, passwordHash));
  const change = { passwordHash: await hashPassword(password) };
  await inDatabase(() => drizzle(db).update(users).set(change).where(isSame).run());
}

/** The same for whatever is wrong. */
function notKnown(): ServiceError {
  return new ServiceError('invalid_credentials', 'The address, the password or the passkey is wrong.');
}

function notLive(): ServiceError {
  return new ServiceError('unauthenticated', 'The refresh token is not live; sign in again.');
}
