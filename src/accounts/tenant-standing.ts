/** Whether a tenant is served: as its owner was told, which a change of it tells at once. */
import { eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { isServed, type TenantStanding } from '../wire/tenant-standing.ts';
import { tenants } from './schema.ts';
import { type AccountServices, inDatabase } from './services.ts';

type Owners = Pick<AccountServices, 'db' | 'keyOwner'>;

/**
 * What a tenant is, or null when there is none of this id.
 *
 * @throws ServiceError `unavailable` when the database has to be asked and does not answer
 */
export async function standingOf({ db, keyOwner }: Owners, tenant: string, nowMs: number): Promise<TenantStanding | null> {
  const told = await keyOwner(tenant).standing(nowMs);
  if (told !== null) return told;
  const read = await readStanding(db, tenant);
  // Nothing is told of tenants that there are not: anybody can make names up.
  if (read !== null) await keyOwner(tenant).learnStanding(read, nowMs, 'read');
  return read;
}

/** Whether there is such a tenant, and it is not suspended. @throws as `standingOf` */
export async function isServedTenant(owners: Owners, tenant: string, nowMs: number): Promise<boolean> {
  const standing = await standingOf(owners, tenant, nowMs);
  return standing !== null && isServed(standing, nowMs);
}

/** As D1 has it. @throws as `standingOf` */
export async function readStanding(db: D1Database, tenant: string): Promise<TenantStanding | null> {
  const { plan, suspendedAtMs } = tenants;
  const row = await inDatabase(() => drizzle(db).select({ plan, suspendedAtMs }).from(tenants).where(eq(tenants.id, tenant)).get());
  return row ?? null;
}
