/** API keys as credentials: checked by the owner of the tenant, which D1 tells when it has to be told. */
import { and, eq, isNull, lt, or } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { ServiceError } from '../lib/errors.ts';
import { isInRange, parseAddress, parseRange } from '../lib/ip-address.ts';
import { isSameText } from '../lib/same-text.ts';
import { type ApiKeyFacts, isInForce, isUseDue } from '../wire/api-key-facts.ts';
import type { Principal } from '../wire/principal.ts';
import { parseApiKey } from './api-key.ts';
import { apiKeys, tenants } from './schema.ts';
import { grantedScopes } from './scopes.ts';
import { sha256Hex } from '../lib/sha256.ts';
import type { AccountServices } from './services.ts';

const RETRY_AFTER_MS = 1_000;
const USE_RESOLUTION_MS = 60_000;

/** Where and when a key is shown. */
export interface KeyUse {
  /** of the path; null without one: then the key can only be an operator's */
  tenant: string | null;
  /** the caller's, null where nobody knows it */
  address: string | null;
  nowMs: number;
  /** given, takes the write of the key's last use, at most one a minute (`ctx.waitUntil`); left out, the use is not recorded */
  later?: ((work: Promise<unknown>) => void) | undefined;
}

/**
 * Who holds an API key, or null when it opens nothing: malformed (nobody is asked), unknown, wrong, expired, revoked, of a suspended tenant, or used from
 * an address that is not on its list.
 *
 * @param token the credentials of `Authorization: Bearer`, of any length
 * @throws ServiceError `unavailable` when the database has to be asked and does not answer
 */
export async function authenticateApiKey(
  accounts: Pick<AccountServices, 'db' | 'keyOwner'>,
  token: string,
  use: KeyUse,
): Promise<Principal | null> {
  const key = parseApiKey(token);
  if (key === null) return null;
  const secretHash = sha256Hex(token);
  const facts = await liveFacts(accounts, key.kid, secretHash, use);
  if (facts === null || !isAllowedFrom(facts.addresses, use.address)) return null;
  if (isUseDue(facts, use.nowMs)) use.later?.(recordUse(accounts.db, key.kid, use.nowMs));
  return principalOf(facts, use.nowMs);
}

/** What is known of a key, of D1; undefined when there is none. @throws ServiceError `unavailable` */
export async function readKeyFacts(db: D1Database, kid: string): Promise<ApiKeyFacts | undefined> {
  try {
    return await drizzle(db)
      .select({
        kid: apiKeys.kid,
        tenant: apiKeys.tenantId,
        secretHash: apiKeys.secretHash,
        scopes: apiKeys.scopes,
        role: apiKeys.role,
        subject: apiKeys.subject,
        plan: tenants.plan,
        policy: apiKeys.policy,
        addresses: apiKeys.addresses,
        expiresAtMs: apiKeys.expiresAtMs,
        revokedAtMs: apiKeys.revokedAtMs,
        suspendedAtMs: tenants.suspendedAtMs,
        lastUsedAtMs: apiKeys.lastUsedAtMs,
      })
      .from(apiKeys)
      .leftJoin(tenants, eq(tenants.id, apiKeys.tenantId))
      .where(eq(apiKeys.kid, kid))
      .get();
  } catch (cause) {
    throw new ServiceError('unavailable', 'API keys cannot be checked at the moment', { cause, retryAfterMs: RETRY_AFTER_MS });
  }
}

async function liveFacts(
  { db, keyOwner }: Pick<AccountServices, 'db' | 'keyOwner'>,
  kid: string,
  secretHash: string,
  { tenant, nowMs }: KeyUse,
): Promise<ApiKeyFacts | null> {
  const checked = tenant === null ? UNTOLD : await keyOwner(tenant).checkKey(kid, secretHash, nowMs);
  if (checked.kind === 'live') return checked.facts;
  if (checked.kind === 'refused') return null;
  const facts = await readKeyFacts(db, kid).catch((error: unknown) => {
    // What the owner was told counts while nothing newer can be had.
    if (checked.last === null) throw error;
    return checked.last;
  });
  if (facts === undefined || !isSameText(facts.secretHash, secretHash)) return null;
  if (tenant !== null && facts.tenant === tenant && facts !== checked.last) await keyOwner(tenant).learnKey(facts, nowMs, 'read');
  return isInForce(facts, nowMs) ? facts : null;
}

const UNTOLD = { kind: 'untold', last: null } as const;

/** Several requests may find the minute over at once; the condition lets the first one write. */
async function recordUse(db: D1Database, kid: string, nowMs: number): Promise<void> {
  const isDue = or(isNull(apiKeys.lastUsedAtMs), lt(apiKeys.lastUsedAtMs, nowMs - USE_RESOLUTION_MS + 1));
  await drizzle(db)
    .update(apiKeys)
    .set({ lastUsedAtMs: nowMs })
    .where(and(eq(apiKeys.kid, kid), isDue))
    .run();
}

function isAllowedFrom(addresses: string, address: string | null): boolean {
  if (addresses === '') return true;
  const bytes = address === null ? null : parseAddress(address);
  if (bytes === null) return false;
  return addresses.split(',').some((text) => {
    const range = parseRange(text);
    return range !== null && isInRange(bytes, range);
  });
}

function principalOf({ kid, tenant, subject, scopes, role, plan, policy }: ApiKeyFacts, nowMs: number): Principal {
  return {
    tenant,
    subject: subjectOf(kid, tenant, subject),
    scopes: grantedScopes(scopes, tenant),
    ...(role === null || tenant === null ? {} : { role }),
    via: 'api-key',
    keyId: kid,
    ...(plan === null ? {} : { plan }),
    ...(policy === null ? {} : { limitPolicy: policy }),
    authenticatedAtMs: nowMs,
  };
}

function subjectOf(kid: string, tenant: string | null, subject: string | null): Principal['subject'] {
  if (tenant === null) return { kind: 'operator', id: kid };
  return subject === null ? { kind: 'key', id: kid } : { kind: 'user', id: subject };
}
