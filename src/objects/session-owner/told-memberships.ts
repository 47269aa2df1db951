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

  /** Null when it was never told, or too long ago. */
  of(tenant: string, nowMs: number): Membership | null {
    const told = this.#byTenant.get(tenant);
    if (told === undefined || nowMs >= told.toldAtMs + FRESH_MS) return null;
    return { role: told.role, plan: told.plan, isSuspended: told.isSuspended };
  }

  /** Only news are written: after a restart the owner asks again. A tenant that the user is no member of leaves no row. */
  learn(tenant: string, membership: Membership, nowMs: number): void {
    const { role, plan, isSuspended } = membership;
    const known = this.#byTenant.get(tenant);
    if (role === null) {
      if (known !== undefined) this.#sql.exec('DELETE FROM memberships WHERE tenant = ?', tenant);
      this.#byTenant.delete(tenant);
      return;
    }
    this.#byTenant.set(tenant, { role, plan, isSuspended, toldAtMs: nowMs });
    if (known?.role === role && known.plan === plan && known.isSuspended === isSuspended) return;
    this.#sql.exec('INSERT OR REPLACE INTO memberships VALUES (?, ?, ?, ?, ?)', tenant, role, plan, Number(isSuspended), nowMs);
  }
}
