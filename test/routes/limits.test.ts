import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import models, { tableProfile } from '../../.bao/models.ts';
import { limitChangesStub } from '../../src/objects/index.ts';
import { OUTCOME } from '../../src/objects/rate-limiter/rpc.ts';
import type { Route } from '../../src/routes/route.ts';
import { ServiceError } from '../../src/lib/errors.ts';
import { createService, type Service, type ServiceOptions } from '../../src/service.ts';
import type { LimitsDocument } from '../../src/wire/limit-document.ts';
import { createTenant, type RestClient } from '../setup/rest-client.ts';
import { eventually } from '../setup/eventually.ts';

const rate = (limit: number, window: '1s' | '1d' = '1d') => ({ rate: { algorithm: 'fixed-window', limit, window } }) as const;

/** Few enough that each runs out within a test. */
const LIMITS = {
  policies: {
    address: { limits: rate(12) },
    public: { limits: rate(2) },
    tenant: { limits: rate(8), reserve: { critical: 25 } },
    read: { limits: rate(3) },
    write: { limits: rate(4), priority: 'critical' },
    batch: { limits: rate(1_000), mode: 'shadow' },
    operator: { limits: rate(1_000) },
  },
} satisfies LimitsDocument;

const socketRoute: Route = {
  method: 'GET',
  path: '/v1/:tenant/sockets',
  summary: 'Accepts a socket, for these tests',
  access: { scope: 'models:read' },
  limit: 'read',
  mutates: false,
  cacheable: false,
  bodyLimitBytes: 0,
  schemas: { responses: { 101: null } },
  handle: () => {
    const [client, server] = Object.values(new WebSocketPair()) as [WebSocket, WebSocket];
    server.accept();
    return new Response(null, { status: 101, webSocket: client });
  },
};

let slowRequests: (() => void)[] = [];
const slowRoute: Route = {
  ...socketRoute,
  path: '/v1/:tenant/slow',
  schemas: { responses: { 200: null } },
  handle: async () => {
    await new Promise<void>((resolve) => slowRequests.push(resolve));
    return new Response('done');
  },
};

/** A service with limits of its own, and addresses that nobody else has. */
class LimitedService {
  readonly set = `test-${crypto.randomUUID()}`;
  readonly #limits: LimitsDocument;

  constructor(changes: LimitsDocument = {}) {
    this.#limits = { ...LIMITS, ...changes, policies: { ...LIMITS.policies, ...changes.policies } };
  }

  /** Another isolate of it. */
  async isolate(options: ServiceOptions = {}): Promise<Service> {
    const service = createService({
      models,
      tableProfile,
      limits: this.#limits,
      // Nothing here is about deadlines, and the machine may be busy.
      limiter: { set: this.set, shards: 1, deadlineMs: 10_000 },
      routes: [socketRoute, slowRoute],
      ...options,
    });
    // The objects of the Worker under test have its limits: they learn these as run-time changes.
    await limitChangesStub(env.RATE_LIMITER, this.set).replaceChanges(this.#limits, 0);
    return service;
  }
}

async function ask(
  service: Service,
  path: string,
  token: string | null,
  init: Omit<RequestInit, 'headers'> & { headers?: Record<string, string> } = {},
): Promise<Response> {
  const headers = { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...init.headers };
  const request = new Request(`https://steamer.test${path}`, { ...init, headers });
  const ctx = createExecutionContext();
  const response = await service.handler.fetch(request as Parameters<typeof service.handler.fetch>[0], env, ctx);
  await waitOnExecutionContext(ctx);
  return response;
}

let acme: RestClient;
let other: RestClient;
beforeAll(async () => {
  acme = await createTenant();
  other = await createTenant();
});

const address = (ip: string) => ({ headers: { 'cf-connecting-ip': ip } });
const read = (service: Service, client: RestClient, init = {}) => ask(service, `/v1/${client.tenant}/models`, client.token, init);
const put = (service: Service, client: RestClient, id: string) =>
  ask(service, `/v1/${client.tenant}/systems/${id}`, client.token, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: id }),
  });
const statuses = async (count: number, one: () => Promise<Response>) => {
  const all: number[] = [];
  for (let turn = 0; turn < count; turn++) all.push((await one()).status);
  return all;
};

