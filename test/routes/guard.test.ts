import { createExecutionContext } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import models, { tableProfile } from '../../.bao/models.ts';
import { createService } from '../../src/service.ts';
import { newUser } from '../setup/accounts-client.ts';
import { call, createTenant } from '../setup/rest-client.ts';
import type { RestClient } from '../setup/rest-client.ts';

let acme: RestClient;
let other: RestClient;
beforeAll(async () => {
  acme = await createTenant();
  other = await createTenant();
  await acme.call('PUT', '/systems/secret', { name: 'secret' });
});

describe('the guard', () => {
  it.each([
    ['no key', {}],
    ['another scheme', { authorization: 'Basic YTpi' }],
    ['a made-up key', { authorization: `Bearer stm_live_${'a'.repeat(8)}_${'b'.repeat(43)}_${'c'.repeat(6)}` }],
    ['no key at all behind the scheme', { authorization: 'Bearer ' }],
    ['a very long token', { authorization: `Bearer ${'x'.repeat(10_000)}` }],
  ])('answers 401 with a challenge to %s', async (_, headers) => {
    const answer = await call(null, `/v1/${acme.tenant}/systems/secret`, 'GET', undefined, headers);
    expect([answer.status, answer.body.code]).toEqual([401, 'unauthenticated']);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
  });

  it("answers another tenant's path exactly as one of a tenant that does not exist", async () => {
    const theirs = await call(other.token, `/v1/${acme.tenant}/systems/secret`);
    const nobodys = await call(other.token, '/v1/nobody-at-all/systems/secret');
    expect([theirs.status, theirs.body.code]).toEqual([404, 'not_found']);
    const { requestId: _, detail, ...rest } = theirs.body;
    const { requestId: __, detail: otherDetail, ...otherRest } = nobodys.body;
    expect(rest).toEqual(otherRest);
    expect(detail.replace(acme.tenant, '')).toBe(otherDetail.replace('nobody-at-all', ''));
  });

  it('answers 403 without the scope, and reads with the scope to read', async () => {
    const reader = await createTenant(['models:read'], acme.tenant);
    expect((await reader.call('GET', '/systems/secret')).status).toBe(200);
    const write = await reader.call('PUT', '/systems/secret', { name: 'x' });
    expect([write.status, write.body.code]).toEqual([403, 'forbidden']);
    expect(write.body.detail).toContain('models:write');
  });

  it('refuses a key that a command has revoked or let expire within 5 seconds', async () => {
    for (const column of ['revoked_at_ms', 'expires_at_ms']) {
      const client = await createTenant();
      expect((await client.call('GET', '/models')).status).toBe(200);
      await env.DB.prepare(`UPDATE api_keys SET ${column} = ? WHERE tenant_id = ?`)
        .bind(Date.now() - 1, client.tenant)
        .run();
      vi.setSystemTime(Date.now() + 5_000);
      try {
        expect((await client.call('GET', '/models')).status).toBe(401);
      } finally {
        vi.useRealTimers();
      }
    }
  });

  it('lets an operator into no tenant', async () => {
    const operator = await createTenant(['operator']);
    expect((await call(operator.token, `/v1/${acme.tenant}/systems/secret`)).status).toBe(404);
  });
});

