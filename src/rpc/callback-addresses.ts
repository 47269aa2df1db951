/** Where deployments are called back, as this isolate knows it. */
import { logError } from '../lib/log.ts';
import type { AppScope } from '../runs/run-address.ts';

type Find = (scope: AppScope, deploymentId: string) => Promise<string | null>;

/** How long an address is taken for what it was. */
const KNOWN_MS = 60_000;
/** Those that were asked for first are forgotten above it. */
const MAX_KNOWN = 1_000;

export class CallbackAddresses {
  readonly #find: Find;
  readonly #known = new Map<string, { url: string; untilMs: number }>();

  constructor(find: Find) {
    this.#find = find;
  }

  /** @returns null where there is none, or no deployment is named */
  async get(scope: AppScope, deploymentId: string | null): Promise<string | null> {
    const known = this.#known.get(keyOf(scope, deploymentId));
    return known !== undefined && Date.now() < known.untilMs ? known.url : this.renew(scope, deploymentId);
  }

  /** As it is now; what was known where that cannot be found out. */
  async renew(scope: AppScope, deploymentId: string | null): Promise<string | null> {
    const key = keyOf(scope, deploymentId);
    const url = deploymentId === null ? null : await this.#found(scope, deploymentId);
    if (url === undefined) return this.#known.get(key)?.url ?? null;
    this.#known.delete(key);
    if (url !== null) this.#known.set(key, { url, untilMs: Date.now() + KNOWN_MS });
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_KNOWN && oldest !== undefined) this.#known.delete(oldest);
    return url;
  }

  /** @returns undefined where it cannot be found out: a delivery that throws would be taken for one of which the app may have heard */
  async #found(scope: AppScope, deploymentId: string): Promise<string | null | undefined> {
    try {
      return await this.#find(scope, deploymentId);
    } catch (error) {
      logError('the address of a deployment could not be read', error, { ...scope, deploymentId });
      return undefined;
    }
  }
}

function keyOf({ tenant, app }: AppScope, deploymentId: string | null): string {
  return `${tenant}/${app}/${deploymentId}`;
}
