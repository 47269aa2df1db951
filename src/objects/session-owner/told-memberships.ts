/** What an owner was told of its user's memberships. D1 knows; this is a copy that is asked for again when it is old. */
import type { Membership } from './rpc.ts';

/** A change that nobody has told, as one made in D1 itself, is seen so much later. */
const FRESH_MS = 30_000;

interface Told extends Membership {
  toldAtMs: number;
}

interface ToldRow extends Record<string, SqlStorageValue> {
  tenant: string;
  role: string | null;
  plan: string | null;
  is_suspended: number;
  told_at_ms: number;
}

export class ToldMemberships {
  readonly #sql: SqlStorage;
  readonly #byTenant: Map<string, Told>;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    const rows = sql.exec<ToldRow>('SELECT * FROM memberships').toArray();
    this.#byTenant = new Map(
      rows.map(({ tenant, role, plan, is_suspended, told_at_ms }) => {
        return [tenant, { role, plan, isSuspended: is_suspended !== 0, toldAtMs: told_at_ms }];
      }),
    );
  }

  /** The tenants that it was told of. */
  get tenants(): string[] {
    return [...this.#byTenant.keys()];
  }

  /** Null when it was never told, or too long ago. */
  of(tenant: string, nowMs: number): Membership | null {
    const told = this.#byTenant.get(tenant);
    if (told === undefined || nowMs >= told.toldAtMs + FRESH_MS) return null;
    return { role: told.role, plan: told.plan, isSuspended: told.isSuspended };
  }

  /** What was read is written only where it is news: after a restart the owner asks again. A change is, so that a restart does not bring back what was before. */
  learn(tenant: string, membership: Membership, nowMs: number, source: 'changed' | 'read'): void {
    if (source === 'read') this.#learnRead(tenant, membership, nowMs);
    else this.#put(tenant, membership, nowMs);
  }

  #learnRead(tenant: string, membership: Membership, nowMs: number): void {
    if (this.of(tenant, nowMs) !== null) return;
    const known = this.#byTenant.get(tenant);
    if (membership.role === null) {
      // Nothing is kept of tenants that are not the user's: anybody can make names up.
      if (known !== undefined) this.#sql.exec('DELETE FROM memberships WHERE tenant = ?', tenant);
      this.#byTenant.delete(tenant);
    } else if (known?.role === membership.role && known.plan === membership.plan && known.isSuspended === membership.isSuspended) {
      this.#byTenant.set(tenant, { ...membership, toldAtMs: nowMs });
    } else {
      this.#put(tenant, membership, nowMs);
    }
  }

  #put(tenant: string, { role, plan, isSuspended }: Membership, nowMs: number): void {
    this.#byTenant.set(tenant, { role, plan, isSuspended, toldAtMs: nowMs });
    this.#sql.exec('INSERT OR REPLACE INTO memberships VALUES (?, ?, ?, ?, ?)', tenant, role, plan, Number(isSuspended), nowMs);
  }
}
