/** The passkeys of users: made, shown, renamed, removed, and proved. */
import { and, asc, eq, lt, or, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { ServiceError } from '../lib/errors.ts';
import { toBase64Url } from '../lib/sealed-text.ts';
import type { PasskeyAssertion, PasskeyRegistration } from '../wire/passkey-bodies.ts';
import { CHALLENGE_MS, newChallenge, requireRelyingParty, spendChallenge } from './passkey-challenges.ts';
import { requireUser } from './profile.ts';
import { dropNeedlessCodes, firstRecoveryCodes } from './recovery-codes.ts';
import { passkeys } from './schema.ts';
import { newId } from './secrets.ts';
import { type AccountServices, inDatabase } from './services.ts';
import { requireVerified } from './tenancy.ts';
import { readAssertion, readRegistration } from './webauthn/ceremony.ts';
import { ALGORITHMS, type PasskeyKey } from './webauthn/public-key.ts';

type Services = Pick<AccountServices, 'db' | 'sealingKeys' | 'relyingParty'>;

const MAX_PASSKEYS = 20;

/** A passkey as its user sees it. */
export interface Passkey {
  id: string;
  name: string;
  createdAtMs: number;
  lastUsedAtMs: number | null;
}

const SHOWN = { id: passkeys.id, name: passkeys.name, createdAtMs: passkeys.createdAtMs, lastUsedAtMs: passkeys.lastUsedAtMs };

/** The oldest first. */
export async function listPasskeys(db: D1Database, userId: string): Promise<Passkey[]> {
  return inDatabase(() =>
    drizzle(db).select(SHOWN).from(passkeys).where(eq(passkeys.userId, userId)).orderBy(asc(passkeys.createdAtMs), asc(passkeys.id)).all(),
  );
}

/**
 * What a page hands to `PublicKeyCredential.parseCreationOptionsFromJSON`. An account that is not verified gets none: whoever has registered somebody else's
 * address would keep a way in.
 *
 * @throws ServiceError `email_unverified`, `conflict` above 20
 */
export async function beginPasskey(
  services: Services,
  { user: userId, session }: { user: string; session: string },
  productName: string,
  nowMs: number,
): Promise<object> {
  const user = await requireUser(services.db, userId);
  requireVerified(user);
  const known = await listPasskeys(services.db, userId);
  if (known.length >= MAX_PASSKEYS)
    throw new ServiceError('conflict', `An account has at most ${MAX_PASSKEYS} passkeys; remove one first.`);
  return {
    rp: { id: requireRelyingParty(services).id, name: productName },
    user: { id: toBase64Url(new TextEncoder().encode(userId)), name: user.email, displayName: user.fullName },
    challenge: await newChallenge(services, session, nowMs),
    pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
    timeout: CHALLENGE_MS,
    excludeCredentials: known.map(({ id }) => ({ type: 'public-key', id })),
    // The user is found by the passkey alone, and it has seen its user: no password is asked for, and no list of passkeys is told to strangers.
    authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
    attestation: 'none',
  };
}

/**
 * Adds a passkey by the answer of its authenticator.
 *
 * @returns it, and the recovery codes, where it is the first second factor of the account
 * @throws ServiceError `invalid_passkey`; `conflict` for one that there is already
 */
export async function addPasskey(
  services: AccountServices,
  { user: userId, session }: { user: string; session: string },
  { name, passkey }: { name: string; passkey: PasskeyRegistration },
  nowMs: number,
): Promise<{ added: Passkey; recoveryCodes: string[] }> {
  const { challenge, credentialId: id, key, signCount } = await readRegistration(passkey, requireRelyingParty(services));
  await spendChallenge(services, challenge, session, nowMs);
  const row = { id, userId, name, publicKey: JSON.stringify(key), signCount, createdAtMs: nowMs };
  const added = await inDatabase(() => drizzle(services.db).insert(passkeys).values(row).onConflictDoNothing().returning(SHOWN).get());
  if (added === undefined) throw new ServiceError('conflict', 'There is this passkey already.');
  await services.postpone({ id: newId(), atMs: nowMs, kind: 'second-factor-changed', userId, change: 'passkey-added' });
  return { added, recoveryCodes: await firstRecoveryCodes(services.db, userId) };
}

/** Takes a passkey away; with the last second factor go the recovery codes. @throws as `renamePasskey` */
export async function removePasskey(services: AccountServices, userId: string, id: string, nowMs: number): Promise<void> {
  const database = drizzle(services.db);
  const [removed] = await inDatabase(() =>
    database.batch([
      database.delete(passkeys).where(isOf(userId, id)).returning({ id: passkeys.id }),
      dropNeedlessCodes(services.db, userId),
    ]),
  );
  if (removed.length === 0) throw noSuchPasskey();
  await services.postpone({ id: newId(), atMs: nowMs, kind: 'second-factor-changed', userId, change: 'passkey-removed' });
}

/** @throws ServiceError `not_found` for one that is not the user's */
export async function renamePasskey(db: D1Database, userId: string, id: string, name: string): Promise<Passkey> {
  const renamed = await inDatabase(() => drizzle(db).update(passkeys).set({ name }).where(isOf(userId, id)).returning(SHOWN).get());
  if (renamed === undefined) throw noSuchPasskey();
  return renamed;
}

/** What a page hands to `PublicKeyCredential.parseRequestOptionsFromJSON`: the same for everybody. */
export async function askForPasskey(services: Services, nowMs: number): Promise<object> {
  const challenge = await newChallenge(services, null, nowMs);
  return { challenge, rpId: requireRelyingParty(services).id, timeout: CHALLENGE_MS, userVerification: 'required' };
}

/**
 * Whose passkey has signed a challenge of this service, once; null for a passkey that is not known, or has not signed it.
 *
 * @throws ServiceError `invalid_passkey` for what is no answer to a challenge of this service
 */
export async function userOfPasskey(services: Services, assertion: PasskeyAssertion, nowMs: number): Promise<string | null> {
  const claims = await readAssertion(assertion, requireRelyingParty(services));
  const found = and(eq(passkeys.id, claims.credentialId), eq(passkeys.userId, claims.userId));
  const row = await inDatabase(() => drizzle(services.db).select().from(passkeys).where(found).get());
  // Written by `addPasskey`.
  if (row === undefined || !(await claims.isSignedBy(JSON.parse(row.publicKey) as PasskeyKey))) return null;
  await spendChallenge(services, claims.challenge, null, nowMs);
  // An authenticator that counts has counted on, or there are two of it (7.2, step 22). Most have stopped counting, and say 0.
  const hasCounted = or(lt(passkeys.signCount, claims.signCount), sql`${passkeys.signCount} = 0 and ${claims.signCount} = 0`);
  const used = await inDatabase(() =>
    drizzle(services.db)
      .update(passkeys)
      .set({ signCount: claims.signCount, lastUsedAtMs: nowMs })
      .where(and(found, hasCounted))
      .returning({ userId: passkeys.userId }),
  );
  return used[0]?.userId ?? null;
}

function isOf(userId: string, id: string) {
  return and(eq(passkeys.userId, userId), eq(passkeys.id, id));
}

function noSuchPasskey(): ServiceError {
  return new ServiceError('not_found', 'There is no such passkey.');
}
