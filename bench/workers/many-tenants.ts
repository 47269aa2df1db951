/** Fills the objects of many tenants, which share an isolate: `/{tenant}/{from}` reads a hundred keys of a tenant through its object; `/gc` collects garbage. */
import type { TableProfile } from '../../src/dynamo/table-profile.ts';
import { defineTenantStore, KnownDivisions, ShardedStore, tenantStoreStub, type TenantStoreObject } from '../../src/objects/index.ts';
import type { Variables } from './item-request.ts';

interface Env extends Variables {
  TENANT_STORE: DurableObjectNamespace<TenantStoreObject>;
}

const profile: TableProfile = { key: { partitionKey: '_pk', sortKey: '_sk' }, indexes: {}, ttlAttribute: 'ttl', models: {} };

export const TenantStore = defineTenantStore({ profile });

const divisions = new KnownDivisions();

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const [, tenant = '', from = ''] = new URL(request.url).pathname.split('/');
    if (tenant === 'gc') {
      (globalThis as { gc?: () => void }).gc?.(); // V8 was started so that there is one
      return new Response(null, { status: 204 });
    }
    const store = new ShardedStore({
      tenant,
      profile,
      connect: (address) => tenantStoreStub(env.TENANT_STORE, address),
      divisions,
      nowMs: () => Date.now(),
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    });
    const Keys = Array.from({ length: 100 }, (_, at) => ({ _pk: { S: `[${tenant}]#it#item-${Number(from) + at}` }, _sk: { S: 'it' } }));
    const { ok } = await store.execute('BatchGetItem', { RequestItems: { [env.TABLE_NAME]: { Keys } } });
    return new Response(null, { status: ok ? 204 : 500 });
  },
};
