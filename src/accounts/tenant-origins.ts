/** The origins that a tenant lets browsers call from, besides the service's own. */
import { eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { tenants } from './schema.ts';

const REMEMBERED_MS = 60_000;
const REMEMBERED_MAX_TENANTS = 1_000;

const remembered = new WeakMap<D1Database, Map<string, { origins: ReadonlySet<string>; untilMs: number }>>();

/**
 * The origins of a tenant; none for one that does not exist. An isolate remembers them for a minute, so a change is seen that much later.
 *
 * Only asked for requests of browsers from another origin. When the database does not answer, no origin is allowed.
 */
export async function tenantOrigins(db: D1Database, tenant: string, nowMs: number): Promise<ReadonlySet<string>> {
  const byTenant = remembered.get(db) ?? new Map<string, { origins: ReadonlySet<string>; untilMs: number }>();
  remembered.set(db, byTenant);
  const known = byTenant.get(tenant);
  if (known && known.untilMs > nowMs) return known.origins;
  const row = await drizzle(db)
    .select({ allowedOrigins: tenants.allowedOrigins })
    .from(tenants)
    .where(eq(tenants.id, tenant))
    .get()
    .catch(() => undefined); // a browser is refused then, and asks again
  const origins = new Set((row?.allowedOrigins ?? '').split(',').filter((origin) => origin !== ''));
  if (byTenant.size >= REMEMBERED_MAX_TENANTS) byTenant.clear();
  byTenant.set(tenant, { origins, untilMs: nowMs + REMEMBERED_MS });
  return origins;
}
