import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Route } from '../../src/routes/route.ts';
import { createTenant, type RestClient } from '../setup/rest-client.ts';
import { address, ask, LimitedService, rate, read, socketRoute, statuses } from './limited-service.ts';

let acme: RestClient;
let other: RestClient;
beforeAll(async () => {
  acme = await createTenant();
  other = await createTenant();
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

  test('is who has asked for a ticket, with the plan of the tenant and the policy of the key', async () => {
    const own = await createTenant(['streams:read']);
    await env.DB.prepare("UPDATE api_keys SET policy = 'api-key-small' WHERE kid = ?").bind(own.token?.split('_')[2]).run();
    const service = await new LimitedService({
      policies: { 'api-key-small': { limits: rate(2) } },
      overrides: [{ name: 'standard', policy: 'read', plan: 'standard', limits: { rate: { limit: 20 } } }],
    }).isolate();
    const path = `/v1/${own.tenant}/stream-tickets`;
    const given = await ask(service, path, own.token, {
      method: 'POST',
      body: '{"stream": "log"}',
      headers: { 'content-type': 'application/json' },
    });
    const { ticket } = await given.json<{ ticket: string }>();
    const upgrade = () => ask(service, `/v1/${own.tenant}/streams/log?ticket=${ticket}`, null, { headers: { upgrade: 'websocket' } });
    expect((await upgrade()).headers.get('ratelimit')).toMatch(/"read\.rate";r=18;.*"api-key-small\.rate";r=0;/);
    expect((await upgrade()).status).toBe(429);
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
