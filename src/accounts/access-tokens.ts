/** Access tokens: short-lived JWTs (RFC 9068) that other services check by the published keys. One algorithm, required claims, a fixed issuer and audience. */
import { jwtVerify } from 'jose/jwt/verify';
import { SignJWT } from 'jose/jwt/sign';
import { ED25519_PUBLIC_BYTES } from '../lib/ed25519-der.ts';
import { ServiceError } from '../lib/errors.ts';

export const ACCESS_TOKEN_SEC = 600;
const ALGORITHM = 'EdDSA';
const CURVE = { name: 'Ed25519' };
const TYPE = 'at+jwt';
const CLOCK_TOLERANCE_SEC = 5;
const MAX_CHARACTERS = 2_048;

/** Who a token says it is from. */
export interface AccessTokenHolder {
  user: string;
  session: string;
}

/** What a token says that is live. */
export interface LiveAccessToken extends AccessTokenHolder {
  issuedAtSec: number;
}

/** A public key as `/.well-known/jwks.json` lists it. */
export interface PublicKey {
  kty: string;
  crv: string;
  x: string;
  kid: string;
  alg: string;
  use: string;
}

type Key = CryptoKey;

interface KeyPair {
  id: string;
  /** null: a key that has been rotated, whose tokens are still good for a while */
  signing: Key | null;
  verifying: Key;
  published: PublicKey;
}

export interface AccessTokenOptions {
  /** who issues, and for whom: the service's public URL; null: nobody */
  issuer: string | null;
  /** the first signs, all verify; in DER: PKCS #8, or a public key (SPKI), which only verifies */
  keys: readonly { id: string; der: Uint8Array<ArrayBuffer> }[];
}

export class AccessTokens {
  readonly #issuer: string | null;
  readonly #load: () => Promise<KeyPair[]>;

  constructor({ issuer, keys }: AccessTokenOptions) {
    let loaded: Promise<KeyPair[]> | null = null;
    this.#issuer = issuer;
    this.#load = () => (loaded ??= Promise.all(keys.map(pairOf)));
  }

  /**
   * Signs a token of a session, good for ten minutes.
   *
   * @throws ServiceError `misconfigured` without `ACCESS_TOKEN_KEYS` or `PUBLIC_URL`
   */
  async issue({ user, session }: AccessTokenHolder, authenticatedAtMs: number, nowMs: number): Promise<string> {
    const [key] = await this.#load();
    if (key?.signing == null || this.#issuer === null)
      throw new ServiceError('misconfigured', 'Access tokens need ACCESS_TOKEN_KEYS (steamer access-token-keys rotate) and PUBLIC_URL');
    const nowSec = Math.floor(nowMs / 1000);
    return new SignJWT({ sid: session, auth_time: Math.floor(authenticatedAtMs / 1000) })
      .setProtectedHeader({ alg: ALGORITHM, kid: key.id, typ: TYPE })
      .setSubject(user)
      .setIssuer(this.#issuer)
      .setAudience(this.#issuer)
      .setIssuedAt(nowSec)
      .setExpirationTime(nowSec + ACCESS_TOKEN_SEC)
      .sign(key.signing);
  }

  /** What a token says, or null for every text that is not a live one of this service. Says nothing about whether the session goes on. */
  async verify(text: string, nowMs: number): Promise<LiveAccessToken | null> {
    const issuer = this.#issuer;
    if (issuer === null || text.length > MAX_CHARACTERS) return null;
    const keys = await this.#load();
    try {
      const { payload } = await jwtVerify(text, ({ kid }) => verifyingKey(keys, kid), {
        algorithms: [ALGORITHM],
        typ: TYPE,
        issuer,
        audience: issuer,
        requiredClaims: ['sub', 'sid', 'iat', 'exp'],
        maxTokenAge: ACCESS_TOKEN_SEC,
        clockTolerance: CLOCK_TOLERANCE_SEC,
        currentDate: new Date(nowMs),
      });
      const { sub, sid, iat = 0 } = payload;
      return typeof sub === 'string' && typeof sid === 'string' ? { user: sub, session: sid, issuedAtSec: iat } : null;
    } catch {
      return null; // whatever is wrong with it, it opens nothing
    }
  }

  /** The keys by which others verify. */
  async published(): Promise<PublicKey[]> {
    return (await this.#load()).map(({ published }) => published);
  }
}

function verifyingKey(keys: readonly KeyPair[], kid: string | undefined): Key {
  const key = keys.find(({ id }) => id === kid);
  if (key === undefined) throw new TypeError('no such key');
  return key.verifying;
}

async function pairOf({ id, der }: AccessTokenOptions['keys'][number]): Promise<KeyPair> {
  const isPublic = der.byteLength === ED25519_PUBLIC_BYTES;
  // Extractable, as the public half is worked out from its JWK.
  const imported = await crypto.subtle.importKey(isPublic ? 'spki' : 'pkcs8', der, CURVE, true, [isPublic ? 'verify' : 'sign']);
  const { x = '' } = (await crypto.subtle.exportKey('jwk', imported)) as JsonWebKey; // 'jwk' answers one
  const published = { kty: 'OKP', crv: CURVE.name, x, kid: id, alg: ALGORITHM, use: 'sig' };
  const verifying = await crypto.subtle.importKey('jwk', published, CURVE, false, ['verify']);
  return { id, signing: isPublic ? null : imported, published, verifying };
}
