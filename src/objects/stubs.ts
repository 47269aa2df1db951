/** The one place where names become objects. */
import type { FileLedgerRpc } from './file-ledger/rpc.ts';
import type { LimitChangesRpc, LimiterAddress, RateLimiterRpc } from './rate-limiter/rpc.ts';
import type { KeyOwnerRpc, SessionOwnerRpc } from './session-owner/rpc.ts';
import type { RunAddress } from '../runs/run-address.ts';
import type { StreamDirectoryRpc } from './stream-hub/directory-rpc.ts';
import type { StreamRelayRpc } from './stream-hub/relay-rpc.ts';
import type { StreamHubRpc } from './stream-hub/rpc.ts';
import type { StoreAddress, TenantStoreRpc } from './tenant-store/rpc.ts';
import type { WorkflowRunRpc } from './workflow-run/rpc.ts';
import { placedStub } from './placement.ts';

/** What a namespace of `TenantStore` objects has to offer here; a binding of wrangler's types fits. */
export interface StoreNamespace<Stub extends TenantStoreRpc = TenantStoreRpc> {
  getByName(name: string): Stub;
}

/** The stub of the object that owns a tenant's keys. A stub belongs to the request that made it. */
export function tenantStoreStub<Stub extends TenantStoreRpc>(namespace: StoreNamespace<Stub>, address: StoreAddress): Stub {
  return placedStub(namespace, address.tenant, tenantStoreName(address));
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

/** Names the object of a stream. */
export interface StreamAddress {
  tenant: string;
  /** segments with slashes between them */
  name: string;
}

/** A stream's object as it is called: by its methods, and by `fetch` for a socket. */
export interface StreamHubStub extends StreamHubRpc {
  fetch(url: string, init?: RequestInit): Promise<Response>;
}

/** What a namespace of `StreamHub` objects has to offer here; a binding of wrangler's types fits. */
export interface StreamHubNamespace {
  getByName(name: string): StreamHubStub;
}

/** The stub of a stream's object. */
export function streamHubStub(namespace: StreamHubNamespace, address: StreamAddress): StreamHubStub {
  return placedStub(namespace, address.tenant, streamHubName(address));
}

/** Tenant ids have no slash, so the first one ends the tenant. */
export function streamHubName({ tenant, name }: StreamAddress): string {
  return `${tenant}/${name}`;
}

/**
 * Reads a name back.
 *
 * @throws TypeError when it is not one of `streamHubName`
 */
export function parseStreamHubName(name: string | undefined): StreamAddress {
  const [, tenant, stream] = /^([^/]+)\/(.+)$/s.exec(name ?? '') ?? [];
  if (tenant === undefined || stream === undefined)
    throw new TypeError(`expected the object's name to be tenant/stream, got ${JSON.stringify(name)}`);
  return { tenant, name: stream };
}

/** Names one of a stream's relays. */
export interface StreamRelayAddress extends StreamAddress {
  index: number;
}

/** A relay as it is called: by its methods, and by `fetch` for a socket. */
export interface StreamRelayStub extends StreamRelayRpc {
  fetch(url: string, init?: RequestInit): Promise<Response>;
}

/** What a namespace of `StreamRelay` objects has to offer here; a binding of wrangler's types fits. */
export interface StreamRelayNamespace {
  getByName(name: string): StreamRelayStub;
}

/** The stub of a relay. */
export function streamRelayStub(namespace: StreamRelayNamespace, address: StreamRelayAddress): StreamRelayStub {
  return placedStub(namespace, address.tenant, streamRelayName(address));
}

/** Names of streams have no number sign, so the first one ends them. */
export function streamRelayName({ index, ...stream }: StreamRelayAddress): string {
  return `${streamHubName(stream)}#${index}`;
}

/**
 * Reads a name back.
 *
 * @throws TypeError when it is not one of `streamRelayName`
 */
export function parseStreamRelayName(name: string | undefined): StreamRelayAddress {
  const [, stream, index] = /^([^#]+)#(\d+)$/s.exec(name ?? '') ?? [];
  if (stream === undefined) throw new TypeError(`expected the object's name to be tenant/stream#index, got ${JSON.stringify(name)}`);
  return { ...parseStreamHubName(stream), index: Number(index) };
}

/** What a run with sockets is called among the streams of its tenant that have some: names of streams have no number sign. */
export function runSocketsName({ app, runId }: Omit<RunAddress, 'tenant'>): string {
  return `#${app}/${runId}`;
}

/** The stub of what has sockets: of a run (`runSocketsName`), or of the stream of this name. @throws TypeError for a run where there are none */
export function socketsStub(
  { STREAM_HUB, WORKFLOW_RUN }: { STREAM_HUB: StreamHubNamespace; WORKFLOW_RUN?: WorkflowRunNamespace },
  { tenant, name }: StreamAddress,
): { endSockets(credential: string): Promise<void> } {
  const [, app, runId] = /^#([^/]+)\/([^/]+)$/.exec(name) ?? [];
  if (app === undefined || runId === undefined) return streamHubStub(STREAM_HUB, { tenant, name });
  if (!WORKFLOW_RUN) throw new TypeError('expected the binding WORKFLOW_RUN, as there are sockets of runs');
  return workflowRunStub(WORKFLOW_RUN, { tenant, app, runId });
}

/** A directory as it is called: by its methods, and by `fetch` for a socket that watches a prefix. */
export interface StreamDirectoryStub extends StreamDirectoryRpc {
  fetch(url: string, init?: RequestInit): Promise<Response>;
}

/** What a namespace of `StreamDirectory` objects has to offer here; a binding of wrangler's types fits. */
export interface StreamDirectoryNamespace {
  getByName(name: string): StreamDirectoryStub;
}

/** The stub of a tenant's directory of streams. */
export function streamDirectoryStub(namespace: StreamDirectoryNamespace, tenant: string): StreamDirectoryStub {
  return placedStub(namespace, tenant, tenant);
}

/** What a namespace of `RateLimiter` objects has to offer here; a binding of wrangler's types fits. */
export interface LimiterNamespace<Stub extends RateLimiterRpc & LimitChangesRpc = RateLimiterRpc & LimitChangesRpc> {
  getByName(name: string): Stub;
}

/** The stub of the object that counts the keys of a shard. */
export function rateLimiterStub<Stub extends RateLimiterRpc & LimitChangesRpc>(
  namespace: LimiterNamespace<Stub>,
  { set, shards, shard }: LimiterAddress,
): Stub {
  return namespace.getByName(`${set}/${shards}/${shard}`);
}

/** The stub of the object that keeps the run-time changes of a set's limits. */
export function limitChangesStub<Stub extends RateLimiterRpc & LimitChangesRpc>(
  namespace: LimiterNamespace<Stub>,
  set: string,
): LimitChangesRpc {
  return namespace.getByName(`${set}/changes`);
}

/** What a namespace of `SessionOwner` objects has to offer here; a binding of wrangler's types fits. */
export interface SessionOwnerNamespace {
  getByName(name: string): SessionOwnerRpc & KeyOwnerRpc;
}

/** The stub of the object that owns a user's sessions. */
export function userOwnerStub(namespace: SessionOwnerNamespace, user: string): SessionOwnerRpc {
  return placedStub(namespace, null, `u:${user}`);
}

/** The stub of the object that owns a tenant's API keys. */
export function tenantOwnerStub(namespace: SessionOwnerNamespace, tenant: string): KeyOwnerRpc {
  return placedStub(namespace, tenant, `t:${tenant}`);
}

/** The tenant of such an object's name. */
export function parseTenantOwnerName(name: string | undefined): string {
  return name?.replace(/^t:/, '') ?? '';
}

/** What a namespace of `FileLedger` objects has to offer here; a binding of wrangler's types fits. */
export interface FileLedgerNamespace {
  getByName(name: string): FileLedgerRpc;
}

/** The stub of the object that owns a tenant's files. */
export function fileLedgerStub(namespace: FileLedgerNamespace, tenant: string): FileLedgerRpc {
  return placedStub(namespace, tenant, tenant);
}

/** A run's object as it is called: by its methods, and by `fetch` for a socket. */
export interface WorkflowRunStub extends WorkflowRunRpc {
  fetch(url: string, init?: RequestInit): Promise<Response>;
}

/** What a namespace of `WorkflowRun` objects has to offer here; a binding of wrangler's types fits. */
export interface WorkflowRunNamespace {
  getByName(name: string): WorkflowRunStub;
}

/** The stub of a run's object. */
export function workflowRunStub(namespace: WorkflowRunNamespace, address: RunAddress): WorkflowRunStub {
  return placedStub(namespace, address.tenant, workflowRunName(address));
}

/** Ids of tenants and apps have no slash, so the parts stay apart. */
export function workflowRunName({ tenant, app, runId }: RunAddress): string {
  return `${tenant}/${app}/${runId}`;
}

/**
 * Reads a name back.
 *
 * @throws TypeError when it is not one of `workflowRunName`
 */
export function parseWorkflowRunName(name: string | undefined): RunAddress {
  const [, tenant, app, runId] = /^([^/]+)\/([^/]+)\/([^/]+)$/.exec(name ?? '') ?? [];
  if (tenant === undefined || app === undefined || runId === undefined)
    throw new TypeError(`expected the object's name to be tenant/app/run, got ${JSON.stringify(name)}`);
  return { tenant, app, runId };
}
