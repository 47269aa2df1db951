/** The caller's side of what operators and the table's stream do to the tenants' objects. */
import type { KeyAttributes } from '../../dynamo/table-profile.ts';
import { ServiceError, isServiceError } from '../../lib/errors.ts';
import { TENANT_PATTERN } from '../../wire/tenant.ts';
import type { InvalidationReport, RowChange } from './invalidations.ts';
import { textOf } from './item-key.ts';
import type { FlushScope, InvalidateRequest, StoreModeReport, TenantStoreOperatorRpc } from './operator-rpc.ts';
import type { StoreStats } from './store-stats.ts';

/** What became of changes of any tenants. */
export interface ChangesReport extends InvalidationReport {
  /** the tenants whose objects were told */
  tenants: number;
}

/** Objects that are told at the same time: a delivery may be of a thousand tenants. */
const MAX_CALLS_AT_ONCE = 32;
const RETRY_AFTER_MS = 1_000;
const TENANT_OF_KEY = /^\[([^\]]*)\]#/;

export class StoreOperator {
  readonly #connect: (tenant: string) => TenantStoreOperatorRpc;
  readonly #key: KeyAttributes;

  /** @param connect a stub of a tenant's object @param key the key attributes of the table */
  constructor(connect: (tenant: string) => TenantStoreOperatorRpc, key: KeyAttributes) {
    this.#connect = connect;
    this.#key = key;
  }

  /**
   * Tells each tenant's object of the changes of its rows, in their order. Rows of no tenant are cached nowhere, and ignored.
   *
   * @throws ServiceError `unavailable` when an object was not reached: all of it may be sent again, what was applied does no harm
   */
  async invalidate(changes: readonly RowChange[]): Promise<ChangesReport> {
    const byTenant = Map.groupBy(changes, (change) => this.#tenantOf(change));
    const ignored = byTenant.get(null)?.length ?? 0;
    byTenant.delete(null);
    const report: ChangesReport = { dropped: 0, unchanged: 0, ignored, tenants: byTenant.size };
    await someAtATime([...byTenant], async ([tenant, ofTenant]) => {
      if (tenant !== null) addReport(report, await this.#tell({ tenant, changes: ofTenant }));
    });
    return report;
  }

  /** Forgets everything that is cached of these tenants. @throws ServiceError `unavailable` when one was not reached */
  async flushAll(tenants: readonly string[]): Promise<void> {
    await someAtATime(tenants, (tenant) => this.flush(tenant, { kind: 'tenant' }));
  }

  /** Forgets what is cached of a tenant, a model or a row. @returns how many rows were cached @throws ServiceError `unavailable` */
  async flush(tenant: string, scope: FlushScope): Promise<number> {
    const { dropped } = await reached(() => this.#connect(tenant).flush({ tenant, scope }));
    return dropped;
  }

  /** Refuses the tenant's writes from now on, or takes them again. @throws ServiceError `unavailable` */
  async setReadOnly(tenant: string, isReadOnly: boolean): Promise<StoreModeReport> {
    return reached(() => this.#connect(tenant).setReadOnly({ tenant, isReadOnly }));
  }

  /** What the tenant's store is doing. @throws ServiceError `unavailable` */
  async stats(tenant: string): Promise<StoreStats> {
    return reached(() => this.#connect(tenant).stats({ tenant }));
  }

  /** Removes what the tenant's object has stored. It answers nobody any more. @throws ServiceError `unavailable` */
  async erase(tenant: string): Promise<void> {
    await reached(() => this.#connect(tenant).erase({ tenant }));
  }

  #tell(request: InvalidateRequest): Promise<InvalidationReport> {
    return reached(() => this.#connect(request.tenant).invalidate(JSON.stringify(request)));
  }

  #tenantOf({ key }: RowChange): string | null {
    const [, tenant] = TENANT_OF_KEY.exec(textOf(key[this.#key.partitionKey]) ?? '') ?? [];
    return tenant !== undefined && TENANT_PATTERN.test(tenant) ? tenant : null;
  }
}

/** Does `work` for all of a list, a bounded number of them at a time. */
async function someAtATime<T>(list: readonly T[], work: (one: T) => Promise<unknown>): Promise<void> {
  const waiting = list.values();
  const workOn = async (): Promise<void> => {
    for (const one of waiting) await work(one);
  };
  await Promise.all(Array.from({ length: Math.min(MAX_CALLS_AT_ONCE, list.length) }, workOn));
}

async function reached<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    if (isServiceError(cause)) throw cause;
    throw new ServiceError('unavailable', "A tenant's store was not reached; send all of it again.", {
      cause,
      retryAfterMs: RETRY_AFTER_MS,
    });
  }
}

function addReport(sum: ChangesReport, report: InvalidationReport): void {
  sum.dropped += report.dropped;
  sum.unchanged += report.unchanged;
  sum.ignored += report.ignored;
}