describe('a claim of a session', () => {
  const service = createService({ models, tableProfile, sessionClaims: true });
  let cookie: string;
  let logOut: () => Promise<unknown>;
  let tenants: string[];
  const claimIn = ({ headers }: Response) =>
    /__Host-claim=([^;]+); Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=5/.exec(headers.get('set-cookie') ?? '')?.[1];
  const ask = (path: string, claim?: string, method = 'GET') =>
    service.handler.fetch(
      new Request(`https://steamer.test/v1/${path}`, {
        method,
        headers: {
          cookie: `__Host-sid=${cookie}${claim === undefined ? '' : `; __Host-claim=${claim}`}`,
          origin: 'https://steamer.test',
          'sec-fetch-site': 'same-origin',
        },
      }),
      env,
      createExecutionContext(),
    );
  beforeEach(async () => {
    const { browser } = await newUser();
    tenants = [1, 2].map(() => `t-${crypto.randomUUID().slice(0, 13)}`);
    for (const id of tenants) await browser.call('POST', '/v1/auth/tenants', { id, name: 'Claims' });
    cookie = browser.cookie ?? '';
    logOut = () => browser.call('POST', '/v1/auth/logout');
    vi.setSystemTime(Date.now()); // where it stands from now on
  });
  afterEach(() => vi.useRealTimers());

  it('stands for it on reads of models, for five seconds at most, and nowhere else', async () => {
    const path = `${tenants[0]}/systems?index=allSystems`;
    const first = await ask(path);
    const claim = claimIn(first);
    expect([first.status, claimIn(await ask(path, claim))]).toEqual([200, undefined]);
    await logOut();
    expect([(await ask(path, claim)).status, (await ask(path)).status]).toEqual([200, 401]);
    for (const unmarked of [
      `${tenants[0]}/models`,
      `${tenants[0]}/members`,
      `${tenants[0]}/streams/x`,
      'auth/me',
      `${tenants[1]}/systems?index=allSystems`,
    ])
      expect((await ask(unmarked, claim)).status, unmarked).toBe(401);
    expect((await ask(`${tenants[0]}/systems/x`, claim, 'DELETE')).status).toBe(401);
    vi.setSystemTime(Date.now() + 5_000);
    expect((await ask(path, claim)).status).toBe(401);
  });

  it('is neither given nor taken by a service that has not asked for claims', async () => {
    const path = `${tenants[0]}/systems?index=allSystems`;
    const claim = claimIn(await ask(path));
    const asked = (headers: Record<string, string>) => exports.default.fetch(`https://steamer.test/v1/${path}`, { headers });
    expect(claimIn(await asked({ cookie: `__Host-sid=${cookie}` }))).toBeUndefined();
    await logOut();
    expect((await asked({ cookie: `__Host-sid=${cookie}; __Host-claim=${claim}` })).status).toBe(401);
  });
});

describe('CORS', () => {
  const preflight = (origin: string) =>
    exports.default.fetch(`https://steamer.test/v1/${acme.tenant}/systems/secret`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'PATCH', 'access-control-request-headers': 'authorization' },
    });

  it('answers a preflight of a listed origin without credentials', async () => {
    const response = await preflight('https://app.test');
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe('https://app.test');
    expect(response.headers.get('access-control-allow-methods')).toContain('PATCH');
    expect(response.headers.get('access-control-allow-headers')).toMatch(/authorization/i);
    expect(response.headers.get('vary')).toContain('Origin');
  });

  it('lets a tenant list origins of its own, for itself only', async () => {
    await env.DB.prepare('UPDATE tenants SET allowed_origins = ? WHERE id = ?')
      .bind('https://acme.test,https://www.acme.test', acme.tenant)
      .run();
    const own = await acme.call('GET', '/systems/secret', undefined, { origin: 'https://www.acme.test' });
    expect(own.headers.get('access-control-allow-origin')).toBe('https://www.acme.test');
    const others = await other.call('GET', '/systems/secret', undefined, { origin: 'https://www.acme.test' });
    expect(others.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('gives other origins nothing', async () => {
    const response = await preflight('https://evil.test');
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
    const read = await acme.call('GET', '/systems/secret', undefined, { origin: 'https://evil.test' });
    expect(read.headers.get('access-control-allow-origin')).toBeNull();
    expect(read.headers.get('vary')).toContain('Origin');
  });

  it('exposes what a client needs to read, on errors too', async () => {
    for (const path of ['/systems/secret', '/systems/none']) {
      const { headers } = await acme.call('GET', path, undefined, { origin: 'https://app.test' });
      expect(headers.get('access-control-allow-origin')).toBe('https://app.test');
      for (const name of ['ETag', 'Location', 'Server-Timing', 'RateLimit', 'Retry-After']) {
        expect(headers.get('access-control-expose-headers')).toContain(name);
      }
    }
  });
});

describe('the service itself', () => {
  it('is named at the root, healthy, and described by its models', async () => {
    expect((await call(null, '/')).body).toMatchObject({ name: 'steamer', links: { health: '/healthz' } });
    expect((await call(null, '/healthz')).body).toEqual({ status: 'ok' });
    const { body } = await acme.call('GET', '/models');
    expect(body.models.map(({ path }: { path: string }) => path).toSorted()).toEqual(['benchmarks', 'results', 'submissions', 'systems']);
    expect(body.models.find(({ name }: { name: string }) => name === 'Result')).toMatchObject({
      primaryKey: { partitionKey: 'benchmarkId', sortKey: 'systemId' },
      fields: { value: { kind: 'float', required: true } },
      relations: { system: { kind: 'one' }, benchmark: { kind: 'one' } },
    });
  });

  it('answers OPTIONS with what a path takes', async () => {
    const response = await exports.default.fetch(`https://steamer.test/v1/${acme.tenant}/systems`, { method: 'OPTIONS' });
    expect([response.status, response.headers.get('allow')]).toEqual([204, 'GET, HEAD, POST, OPTIONS']);
  });
});
