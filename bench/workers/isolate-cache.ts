/** One GetItem per request, from the isolate where that may answer. All requests are of one client, who sends the version that it has seen. */
import type { TableProfile } from '../../src/dynamo/table-profile.ts';
import { isolateMemory } from '../../src/lib/memory-budget.ts';
import {
  defineTenantStore,
  IsolateCache,
  KnownDivisions,
  ShardedStore,
  tenantStoreStub,
  type TenantStoreObject,
} from '../../src/objects/index.ts';
import { getItemInput, respond, TENANT, type Variables } from './item-request.ts';

interface Env extends Variables {
  TENANT_STORE: DurableObjectNamespace<TenantStoreObject>;
}

const profile: TableProfile = { key: { partitionKey: '_pk', sortKey: '_sk' }, indexes: {}, ttlAttribute: 'ttl', models: {} };

export const TenantStore = defineTenantStore({ profile, growth: { max: 1 } });

const nowMs = () => Date.now();
const cache = new IsolateCache({ profile, times: { ms: 1_000 }, memory: isolateMemory, nowMs });
const divisions = new KnownDivisions();
let version: string | undefined;

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const store = new ShardedStore({
      tenant: TENANT,
      profile,
      connect: (address) => tenantStoreStub(env.TENANT_STORE, address),
      divisions,
      nowMs,
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    });
    const context = version === undefined ? {} : { version };
    const result = await cache.inFrontOf(store, TENANT).execute('GetItem', getItemInput(request, env), context);
    ({ version } = result.meta);
    return respond(result);
  },
};
