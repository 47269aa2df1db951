/** What is asked of a tenant without a credential of its own: its plan, and the origins that it lets browsers call from. */
import { eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { ServiceError } from '../lib/errors.ts';
import { tenants } from './schema.ts';

interface TenantFacts {
  /** null: there is no such tenant */
  plan: string | null;
  origins: ReadonlySet<string>;
}

const REMEMBERED_MS = 60_000;
const REMEMBERED_MAX_TENANTS = 1_000;
const RETRY_AFTER_MS = 1_000;
const NONE: ReadonlySet<string> = new Set();

const remembered = new WeakMap<D1Database, Map<string, { facts: TenantFacts; untilMs: number }>>();

/**
 * The origins of a tenant, besides the service's own; none for one that does not exist. An isolate remembers them for a minute, so a change
 * is seen that much later.
 *
 * Only asked for requests of browsers from another origin. When the database does not answer, no origin is allowed: the browser asks again.
 */
export async function tenantOrigins(db: D1Database, tenant: string, nowMs: number): Promise<ReadonlySet<string>> {
  return factsOf(db, tenant, nowMs).then(
    ({ origins }) => origins,
    () => NONE,
  );
}

/**
 * The plan of a tenant, or null when there is no such tenant; remembered as its origins are.
 *
 * @throws ServiceError `unavailable` when the database does not answer
 */
export async function tenantPlan(db: D1Database, tenant: string, nowMs: number): Promise<string | null> {
  return (await factsOf(db, tenant, nowMs)).plan;
}

async function factsOf(db: D1Database, tenant: string, nowMs: number): Promise<TenantFacts> {
  const byTenant = remembered.get(db) ?? new Map<string, { facts: TenantFacts; untilMs: number }>();
  remembered.set(db, byTenant);
  const known = byTenant.get(tenant);
  if (known && known.untilMs > nowMs) return known.facts;
  const facts = await readFacts(db, tenant);
  if (byTenant.size >= REMEMBERED_MAX_TENANTS) byTenant.clear();
  byTenant.set(tenant, { facts, untilMs: nowMs + REMEMBERED_MS });
  return facts;
}

async function readFacts(db: D1Database, tenant: string): Promise<TenantFacts> {
  try {
    const { allowedOrigins, plan } = tenants;
    const row = await drizzle(db).select({ allowedOrigins, plan }).from(tenants).where(eq(tenants.id, tenant)).get();
    return {
      plan: row?.plan ?? null,
      origins: new Set((row?.allowedOrigins ?? '').split(',').filter((origin) => origin !== '')),
    };
  } catch (cause) {
    throw new ServiceError('unavailable', 'Tenants cannot be looked up at the moment', { cause, retryAfterMs: RETRY_AFTER_MS });
  }
}
