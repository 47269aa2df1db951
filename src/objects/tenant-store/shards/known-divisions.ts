/** How tenants' keys are divided, as far as an isolate has been told. Those that are not divided cost nothing. */
import { UNDIVIDED, type Division } from './division.ts';

/** More tenants than that an isolate does not remember: the first object of each knows. */
const MAX_TENANTS = 10_000;

/** Among how many objects each tenant's keys are divided, as far as this isolate has heard. */
export class KnownDivisions {
  readonly #divisions = new Map<string, Division>();

  of(tenant: string): Division {
    return this.#divisions.get(tenant) ?? UNDIVIDED;
  }

  /** An older division than the one that is known changes nothing. */
  learn(tenant: string, { epoch, shards }: Division): void {
    if (epoch <= this.of(tenant).epoch) return;
    this.#divisions.delete(tenant);
    this.#divisions.set(tenant, { epoch, shards });
    const [oldest] = this.#divisions.keys();
    if (this.#divisions.size > MAX_TENANTS && oldest !== undefined) this.#divisions.delete(oldest);
  }
}
