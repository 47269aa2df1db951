import { beforeAll, describe, expect, it } from 'vitest';
import { codeIn, mailTo, newUser } from '../setup/accounts-client.ts';
import { call, createTenant, type RestClient } from '../setup/rest-client.ts';

const PATH = '//v1/operator/tenants';
const newTenantId = () => `t-${crypto.randomUUID().slice(0, 13)}`;
let operator: RestClient;
beforeAll(async () => {
  operator = await createTenant(['operator']);
});

describe('a tenant that an operator makes', () => {
  it('is owned by who accepts the invitation', async () => {
    const [id, user] = [newTenantId(), await newUser()];
    const made = await operator.call('POST', PATH, { id, name: 'Engines', plan: 'pro', owner: user.email });
    expect([made.status, made.body]).toEqual([201, { id, name: 'Engines', plan: 'pro', suspendedAt: null, createdAt: expect.any(String) }]);
    await user.browser.call('POST', '/v1/auth/invitations/accept', { code: codeIn(await mailTo(user.email, 'invited')) });
    expect((await user.browser.call('GET', '/v1/auth/tenants')).body.tenants).toMatchObject([{ id, role: 'owner', plan: 'pro' }]);
    expect((await operator.call('GET', `${PATH}/${id}`)).body).toEqual(made.body);
    expect((await operator.call('POST', PATH, { id, name: 'Again' })).body.code).toBe('conflict');
  });

  it.each([
    [{ id: 'auth', name: 'x' }],
    [{ id: 'x y', name: 'x' }],
    [{ id: 'good', name: '' }],
    [{ id: 'good', name: 'x', owner: 'nobody' }],
    [{ id: 'good', name: 'x', plan: 'Pro!' }],
    [{ id: 'good', name: 'x', suspendedAt: null }],
  ])('is not made of %j', async (body) => {
    expect((await operator.call('POST', PATH, body)).status).toBe(400);
  });

  it('is listed with the others, a page at a time', async () => {
    const ids = ['a', 'b', 'c'].map((letter) => `zz${letter}-${crypto.randomUUID().slice(0, 8)}`);
    for (const id of ids) await operator.call('POST', PATH, { id, name: id });
    const first = await operator.call('GET', `${PATH}?cursor=zz&limit=2`);
    expect(first.body.tenants.map(({ id }: { id: string }) => id)).toEqual(ids.slice(0, 2));
    const second = await operator.call('GET', `${PATH}?cursor=${first.body.cursor}&limit=2`);
    expect([second.body.tenants.map(({ id }: { id: string }) => id), second.body.cursor]).toEqual([ids.slice(2), null]);
  });

  it('is for operators alone', async () => {
    const tenant = await createTenant();
    for (const path of [PATH, `${PATH}/${tenant.tenant}`]) expect((await tenant.call('GET', path)).status).toBe(403);
    expect((await tenant.call('POST', `${PATH}/${tenant.tenant}/suspend`)).status).toBe(403);
    expect((await operator.call('POST', `${PATH}/no-such-tenant/suspend`)).status).toBe(404);
  });
});

describe('a suspended tenant', () => {
  it('is refused with the next request to keys, members and tickets, and served again with the next after it was resumed', async () => {
    const ada = await newUser();
    const id = newTenantId();
    await ada.browser.call('POST', '/v1/auth/tenants', { id, name: 'Engines' });
    const key = await createTenant(['models:read', 'streams:read'], id);
    const made = await ada.browser.call('POST', `/v1/${id}/keys`, { name: 'new', scopes: ['models:read'] });
    const { ticket } = (await key.call('POST', '/stream-tickets', { stream: 'news' })).body;
    const statuses = async () => {
      const answers = [
        await key.call('GET', '/models'),
        await call(made.body.token, `/v1/${id}/models`),
        await ada.browser.call('GET', `/v1/${id}/models`),
        await call(null, `/v1/${id}/streams/news?ticket=${ticket}`, 'GET', undefined, { upgrade: 'websocket' }),
      ];
      return answers.map(({ status }) => status);
    };
    expect((await statuses()).slice(0, 3)).toEqual([200, 200, 200]);
    expect((await operator.call('POST', `${PATH}/${id}/suspend`)).body.suspendedAt).toEqual(expect.any(String));
    expect(await statuses()).toEqual([401, 401, 404, 404]);
    expect((await ada.browser.call('GET', '/v1/auth/tenants')).body.tenants).toMatchObject([{ id, isSuspended: true }]);
    expect((await operator.call('POST', `${PATH}/${id}/resume`)).body.suspendedAt).toBeNull();
    expect((await statuses()).slice(0, 3)).toEqual([200, 200, 200]);
    const log = await ada.browser.call('GET', `/v1/${id}/audit?action=tenant`);
    expect(log.body.events.map(({ action }: { action: string }) => action)).toEqual([
      'tenant.resumed',
      'tenant.suspended',
      'tenant.created',
    ]);
  });

  it('is refused to each request that begins after the answer, however many are under way', async () => {
    const { tenant, call: ask } = await createTenant(['models:read']);
    const isOver = { now: false };
    const asking = Array.from({ length: 8 }, async () => {
      const late: number[] = [];
      for (let count = 0; count < 25; count++) {
        const beganLate = isOver.now;
        const { status } = await ask('GET', '/models');
        if (beganLate) late.push(status);
      }
      return late;
    });
    await operator.call('POST', `${PATH}/${tenant}/suspend`);
    isOver.now = true;
    expect(new Set((await Promise.all(asking)).flat())).toEqual(new Set([401]));
  });
});