describe('a principal', () => {
  test('is refused above the limit of the route, with what there is to know of it', async () => {
    const service = await new LimitedService().isolate();
    const first = await read(service, acme);
    expect([first.status, first.headers.get('ratelimit-policy')]).toEqual([
      200,
      expect.stringMatching(/^"tenant\.rate";q=8;w=86400;pk=:[\w+/=]+:, "read\.rate";q=3;w=86400;pk=:[\w+/=]+:$/),
    ]);
    expect(first.headers.get('ratelimit')).toMatch(/^"tenant\.rate";r=5;t=\d+;pk=:[\w+/=]+:, "read\.rate";r=2;t=\d+;pk=:[\w+/=]+:$/);
    expect(await statuses(3, () => read(service, acme))).toEqual([200, 200, 429]);
    const refused = await read(service, acme);
    expect([refused.status, refused.headers.get('content-type'), refused.headers.get('cache-control')]).toEqual([
      429,
      'application/problem+json; charset=utf-8',
      'no-store',
    ]);
    const body = await refused.json();
    expect(body).toMatchObject({
      type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
      code: 'rate_limited',
      title: 'Too many requests',
      status: 429,
      'violated-policies': ['read.rate'],
    });
    const t = Number(/"read\.rate";r=0;t=(\d+)/.exec(refused.headers.get('ratelimit') ?? '')?.[1]);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(t);
  });

  test('has a count of its own, and so has every tenant', async () => {
    const service = await new LimitedService().isolate();
    const colleague = await createTenant(['models:read'], acme.tenant);
    expect(await statuses(4, () => read(service, acme))).toEqual([200, 200, 200, 429]);
    expect((await read(service, colleague)).status).toBe(200);
    expect((await read(service, other)).status).toBe(200);
  });

  test('is the same in every isolate', async () => {
    const service = new LimitedService();
    const isolates = [await service.isolate(), await service.isolate(), await service.isolate()];
    const all = await Promise.all(isolates.flatMap((isolate) => [read(isolate, acme), read(isolate, acme)]));
    expect(all.filter(({ status }) => status === 200)).toHaveLength(3);
  });

  test('spends nothing of the tenant when it is refused, and the tenant nothing of it', async () => {
    const service = await new LimitedService().isolate();
    await statuses(10, () => read(service, acme));
    const answer = await put(service, acme, 'a');
    expect(answer.headers.get('ratelimit')).toMatch(/^"tenant\.rate";r=4;/);
  });

  test('is refused before others when the tenant has used most of its share, unless it matters more', async () => {
    const service = await new LimitedService().isolate();
    const colleagues = await Promise.all([1, 2, 3].map(() => createTenant(['models:read'], acme.tenant)));
    const reads = await Promise.all([acme, ...colleagues].map((client) => statuses(2, () => read(service, client))));
    expect(reads.flat().filter((status) => status === 429)).toHaveLength(2);
    expect(await statuses(3, () => put(service, acme, 'last'))).toEqual([201, 200, 429]);
  });

  test('is held to its limits with WebSockets too', async () => {
    const service = await new LimitedService().isolate();
    const upgrade = () => ask(service, `/v1/${acme.tenant}/sockets`, acme.token, { headers: { upgrade: 'websocket' } });
    const first = await upgrade();
    first.webSocket?.accept();
    expect([first.status, first.headers.get('ratelimit')]).toEqual([101, expect.stringContaining('"read.rate";r=2')]);
    expect(await statuses(3, upgrade)).toEqual([101, 101, 429]);
  });

  test('keeps its place until it has its answer, where a policy counts what is in flight', async () => {
    const places = { limits: { places: { algorithm: 'concurrency', limit: 1, window: '1m' } } } as const;
    const service = await new LimitedService({ policies: { read: places } }).isolate();
    slowRequests = [];
    const slow = ask(service, `/v1/${acme.tenant}/slow`, acme.token);
    await eventually(() => expect(slowRequests).toHaveLength(1));
    expect((await read(service, acme)).status).toBe(429);
    slowRequests[0]?.();
    expect((await slow).status).toBe(200);
    expect((await read(service, acme)).status).toBe(200);
  });

  test('gives its place back, too, where the object answered later than it waited', async () => {
    const places = { limits: { places: { algorithm: 'concurrency', limit: 1, window: '1h' } } } as const;
    const limited = new LimitedService({ policies: { read: places } });
    const impatient = await limited.isolate({ limiter: { set: limited.set, shards: 1, deadlineMs: 0 } });
    await statuses(3, () => read(impatient, acme));
    expect((await read(await limited.isolate(), acme)).status).toBe(200);
  });

  test('is not refused by a policy in shadow mode, which counts as if it were', async () => {
    const shadow = { limits: rate(1), mode: 'shadow' } as const;
    const service = await new LimitedService({ policies: { read: shadow } }).isolate();
    const points: unknown[] = [];
    const METRICS = { writeDataPoint: (point: unknown) => void points.push(point) };
    const bindings = { ...env, METRICS };
    const ctx = createExecutionContext();
    for (let turn = 0; turn < 3; turn++) {
      vi.setSystemTime(Date.now() + 11_000);
      const request = new Request(`https://steamer.test/v1/${acme.tenant}/models`, { headers: { authorization: `Bearer ${acme.token}` } });
      const response = await service.handler.fetch(request as Parameters<typeof service.handler.fetch>[0], bindings, ctx);
      expect([response.status, response.headers.get('ratelimit')]).toEqual([200, expect.not.stringContaining('read.rate')]);
    }
    vi.useRealTimers();
    await waitOnExecutionContext(ctx);
    const ofRead = points.filter((point) => JSON.stringify(point).includes('"limits"],"blobs":["read"]'));
    expect(ofRead).toMatchObject([{ doubles: [1, 0, 0, 1, 0, 0] }, { doubles: [1, 0, 1, 1, 0, 0] }, { doubles: [1, 0, 1, 1, 0, 0] }]);
  });
});

