/** Tenants as operators make, list, suspend and resume them. Those of users are made in `tenancy.ts`. */
import { and, asc, eq, gt, isNotNull, isNull, or, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { ServiceError } from '../lib/errors.ts';
import { whyNotATenant } from '../wire/tenant.ts';
import { erasures, memberships, tenants } from './schema.ts';
import { requireEmail } from './registration.ts';
import { newId } from './secrets.ts';
import { type AccountServices, inDatabase } from './services.ts';
import { readStanding } from './tenant-standing.ts';

export type TenantRow = typeof tenants.$inferSelect;

/** A tenant that is erased keeps its row, so that nobody is given its id. */
export const IS_NOT_ERASED = sql`not exists (select 1 from ${erasures} where ${erasures.tenantId} = ${tenants.id} and ${erasures.finishedAtMs} is not null)`;

/** Members whose owners are told at the same time. */
const TOLD_AT_ONCE = 32;

/**
 * Makes a tenant, and invites its first owner.
 *
 * @param owner the address that is invited; null: nobody is, as for a tenant of keys alone
 * @throws ServiceError `invalid_input` for what can be no tenant's id or no address, `conflict` for an id that is taken
 */
export async function provisionTenant(
  accounts: AccountServices,
  { owner, ...tenant }: { id: string; name: string; plan: string; owner: string | null },
  nowMs: number,
): Promise<TenantRow> {
  const reason = whyNotATenant(tenant.id);
  if (reason !== null) throw new ServiceError('invalid_input', `/id: ${reason}.`, { issues: [{ path: '/id', reason }] });
  const email = owner === null ? null : requireEmail(owner).text;
  const [made] = await inDatabase(() =>
    drizzle(accounts.db)
      .insert(tenants)
      .values({ ...tenant, createdAtMs: nowMs })
      .onConflictDoNothing()
      .returning(),
  );
  if (made === undefined) throw new ServiceError('conflict', `There is a tenant "${tenant.id}" already.`);
  if (email !== null) await accounts.postpone({ id: newId(), atMs: nowMs, kind: 'invitation', tenant: made.id, email, role: 'owner' });
  return made;
}

/** The tenants behind `after` in the order of their ids, at most `limit`; those that are erased are none. */
export async function listTenants(db: D1Database, after: string, limit: number): Promise<TenantRow[]> {
  return inDatabase(() =>
    drizzle(db)
      .select()
      .from(tenants)
      .where(and(gt(tenants.id, after), IS_NOT_ERASED))
      .orderBy(asc(tenants.id))
      .limit(limit)
      .all(),
  );
}

/** @throws ServiceError `not_found` */
export async function requireTenant(db: D1Database, id: string): Promise<TenantRow> {
  const row = await inDatabase(() => drizzle(db).select().from(tenants).where(eq(tenants.id, id)).get());
  if (row === undefined) throw new ServiceError('not_found', `There is no tenant "${id}" here.`);
  return row;
}

/**
 * Suspends a tenant, or lets it go on. D1 is written first, and then everybody is told who answers for it: when this returns, the next request goes by it.
 * What is interrupted in between is in force within half a minute all the same, and may be asked for again.
 *
 * @returns whether it was not so already; who answers for it is told in any case
 * @throws ServiceError `not_found`; `conflict` for a tenant that is being erased and is to go on; `unavailable` when somebody was not told
 */
export async function setSuspended(accounts: AccountServices, id: string, isSuspended: boolean, nowMs: number): Promise<boolean> {
  await requireTenant(accounts.db, id);
  if (!isSuspended && (await isBeingErased(accounts.db, id))) throw new ServiceError('conflict', 'The tenant is being erased.');
  const wasOtherwise = isSuspended ? or(isNull(tenants.suspendedAtMs), gt(tenants.suspendedAtMs, nowMs)) : isNotNull(tenants.suspendedAtMs);
  const changed = await inDatabase(() =>
    drizzle(accounts.db)
      .update(tenants)
      .set({ suspendedAtMs: isSuspended ? nowMs : null })
      .where(and(eq(tenants.id, id), wasOtherwise))
      .returning({ id: tenants.id }),
  );
  await tellStanding(accounts, id, nowMs);
  return changed.length > 0;
}

async function isBeingErased(db: D1Database, id: string): Promise<boolean> {
  const row = await inDatabase(() => drizzle(db).select({ id: erasures.tenantId }).from(erasures).where(eq(erasures.tenantId, id)).get());
  return row !== undefined;
}

async function tellStanding({ db, owner, keyOwner }: AccountServices, tenant: string, nowMs: number): Promise<void> {
  const standing = await readStanding(db, tenant);
  if (standing === null) return;
  const { plan, suspendedAtMs } = standing;
  await keyOwner(tenant).learnStanding(standing, nowMs, 'changed');
  for (let after = ''; ;) {
    const members = await membersBehind(db, tenant, after);
    await Promise.all(
      members.map(async ({ userId, role }) => {
        await owner(userId).learnMembership(tenant, { role, plan, isSuspended: suspendedAtMs !== null }, nowMs, 'changed');
      }),
    );
    const last = members.at(-1);
    if (last === undefined || members.length < TOLD_AT_ONCE) return;
    after = last.userId;
  }
}

async function membersBehind(db: D1Database, tenant: string, after: string): Promise<{ userId: string; role: string }[]> {
  const { tenantId, userId, role } = memberships;
  return inDatabase(() =>
    drizzle(db)
      .select({ userId, role })
      .from(memberships)
      .where(and(eq(tenantId, tenant), gt(userId, after)))
      .orderBy(asc(userId))
      .limit(TOLD_AT_ONCE)
      .all(),
  );
}
