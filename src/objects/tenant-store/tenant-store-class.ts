/** What the class of the tenants' objects is made of, and what its objects answer. */
import type { DurableObject } from 'cloudflare:workers';
import type { TableProfile } from '../../dynamo/table-profile.ts';
import type { ChangeTeller } from '../../wire/item-changes.ts';
import type { StoreNamespace, StreamDirectoryNamespace, StreamHubNamespace } from '../stubs.ts';
import type { TenantStoreOperatorRpc } from './operator-rpc.ts';
import type { TenantStoreRpc } from './rpc.ts';
import type { ShardRpc } from './shards/asks.ts';
import type { GrowthOptions } from './shards/shard-load.ts';
import type { TracingEnv } from './store-spans.ts';
import type { TableEnv } from '../table-client.ts';
import type { TrafficRpc } from './traffic/rpc.ts';

/** Given when the class is made: the runtime builds objects with (ctx, env) alone. */
export interface TenantStoreOptions {
  /** the models of the table, from code generation's manifest */
  profile: TableProfile;
  /** says what changes of rows are to who follows them; without it nobody is told, whatever `profile` says */
  teller?: ChangeTeller;
  /** how long rows of no model are served without asking again, in seconds; default 300 */
  defaultCacheSec?: number;
  /** how long "there is no such item" is remembered, in seconds; default 30 */
  missingCacheSec?: number;
  /** how long after its time an item is still served while DynamoDB cannot be asked, in seconds; default 60, 0: not. Never to strong reads */
  staleIfErrorSec?: number;
  /** when a tenant gets more objects by itself */
  growth?: GrowthOptions;
}

/** The variables and secrets that the object reads. */
export interface TenantStoreEnv extends TableEnv, TracingEnv {
  /** where changes are told, and traffic is published */
  STREAM_HUB?: StreamHubNamespace;
  STREAM_DIRECTORY?: StreamDirectoryNamespace;
  /** the class's own namespace: a tenant may have several objects */
  TENANT_STORE: StoreNamespace<TenantStoreRpc & ShardRpc>;
}

/** What can be asked of a tenant's object. */
export type TenantStoreObject = DurableObject<TenantStoreEnv> & TenantStoreRpc & ShardRpc & TenantStoreOperatorRpc & TrafficRpc;
/** The class that `defineTenantStore` makes. */
export type TenantStoreClass = new (ctx: DurableObjectState, env: TenantStoreEnv) => TenantStoreObject;
