/** What an owner was told of the tenant itself. In memory only: after a restart D1 is asked, which was written first. */
import type { TenantStanding } from '../../wire/tenant-standing.ts';

/** As of keys: a change that nobody has told is seen so much later. */
const FRESH_MS = 5_000;

export class ToldStanding {
  #told: { standing: TenantStanding; toldAtMs: number } | null = null;

  /** Null when it was never told, or too long ago. */
  at(nowMs: number): TenantStanding | null {
    return this.#told !== null && nowMs < this.#told.toldAtMs + FRESH_MS ? this.#told.standing : null;
  }

  /** What was read does not undo a change that was told. */
  learn(standing: TenantStanding, nowMs: number, source: 'changed' | 'read'): void {
    if (source === 'changed' || this.at(nowMs) === null) this.#told = { standing, toldAtMs: nowMs };
  }
}
