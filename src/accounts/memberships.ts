/** Who belongs to which tenant, and as what: the rows, and what they mean. */
import { and, asc, eq, sql } from 'drizzle-orm';
import type { BatchItem } from 'drizzle-orm/batch';
import { drizzle } from 'drizzle-orm/d1';
import type { Membership } from '../objects/session-owner/rpc.ts';
import type { Scope } from '../wire/principal.ts';
import { memberships, tenants, users } from './schema.ts';
import { type AccountServices, inDatabase } from './services.ts';

const MEMBER_SCOPES: readonly Scope[] = ['models:read', 'models:write', 'streams:read', 'streams:write', 'files:read', 'files:write'];
const MANAGER_SCOPES: readonly Scope[] = [...MEMBER_SCOPES, 'workflows:read', 'workflows:write', 'tenant:admin'];

/** Whether a role manages its tenant: members, invitations and keys. Other roles are words that only the rules of models know. */
export function isManager(role: string): boolean {
  return role === 'owner' || role === 'admin';
}

/** What a member in some role may ask for. What it gets to see is up to the access rules of models. */
export function scopesOfRole(role: string): readonly Scope[] {
  return isManager(role) ? MANAGER_SCOPES : MEMBER_SCOPES;
}

/** What a user is in a tenant, of D1. @throws ServiceError `unavailable` when it does not answer, as all functions here */
export async function readMembership(db: D1Database, userId: string, tenant: string, nowMs: number): Promise<Membership> {
  const row = await inDatabase(() =>
    drizzle(db)
      .select({ role: memberships.role, plan: tenants.plan, suspendedAtMs: tenants.suspendedAtMs })
      .from(memberships)
      .innerJoin(tenants, eq(tenants.id, memberships.tenantId))
      .where(and(eq(memberships.userId, userId), eq(memberships.tenantId, tenant)))
      .get(),
  );
  if (row === undefined) return { role: null, plan: null, isSuspended: false };
  return { role: row.role, plan: row.plan, isSuspended: row.suspendedAtMs !== null && row.suspendedAtMs <= nowMs };
}

export interface Member {
  user: string;
  email: string;
  fullName: string;
  role: string;
  sinceMs: number;
}

/** The members of a tenant, by name. */
export async function listMembers(db: D1Database, tenant: string): Promise<Member[]> {
  return inDatabase(() =>
    drizzle(db)
      .select({
        user: users.id,
        email: users.email,
        fullName: users.fullName,
        role: memberships.role,
        sinceMs: memberships.createdAtMs,
      })
      .from(memberships)
      .innerJoin(users, eq(users.id, memberships.userId))
      .where(eq(memberships.tenantId, tenant))
      .orderBy(asc(users.fullName), asc(users.id))
      .all(),
  );
}

/** Makes a user a member, unless it is one. */
export async function addMember(db: D1Database, tenant: string, userId: string, role: string, nowMs: number): Promise<void> {
  const row = { tenantId: tenant, userId, role, createdAtMs: nowMs };
  await inDatabase(() => drizzle(db).insert(memberships).values(row).onConflictDoNothing().run());
}

/** A tenant keeps an owner: one statement looks and changes, so that two owners who leave at once do not both. */
const KEEPS_AN_OWNER = sql`(${memberships.role} <> 'owner' or (select count(*) from memberships as other where other.tenant_id = ${memberships.tenantId} and other.role = 'owner') > 1)`;

/** @returns false when nothing was changed: the user is no member, or the last owner */
export async function setRole(db: D1Database, tenant: string, userId: string, role: string): Promise<boolean> {
  const guard = role === 'owner' ? undefined : KEEPS_AN_OWNER;
  const changed = await inDatabase(() =>
    drizzle(db)
      .update(memberships)
      .set({ role })
      .where(and(isOf(tenant, userId), guard))
      .returning({ user: memberships.userId }),
  );
  return changed.length > 0;
}

/** @returns as `setRole` */
export async function removeMember(db: D1Database, tenant: string, userId: string): Promise<boolean> {
  const removed = await inDatabase(() =>
    drizzle(db)
      .delete(memberships)
      .where(and(isOf(tenant, userId), KEEPS_AN_OWNER))
      .returning({ user: memberships.userId }),
  );
  return removed.length > 0;
}

/** The tenants of which a user is the only owner. */
export async function soleOwnerships(db: D1Database, userId: string): Promise<string[]> {
  const rows = await inDatabase(() =>
    drizzle(db)
      .select({ tenant: memberships.tenantId })
      .from(memberships)
      .where(and(eq(memberships.userId, userId), sql`not ${KEEPS_AN_OWNER}`))
      .all(),
  );
  return rows.map(({ tenant }) => tenant);
}

/** The statement that fails, and what is done with it in one batch, for the only owner of a tenant: whoever looks first may be overtaken. */
export function refuseSoleOwner(db: D1Database, userId: string): BatchItem<'sqlite'> {
  return drizzle(db)
    .update(memberships)
    .set({ role: sql`null` })
    .where(and(eq(memberships.userId, userId), sql`not ${KEEPS_AN_OWNER}`));
}

/** Tells the owner of a user's sessions what has changed, so that it counts with the next request. */
export async function tellMembership({ db, owner }: AccountServices, tenant: string, userId: string, nowMs: number): Promise<void> {
  await owner(userId).learnMembership(tenant, await readMembership(db, userId, tenant, nowMs), nowMs, 'changed');
}

function isOf(tenant: string, userId: string) {
  return and(eq(memberships.tenantId, tenant), eq(memberships.userId, userId));
}
