/** Tenants and their members, as users make and change them. */
import { and, asc, eq, type SQL, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { ServiceError } from '../lib/errors.ts';
import { whyNotATenant } from '../wire/tenant.ts';
import { readMembership, removeMember, setRole, tellMembership } from './memberships.ts';
import { requireUser } from './profile.ts';
import { memberships, tenants } from './schema.ts';
import { type AccountServices, inDatabase } from './services.ts';
import type { User } from './users.ts';

export interface TenantOfUser {
  id: string;
  name: string;
  role: string;
  plan: string;
  isSuspended: boolean;
}

/** How many tenants one user may own: names are few. */
const MAX_OWNED = 20;

/**
 * Makes a tenant that the user owns.
 *
 * @throws ServiceError `invalid_input` for what can be no tenant's id, `email_unverified`, `conflict` for an id that is taken
 */
export async function createTenant(
  accounts: AccountServices,
  userId: string,
  { id, name }: { id: string; name: string },
  nowMs: number,
): Promise<TenantOfUser> {
  const { db } = accounts;
  requireVerified(await requireUser(db, userId));
  const reason = whyNotATenant(id);
  if (reason !== null) throw new ServiceError('invalid_input', `/id: ${reason}.`, { issues: [{ path: '/id', reason }] });
  const owned = (await tenantsOf(db, userId, nowMs)).filter(({ role }) => role === 'owner');
  if (owned.length >= MAX_OWNED) throw new ServiceError('conflict', `A user owns at most ${MAX_OWNED} tenants.`);
  const database = drizzle(db);
  // At once: a tenant that nobody owns could be had by nobody any more.
  const [[tenant]] = await inDatabase(() =>
    database.batch([
      database.insert(tenants).values({ id, name, createdAtMs: nowMs }).onConflictDoNothing().returning(),
      database.insert(memberships).select(ownerOfNew(id, userId, nowMs)),
    ]),
  );
  if (tenant === undefined) throw new ServiceError('conflict', `There is a tenant "${id}" already.`);
  await tellMembership(accounts, id, userId, nowMs);
  return { id, name, role: 'owner', plan: tenant.plan, isSuspended: false };
}

/** The row of the first owner, of a tenant that was made at that instant and has no member; none of every other. */
function ownerOfNew(tenant: string, userId: string, nowMs: number): SQL {
  return sql`select id, ${userId}, 'owner', ${nowMs} from ${tenants} where id = ${tenant} and created_at_ms = ${nowMs} and not exists (select 1 from ${memberships} where tenant_id = ${tenant})`;
}

/** The tenants of a user, by their ids. */
export async function tenantsOf(db: D1Database, userId: string, nowMs: number): Promise<TenantOfUser[]> {
  const rows = await inDatabase(() =>
    drizzle(db)
      .select({ id: tenants.id, name: tenants.name, role: memberships.role, plan: tenants.plan, suspendedAtMs: tenants.suspendedAtMs })
      .from(memberships)
      .innerJoin(tenants, eq(tenants.id, memberships.tenantId))
      .where(eq(memberships.userId, userId))
      .orderBy(asc(tenants.id))
      .all(),
  );
  return rows.map(({ suspendedAtMs, ...row }) => ({ ...row, isSuspended: suspendedAtMs !== null && suspendedAtMs <= nowMs }));
}

/**
 * Gives a member another role. Only owners make owners, and change what owners are.
 *
 * @param byRole what the caller is
 * @throws ServiceError `not_found` for who is no member, `forbidden`, `conflict` for the last owner
 */
export async function changeRole(
  accounts: AccountServices,
  tenant: string,
  userId: string,
  role: string,
  byRole: string,
  nowMs: number,
): Promise<void> {
  const current = await requireMember(accounts.db, tenant, userId, nowMs);
  if ([role, current].includes('owner') && byRole !== 'owner')
    throw new ServiceError('forbidden', 'Only an owner makes owners, and changes what they are.');
  if (!(await setRole(accounts.db, tenant, userId, role))) throw lastOwner();
  await tellMembership(accounts, tenant, userId, nowMs);
}

/**
 * Ends a membership: who leaves by himself, or is removed by somebody in `byRole`.
 *
 * @throws ServiceError as `changeRole`
 */
export async function endMembership(
  accounts: AccountServices,
  tenant: string,
  userId: string,
  byRole: string | null,
  nowMs: number,
): Promise<void> {
  const current = await requireMember(accounts.db, tenant, userId, nowMs);
  if (byRole !== null && current === 'owner' && byRole !== 'owner') throw new ServiceError('forbidden', 'Only an owner removes an owner.');
  if (!(await removeMember(accounts.db, tenant, userId))) throw lastOwner();
  await tellMembership(accounts, tenant, userId, nowMs);
}

/** @throws ServiceError `email_unverified` */
export function requireVerified({ emailVerifiedAtMs }: User): void {
  if (emailVerifiedAtMs === null)
    throw new ServiceError('email_unverified', 'Verify your address first: POST /v1/auth/resend-verification sends the mail again.');
}

/** Whether there is such a tenant, by its id. */
export async function findTenant(db: D1Database, id: string): Promise<{ id: string; name: string } | undefined> {
  return inDatabase(() =>
    drizzle(db)
      .select({ id: tenants.id, name: tenants.name })
      .from(tenants)
      .where(and(eq(tenants.id, id)))
      .get(),
  );
}

async function requireMember(db: D1Database, tenant: string, userId: string, nowMs: number): Promise<string> {
  const { role } = await readMembership(db, userId, tenant, nowMs);
  if (role === null) throw new ServiceError('not_found', 'There is no such member.');
  return role;
}

function lastOwner(): ServiceError {
  return new ServiceError('conflict', 'A tenant keeps an owner; make somebody else one first.');
}
