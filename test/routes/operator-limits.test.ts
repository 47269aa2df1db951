import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import models, { tableProfile } from '../../.bao/models.ts';
import { createService, type Service } from '../../src/service.ts';
import { LIMITS_BODY_MAX_BYTES } from '../../src/wire/limits.ts';
import { clientOf, createTenant, type RestClient } from '../setup/rest-client.ts';

const OF_READ = { limits: { rate: { algorithm: 'fixed-window', limit: 3, window: '1d' } } };

let set: string;
let service: Service;
let operator: RestClient;
let acme: RestClient;

function isolate(): Service {
  return createService({ models, tableProfile, limiter: { set, shards: 2, deadlineMs: 10_000 } });
}

beforeAll(async () => {
  operator = await createTenant(['operator']);
  acme = await createTenant();
});
beforeEach(() => {
  set = `test-${crypto.randomUUID()}`;
  service = isolate();
});

const asOperator = (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
  clientOf(service, operator).call(method, `//v1/operator/limits${path}`, body, headers);
const change = async (changes: object) => expect((await asOperator('PUT', '', changes)).status).toBe(200);
const statuses = async (count: number, client: RestClient, of = service) => {
  const all: number[] = [];
  for (let turn = 0; turn < count; turn++) all.push((await clientOf(of, client).call('GET', '/models')).status);
  return all;
};

describe('an operator', () => {
  test('sees what is in force, and what of it was changed at run time', async () => {
    const { status, headers, body } = await asOperator('GET', '');
    expect([status, headers.get('etag'), body.version, body.changes]).toEqual([200, '"0"', 0, {}]);
    expect(Object.keys(body.inForce.policies)).toEqual(
      expect.arrayContaining(['address', 'tenant', 'read', 'write', 'batch', 'public', 'operator']),
    );
  });

  test('replaces policies while the service runs, and takes the replacement back', async () => {
    await change({ policies: { read: OF_READ } });
    expect(await statuses(4, acme)).toEqual([200, 200, 200, 429]);
    const { body } = await asOperator('GET', '');
    expect([body.version, body.inForce.policies.read]).toEqual([1, OF_READ]);
    await change({});
    expect(await statuses(1, acme)).toEqual([200]);
  });

  test('makes exceptions, bans callers and lets others through', async () => {
    const other = await createTenant();
    await change({
      policies: { read: OF_READ },
      overrides: [{ name: 'acme', policy: 'read', tenant: acme.tenant, limits: { rate: { limit: 1 } } }],
      ban: [{ tenant: other.tenant, until: '2099-01-01T00:00:00Z' }],
    });
    expect(await statuses(2, acme)).toEqual([200, 429]);
    expect(await statuses(1, other)).toEqual([403]);
    await change({ ban: [{ tenant: acme.tenant, until: '2020-01-01T00:00:00Z' }], allow: [{ tenant: other.tenant }] });
    expect(await statuses(1, acme)).toEqual([200]);
    expect(await statuses(1, other)).toEqual([200]);
  });

  test('is believed by other isolates within ten seconds', async () => {
    const running = isolate();
    expect(await statuses(1, acme, running)).toEqual([200]);
    await change({ ban: [{ tenant: acme.tenant }] });
    expect(await statuses(1, acme, isolate())).toEqual([403]);
    try {
      vi.setSystemTime(Date.now() + 10_001);
      const ctx = createExecutionContext();
      const request = new Request('https://steamer.test/healthz');
      await running.handler.fetch(request as Parameters<typeof running.handler.fetch>[0], env, ctx);
      await waitOnExecutionContext(ctx);
      expect(await statuses(1, acme, running)).toEqual([403]);
    } finally {
      vi.useRealTimers();
    }
  });

  test('takes an exception back, and who had it is held to the policy by isolates that do not know yet', async () => {
    const overrides = [{ name: 'acme', policy: 'read', tenant: acme.tenant, limits: { rate: { limit: 30 } } }];
    await change({ policies: { read: OF_READ }, overrides });
    const late = isolate();
    expect(await statuses(1, await createTenant(), late)).toEqual([200]);
    await change({ policies: { read: OF_READ } });
    expect(await statuses(2, acme)).toEqual([200, 200]);
    expect(await statuses(2, acme, late)).toEqual([200, 429]);
  });

  test('takes a policy of keys back: they have the default one, and isolates that do not know yet go on with the rest', async () => {
    const own = await createTenant();
    const { id } = await principalOf(own);
    await env.DB.prepare("UPDATE api_keys SET policy = 'api-key-big' WHERE kid = ?").bind(id).run();
    await change({ policies: { read: OF_READ, 'api-key-big': { limits: { rate: { ...OF_READ.limits.rate, limit: 30 } } } } });
    const late = isolate();
    expect(await statuses(1, acme, late)).toEqual([200]);
    await change({ policies: { read: OF_READ } });
    const { headers } = await clientOf(service, own).call('GET', '/models');
    expect(headers.get('ratelimit-policy')).toContain('"api-key.rate";q=1000;w=60');
    expect(await statuses(1, own)).toEqual([200]);
    expect(await statuses(2, own, late)).toEqual([200, 429]);
  });

  test('changes nothing that another has changed meanwhile, when the version is named', async () => {
    expect((await asOperator('PUT', '', { policies: {} }, { 'if-match': '"0"' })).status).toBe(200);
    const late = await asOperator('PUT', '', { ban: [{ tenant: acme.tenant }] }, { 'if-match': '"0"' });
    expect([late.status, late.body.code]).toEqual([412, 'precondition_failed']);
    expect((await asOperator('PUT', '', {}, { 'if-match': '"1"' })).headers.get('etag')).toBe('"2"');
    const together = await Promise.all([1, 2, 3].map(() => asOperator('PUT', '', {})));
    expect(new Set(together.map(({ body }) => body.version))).toEqual(new Set([3, 4, 5]));
  });

  test.each([
    ['no object', [1], [{ pointer: '', detail: 'expected object, got an array' }]],
    [
      'a limit of nothing',
      { policies: { read: { limits: { rate: { algorithm: 'fixed-window', limit: 0, window: '1s' } } } } },
      [{ pointer: '/policies/read/limits/rate/limit', detail: 'expected 1 or more, got 0' }],
    ],
    [
      'a window in text that is none',
      { policies: { read: { limits: { rate: { algorithm: 'fixed-window', limit: 1, window: '60000' } } } } },
      [
        {
          pointer: '/policies/read/limits/rate/window',
          detail: 'expected a time such as "500ms", "10s", "15m", "24h" or "30d", a year at most, got "60000"',
        },
      ],
    ],
    [
      'an override of what there is not',
      { overrides: [{ name: 'x', policy: 'none', plan: 'x', limits: {} }] },
      [{ pointer: '/overrides/0/policy', detail: expect.stringContaining('expected a policy out of address, tenant') }],
    ],
  ])('is told what is wrong with %s, and nothing is changed', async (_, body, errors) => {
    const refused = await asOperator('PUT', '', body);
    expect([refused.status, refused.body.code, refused.body.errors]).toEqual([400, 'invalid_input', errors]);
    expect((await asOperator('GET', '')).body.version).toBe(0);
  });

  test('makes no policy that an override of the code does not fit, and is told of which', async () => {
    const limits = { overrides: [{ name: 'pro', policy: 'read', plan: 'pro', limits: { rate: { limit: 5_000, burst: 25_000 } } }] };
    service = createService({ models, tableProfile, limits, limiter: { set, shards: 2, deadlineMs: 10_000 } });
    const refused = await asOperator('PUT', '', { policies: { read: OF_READ } });
    expect([refused.status, refused.body.errors]).toEqual([
      400,
      [{ pointer: '/policies/read', detail: expect.stringContaining('the override "pro" of the code') }],
    ]);
  });

  test('sends no more than the largest document', async () => {
    const padded = (bytes: number) => `{}${' '.repeat(bytes - 2)}`;
    expect((await asOperator('PUT', '', padded(LIMITS_BODY_MAX_BYTES))).status).toBe(200);
    expect((await asOperator('PUT', '', padded(LIMITS_BODY_MAX_BYTES + 1))).status).toBe(413);
  });

  test('resets a principal, a tenant and an address', async () => {
    await change({ policies: { read: OF_READ, tenant: OF_READ, address: OF_READ } });
    expect(await statuses(4, acme)).toEqual([200, 200, 200, 429]);
    const { id } = await principalOf(acme);
    const reset = async (body: object) => expect((await asOperator('POST', '/reset', body)).status).toBe(204);
    await reset({ policy: 'read', tenant: acme.tenant, subject: { kind: 'key', id } });
    service = isolate();
    expect(await statuses(1, acme)).toEqual([429]);
    await reset({ tenant: acme.tenant });
    service = isolate();
    expect(await statuses(1, acme)).toEqual([200]);
    await reset({ address: '203.0.113.7' });
  });

  test.each([
    {},
    { tenant: 'UPPER' },
    { address: 'nowhere' },
    { address: '203.0.113.7', tenant: 'acme' },
    { tenant: 'acme', policy: 'none' },
    { address: '203.0.113.7', policy: 'sign-in-address' },
    { subject: { kind: 'robot', id: 'x' } },
    5,
  ])('is told what can be reset, by %j', async (body) => {
    const refused = await asOperator('POST', '/reset', body);
    expect([refused.status, refused.body.code]).toEqual([400, 'invalid_input']);
  });

  test('sees what a tenant, a principal, an address or an operator has used, and the override that they have', async () => {
    await change({
      policies: { read: OF_READ },
      overrides: [{ name: 'wide', policy: 'read', plan: 'standard', limits: { rate: { limit: 30 } } }],
    });
    expect(await statuses(2, acme)).toEqual([200, 200]);
    const { id } = await principalOf(acme);
    const usesOf = async (query: string) => {
      const { status, body } = await asOperator('GET', `/consumption?${query}`);
      expect(status).toBe(200);
      return body.limits.map(({ policy, of, used, override }: Record<string, unknown>) => [policy, of, used, override ?? null]);
    };
    // What has come back to the tenant's bucket meanwhile is not counted.
    const ofTenant = [
      ['tenant', 'tenant', expect.any(Number), null],
      ['workflow-starts', 'tenant', 0, null],
      ['workflow-runs', 'tenant', 0, null],
    ];
    expect(await usesOf(`tenant=${acme.tenant}`)).toEqual(ofTenant);
    expect(await usesOf(`tenant=${acme.tenant}&subject=key/${id}`)).toEqual([
      ...ofTenant,
      ['read', 'principal', 2, 'wide'],
      ['write', 'principal', 0, null],
      ['batch', 'principal', 0, null],
      ['api-key', 'key', 0, null],
    ]);
    expect(await usesOf('address=203.0.113.7')).toEqual([
      ['address', 'address', 0, null],
      ['public', 'address', 0, null],
    ]);
    const { id: own } = await principalOf(operator);
    expect(await usesOf(`subject=operator/${own}`)).toEqual([['operator', 'principal', expect.any(Number), null]]);
  });

  test('sees and resets what a key has used by itself, besides its principal', async () => {
    const own = await createTenant();
    const { id } = await principalOf(own);
    await env.DB.prepare("UPDATE api_keys SET policy = 'api-key' WHERE kid = ?").bind(id).run();
    await change({ policies: { 'api-key': OF_READ } });
    const used = async () => {
      const { body } = await asOperator('GET', `/consumption?tenant=${own.tenant}&subject=key/${id}`);
      return body.limits.find(({ of }: { of: string }) => of === 'key').used;
    };
    expect(await statuses(4, own)).toEqual([200, 200, 200, 429]);
    expect(await used()).toBe(3);
    expect((await asOperator('POST', '/reset', { policy: 'api-key', tenant: own.tenant, subject: { kind: 'key', id } })).status).toBe(204);
    expect(await used()).toBe(0);
  });

  test.each([
    '',
    'address=nowhere',
    'address=203.0.113.7&tenant=acme',
    'subject=robot/x',
    'tenant=acme&subject=key',
    'tenant=acme&subject=key/',
    'policy=read',
    'tenant=a&tenant=b',
  ])('is told whose consumption can be read, by ?%s', async (query) => {
    const refused = await asOperator('GET', `/consumption?${query}`);
    expect([refused.status, refused.body.code]).toEqual([400, 'invalid_input']);
  });

  test('is told that there is no such tenant', async () => {
    expect((await asOperator('GET', '/consumption?tenant=nobody-at-all')).status).toBe(404);
  });

  test('is nobody else', async () => {
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/consumption?tenant=acme'],
      ['PUT', ''],
      ['POST', '/reset'],
    ] as const) {
      const answer = await clientOf(service, acme).call(method, `//v1/operator/limits${path}`, method === 'GET' ? undefined : {});
      expect([answer.status, answer.body.code]).toEqual([403, 'forbidden']);
    }
  });
});

describe('a tenant', () => {
  test('sees what it has used, and what the principal has used', async () => {
    await change({ policies: { read: OF_READ } });
    await clientOf(service, acme).call('GET', '/models');
    const { status, body } = await clientOf(service, acme).call('GET', '/limits');
    expect(status).toBe(200);
    expect(body.limits.find(({ policy }: { policy: string }) => policy === 'read')).toEqual({
      policy: 'read',
      limit: 'rate',
      of: 'principal',
      algorithm: 'fixed-window',
      capacity: 3,
      used: 2,
      left: 1,
      moreInMs: expect.any(Number),
    });
    expect(body.limits.map(({ policy, of }: { policy: string; of: string }) => [policy, of])).toEqual([
      ['tenant', 'tenant'],
      ['workflow-starts', 'tenant'],
      ['workflow-runs', 'tenant'],
      ['read', 'principal'],
      ['write', 'principal'],
      ['batch', 'principal'],
      ['api-key', 'key'],
    ]);
  });
});

/** The public id of a key is in its text. */
async function principalOf({ token }: RestClient): Promise<{ id: string }> {
  return { id: token?.split('_')[2] ?? '' };
}
