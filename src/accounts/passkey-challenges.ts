/**
 * What authenticators are asked to sign. A challenge is sealed, with its end in it, so that nothing is stored for whoever asks for one; that it was answered is
 * stored, so that each is good once.
 */
import { lt } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { ServiceError } from '../lib/errors.ts';
import { fromBase64Url, seal, toBase64Url, unseal } from '../lib/sealed-text.ts';
import { spentChallenges } from './schema.ts';
import { sha256Hex } from '../lib/sha256.ts';
import { type AccountServices, inDatabase } from './services.ts';
import type { RelyingParty } from './webauthn/ceremony.ts';

type Services = Pick<AccountServices, 'db' | 'sealingKeys' | 'relyingParty'>;

/** As long as a browser waits for its user. */
export const CHALLENGE_MS = 300_000;
const PURPOSE = 'steamer passkey challenge v1';

/** Whom passkeys are for. @throws ServiceError `misconfigured` without `PUBLIC_URL` */
export function requireRelyingParty({ relyingParty }: Pick<Services, 'relyingParty'>): RelyingParty {
  if (relyingParty === null) throw new ServiceError('misconfigured', 'Passkeys need PUBLIC_URL: they are bound to its host');
  return relyingParty;
}

/** A challenge in base64url. @param session whose passkey is to be registered; null: for signing in, which nobody has yet */
export async function newChallenge(services: Services, session: string | null, nowMs: number): Promise<string> {
  const text = await seal(nowMs + CHALLENGE_MS, sealing(services, session));
  return toBase64Url(new TextEncoder().encode(text));
}

/**
 * Takes a challenge, once, also of many at the same time.
 *
 * @param session as it was asked for
 * @throws ServiceError `invalid_passkey` for one that was used, has expired, or is none of this service, session and purpose
 */
export async function spendChallenge(services: Services, challenge: string, session: string | null, nowMs: number): Promise<void> {
  const text = new TextDecoder().decode(fromBase64Url(challenge) ?? new Uint8Array());
  const expiresAtMs = await unseal(text, sealing(services, session));
  if (typeof expiresAtMs !== 'number' || expiresAtMs <= nowMs) throw notGood();
  const database = drizzle(services.db);
  const [spent] = await inDatabase(async () =>
    database.batch([
      database
        .insert(spentChallenges)
        .values({ hash: sha256Hex(text), expiresAtMs })
        .onConflictDoNothing()
        .returning(),
      database.delete(spentChallenges).where(lt(spentChallenges.expiresAtMs, nowMs)),
    ]),
  );
  if (spent.length === 0) throw notGood();
}

function sealing({ sealingKeys, relyingParty }: Services, session: string | null) {
  const binding = JSON.stringify([requireRelyingParty({ relyingParty }).id, session]);
  return { purpose: PURPOSE, binding, keys: sealingKeys };
}

function notGood(): ServiceError {
  return new ServiceError('invalid_passkey', 'The challenge was used, has expired, or is of another session; begin again.');
}
