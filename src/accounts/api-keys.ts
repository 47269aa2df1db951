import { and, eq, isNull, lt, or } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { ServiceError } from '../lib/errors.ts';
import type { Principal } from '../wire/principal.ts';
import { isSameText } from '../lib/same-text.ts';
import { parseApiKey } from './api-key.ts';
import { apiKeys, tenants } from './schema.ts';
import { grantedScopes } from './scopes.ts';
import { sha256Hex } from './secrets.ts';

const RETRY_AFTER_MS = 1_000;
const LAST_USED_RESOLUTION_MS = 60_000;

/**
 * Who holds an API key, or null when it opens nothing: malformed (no lookup is made), unknown, wrong, expired, revoked, or of a suspended tenant.
 *
 * A revocation counts from the next call on: nothing is remembered between calls.
 *
 * @param token the credentials of `Authorization: Bearer`, of any length
 * @param later given, it takes the write of the key's last use, at most one a minute (`ctx.waitUntil`); left out, the use is not recorded
 * @throws ServiceError `unavailable` when the database does not answer
 */
export async function authenticateApiKey(
  db: D1Database,
  token: string,
  nowMs: number,
  later?: (work: Promise<unknown>) => void,
): Promise<Principal | null> {
  const key = parseApiKey(token);
  if (key === null) return null;
  const [hash, row] = await Promise.all([sha256Hex(token), findKey(db, key.kid)]);
  if (row === undefined || !isSameText(hash, row.secretHash)) return null;
  if ([row.expiresAtMs, row.revokedAtMs, row.suspendedAtMs].some((atMs) => hasCome(atMs, nowMs))) return null;
  if (later !== undefined && hasCome((row.lastUsedAtMs ?? 0) + LAST_USED_RESOLUTION_MS, nowMs)) later(recordUse(db, row.kid, nowMs));
  return {
    tenant: row.tenantId,
    subject: subjectOf(row),
    scopes: grantedScopes(row.scopes, row.tenantId),
    ...(row.role === null || row.tenantId === null ? {} : { role: row.role }),
    via: 'api-key',
    keyId: row.kid,
    ...(row.plan === null ? {} : { plan: row.plan }),
    authenticatedAtMs: nowMs,
  };
}

async function findKey(db: D1Database, kid: string) {
  try {
    return await drizzle(db)
      .select({
        kid: apiKeys.kid,
        tenantId: apiKeys.tenantId,
        secretHash: apiKeys.secretHash,
        scopes: apiKeys.scopes,
        role: apiKeys.role,
        subject: apiKeys.subject,
        expiresAtMs: apiKeys.expiresAtMs,
        revokedAtMs: apiKeys.revokedAtMs,
        lastUsedAtMs: apiKeys.lastUsedAtMs,
        plan: tenants.plan,
        suspendedAtMs: tenants.suspendedAtMs,
      })
      .from(apiKeys)
      .leftJoin(tenants, eq(tenants.id, apiKeys.tenantId))
      .where(eq(apiKeys.kid, kid))
      .get();
  } catch (cause) {
    throw new ServiceError('unavailable', 'API keys cannot be checked at the moment', { cause, retryAfterMs: RETRY_AFTER_MS });
  }
}

/** Several requests may find the minute over at once; the condition lets the first one write. */
async function recordUse(db: D1Database, kid: string, nowMs: number): Promise<void> {
  const isDue = or(isNull(apiKeys.lastUsedAtMs), lt(apiKeys.lastUsedAtMs, nowMs - LAST_USED_RESOLUTION_MS + 1));
  await drizzle(db)
    .update(apiKeys)
    .set({ lastUsedAtMs: nowMs })
    .where(and(eq(apiKeys.kid, kid), isDue))
    .run();
}

function subjectOf({ kid, tenantId, subject }: { kid: string; tenantId: string | null; subject: string | null }): Principal['subject'] {
  if (tenantId === null) return { kind: 'operator', id: kid };
  return subject === null ? { kind: 'key', id: kid } : { kind: 'user', id: subject };
}

function hasCome(atMs: number | null, nowMs: number): boolean {
  return atMs !== null && atMs <= nowMs;
}
