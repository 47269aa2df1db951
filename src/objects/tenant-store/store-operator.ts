/** The caller's side of what operators and the table's stream do to the tenants' objects. */
import type { KeyAttributes } from '../../dynamo/table-profile.ts';
import { ServiceError, isServiceError } from '../../lib/errors.ts';
import { TENANT_PATTERN } from '../../wire/tenant.ts';
import type { InvalidationReport, RowChange } from './invalidations.ts';
import { textOf } from './item-key.ts';
import type { StoreAddress } from './rpc.ts';
import type { ShardRpc } from './shards/asks.ts';
import { MAX_SHARDS, shardOf, type Division } from './shards/division.ts';
import type { KnownDivisions } from './shards/known-divisions.ts';
import { asked } from './shards/neighbours.ts';
import { sumOfStats } from './shards/sum-of-stats.ts';
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

export interface StoreOperatorOptions {
  /** a stub of an object */
  connect: (address: StoreAddress) => TenantStoreOperatorRpc & ShardRpc;
  /** the key attributes of the table */
  key: KeyAttributes;
  /** shared with the stores of the isolate */
  divisions: KnownDivisions;
  /** what others keep of a tenant's answers is out of date; default: nobody keeps any */
  onOutdated?: (tenant: string) => void;
}

/** What operators, and the table's stream, tell the objects of tenants. */
export class StoreOperator {
  readonly #options: StoreOperatorOptions;

  constructor(options: StoreOperatorOptions) {
    this.#options = options;
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
      if (tenant === null) return;
      const told = await this.#tell(tenant, ofTenant);
      addReport(report, told);
      // Rows that are as they were known are the tenant's own writes.
      if (told.unchanged < ofTenant.length) this.#options.onOutdated?.(tenant);
    });
    return report;
  }

  /** Forgets everything that is cached of these tenants. @throws ServiceError `unavailable` when one was not reached */
  async flushAll(tenants: readonly string[]): Promise<void> {
    await someAtATime(tenants, (tenant) => this.flush(tenant, { kind: 'tenant' }));
  }

  /** Forgets what is cached of a tenant, a model or a row. @returns how many rows were cached @throws ServiceError `unavailable` */
  async flush(tenant: string, scope: FlushScope): Promise<number> {
    const flushed = await this.#ofAll(tenant, (shard) => shard.flush({ tenant, scope }));
    this.#options.onOutdated?.(tenant);
    return flushed.reduce((sum, { dropped }) => sum + dropped, 0);
  }

  /** Refuses the tenant's writes from now on, or takes them again. @throws ServiceError `unavailable` */
  async setReadOnly(tenant: string, isReadOnly: boolean): Promise<StoreModeReport> {
    const reports = await this.#ofAll(tenant, (shard) => shard.setReadOnly({ tenant, isReadOnly }));
    return { isReadOnly, writesUnderWay: reports.reduce((sum, { writesUnderWay }) => sum + writesUnderWay, 0) };
  }

  /** What the tenant's store is doing. @throws ServiceError `unavailable` */
  async stats(tenant: string): Promise<StoreStats & Division> {
    const ofShards = await this.#ofAll(tenant, (shard) => shard.stats({ tenant }));
    return { ...sumOfStats(ofShards), ...this.#options.divisions.of(tenant) };
  }

  /**
   * Divides the tenant's keys among so many objects.
   *
   * @returns the division that is in force then
   * @throws ServiceError `invalid_input` for a number that cannot be, `unavailable` when an object was not reached: it is gone on with by itself
   */
  async divide(tenant: string, shards: number): Promise<Division> {
    if (!Number.isInteger(shards) || shards < 1 || shards > MAX_SHARDS)
      throw new ServiceError('invalid_input', `shards: expected a whole number from 1 to ${MAX_SHARDS}, got ${shards}.`);
    const { value } = await reached(() => asked(firstOf(tenant), this.#options.connect, 'divide', { shards }));
    this.#options.divisions.learn(tenant, value);
    return { epoch: value.epoch, shards: value.shards };
  }

  /** Removes what the tenant's objects have stored, of all divisions. They answer nobody any more. @throws ServiceError `unavailable` */
  async erase(tenant: string): Promise<void> {
    const { connect } = this.#options;
    const { value } = await reached(() => asked(firstOf(tenant), connect, 'division', {}));
    const objects = value.past.flatMap((shards, epoch) => Array.from({ length: shards }, (_, shard) => ({ tenant, shard, epoch })));
    // The first one last: it knows of the others.
    for (const address of objects.toReversed()) await reached(() => connect(address).erase({ tenant }));
  }

  async #tell(tenant: string, changes: readonly RowChange[]): Promise<InvalidationReport> {
    const report: InvalidationReport = { dropped: 0, unchanged: 0, ignored: 0 };
    const reports = await this.#ofAll(tenant, (shard, index, shards) => {
      const ofShard = changes.filter(({ key }) => shardOf(textOf(key[this.#options.key.partitionKey]) ?? '', shards) === index);
      const request: InvalidateRequest = { tenant, changes: ofShard };
      return ofShard.length === 0 ? report : shard.invalidate(JSON.stringify(request));
    });
    for (const name of ['dropped', 'unchanged', 'ignored'] as const) report[name] = reports.reduce((sum, one) => sum + one[name], 0);
    return report;
  }

  /** Does something with all objects of a tenant; once more when its keys were divided anew meanwhile. */
  async #ofAll<T>(tenant: string, call: (shard: TenantStoreOperatorRpc, index: number, shards: number) => T | Promise<T>): Promise<T[]> {
    const { connect, divisions } = this.#options;
    const { epoch, shards } = divisions.of(tenant);
    const all = () =>
      Promise.all(Array.from({ length: shards }, async (_, shard) => call(connect({ tenant, shard, epoch }), shard, shards)));
    try {
      return await reached(all);
    } catch (error) {
      if (!isServiceError(error) || error.code !== 'unavailable') throw error;
      const { value } = await reached(() => asked(firstOf(tenant), connect, 'division', {}));
      divisions.learn(tenant, value);
      if (divisions.of(tenant).epoch === epoch) throw error;
      return this.#ofAll(tenant, call);
    }
  }

  #tenantOf({ key }: RowChange): string | null {
    const [, tenant] = TENANT_OF_KEY.exec(textOf(key[this.#options.key.partitionKey]) ?? '') ?? [];
    return tenant !== undefined && TENANT_PATTERN.test(tenant) ? tenant : null;
  }
}

/** The object that knows how the tenant's keys are divided. */
function firstOf(tenant: string): StoreAddress {
  return { tenant, shard: 0, epoch: 0 };
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
