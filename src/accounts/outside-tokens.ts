/** Access tokens that others have issued: whose they are, by the keys that their issuers publish. Who the holder is here is up to the issuer's mapping of claims. */
import { logError } from '../lib/log.ts';
import { createLocalJWKSet } from 'jose/jwks/local';
import { createRemoteJWKSet, customFetch } from 'jose/jwks/remote';
import { decodeJwt } from 'jose/jwt/decode';
import { jwtVerify } from 'jose/jwt/verify';
import type { FlattenedJWSInput, JWTPayload, JWSHeaderParameters } from 'jose';
import { ServiceError } from '../lib/errors.ts';
import { type Scope, whyNotARole, whyNotASubject } from '../wire/principal.ts';
import { TENANT_PATTERN } from '../wire/tenant.ts';
import type { TrustedIssuer } from '../wire/trusted-issuers.ts';

/** Who a token says its holder is. */
export interface OutsideHolder {
  tenant: string;
  subject: string;
  scopes: readonly Scope[];
  role: string | null;
  authenticatedAtMs: number;
}

const CLOCK_TOLERANCE_SEC = 30;
const KEYS_TIMEOUT_MS = 3_000;
/** Keys are fetched again when they are older, and at most so often for a `kid` that they do not have. */
const KEYS_FRESH_MS = 600_000;
const KEYS_COOLDOWN_MS = 30_000;

type KeyOf = (header: JWSHeaderParameters, token: FlattenedJWSInput) => Promise<CryptoKey>;

export class OutsideTokens {
  readonly #byIssuer: ReadonlyMap<string, { issuer: TrustedIssuer; keyOf: KeyOf }>;

  /** @param fetchKeys how published keys are fetched; default: over the network */
  constructor(issuers: readonly TrustedIssuer[], fetchKeys: typeof fetch = async (input, init) => fetch(input, init)) {
    this.#byIssuer = new Map(issuers.map((issuer) => [issuer.issuer, { issuer, keyOf: publishedKeys(issuer, fetchKeys) }]));
  }

  /**
   * Whose token it is, or null for every text that is not a live one of a trusted issuer. Says nothing about whether there is such a tenant.
   *
   * @throws ServiceError `unavailable` when the issuer's keys cannot be had
   */
  async verify(text: string, nowMs: number): Promise<OutsideHolder | null> {
    const trusted = this.#byIssuer.get(claimedIssuer(text) ?? '');
    if (trusted === undefined) return null;
    const { issuer, keyOf } = trusted;
    try {
      const { payload } = await jwtVerify(text, keyOf, {
        algorithms: issuer.algorithms,
        issuer: issuer.issuer,
        audience: issuer.audience,
        requiredClaims: ['exp', 'iat', issuer.subjectClaim],
        clockTolerance: CLOCK_TOLERANCE_SEC,
        currentDate: new Date(nowMs),
        ...(issuer.type === undefined ? {} : { typ: issuer.type }),
      });
      return holderOf(issuer, payload);
    } catch (error) {
      if (error instanceof ServiceError) throw error;
      return null; // whatever is wrong with it, it opens nothing
    }
  }
}

/** Not verified yet: it only says whose keys are to be asked. */
function claimedIssuer(text: string): string | undefined {
  try {
    return decodeJwt(text).iss;
  } catch {
    return undefined;
  }
}

/** The issuer's keys: cached, fetched again when they are old or a new one is named, and as they were while they cannot be fetched. */
function publishedKeys({ jwksUrl }: TrustedIssuer, fetchKeys: typeof fetch): KeyOf {
  const remote = createRemoteJWKSet(new URL(jwksUrl), {
    timeoutDuration: KEYS_TIMEOUT_MS,
    cacheMaxAge: KEYS_FRESH_MS,
    cooldownDuration: KEYS_COOLDOWN_MS,
    [customFetch]: fetchKeys,
  });
  let retryAtMs = 0;
  return async (header, token) => {
    if (Date.now() >= retryAtMs) {
      try {
        return await remote(header, token);
      } catch (error) {
        if (isAboutTheToken(error)) throw error;
        retryAtMs = Date.now() + KEYS_COOLDOWN_MS;
        logError('the keys of an issuer cannot be fetched', error, { jwksUrl });
      }
    }
    const last = remote.jwks();
    if (last !== undefined) return createLocalJWKSet(last)(header, token);
    throw new ServiceError('unavailable', "The keys of the token's issuer cannot be fetched at the moment.", {
      retryAfterMs: KEYS_COOLDOWN_MS,
    });
  };
}

/** No key fits; everything else says that the keys could not be had. */
function isAboutTheToken(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code === 'ERR_JWKS_NO_MATCHING_KEY' || code === 'ERR_JWKS_MULTIPLE_MATCHING_KEYS' || code === 'ERR_JOSE_NOT_SUPPORTED';
}

function holderOf(issuer: TrustedIssuer, payload: JWTPayload): OutsideHolder | null {
  const tenant = issuer.tenant ?? claim(payload, issuer.tenantClaim);
  const id = claim(payload, issuer.subjectClaim);
  if (typeof tenant !== 'string' || !TENANT_PATTERN.test(tenant) || issuer.tenants?.includes(tenant) === false) return null;
  const subject = `${issuer.subjectPrefix ?? `${issuer.name}|`}${typeof id === 'string' ? id : ''}`;
  if (typeof id !== 'string' || id === '' || whyNotASubject(subject) !== null) return null;
  const role = claim(payload, issuer.roleClaim);
  if (issuer.roleClaim !== undefined && role !== undefined && (typeof role !== 'string' || whyNotARole(role) !== null)) return null;
  const { auth_time: authTime, iat = 0 } = payload;
  return {
    tenant,
    subject,
    scopes: scopesOf(issuer, payload),
    role: typeof role === 'string' ? role : null,
    authenticatedAtMs: (typeof authTime === 'number' ? authTime : iat) * 1000,
  };
}

function scopesOf({ scopes, scopesClaim }: TrustedIssuer, payload: JWTPayload): Scope[] {
  if (scopesClaim === undefined) return scopes;
  const value = claim(payload, scopesClaim);
  const words: unknown[] = Array.isArray(value) ? value : typeof value === 'string' ? value.split(' ') : [];
  return scopes.filter((scope) => words.includes(scope));
}

function claim(payload: JWTPayload, name: string | undefined): unknown {
  return name !== undefined && Object.hasOwn(payload, name) ? payload[name] : undefined;
}
