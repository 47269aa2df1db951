/** Tenants' configuration: in D1, with KV in front of it. */
import { and, eq, inArray, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { KvCache } from '../edge/kv-cache.ts';
import type { Later } from '../edge/single-flight.ts';
import { ServiceError } from '../lib/errors.ts';
import type { StoredConfig, TenantConfig } from '../wire/tenant-config.ts';
import { openSession } from './database-session.ts';
import { tenantConfigs } from './schema.ts';

const NONE: StoredConfig = { version: 0, values: {}, flags: {} };
const RETRY_AFTER_MS = 1_000;

/** Configuration is at most a minute old, or as old as KV's own copies are where it was read. */
const TTL_SEC = 3_600;
const FRESH_SEC = 60;

export class TenantConfigs {
  readonly #db: D1Database;
  readonly #cache: KvCache<StoredConfig> | null;

  /** @param kv undefined: D1 is asked every time */
  constructor(db: D1Database, kv: KVNamespace | undefined) {
    this.#db = db;
    const options = {
      name: 'config',
      version: 1,
      ttlSec: TTL_SEC,
      freshSec: FRESH_SEC,
      nowMs: () => Date.now(),
      random: () => Math.random(),
    };
    this.#cache = kv ? new KvCache<StoredConfig>({ ...options, kv }) : null;
  }

  /**
   * @param session asked instead of what is cached, by who knows how old it may be
   * @throws ServiceError `unavailable` when neither KV nor D1 has an answer
   */
  async read(tenant: string, later: Later, session: D1Database | null = null): Promise<StoredConfig> {
    // A replica may answer: what is read here is cached for a minute anyway.
    const load = (tenants: readonly string[]) => loadConfigs(session ?? openSession(this.#db, 'first-unconstrained').db, tenants);
    const found = this.#cache && session === null ? await this.#cache.get(tenant, load, later) : (await load([tenant])).get(tenant);
    return found ?? NONE;
  }

  /**
   * Replaces the whole of it; the isolate and KV have it when this has answered.
   *
   * @param ifVersion what it was made from; null: whatever there is
   * @returns null when there is another version
   * @throws ServiceError `unavailable`
   */
  async replace(tenant: string, config: TenantConfig, ifVersion: number | null, db = this.#db): Promise<StoredConfig | null> {
    const version = await asked(() => storeConfig(db, tenant, config, ifVersion));
    if (version === null) return null;
    const stored = { ...config, version };
    await this.#cache?.put(tenant, stored);
    return stored;
  }

  /** Of a tenant that is no more. @returns how many there were */
  async remove(tenant: string): Promise<number> {
    const { meta } = await asked(() => drizzle(this.#db).delete(tenantConfigs).where(eq(tenantConfigs.tenantId, tenant)).run());
    await this.#cache?.delete(tenant);
    return meta.changes;
  }
}

async function loadConfigs(db: D1Database, tenants: readonly string[]): Promise<ReadonlyMap<string, StoredConfig>> {
  const rows = await asked(() =>
    drizzle(db)
      .select()
      .from(tenantConfigs)
      .where(inArray(tenantConfigs.tenantId, [...tenants]))
      .all(),
  );
  return new Map(rows.map(({ tenantId, config, version }) => [tenantId, { ...(JSON.parse(config) as TenantConfig), version }])); // checked when it was written
}

async function storeConfig(db: D1Database, tenantId: string, config: TenantConfig, ifVersion: number | null): Promise<number | null> {
  const row = { config: JSON.stringify(config), changedAtMs: Date.now() };
  const database = drizzle(db);
  if (ifVersion === 0 || ifVersion === null) {
    const [made] = await database
      .insert(tenantConfigs)
      .values({ tenantId, version: 1, ...row })
      .onConflictDoNothing()
      .returning();
    if (made || ifVersion === 0) return made?.version ?? null;
  }
  const isTenant = eq(tenantConfigs.tenantId, tenantId);
  const isVersion = ifVersion === null ? isTenant : and(isTenant, eq(tenantConfigs.version, ifVersion));
  const version = sql`${tenantConfigs.version} + 1`;
  const [changed] = await database
    .update(tenantConfigs)
    .set({ ...row, version })
    .where(isVersion)
    .returning();
  return changed?.version ?? null;
}

async function asked<Result>(ask: () => Promise<Result>): Promise<Result> {
  try {
    return await ask();
  } catch (cause) {
    throw new ServiceError('unavailable', 'The configuration cannot be reached at the moment.', { cause, retryAfterMs: RETRY_AFTER_MS });
  }
}