test('what a handler refuses is no quota, and tells no time of one', async () => {
  const refusing: Route = {
    ...socketRoute,
    path: '/v1/:tenant/refusing',
    handle: () => Promise.reject(new ServiceError('rate_limited', 'Not so often.', { retryAfterMs: 1_000 })),
  };
  const service = await new LimitedService().isolate({ routes: [refusing] });
  const refused = await ask(service, `/v1/${acme.tenant}/refusing`, acme.token);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
  expect(refused.headers.get('ratelimit')).toContain('"read.rate";r=2');
  expect(refused.headers.get('ratelimit')).not.toContain(';t=');
  expect(Object.keys(await refused.json())).not.toContain('type');
});

test('anonymous callers of a tenant are counted by address, and with the tenant, as its plan has it', async () => {
  const anonymous: Route = {
    ...socketRoute,
    path: '/v1/:tenant/open',
    access: { scope: 'models:read', anonymous: true },
    handle: () => new Response('open'),
  };
  const service = await new LimitedService().isolate({ routes: [anonymous] });
  const open = (ip: string) => ask(service, `/v1/${acme.tenant}/open`, null, address(ip));
  const all = [await open('203.0.113.1'), await open('203.0.113.1'), await open('203.0.113.1'), await open('203.0.113.2')];
  expect(all.map(({ status }) => status)).toEqual([200, 200, 429, 200]);
  expect(all[3]?.headers.get('ratelimit')).toMatch(/"tenant\.rate";r=3;.*, "public\.rate";r=1;/);
  const overrides = [{ name: 'standard', policy: 'tenant', plan: 'standard', limits: { rate: { limit: 20 } } }];
  const ofPlan = await new LimitedService({ overrides }).isolate({ routes: [anonymous] });
  const told = await ask(ofPlan, `/v1/${acme.tenant}/open`, null, address('203.0.113.1'));
  expect(told.headers.get('ratelimit-policy')).toContain('"tenant.rate";q=20;');
});

describe('an address', () => {
  test('is refused before anybody asks who it is', async () => {
    const service = await new LimitedService({ policies: { address: { limits: rate(2) } } }).isolate();
    const unknown = () => ask(service, `/v1/${acme.tenant}/models`, 'stm_live_x', address('203.0.113.1'));
    expect(await statuses(3, unknown)).toEqual([401, 401, 429]);
    expect((await read(service, acme, address('203.0.113.1'))).status).toBe(429);
    expect((await read(service, acme, address('203.0.113.2'))).status).toBe(200);
  });

  test('is counted for paths and methods that there are not, and for preflights', async () => {
    const service = await new LimitedService({ policies: { address: { limits: rate(3) } } }).isolate();
    const from = address('203.0.113.1');
    const all = [
      await ask(service, '/nothing/here', null, from),
      await ask(service, '/', null, { ...from, method: 'DELETE' }),
      await ask(service, '/', null, { ...from, method: 'OPTIONS' }),
      await ask(service, '/nothing/here', null, from),
    ];
    expect(all.map(({ status }) => status)).toEqual([404, 405, 204, 429]);
  });

  test('of IPv6 is its /64', async () => {
    const service = await new LimitedService({ policies: { address: { limits: rate(1) } } }).isolate();
    const health = (ip: string) => ask(service, '/healthz', null, address(ip));
    const all = [await health('2001:db8:0:1::1'), await health('2001:db8:0:1:ffff::2'), await health('2001:db8:0:2::1')];
    expect(all.map(({ status }) => status)).toEqual([200, 429, 200]);
  });

  test.each(['x-forwarded-for', 'forwarded', 'x-real-ip', 'true-client-ip', 'x-client-ip', 'cf-connecting-ipv6'])(
    'cannot be made up by %s',
    async (header) => {
      const service = await new LimitedService({ policies: { address: { limits: rate(1) } } }).isolate();
      const spoofed = (ip: string) => ask(service, '/healthz', null, { headers: { 'cf-connecting-ip': '203.0.113.1', [header]: ip } });
      expect([(await spoofed('198.51.100.1')).status, (await spoofed('198.51.100.2')).status]).toEqual([200, 429]);
    },
  );

  test('that is not known is not limited: there is nobody to tell from others', async () => {
    const service = await new LimitedService({ policies: { address: { limits: rate(1) } } }).isolate();
    expect(await statuses(3, () => ask(service, '/healthz', null))).toEqual([200, 200, 200]);
  });

  test('has a limit for public routes besides', async () => {
    const service = await new LimitedService().isolate();
    expect(await statuses(3, () => ask(service, '/healthz', null, address('203.0.113.1')))).toEqual([200, 200, 429]);
  });
});

