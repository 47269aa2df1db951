/** Reads of one tenant that ask DynamoDB, beside what the path says somebody else does meanwhile: `/{beside}/{key}`. */
import type { TableProfile } from '../../src/dynamo/table-profile.ts';
import { defineTenantStore, TenantStoreClient, tenantStoreStub, type TenantStoreObject } from '../../src/objects/index.ts';
import { defineRateLimiter } from '../../src/objects/rate-limiter/rate-limiter.ts';
import { RateLimiterClient } from '../../src/objects/rate-limiter/rate-limiter-client.ts';
import type { LimiterNamespace } from '../../src/objects/stubs.ts';
import { getItemInput, respond, TENANT, type Variables } from './item-request.ts';

interface Env extends Variables {
  TENANT_STORE: DurableObjectNamespace<TenantStoreObject>;
  LIMITER: LimiterNamespace;
}

const OTHER_TENANT = 'other';
/** What the other tenant may do in a second; it tries ten times as much. */
const LIMIT_PER_SEC = 100;
const TRIED_EVERY_MS = 10;
const TRIED_AT_ONCE = (10 * LIMIT_PER_SEC * TRIED_EVERY_MS) / 1_000;
const EXPORTED_BATCHES = 100;
const KEYS_PER_BATCH = 100;
/** Who disturbs goes on for so long after the last request. */
const GOES_ON_MS = 500;

/** Every read asks DynamoDB: of what is in memory nobody takes another's connection. */
const profile: TableProfile = {
  key: { partitionKey: '_pk', sortKey: '_sk' },
  indexes: {},
  ttlAttribute: 'ttl',
  models: { it: { name: 'Item', prefix: 'it', cacheSec: 0, changes: false, hasTenantPrefix: true, fields: { id: 'string' }, indexes: [] } },
};

export const TenantStore = defineTenantStore({ profile, growth: { max: 1 } });

export const Limiter = defineRateLimiter({
  limits: { policies: { reads: { limits: { rate: { algorithm: 'token-bucket', limit: LIMIT_PER_SEC, window: '1s' } } } } },
});

let limiter: RateLimiterClient | undefined;
let lastAskedAtMs = 0;
let isDisturbed = false;

function storeOf(tenant: string, env: Env): TenantStoreClient {
  return new TenantStoreClient(() => tenantStoreStub(env.TENANT_STORE, { tenant, shard: 0, epoch: 0 }), tenant);
}

const DISTURBANCES: Record<string, (env: Env) => Promise<unknown>> = {
  /** Another caller of the same tenant exports 10,000 items. What its Worker does with the answers is left out: it would be another one than the reader's. */
  export(env) {
    const stub = tenantStoreStub(env.TENANT_STORE, { tenant: TENANT, shard: 0, epoch: 0 });
    const batches = Array.from({ length: EXPORTED_BATCHES }, (_, batch) => {
      const keyOf = (at: number) => ({ _pk: { S: `[${TENANT}]#it#export-${batch * KEYS_PER_BATCH + at}` }, _sk: { S: 'it' } });
      const Keys = Array.from({ length: KEYS_PER_BATCH }, (_item, at) => keyOf(at));
      const input = { RequestItems: { [env.TABLE_NAME]: { Keys } } };
      const context = { caller: 'export', priority: 'batch' };
      return stub.execute(JSON.stringify({ tenant: TENANT, calls: [{ operation: 'BatchGetItem', input, context }] }));
    });
    return Promise.all(batches);
  },
  /** Another tenant reads at ten times its limit, and what is refused is not read. */
  other: (env) => readOther(env, true),
  unlimited: (env) => readOther(env, false),
};

async function readOther(env: Env, isLimited: boolean): Promise<void> {
  limiter ??= new RateLimiterClient(env.LIMITER, { set: 'bench', shards: 1, deadlineMs: 10_000 });
  const store = storeOf(OTHER_TENANT, env);
  for (let tried = 0; tried < TRIED_AT_ONCE; tried++) {
    if (isLimited && !(await limiter.check('reads', OTHER_TENANT)).admitted) continue;
    const Key = { _pk: { S: `[${OTHER_TENANT}]#it#${Math.random()}` }, _sk: { S: 'it' } };
    void store.execute('GetItem', { TableName: env.TABLE_NAME, Key }); // one does not wait for the other
  }
  await new Promise((resolve) => setTimeout(resolve, TRIED_EVERY_MS));
}

async function disturb(disturbance: (env: Env) => Promise<unknown>, env: Env): Promise<void> {
  isDisturbed = true;
  while (Date.now() < lastAskedAtMs + GOES_ON_MS) await disturbance(env);
  isDisturbed = false;
}

export default {
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    const [, beside = ''] = new URL(request.url).pathname.split('/');
    const disturbance = DISTURBANCES[beside];
    lastAskedAtMs = Date.now();
    if (disturbance !== undefined && !isDisturbed) ctx.waitUntil(disturb(disturbance, env));
    return respond(await storeOf(TENANT, env).execute('GetItem', getItemInput(request, env), { caller: 'reader' }));
  },
};
