/** Durable Objects: a tenant's store, a stream's hub, the rate limiter, the owner of sessions and keys, the ledger of files, a workflow's run. Classes are made by factories, stubs by `stubs.ts`. */
export { defineTenantStore } from './tenant-store/tenant-store.ts';
export type { TenantStoreClass, TenantStoreEnv, TenantStoreObject, TenantStoreOptions } from './tenant-store/tenant-store-class.ts';
export type { FlushScope } from './tenant-store/operator-rpc.ts';
export { StoreOperator, type ChangesReport } from './tenant-store/store-operator.ts';
export type { RowChange } from './tenant-store/invalidations.ts';
export type { TrafficReport, TrafficRpc } from './tenant-store/traffic/rpc.ts';
export type { StoreStats } from './tenant-store/store-stats.ts';
export { IsolateCache, type IsolateCacheTimes } from './tenant-store/isolate-cache.ts';
export { CHANGES_STREAM } from './tenant-store/changes/changes-stream.ts';
export { KnownDivisions } from './tenant-store/shards/known-divisions.ts';
export { ShardedStore, type ShardedStoreOptions } from './tenant-store/shards/sharded-store.ts';
export type { GrowthOptions } from './tenant-store/shards/shard-load.ts';
export type { ShardRpc } from './tenant-store/shards/asks.ts';
export { TenantStoreClient } from './tenant-store/tenant-store-client.ts';
export { tenantStoreName, tenantStoreStub, type StoreNamespace } from './stubs.ts';
export { dynamoClientOf, type TableEnv } from './table-client.ts';
export type { StoreAddress, TenantStoreRpc } from './tenant-store/rpc.ts';
export { defineStreamDirectory, type StreamDirectoryClass, type StreamDirectoryObject } from './stream-hub/stream-directory.ts';
export {
  defineStreamHub,
  type StreamHubClass,
  type StreamHubEnv,
  type StreamHubObject,
  type StreamHubOptions,
} from './stream-hub/stream-hub.ts';
export { defineStreamRelay, type StreamRelayClass, type StreamRelayObject } from './stream-hub/stream-relay.ts';
export { streamRelayName, streamRelayStub, type StreamRelayAddress, type StreamRelayNamespace, type StreamRelayStub } from './stubs.ts';
export { streamHubName, streamHubStub, type StreamAddress, type StreamHubNamespace, type StreamHubStub } from './stubs.ts';
export type { StreamHubRpc } from './stream-hub/rpc.ts';
export { streamDirectoryStub, type StreamDirectoryNamespace } from './stubs.ts';
export type { StreamDirectoryRpc, StreamListing } from './stream-hub/directory-rpc.ts';
export { defineRateLimiter, type RateLimiterClass, type RateLimiterObject, type RateLimiterOptions } from './rate-limiter/rate-limiter.ts';
export { limitChangesStub, rateLimiterStub, type LimiterNamespace } from './stubs.ts';
export type { LimitChanges, LimitChangesRpc, RateLimiterRpc } from './rate-limiter/rpc.ts';
export { RateLimiterClient, type RateLimiterClientOptions } from './rate-limiter/rate-limiter-client.ts';
export { LimitAdministration } from './rate-limiter/limit-administration.ts';
export { defineSessionOwner, type SessionOwnerClass, type SessionOwnerObject } from './session-owner/session-owner.ts';
export { tenantOwnerStub, userOwnerStub, type SessionOwnerNamespace } from './stubs.ts';
export type { SessionOwnerRpc } from './session-owner/rpc.ts';
export { defineFileLedger, type FileLedgerClass, type FileLedgerObject, type FileLedgerOptions } from './file-ledger/file-ledger.ts';
export { fileLedgerStub, type FileLedgerNamespace } from './stubs.ts';
export type { FileLedgerRpc } from './file-ledger/rpc.ts';
export { defineWorkflowRun, type WorkflowRunClass, type WorkflowRunObject } from './workflow-run/workflow-run.ts';
export type { RunLimits } from './workflow-run/admission.ts';
export type { WorkflowRunOptions } from './workflow-run/options.ts';
export { workflowRunStub, type WorkflowRunNamespace } from './stubs.ts';
export type { WorkflowRunRpc } from './workflow-run/rpc.ts';
