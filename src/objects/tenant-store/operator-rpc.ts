/** What operators and the table's stream ask of a tenant's object: private to this room, as `rpc.ts`. */
import type { AttributeMap } from '../../dynamo/types.ts';
import type { InvalidationReport, RowChange } from './invalidations.ts';
import type { StoreStats } from './store-stats.ts';

/** Which of a tenant's rows: `model` by the prefix of its keys, with the rows of no model, which may be guards of its unique values. */
export type FlushScope = { kind: 'tenant' } | { kind: 'model'; prefix: string } | { kind: 'row'; table: string; key: AttributeMap };

/** Whether a tenant may be written. */
export interface StoreModeReport {
  isReadOnly: boolean;
  /** writes that may still be applied, since they had left before */
  writesUnderWay: number;
}

/** Each request names the tenant of the object, so that a stub of the wrong one is found out. @throws ServiceError `not_found` then */
export interface TenantStoreOperatorRpc {
  /** @param request JSON of `{ tenant, changes }`, `changes` being `RowChange[]` in their order */
  invalidate(request: string): Promise<InvalidationReport>;
  /** Forgets rows, which are read anew and strongly. */
  flush(request: { tenant: string; scope: FlushScope }): Promise<{ dropped: number }>;
  /** Refuses all writes from now on (`read_only`), or takes them again; outlives the object. */
  setReadOnly(request: { tenant: string; isReadOnly: boolean }): Promise<StoreModeReport>;
  stats(request: { tenant: string }): Promise<StoreStats>;
  /** Removes everything that the object has stored; it serves nobody from then on. */
  erase(request: { tenant: string }): Promise<void>;
}

/** The body of `invalidate`. */
export interface InvalidateRequest {
  tenant: string;
  changes: RowChange[];
}
