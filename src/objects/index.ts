/** Durable Objects: a tenant's store. Classes are made by factories, stubs by `stubs.ts`. */
export {
  defineTenantStore,
  type TenantStoreClass,
  type TenantStoreEnv,
  type TenantStoreObject,
  type TenantStoreOptions,
} from './tenant-store/tenant-store.ts';
export { TenantStoreClient } from './tenant-store/tenant-store-client.ts';
export { tenantStoreName, tenantStoreStub, type StoreNamespace } from './stubs.ts';
export type { StoreAddress, TenantStoreRpc } from './tenant-store/rpc.ts';
