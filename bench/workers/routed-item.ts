/** Many GetItems through the tenant's object, each of a request of its own: by the Worker itself, and by a route, with all that the router does for one. */
import { env } from 'cloudflare:workers';
import { initModels, runWithBatchContext, TenantContext } from '../../src/bao/for-services.ts';
import type { TableProfile } from '../../src/dynamo/table-profile.ts';
import { readEnvironment } from '../../src/edge/env.ts';
import { metricsSinks } from '../../src/edge/metrics.ts';
import { RequestCounters } from '../../src/edge/request-counters.ts';
import { serviceLimits } from '../../src/limit-services.ts';
import { defineRateLimiter, defineTenantStore, TenantStoreClient, tenantStoreStub } from '../../src/objects/index.ts';
import { tracingOf, trafficServices } from '../../src/platform-services.ts';
import { createRouter } from '../../src/router.ts';
import { createRouteTable } from '../../src/routes/route-table.ts';
import type { Route, Services } from '../../src/routes/route.ts';
import { TenantQuotas } from '../../src/routes/tenant-quotas.ts';
import type { ServiceBindings } from '../../src/service-options.ts';
import { serviceRoutes } from '../../src/service-routes.ts';
import { DEFAULT_LIMITS } from '../../src/wire/limit-defaults.ts';
import type { LimitsDocument } from '../../src/wire/limit-document.ts';
import { mergeLimits } from '../../src/wire/limit-document.ts';
import type { Principal } from '../../src/wire/principal.ts';
import { joinedVersion } from '../../src/wire/store-version.ts';
import { getItemInput, respond, TENANT, type Variables } from './item-request.ts';

type Env = ServiceBindings & Variables;

const fields = { id: 'string' } as const;
const profile: TableProfile = {
  key: { partitionKey: '_pk', sortKey: '_sk' },
  indexes: {},
  ttlAttribute: 'ttl',
  models: { it: { name: 'Item', prefix: 'it', cacheSec: 300, changes: false, hasTenantPrefix: true, fields, indexes: [] } },
};

/** The limits of the service, so high that nothing is refused: a refusal is cheaper. */
const high = { limits: { rate: { algorithm: 'token-bucket', limit: 1_000_000_000, window: '1s' } }, durability: 'volatile' } as const;
const limits: LimitsDocument = { policies: { address: high, tenant: high, read: high } };

export const TenantStore = defineTenantStore({ profile, growth: { max: 1 } });
export const RateLimiter = defineRateLimiter({ limits: mergeLimits(DEFAULT_LIMITS, limits) });

/** Who the caller is, is asked of another object, which is not what is measured here: see `accounts`. */
const principal: Principal = {
  tenant: TENANT,
  subject: { kind: 'key', id: 'bench' },
  scopes: ['models:read'],
  plan: 'standard',
  via: 'internal',
  authenticatedAtMs: 0,
};

const route: Route = {
  method: 'GET',
  path: '/v1/:tenant/items/:itemId',
  summary: 'Reads an item',
  access: { scope: 'models:read' },
  limit: 'read',
  bodyLimitBytes: 0,
  mutates: false,
  cacheable: false,
  schemas: { responses: { 200: { type: 'object' } } },
  handle: ({ request }) => readItem(request),
};

/** Of everybody: what is left of the router is what it does for any request. */
const publicRoute: Route = { ...route, path: '/public/items/:itemId', access: 'public', limit: 'public' };

const routes = [...serviceRoutes({}, new Map()), route, publicRoute];
const answer = createRouter(routes);
const table = createRouteTable(routes);
/** As Cloudflare and a client set them. */
const headers = { 'CF-Connecting-IP': '203.0.113.7', Authorization: 'Bearer bench' };
/** How many items one request reads, one after the other, so that the server's own HTTP does not count; `benchmarks/router.ts` divides by it. */
const THINGS = 64;
let services: Services | undefined;

export default {
  async fetch({ url }: Request, bindings: Env, ctx: ExecutionContext): Promise<Response> {
    services ??= servicesOf(bindings);
    const read = readers(services, (work) => ctx.waitUntil(work))[new URL(url).pathname.slice(1)] ?? readItem;
    const isPublic = url.endsWith('/public');
    for (let index = 0; index < THINGS; index++) {
      const path = isPublic ? `public/items/item-${index}` : `v1/${TENANT}/items/item-${index}`;
      // Without an address nobody is counted: that is for the guarded route to show.
      const response = await read(new Request(`https://bench.example.com/${path}`, isPublic ? {} : { headers }));
      if (!response.ok) return response;
    }
    return new Response('read');
  },
};

/** What is between a request and the call of the object, by the path of the entry. */
function readers(wired: Services, later: (work: Promise<unknown>) => void): Record<string, (request: Request) => Promise<Response>> {
  return {
    direct: readItem,
    matched: async (request) =>
      table.match(request.method, new URL(request.url)) === null ? new Response(null, { status: 404 }) : readItem(request),
    public: (request) => answer(request, wired, later),
    routed: (request) => answer(request, wired, later),
  };
}

async function readItem(request: Request): Promise<Response> {
  return respond(await store().execute('GetItem', getItemInput(request, env as Env))); // the bindings of `benchmarks/router.ts`
}

/** With a stub of its own, as each request has one. */
function store(): TenantStoreClient {
  const { TENANT_STORE } = env as Env; // the same
  return new TenantStoreClient(() => tenantStoreStub(TENANT_STORE, { tenant: TENANT, shard: 0, epoch: 0 }), TENANT);
}

function servicesOf(bindings: Env): Services {
  const { counted, traffic } = trafficServices(bindings);
  const requestCounters = new RequestCounters();
  const metrics = metricsSinks(requestCounters, counted);
  const environment = readEnvironment({ ...bindings, ENVIRONMENT: 'development', SIGNING_KEYS: `bench:${btoa('b'.repeat(32))}` });
  const manager = initModels({
    models: {},
    db: { tableName: bindings.TABLE_NAME },
    tenancy: { enabled: true },
    store,
  });
  const wired: Partial<Services> = {
    environment,
    metrics,
    traffic,
    requestCounters,
    quotas: new TenantQuotas({ plans: {}, usedToday: (tenant) => counted.usedToday(tenant), nowMs: Date.now }),
    tracing: tracingOf(environment, 'bench'),
    limits: serviceLimits(bindings, { limits }, metrics),
    authenticate: async () => principal,
    inTenant: (tenant, work, bounds) =>
      TenantContext.runWithTenant(tenant, () => runWithBatchContext(work, { manager, joinVersions: joinedVersion, ...bounds })),
  };
  return wired as Services; // what neither the router nor this route asks for is not there
}
