/** One GetItem per request through the tenant's object. The binding decides which of the two classes answers. */
import type { TableProfile } from '../../src/dynamo/table-profile.ts';
import {
  defineTenantStore,
  TenantStoreClient,
  tenantStoreStub,
  type StoreAddress,
  type TenantStoreObject,
} from '../../src/objects/index.ts';
import { getItemInput, respond, TENANT, type Variables } from './item-request.ts';

const ADDRESS: StoreAddress = { tenant: TENANT, shard: 0, epoch: 0 };

interface Env extends Variables {
  TENANT_STORE: DurableObjectNamespace<TenantStoreObject>;
}

/** Items that may be served from memory for so long; 0: every read asks DynamoDB, and only what is read at the same time is shared. */
function profileOf(cacheSec: number): TableProfile {
  const fields = { id: 'string' } as const;
  return {
    key: { partitionKey: '_pk', sortKey: '_sk' },
    indexes: {},
    ttlAttribute: 'ttl',
    models: { it: { name: 'Item', prefix: 'it', cacheSec, changes: false, hasTenantPrefix: true, fields, indexes: [] } },
  };
}

export const CachingStore = defineTenantStore({ profile: profileOf(300), growth: { max: 1 } });
export const CoalescingStore = defineTenantStore({ profile: profileOf(0), growth: { max: 1 } });

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const store = new TenantStoreClient(() => tenantStoreStub(env.TENANT_STORE, ADDRESS), TENANT);
    return respond(await store.execute('GetItem', getItemInput(request, env)));
  },
};
