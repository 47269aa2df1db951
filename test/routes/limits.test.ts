import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, inject, test, vi } from 'vitest';
import models, { tableProfile } from '../../.bao/models.ts';
import { tenantStoreStub } from '../../src/objects/index.ts';
import { OUTCOME } from '../../src/objects/rate-limiter/rpc.ts';
import type { Route } from '../../src/routes/route.ts';
import { ServiceError } from '../../src/lib/errors.ts';
import { createService, type Service } from '../../src/service.ts';
import type { LimitsDocument } from '../../src/wire/limit-document.ts';
import { proxyControl } from '../setup/proxy-control.ts';
import { createTenant, type RestClient } from '../setup/rest-client.ts';
import { eventually } from '../setup/eventually.ts';
import { address, ask, LimitedService, LIMITS, rate, read, socketRoute, statuses } from './limited-service.ts';

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

let acme: RestClient;
let other: RestClient;
beforeAll(async () => {
  acme = await createTenant();
  other = await createTenant();
});

const put = (service: Service, client: RestClient, id: string) =>
  ask(service, `/v1/${client.tenant}/systems/${id}`, client.token, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: id }),
  });
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

  test('is refused before anything of its tenant is asked: one beyond its limit takes nothing of others', async () => {
    const caller = await createTenant();
    const proxy = proxyControl(inject('dynamodbProxy'), caller.tenant);
    const service = await new LimitedService().isolate();
    const readAny = () => ask(service, `/v1/${caller.tenant}/systems/${crypto.randomUUID()}`, caller.token);
    const asked = async () => {
      const { misses, hits } = await tenantStoreStub(env.TENANT_STORE, { tenant: caller.tenant, shard: 0, epoch: 0 }).stats(caller);
      return { ofDynamoDb: await proxy.counts(), ofObject: hits + misses };
    };
    expect(await statuses(3, readAny)).toEqual([404, 404, 404]);
    const before = await asked();
    expect(await statuses(30, readAny)).toEqual(Array.from({ length: 30 }, () => 429));
    expect(await asked()).toEqual(before);
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
    const service = await new LimitedService({ policies: { read: places } }).isolate({ routes: [slowRoute] });
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
