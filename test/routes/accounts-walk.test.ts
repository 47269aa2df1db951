import { beforeAll, describe, expect, it } from 'vitest';
import { codeIn, mailTo, newAddress, newBrowser, newUser, PASSWORD } from '../setup/accounts-client.ts';
import { call, createTenant } from '../setup/rest-client.ts';

beforeAll(async () => {
  await createTenant();
});

describe('from nothing to a backend of one’s own', () => {
  it('register, read the mail, verify, sign in, make a tenant and a key, call the REST API, revoke, be refused', async () => {
    const [browser, email, tenant] = [newBrowser(), await newAddress(), `t-${crypto.randomUUID().slice(0, 13)}`];
    expect((await browser.call('POST', '/v1/auth/register', { email, password: PASSWORD, fullName: 'Ada' })).status).toBe(202);
    expect((await browser.call('POST', '/v1/auth/verify-email', { code: codeIn(await mailTo(email)) })).status).toBe(204);
    expect((await browser.call('POST', '/v1/auth/login', { email, password: PASSWORD })).status).toBe(200);
    expect((await browser.call('POST', '/v1/auth/tenants', { id: tenant, name: 'Engines' })).status).toBe(201);
    const { body: key } = await browser.call('POST', `/v1/${tenant}/keys`, { name: 'backend', scopes: ['models:read', 'models:write'] });
    expect((await call(key.token, `/v1/${tenant}/systems/engine`, 'PUT', { name: 'Analytical Engine' })).status).toBe(201);
    expect((await browser.call('GET', `/v1/${tenant}/systems/engine`)).body.name).toBe('Analytical Engine');
    expect((await browser.call('DELETE', `/v1/${tenant}/keys/${key.kid}`)).status).toBe(204);
    expect((await call(key.token, `/v1/${tenant}/systems/engine`)).status).toBe(401);
  });
});

describe('what is another tenant’s', () => {
  const newTenant = async () => {
    const user = await newUser();
    const tenant = `t-${crypto.randomUUID().slice(0, 13)}`;
    await user.browser.call('POST', '/v1/auth/tenants', { id: tenant, name: 'x' });
    const { body: key } = await user.browser.call('POST', `/v1/${tenant}/keys`, { name: 'x', scopes: ['models:read'] });
    const invited = await newAddress();
    await user.browser.call('POST', `/v1/${tenant}/invitations`, { email: invited });
    await mailTo(invited);
    const { body } = await user.browser.call('GET', `/v1/${tenant}/invitations`);
    const { body: own } = await user.browser.call('GET', '/v1/auth/sessions');
    return { ...user, tenant, kid: String(key.kid), invitation: String(body.invitations[0].id), session: String(own.sessions[0].id) };
  };

  it('is on every route as what does not exist, by its ids in one’s own paths and by its own paths', async () => {
    const [mine, theirs] = [await newTenant(), await newTenant()];
    const routes = (of: Pick<typeof mine, 'tenant' | 'id' | 'kid' | 'invitation' | 'session'>, tenant: string) =>
      [
        ['GET', `/v1/${tenant}/members`],
        ['PATCH', `/v1/${tenant}/members/${of.id}`, { role: 'admin' }],
        ['DELETE', `/v1/${tenant}/members/${of.id}`],
        ['GET', `/v1/${tenant}/invitations`],
        ['POST', `/v1/${tenant}/invitations`, { email: 'a@example.com' }],
        ['DELETE', `/v1/${tenant}/invitations/${of.invitation}`],
        ['GET', `/v1/${tenant}/keys`],
        ['POST', `/v1/${tenant}/keys`, { name: 'x', scopes: ['models:read'] }],
        ['POST', `/v1/${tenant}/keys/${of.kid}/rotate`, {}],
        ['DELETE', `/v1/${tenant}/keys/${of.kid}`],
        ['GET', `/v1/${tenant}/models`],
        ['GET', `/v1/${tenant}/limits`],
        ['GET', `/v1/${tenant}/store/stats`],
        ['POST', `/v1/auth/tenants/${tenant}/leave`],
        ['DELETE', `/v1/auth/sessions/${of.session}`],
      ] as const;
    const answerOf = async ([method, path, body]: ReturnType<typeof routes>[number]) => {
      const { status, body: problem } = await mine.browser.call(method, path, body);
      return { status, code: problem?.code, detail: String(problem?.detail).replaceAll(/"t-[^"]*"/g, '"…"') };
    };
    const nobody = { tenant: 'nobody-at-all', id: 'a'.repeat(22), kid: '0'.repeat(8), invitation: 'b'.repeat(22), session: 'c'.repeat(22) };
    const [foreign, none] = [routes(theirs, theirs.tenant), routes(nobody, `t-${crypto.randomUUID().slice(0, 13)}`)];
    for (const [index, route] of foreign.entries()) {
      const answer = await answerOf(route);
      expect([route, answer.status]).toEqual([route, 404]);
      expect(answer).toEqual(await answerOf(none[index]!));
    }
    // By ids in one's own paths; lists and what makes something are one's own there.
    const inOwn = routes(theirs, mine.tenant).filter(([, path]) =>
      [theirs.id, theirs.kid, theirs.invitation].some((id) => path.includes(id)),
    );
    expect(inOwn).toHaveLength(5);
    for (const route of inOwn) expect([route, (await answerOf(route)).status]).toEqual([route, 404]);
  });
});
