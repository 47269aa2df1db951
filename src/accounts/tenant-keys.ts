/** The API keys of a tenant, as its managers make, list, rotate and revoke them. D1 is written first; then the owner is told, so that it counts with the next request. */
import { and, desc, eq, gt, isNull, or, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { ServiceError } from '../lib/errors.ts';
import { API_KEY_RANDOM_BYTES, mintApiKey } from './api-key.ts';
import { readKeyFacts } from './api-keys.ts';
import { requireUser } from './profile.ts';
import { apiKeys, users } from './schema.ts';
import { whyNotScopes } from './scopes.ts';
import { sha256Hex } from '../lib/sha256.ts';
import { type AccountServices, inDatabase } from './services.ts';
import { requireVerified } from './tenancy.ts';

type Row = typeof apiKeys.$inferSelect;

export interface NewTenantKey {
  name: string;
  scopes: readonly string[];
  role: string | null;
  subject: string | null;
  policy: string;
  addresses: readonly string[];
  expiresAtMs: number | null;
}

/** A key as lists show it: everything but what opens something. */
export interface TenantKey {
  kid: string;
  name: string;
  prefix: string;
  last4: string;
  status: 'active' | 'rotating' | 'revoked' | 'expired';
  scopes: unknown;
  role: string | null;
  subject: string | null;
  policy: string | null;
  addresses: string[];
  /** the user's name, null for a key that a command made */
  createdBy: string | null;
  createdAtMs: number;
  expiresAtMs: number | null;
  revokedAtMs: number | null;
  lastUsedAtMs: number | null;
}

/** Who makes a key, and as what. */
export interface KeyMaker {
  user: string;
  role: string;
}

/** How many live keys a tenant may have. */
const MAX_KEYS = 100;
const MAX_LISTED = 1_000;

/**
 * Makes a key. The token is in the answer, and nowhere else.
 *
 * @param by who makes it
 * @throws ServiceError `invalid_input` for scopes that no key has, `email_unverified`, `forbidden` for a role above one's own, `conflict` above 100 live keys
 */
export async function createKey(
  accounts: AccountServices,
  tenant: string,
  by: KeyMaker,
  key: NewTenantKey,
  nowMs: number,
): Promise<TenantKey & { token: string }> {
  requireVerified(await requireUser(accounts.db, by.user));
  refuseHigherRole(key.role, by);
  const reason = whyNotScopes(key.scopes, tenant);
  if (reason !== null) throw new ServiceError('invalid_input', `/scopes: ${reason}.`, { issues: [{ path: '/scopes', reason }] });
  const { scopes, addresses, ...rest } = key;
  return insertKey(
    accounts,
    { ...rest, tenantId: tenant, createdBy: by.user, scopes: JSON.stringify(scopes), addresses: addresses.join() },
    nowMs,
  );
}

/** The keys of a tenant, the newest first. */
export async function listKeys(db: D1Database, tenant: string, nowMs: number): Promise<TenantKey[]> {
  const rows = await inDatabase(() =>
    drizzle(db)
      .select({ key: apiKeys, creator: users.fullName })
      .from(apiKeys)
      .leftJoin(users, eq(users.id, apiKeys.createdBy))
      .where(eq(apiKeys.tenantId, tenant))
      .orderBy(desc(apiKeys.createdAtMs))
      .limit(MAX_LISTED)
      .all(),
  );
  return rows.map(({ key, creator }) => shownKey(key, creator, nowMs));
}

/**
 * Makes a key like another, which is good for `graceMs` more.
 *
 * @throws ServiceError `not_found` for a key that is not live or not the tenant's, `forbidden` and `conflict` as `createKey`
 */
export async function rotateKey(
  accounts: AccountServices,
  tenant: string,
  kid: string,
  by: KeyMaker,
  graceMs: number,
  nowMs: number,
): Promise<TenantKey & { token: string }> {
  const old = await liveKey(accounts.db, tenant, kid, nowMs);
  const { name, scopes, role, subject, policy, addresses, expiresAtMs } = old;
  refuseHigherRole(role, by);
  const made = await insertKey(
    accounts,
    { name, scopes, role, subject, policy, addresses, expiresAtMs, tenantId: tenant, createdBy: by.user },
    nowMs,
  );
  await endKey(accounts, tenant, kid, nowMs + graceMs, nowMs);
  return made;
}

/** Revokes a key; it may be revoked again. @throws ServiceError `not_found` for one that is not the tenant's */
export async function revokeKey(accounts: AccountServices, tenant: string, kid: string, nowMs: number): Promise<void> {
  const row = await inDatabase(() => drizzle(accounts.db).select({ kid: apiKeys.kid }).from(apiKeys).where(isOf(tenant, kid)).get());
  if (row === undefined) throw noSuchKey();
  await endKey(accounts, tenant, kid, nowMs, nowMs);
}

/**
 * Revokes a key of any tenant, as operators do.
 *
 * @returns whose it is, and whether it was in force until now
 * @throws ServiceError `not_found` for one that is no tenant's
 */
export async function revokeAnyKey(
  accounts: AccountServices,
  kid: string,
  nowMs: number,
): Promise<{ tenant: string; hasChanged: boolean }> {
  const key = await inDatabase(() =>
    drizzle(accounts.db).select({ tenant: apiKeys.tenantId }).from(apiKeys).where(eq(apiKeys.kid, kid)).get(),
  );
  if (key?.tenant == null) throw noSuchKey();
  return { tenant: key.tenant, hasChanged: await endKey(accounts, key.tenant, kid, nowMs, nowMs) };
}

async function insertKey(
  accounts: AccountServices,
  key: Pick<Row, 'name' | 'scopes' | 'role' | 'subject' | 'policy' | 'addresses' | 'expiresAtMs' | 'createdBy'> & { tenantId: string },
  nowMs: number,
): Promise<TenantKey & { token: string }> {
  await requireRoom(accounts.db, key.tenantId, nowMs);
  const { token, ...minted } = mintApiKey(crypto.getRandomValues(new Uint8Array(API_KEY_RANDOM_BYTES)));
  const row = { ...key, ...minted, secretHash: sha256Hex(token), createdAtMs: nowMs, revokedAtMs: null, lastUsedAtMs: null };
  await inDatabase(() => drizzle(accounts.db).insert(apiKeys).values(row).run());
  const creator = key.createdBy === null ? null : (await requireUser(accounts.db, key.createdBy)).fullName;
  return { ...shownKey(row, creator, nowMs), token };
}

/** A key ends at an instant, unless it ends before that already. @returns whether it did not; who answers for it is told in any case */
async function endKey(accounts: AccountServices, tenant: string, kid: string, atMs: number, nowMs: number): Promise<boolean> {
  const isLater = or(isNull(apiKeys.revokedAtMs), gt(apiKeys.revokedAtMs, atMs));
  const changed = await inDatabase(() =>
    drizzle(accounts.db)
      .update(apiKeys)
      .set({ revokedAtMs: atMs })
      .where(and(isOf(tenant, kid), isLater))
      .returning({ kid: apiKeys.kid }),
  );
  const facts = await readKeyFacts(accounts.db, kid);
  if (facts !== undefined) await accounts.keyOwner(tenant).learnKey(facts, nowMs, 'changed');
  return changed.length > 0;
}

async function liveKey(db: D1Database, tenant: string, kid: string, nowMs: number): Promise<Row> {
  const row = await inDatabase(() =>
    drizzle(db)
      .select()
      .from(apiKeys)
      .where(and(isOf(tenant, kid), isLiveAt(nowMs)))
      .get(),
  );
  if (row === undefined) throw noSuchKey();
  return row;
}

async function requireRoom(db: D1Database, tenant: string, nowMs: number): Promise<void> {
  const isLive = and(eq(apiKeys.tenantId, tenant), isLiveAt(nowMs));
  const row = await inDatabase(() =>
    drizzle(db)
      .select({ count: sql<number>`count(*)` })
      .from(apiKeys)
      .where(isLive)
      .get(),
  );
  if ((row?.count ?? 0) >= MAX_KEYS) throw new ServiceError('conflict', `A tenant has at most ${MAX_KEYS} live keys; revoke one first.`);
}

function isLiveAt(nowMs: number) {
  return and(
    or(isNull(apiKeys.revokedAtMs), gt(apiKeys.revokedAtMs, nowMs)),
    or(isNull(apiKeys.expiresAtMs), gt(apiKeys.expiresAtMs, nowMs)),
  );
}

function isOf(tenant: string, kid: string) {
  return and(eq(apiKeys.tenantId, tenant), eq(apiKeys.kid, kid));
}

function shownKey(row: Row, createdBy: string | null, nowMs: number): TenantKey {
  const { kid, name, prefix, last4, role, subject, policy, createdAtMs, expiresAtMs, revokedAtMs, lastUsedAtMs } = row;
  const scopes: unknown = JSON.parse(row.scopes);
  const addresses = row.addresses.split(',').filter((text) => text !== '');
  const shown = { kid, name, prefix, last4, scopes, role, subject, policy, addresses, createdBy, createdAtMs };
  return { ...shown, status: statusOf(row, nowMs), expiresAtMs, revokedAtMs, lastUsedAtMs };
}

function statusOf({ revokedAtMs, expiresAtMs }: Row, nowMs: number): TenantKey['status'] {
  if (revokedAtMs !== null && revokedAtMs <= nowMs) return 'revoked';
  if (expiresAtMs !== null && expiresAtMs <= nowMs) return 'expired';
  return revokedAtMs === null ? 'active' : 'rotating';
}

/** A key is shown to who makes it, and would make an owner of an admin. */
function refuseHigherRole(role: string | null, by: KeyMaker): void {
  if (role === 'owner' && by.role !== 'owner') throw new ServiceError('forbidden', 'Only an owner makes keys in the role of an owner.');
}

function noSuchKey(): ServiceError {
  return new ServiceError('not_found', 'There is no such key.');
}
