/** What an owner was told of its user's memberships. D1 knows; this is a copy that is asked for again when it is old. */
import type { Membership, MembershipSince } from './rpc.ts';

/** A change that nobody has told, as one made in D1 itself, is seen so much later. */
const FRESH_MS = 30_000;

interface Told extends MembershipSince {
  toldAtMs: number;
}

/** What became of what was known. */
interface Learned {
  /** since when the user is what it is */
  sinceMs: number;
  /** since when it was something else until now; null: it was not */
  endedSinceMs: number | null;
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
        return [tenant, { role, plan, isSuspended: is_suspended !== 0, sinceMs: told_at_ms, toldAtMs: told_at_ms }];
      }),
    );
  }

  /** The tenants that it was told of, with since when the user is what it is there. */
  get tenants(): { tenant: string; sinceMs: number }[] {
    return [...this.#byTenant].map(([tenant, { sinceMs }]) => ({ tenant, sinceMs }));
  }

  /** Null when it was never told, or too long ago. */
  of(tenant: string, nowMs: number): MembershipSince | null {
    const told = this.#byTenant.get(tenant);
    if (told === undefined || nowMs >= told.toldAtMs + FRESH_MS) return null;
    const { role, plan, isSuspended, sinceMs } = told;
    return { role, plan, isSuspended, sinceMs };
  }

  /** What was read is written only where it is news: after a restart the owner asks again. A change is, so that a restart does not bring back what was before. */
  learn(tenant: string, membership: Membership, nowMs: number, source: 'changed' | 'read'): Learned {
    const fresh = source === 'read' ? this.of(tenant, nowMs) : null;
    if (fresh !== null) return { sinceMs: fresh.sinceMs, endedSinceMs: null };
    const known = this.#byTenant.get(tenant);
    const isSame = known !== undefined && known.role === membership.role && known.isSuspended === membership.isSuspended;
    const sinceMs = isSame ? known.sinceMs : nowMs;
    const told = { ...membership, sinceMs, toldAtMs: nowMs };
    // Nothing is kept of tenants that are not the user's: anybody can make names up.
    if (source === 'read' && membership.role === null) this.#drop(tenant);
    else if (source === 'read' && isSame && known.plan === membership.plan) this.#byTenant.set(tenant, told);
    else this.#put(tenant, told);
    return { sinceMs, endedSinceMs: known === undefined || isSame ? null : known.sinceMs };
  }

  #drop(tenant: string): void {
    if (this.#byTenant.delete(tenant)) this.#sql.exec('DELETE FROM memberships WHERE tenant = ?', tenant);
  }

  #put(tenant: string, told: Told): void {
    this.#byTenant.set(tenant, told);
    const { role, plan, isSuspended, sinceMs } = told;
    this.#sql.exec('INSERT OR REPLACE INTO memberships VALUES (?, ?, ?, ?, ?)', tenant, role, plan, Number(isSuspended), sinceMs);
  }
}
