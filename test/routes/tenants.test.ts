import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { type Browser, codeIn, mailTo, newAddress, newBrowser, newUser, PASSWORD } from '../setup/accounts-client.ts';
import { strangersAddress } from '../setup/attempts.ts';

const newTenantId = () => `t-${crypto.randomUUID().slice(0, 13)}`;
let ada: Awaited<ReturnType<typeof newUser>>;
let tenant: string;
beforeAll(async () => {
  ada = await newUser();
  tenant = newTenantId();
  await ada.browser.call('POST', '/v1/auth/tenants', { id: tenant, name: 'Analytical Engines' });
});

/** Somebody who has accepted an invitation. */
async function newMember(role: string, by: Browser = ada.browser): Promise<Awaited<ReturnType<typeof newUser>>> {
  const user = await newUser();
  await by.call('POST', `/v1/${tenant}/invitations`, { email: user.email, role });
  await user.browser.call('POST', '/v1/auth/invitations/accept', { code: codeIn(await mailTo(user.email, 'invited')) });
  return user;
}

describe('a tenant', () => {
  it('is made by a user, who owns it', async () => {
    const id = newTenantId();
    const made = await ada.browser.call('POST', '/v1/auth/tenants', { id, name: 'Second' });
    expect([made.status, made.body]).toEqual([201, { id, name: 'Second', role: 'owner', plan: 'standard', isSuspended: false }]);
    expect((await ada.browser.call('GET', '/v1/auth/tenants')).body.tenants).toContainEqual(made.body);
    expect((await ada.browser.call('GET', `/v1/${id}/models`)).status).toBe(200);
    expect((await ada.browser.call('POST', '/v1/auth/tenants', { id, name: 'Again' })).body.code).toBe('conflict');
  });

  it('is made by one of several at once, and is whose it was before', async () => {
    const [id, eve] = [newTenantId(), await newUser()];
    const made = await Promise.all(
      [ada, eve, ada, eve].map(({ browser }) => browser.call('POST', '/v1/auth/tenants', { id, name: 'One' })),
    );
    expect(made.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([201, 409, 409, 409]);
    const { results } = await env.DB.prepare('SELECT role FROM memberships WHERE tenant_id = ?').bind(id).all();
    expect(results).toEqual([{ role: 'owner' }]);
  });

  it.each(['auth', 'Upper', '-x', 'a'.repeat(64), ''])('is not named %j', async (id) => {
    expect((await ada.browser.call('POST', '/v1/auth/tenants', { id, name: 'x' })).body.code).toBe('invalid_input');
  });

  it('is not made by who is not verified, who may sign in, see and change the name all the same', async () => {
    const [browser, email] = [newBrowser(), await newAddress()];
    await browser.call('POST', '/v1/auth/register', { email, password: PASSWORD, fullName: 'New' });
    await mailTo(email);
    await browser.call('POST', '/v1/auth/login', { email, password: PASSWORD });
    expect((await browser.call('PATCH', '/v1/auth/me', { fullName: 'Newer' })).status).toBe(200);
    expect((await browser.call('POST', '/v1/auth/tenants', { id: newTenantId(), name: 'x' })).body.code).toBe('email_unverified');
    expect((await browser.call('POST', '/v1/auth/invitations/accept', { code: 'c_x' })).body.code).toBe('email_unverified');
  });

  it('is not there for who is no member', async () => {
    const stranger = await newUser();
    for (const path of ['models', 'members', 'keys', 'invitations'])
      expect((await stranger.browser.call('GET', `/v1/${tenant}/${path}`)).body.code).toBe('not_found');
  });
});

describe('an invitation', () => {
  it('makes a member of who has the address, and of nobody else', async () => {
    const [guest, other] = [await newUser(), await newUser()];
    expect((await ada.browser.call('POST', `/v1/${tenant}/invitations`, { email: guest.email })).status).toBe(202);
    const code = codeIn(await mailTo(guest.email, 'invited'));
    expect((await other.browser.call('POST', '/v1/auth/invitations/accept', { code })).body.code).toBe('invalid_code');
    const accepted = await guest.browser.call('POST', '/v1/auth/invitations/accept', { code });
    expect(accepted.body).toEqual({ tenant, role: 'member' });
    expect((await guest.browser.call('GET', `/v1/${tenant}/models`)).status).toBe(200);
    expect((await guest.browser.call('GET', `/v1/${tenant}/members`)).body.code).toBe('forbidden');
  });

  it('is listed, and withdrawn', async () => {
    const email = await newAddress();
    await ada.browser.call('POST', `/v1/${tenant}/invitations`, { email, role: 'reader' });
    const code = codeIn(await mailTo(email, 'invited'));
    const { body } = await ada.browser.call('GET', `/v1/${tenant}/invitations`);
    expect(body.invitations).toContainEqual(expect.objectContaining({ email, role: 'reader' }));
    expect(JSON.stringify(body)).not.toContain(code.split('_')[2]);
    const [{ id }] = body.invitations;
    expect((await ada.browser.call('DELETE', `/v1/${tenant}/invitations/${id}`)).status).toBe(204);
    expect((await ada.browser.call('DELETE', `/v1/${tenant}/invitations/${id}`)).status).toBe(404);
  });
});

describe('the role of a member', () => {
  it('counts from the next request on', async () => {
    const member = await newMember('member');
    const manages = async () => (await member.browser.call('GET', `/v1/${tenant}/members`)).status;
    expect(await manages()).toBe(403);
    expect((await ada.browser.call('PATCH', `/v1/${tenant}/members/${member.id}`, { role: 'admin' })).status).toBe(204);
    expect(await manages()).toBe(200);
    expect((await ada.browser.call('PATCH', `/v1/${tenant}/members/${member.id}`, { role: 'member' })).status).toBe(204);
    expect(await manages()).toBe(403);
    expect((await ada.browser.call('DELETE', `/v1/${tenant}/members/${member.id}`)).status).toBe(204);
    expect(await manages()).toBe(404);
  });

  it('is given, taken and offered with a password given within ten minutes', async () => {
    const member = await newMember('member');
    const path = `/v1/${tenant}/members/${member.id}`;
    vi.setSystemTime(Date.now() + 600_000);
    try {
      const late = [
        await ada.browser.call('PATCH', path, { role: 'admin' }),
        await ada.browser.call('DELETE', path),
        await ada.browser.call('POST', `/v1/${tenant}/invitations`, { email: await newAddress(), role: 'admin' }),
      ];
      expect(late.map(({ body }) => body.code)).toEqual(Array.from({ length: 3 }, () => 'reauthentication_required'));
      await ada.browser.call('POST', '/v1/auth/confirm-password', { password: PASSWORD });
      expect((await ada.browser.call('PATCH', path, { role: 'admin' })).status).toBe(204);
    } finally {
      vi.useRealTimers();
    }
  });

  it('of an owner is given and taken by owners only', async () => {
    const admin = await newMember('admin');
    const path = `/v1/${tenant}/members`;
    expect((await admin.browser.call('PATCH', `${path}/${admin.id}`, { role: 'owner' })).status).toBe(403);
    expect((await admin.browser.call('PATCH', `${path}/${ada.id}`, { role: 'member' })).status).toBe(403);
    expect((await admin.browser.call('DELETE', `${path}/${ada.id}`)).status).toBe(403);
    expect((await admin.browser.call('POST', `/v1/${tenant}/invitations`, { email: await newAddress(), role: 'owner' })).status).toBe(403);
  });

  it('of an owner is no key’s that an admin makes or renews', async () => {
    const admin = await newMember('admin');
    const keys = `/v1/${tenant}/keys`;
    const asOwner = { name: 'x', scopes: ['models:read'], role: 'owner' };
    expect((await admin.browser.call('POST', keys, asOwner)).body.code).toBe('forbidden');
    const { kid } = (await ada.browser.call('POST', keys, asOwner)).body;
    expect((await admin.browser.call('POST', `${keys}/${kid}/rotate`, {})).body.code).toBe('forbidden');
    expect((await ada.browser.call('POST', `${keys}/${kid}/rotate`, {})).status).toBe(201);
  });

  it('of the last owner stays, when all owners delete their accounts at once', async () => {
    const id = `t-${crypto.randomUUID().slice(0, 13)}`;
    const [one, two] = [await newUser(), await newUser()];
    await one.browser.call('POST', '/v1/auth/tenants', { id, name: 'Shared' });
    await env.DB.prepare("INSERT INTO memberships VALUES (?, ?, 'owner', 1)").bind(id, two.id).run();
    const gone = await Promise.all([one, two].map(({ browser }) => browser.call('DELETE', '/v1/auth/me')));
    expect(gone.map(({ status }) => status).toSorted((first, second) => first - second)).toEqual([204, 409]);
    const left = gone[0]?.status === 204 ? two : one;
    expect((await left.browser.call('GET', '/v1/auth/tenants')).body.tenants).toMatchObject([{ id, role: 'owner' }]);
    expect((await left.browser.call('GET', '/v1/auth/me')).status).toBe(200);
  });

  it('is offered to an address five times an hour by one place, and an account’s new address asked as often', async () => {
    const from = { 'cf-connecting-ip': strangersAddress() };
    const invite = async (email: string) => (await ada.browser.call('POST', `/v1/${tenant}/invitations`, { email }, from)).status;
    const move = async (email: string) => (await ada.browser.call('POST', '/v1/auth/change-email', { email }, from)).status;
    for (const ask of [invite, move]) {
      const email = await newAddress();
      const answers: number[] = [];
      for (let count = 0; count < 6; count++) answers.push(await ask(email));
      expect(answers).toEqual([202, 202, 202, 202, 202, 429]);
    }
  });

  it('of the last owner stays, however many ask at once', async () => {
    const path = `/v1/${tenant}/members/${ada.id}`;
    expect((await ada.browser.call('PATCH', path, { role: 'member' })).body.code).toBe('conflict');
    expect((await ada.browser.call('POST', `/v1/auth/tenants/${tenant}/leave`)).body.code).toBe('conflict');
    expect((await ada.browser.call('DELETE', '/v1/auth/me')).body.code).toBe('conflict');
    const second = await newMember('owner');
    const leaving = await Promise.all([ada, second].map(({ browser }) => browser.call('POST', `/v1/auth/tenants/${tenant}/leave`)));
    expect(leaving.map(({ status }) => status).toSorted((one, two) => one - two)).toEqual([204, 409]);
    const left = leaving[0]?.status === 204 ? second : ada;
    if (left === second) ada = second;
  });
});

describe("a tenant's configuration", () => {
  const config = { values: { theme: { colour: 'red' } }, flags: { on: true, off: false, none: { percent: 0 }, all: { percent: 100 } } };

  it('is replaced by who manages the tenant, and read by its members, who are told which flags are on', async () => {
    const member = await newMember('clerk');
    const path = `/v1/${tenant}/config`;
    const before = await ada.browser.call('GET', path);
    expect([before.body, before.headers.get('etag')]).toEqual([{ values: {}, flags: {} }, '"0"']);
    expect((await member.browser.call('PUT', path, config)).status).toBe(403);
    const written = await ada.browser.call('PUT', path, config, { 'if-match': '"0"' });
    expect([written.status, written.body, written.headers.get('etag')]).toEqual([200, config, '"1"']);
    expect((await member.browser.call('GET', path)).body).toEqual(config);
    expect((await member.browser.call('GET', path, undefined, { 'if-none-match': '"1"' })).status).toBe(304);
    expect((await member.browser.call('GET', `/v1/${tenant}/flags`)).body).toEqual({ on: true, off: false, none: false, all: true });
    expect((await ada.browser.call('PUT', path, { flags: {} }, { 'if-match': '"0"' })).body).toMatchObject({ code: 'precondition_failed' });
    expect((await ada.browser.call('PUT', path, { flags: { on: false } })).headers.get('etag')).toBe('"2"');
    expect((await member.browser.call('GET', `/v1/${tenant}/flags`)).body).toEqual({ on: false });
    const events = (await ada.browser.call('GET', `/v1/${tenant}/audit?action=config`)).body.events;
    expect(events).toHaveLength(2);
  });

  it('and lists are read no older than the bookmark that a caller sends, whatever is cached', async () => {
    const id = newTenantId();
    await ada.browser.call('POST', '/v1/auth/tenants', { id, name: 'Third' });
    const path = `/v1/${id}/config`;
    const written = await ada.browser.call('PUT', path, { values: { colour: 'red' } });
    const bookmark = written.headers.get('x-d1-bookmark') ?? '';
    expect(bookmark).toMatch(/^[0-9a-f-]+$/);
    // As it is where the cached copy is older.
    await env.DB.prepare(`UPDATE tenant_configs SET config = '{"values":{"colour":"blue"},"flags":{}}' WHERE tenant_id = ?`).bind(id).run();
    const valuesOf = async (headers: Record<string, string>) => (await ada.browser.call('GET', path, undefined, headers)).body.values;
    expect([await valuesOf({}), await valuesOf({ 'x-d1-bookmark': bookmark })]).toEqual([{ colour: 'red' }, { colour: 'blue' }]);
    const members = await ada.browser.call('GET', `/v1/${id}/members`, undefined, { 'x-d1-bookmark': 'first-unconstrained' });
    expect([members.body.members.length, members.headers.get('x-d1-bookmark')]).toEqual([1, expect.stringMatching(/^[0-9a-f-]+$/)]);
    for (const wrong of ['first-primary', 'x', '0'.repeat(201)])
      expect((await ada.browser.call('GET', path, undefined, { 'x-d1-bookmark': wrong })).body.code).toBe('invalid_input');
  });

  it('is refused with the place of what is wrong in it', async () => {
    const put = (body: unknown) => ada.browser.call('PUT', `/v1/${tenant}/config`, body);
    const tooMany = Object.fromEntries(Array.from({ length: 201 }, (_, at) => [`f${at}`, true]));
    for (const [body, pointer] of [
      [{ flags: { Wrong: true } }, '/flags/Wrong'],
      [{ flags: { some: { percent: 101 } } }, '/flags/some/percent'],
      [{ flags: tooMany }, '/flags'],
      [{ other: 1 }, ''],
    ] as const) {
      const { status, body: problem } = await put(body);
      expect([status, problem.errors[0].pointer]).toEqual([400, pointer]);
    }
    expect((await put({ values: { long: 'x'.repeat(16 * 1024) } })).status).toBe(413);
  });
});
