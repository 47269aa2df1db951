/** The one place where names become objects. */
import type { StoreAddress, TenantStoreRpc } from './tenant-store/rpc.ts';

/** What a namespace of `TenantStore` objects has to offer here; a binding of wrangler's types fits. */
export interface StoreNamespace<Stub extends TenantStoreRpc = TenantStoreRpc> {
  getByName(name: string): Stub;
}

/** The stub of the object that owns a tenant's keys. A stub belongs to the request that made it. */
export function tenantStoreStub<Stub extends TenantStoreRpc>(namespace: StoreNamespace<Stub>, address: StoreAddress): Stub {
  return namespace.getByName(tenantStoreName(address));
}

/** Tenant ids have no slash, so the parts stay apart. */
export function tenantStoreName({ tenant, shard, epoch }: StoreAddress): string {
  return `${tenant}/${shard}/${epoch}`;
}

/**
 * Reads a name back.
 *
 * @throws TypeError when it is not one of `tenantStoreName`
 */
export function parseTenantStoreName(name: string | undefined): StoreAddress {
  const [, tenant, shard, epoch] = /^([^/]+)\/(\d+)\/(\d+)$/.exec(name ?? '') ?? [];
  if (tenant === undefined) throw new TypeError(`expected the object's name to be tenant/shard/epoch, got ${JSON.stringify(name)}`);
  return { tenant, shard: Number(shard), epoch: Number(epoch) };
}