describe('the fields', () => {
  test('are not on answers that a cache may keep', async () => {
    const service = await new LimitedService().isolate();
    const cached = await ask(service, '/', null, address('203.0.113.1'));
    expect([cached.headers.get('cache-control'), cached.headers.get('ratelimit'), cached.headers.get('ratelimit-policy')]).toEqual([
      'public, max-age=60',
      null,
      null,
    ]);
    const health = await ask(service, '/healthz', null, address('203.0.113.1'));
    expect([health.headers.get('cache-control'), health.headers.get('ratelimit')]).toEqual([
      'no-store',
      expect.stringContaining('"public.rate";r=0'),
    ]);
  });

  test('are on errors too, and let no cache keep a refusal', async () => {
    const service = await new LimitedService().isolate();
    const missing = await ask(service, `/v1/${acme.tenant}/systems/none`, acme.token);
    expect([missing.status, missing.headers.get('ratelimit')]).toEqual([404, expect.stringContaining('"read.rate";r=2')]);
    await statuses(3, () => ask(service, '/', null, address('203.0.113.1')));
    const refused = await ask(service, '/', null, address('203.0.113.1'));
    expect([refused.status, refused.headers.get('cache-control'), refused.headers.get('ratelimit')]).toEqual([
      429,
      'no-store',
      expect.stringContaining('"public.rate";r=0'),
    ]);
  });
});

describe('nothing that a caller sends changes a limit', () => {
  test.each<[string, string, Record<string, string>]>([
    [
      'headers',
      '',
      {
        'x-ratelimit-limit': '1000000',
        'ratelimit-policy': '"read.rate";q=1000000;w=1',
        'x-cost': '0',
        'x-policy': 'batch',
        'x-tenant': 'other',
        priority: 'u=0',
      },
    ],
    ['the tenant of another', '', { 'x-forwarded-host': 'other', host: 'other' }],
  ])('%s', async (_, query, headers) => {
    const service = await new LimitedService().isolate();
    const one = () => ask(service, `/v1/${acme.tenant}/models${query}`, acme.token, { headers });
    expect(await statuses(4, one)).toEqual([200, 200, 200, 429]);
  });

  test.each(['limit', 'window', 'cost', 'policy', 'maxRequests', 'windowMs', 'key'])('the parameter %s', async (name) => {
    const service = await new LimitedService().isolate();
    for (const value of ['0', '-1', 'NaN', '1e309', '60000']) {
      const answer = await ask(service, `/v1/${acme.tenant}/models?${name}=${value}`, acme.token);
      expect(answer.status).toBe(400);
    }
    expect(await statuses(4, () => read(service, acme))).toEqual([200, 200, 200, 429]);
  });

  test('a body', async () => {
    const service = await new LimitedService().isolate();
    const body = JSON.stringify({ name: 'x', maxRequests: 1_000_000, windowMs: -1, cost: 0, policy: 'batch' });
    const one = () =>
      ask(service, `/v1/${acme.tenant}/systems/y`, acme.token, { method: 'PUT', body, headers: { 'content-type': 'application/json' } });
    expect(await statuses(5, one)).toEqual([400, 400, 400, 400, 429]);
  });
});

