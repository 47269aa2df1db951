/** Who belongs to which tenant, and as what. */
import { and, eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { Membership } from '../objects/session-owner/rpc.ts';
import type { Scope } from '../wire/principal.ts';
import { memberships, tenants } from './schema.ts';
import { inDatabase } from './services.ts';

const MEMBER_SCOPES: readonly Scope[] = ['models:read', 'models:write', 'streams:read', 'streams:write'];

/** What a member in some role may ask for. What it gets to see is up to the access rules of models. */
export function scopesOfRole(_role: string): readonly Scope[] {
  return MEMBER_SCOPES;
}

/** What a user is in a tenant, of D1. @throws ServiceError `unavailable` */
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
