import { beforeAll, describe, expect, it, vi } from 'vitest';
import { newUser } from '../setup/accounts-client.ts';
import { call, createTenant } from '../setup/rest-client.ts';
import { eventually } from '../setup/eventually.ts';

let ada: Awaited<ReturnType<typeof newUser>>;
let tenant: string;
beforeAll(async () => {
  await createTenant();
  ada = await newUser();
  tenant = `t-${crypto.randomUUID().slice(0, 13)}`;
  await ada.browser.call('POST', '/v1/auth/tenants', { id: tenant, name: 'Engines' });
});

const create = async (more: object = {}) =>
  ada.browser.call('POST', `/v1/${tenant}/keys`, { name: 'CI', scopes: ['models:read', 'models:write'], ...more });
const read = async (token: string, headers: Record<string, string> = {}) =>
  (await call(token, `/v1/${tenant}/models`, 'GET', undefined, headers)).status;

describe('an API key', () => {
  it('is made, shown once, listed, used, and revoked with the next request', async () => {
    const made = await create();
    expect(made.status).toBe(201);
    const { token, kid, last4 } = made.body;
    expect(token).toMatch(/^stm_live_/);
    expect((await call(token, `/v1/${tenant}/systems/x`, 'PUT', { name: 'x' })).status).toBe(201);
    const { body } = await ada.browser.call('GET', `/v1/${tenant}/keys`);
    expect(body.keys[0]).toMatchObject({
      kid,
      name: 'CI',
      prefix: 'stm_live',
      last4,
      status: 'active',
      createdBy: 'Ada Lovelace',
      policy: 'api-key',
    });
    expect(JSON.stringify(body)).not.toContain(token.split('_')[3]);
    expect((await ada.browser.call('DELETE', `/v1/${tenant}/keys/${kid}`)).status).toBe(204);
    expect(await read(token)).toBe(401);
    expect((await ada.browser.call('GET', `/v1/${tenant}/keys`)).body.keys[0].status).toBe('revoked');
  });

  it('says when it was used', async () => {
    const { token, kid } = (await create()).body;
    await read(token);
    await eventually(async () => {
      const { keys } = (await ada.browser.call('GET', `/v1/${tenant}/keys`)).body;
      expect(keys.find((key: { kid: string }) => key.kid === kid).lastUsedAt).toEqual(expect.any(String));
    });
  });

  it('is rotated: the old one works for the grace and not longer', async () => {
    const old = (await create({ role: 'editor' })).body;
    const next = (await ada.browser.call('POST', `/v1/${tenant}/keys/${old.kid}/rotate`, { graceSec: 60 })).body;
    expect(next).toMatchObject({ name: 'CI', role: 'editor', status: 'active' });
    expect([await read(old.token), await read(next.token)]).toEqual([200, 200]);
    vi.setSystemTime(Date.now() + 60_000);
    try {
      expect([await read(old.token), await read(next.token)]).toEqual([401, 200]);
    } finally {
      vi.useRealTimers();
    }
    expect((await ada.browser.call('POST', `/v1/${tenant}/keys/${next.kid}/rotate`, { graceSec: 0 })).status).toBe(201);
    expect(await read(next.token)).toBe(401);
  });

  it('is used from its addresses only', async () => {
    const { token } = (await create({ addresses: ['203.0.113.0/24'] })).body;
    const from = (address: string) => read(token, { 'cf-connecting-ip': address, 'x-forwarded-for': '203.0.113.1' });
    expect([await from('203.0.113.9'), await from('198.51.100.1')]).toEqual([200, 401]);
  });

  it('has a limit of its own', async () => {
    const { token } = (await create()).body;
    const { headers } = await call(token, `/v1/${tenant}/models`);
    expect(headers.get('ratelimit-policy')).toContain('"api-key.rate";q=1000;w=60');
  });

  it.each([
    [{ scopes: ['operator'] }, 'invalid_input'],
    [{ scopes: ['tenant:admin'] }, 'invalid_input'],
    [{ scopes: [] }, 'invalid_input'],
    [{ policy: 'operator' }, 'invalid_input'],
    [{ policy: 'api-key-unknown' }, 'invalid_input'],
    [{ addresses: ['everywhere'] }, 'invalid_input'],
    [{ expiresAt: '2020-01-01T00:00:00Z' }, 'invalid_input'],
    [{ name: 'a\nb' }, 'invalid_input'],
    [{ tenantId: 'other' }, 'unknown_field'],
    [{ secretHash: 'x' }, 'unknown_field'],
  ])('is not made with %j', async (more, code) => {
    expect((await create(more)).body.code).toBe(code);
  });

  it('makes no keys, and lists none', async () => {
    const { token } = (await create()).body;
    expect((await call(token, `/v1/${tenant}/keys`)).body.code).toBe('forbidden');
    expect((await call(token, `/v1/${tenant}/keys`, 'POST', { name: 'x', scopes: ['models:read'] })).body.code).toBe('forbidden');
  });

  it('is made with a password given within ten minutes, and revoked without', async () => {
    const { kid } = (await create()).body;
    vi.setSystemTime(Date.now() + 600_000);
    try {
      expect((await create()).body.code).toBe('reauthentication_required');
      expect((await ada.browser.call('POST', `/v1/${tenant}/keys/${kid}/rotate`, {})).body.code).toBe('reauthentication_required');
      expect((await ada.browser.call('DELETE', `/v1/${tenant}/keys/${kid}`)).status).toBe(204);
    } finally {
      vi.useRealTimers();
    }
  });

  it('of another tenant is not there', async () => {
    const other = await newUser();
    const otherTenant = `t-${crypto.randomUUID().slice(0, 13)}`;
    await other.browser.call('POST', '/v1/auth/tenants', { id: otherTenant, name: 'Other' });
    const { kid, token } = (await create()).body;
    expect((await other.browser.call('DELETE', `/v1/${otherTenant}/keys/${kid}`)).status).toBe(404);
    expect((await other.browser.call('POST', `/v1/${otherTenant}/keys/${kid}/rotate`, {})).status).toBe(404);
    expect((await call(token, `/v1/${otherTenant}/models`)).status).toBe(404);
    expect(await read(token)).toBe(200);
  });
});