describe('who is meant', () => {
  test('by tenant, plan, key and route, exactly or by the beginning, has numbers of their own', async () => {
    const colleague = await createTenant(['models:read'], acme.tenant);
    const { body } = await colleague.call('GET', '/limits');
    expect(body.limits.length).toBeGreaterThan(3);
    const overrides = [
      { name: 'acme', policy: 'read', tenant: `${acme.tenant.slice(0, 8)}*`, limits: { rate: { limit: 2 } } },
      { name: 'models', policy: 'read', tenant: acme.tenant, route: 'GET /v1/:tenant/models', limits: { rate: { limit: 1 } } },
      { name: 'standard', policy: 'read', plan: 'standard', limits: { rate: { limit: 4 } } },
    ];
    const service = await new LimitedService({ overrides }).isolate();
    expect(await statuses(2, () => read(service, acme))).toEqual([200, 429]);
    expect(await statuses(2, () => ask(service, `/v1/${colleague.tenant}/systems/none`, colleague.token))).toEqual([404, 404]);
    expect((await ask(service, `/v1/${colleague.tenant}/systems/none`, colleague.token)).status).toBe(429);
    expect(await statuses(5, () => read(service, other))).toEqual([200, 200, 200, 200, 429]);
  });

  test('is banned by address, tenant or key, and let through by the same', async () => {
    const service = await new LimitedService({
      ban: [{ address: '198.51.100.0/24' }, { address: '2001:db8:bad::/48' }, { tenant: other.tenant }],
      allow: [{ tenant: acme.tenant }, { address: '192.0.2.0/24' }],
    }).isolate();
    const banned = await ask(service, '/healthz', null, address('198.51.100.7'));
    expect([banned.status, await banned.json()]).toMatchObject([403, { code: 'forbidden' }]);
    expect((await ask(service, '/healthz', null, address('2001:db8:bad:1::7'))).status).toBe(403);
    expect((await ask(service, '/healthz', null, address('2001:db8:900d:1::7'))).status).toBe(200);
    expect((await read(service, other)).status).toBe(403);
    expect(new Set(await statuses(10, () => read(service, acme)))).toEqual(new Set([200]));
    expect(new Set(await statuses(10, () => ask(service, '/healthz', null, address('192.0.2.1'))))).toEqual(new Set([200]));
  });
});

describe('when the objects that count fail', () => {
  const lost = () => Promise.reject(new Error('lost'));
  const askWithout = async (
    policies: LimitsDocument['policies'] = {},
    checkMany: (version: number, requests: string) => Promise<string> = lost,
  ) => {
    const service = createService({ models, tableProfile, limits: { policies: { ...LIMITS.policies, ...policies } } });
    const ctx = createExecutionContext();
    // A namespace whose objects cannot be reached; the rest is as it is.
    const failing = { getByName: () => ({ checkMany, readChanges: () => new Promise(() => {}) }) };
    const bindings = { ...env, RATE_LIMITER: failing as unknown as typeof env.RATE_LIMITER };
    return async () => {
      const request = new Request(`https://steamer.test/v1/${acme.tenant}/models`, { headers: { authorization: `Bearer ${acme.token}` } });
      return service.handler.fetch(request as Parameters<typeof service.handler.fetch>[0], bindings, ctx);
    };
  };

  test('a request is admitted where policies say open, without the fields', async () => {
    const one = await askWithout();
    const answer = await one();
    expect([answer.status, answer.headers.get('ratelimit')]).toEqual([200, null]);
  });

  test('a request is refused where one says closed', async () => {
    const one = await askWithout({ read: { limits: rate(3), failure: 'closed' } });
    const answer = await one();
    expect([answer.status, answer.headers.get('retry-after'), await answer.json()]).toMatchObject([
      503,
      '1',
      { code: 'limits_unavailable', type: 'https://iana.org/assignments/http-problem-types#temporary-reduced-capacity' },
    ]);
  });

  test('so does one of an earlier release, which does not know a policy yet', async () => {
    const unknowing = async (_: number, requests: string) => JSON.stringify([1, ...JSON.parse(requests).map(() => [OUTCOME.INVALID])]);
    const open = await askWithout({}, unknowing);
    expect((await open()).status).toBe(200);
    const closed = await askWithout({ read: { limits: rate(3), failure: 'closed' } }, unknowing);
    expect((await closed()).status).toBe(503);
  });

  test('an isolate counts alone where one says local', async () => {
    const one = await askWithout({ read: { limits: rate(3), failure: 'local' } });
    expect(await statuses(4, one)).toEqual([200, 200, 200, 429]);
  });
});
