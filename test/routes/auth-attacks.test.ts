import { env, exports } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { sentMail } from '../../src/edge/mail-outbox.ts';
import { codeIn, mailTo, newAddress, newBrowser, newUser, PASSWORD } from '../setup/accounts-client.ts';

const register = (body: object | string, headers: Record<string, string> = {}) =>
  newBrowser().call('POST', '/v1/auth/register', body, headers);
const MEMBERS = { password: PASSWORD, fullName: 'Ada' };

describe('members that are not the caller’s to set', () => {
  it.each(['role', 'emailVerified', 'emailVerifiedAtMs', 'tenantId', 'id', 'passwordHash', 'constructor', 'email"; DROP TABLE users; --'])(
    'are refused at registration (%s)',
    async (member) => {
      const { status, body } = await register({ ...MEMBERS, email: await newAddress(), [member]: 'admin' });
      expect([status, body.code, body.errors[0].pointer]).toEqual([400, 'unknown_field', `/${member}`]);
    },
  );

  it('are refused in the profile, and nothing is changed', async () => {
    const { browser, id } = await newUser();
    for (const member of ['email', 'emailVerified', 'id', 'role'])
      expect((await browser.call('PATCH', '/v1/auth/me', { fullName: 'Eve', [member]: 'x' })).body.code).toBe('unknown_field');
    expect((await env.DB.prepare('SELECT full_name FROM users WHERE id = ?').bind(id).first())?.['full_name']).toBe('Ada Lovelace');
  });

  it('are refused by a body with __proto__', async () => {
    const body = `{"email":"${await newAddress()}","password":"${PASSWORD}","fullName":"Ada","__proto__":{"role":"admin"}}`;
    expect((await register(body)).body.code).toBe('unknown_field');
  });

  it('are no way into SQL', async () => {
    const { body } = await newBrowser().call('POST', '/v1/auth/login', { email: "' OR 1=1 --", password: "' OR 1=1 --" });
    expect(body.code).toBe('invalid_credentials');
  });

  it.each([[{ $ne: null }], [[PASSWORD]], [null], [1], [true]])('are refused where text is expected (%j)', async (password) => {
    expect((await newBrowser().call('POST', '/v1/auth/login', { email: 'a@example.com', password })).body.code).toBe('invalid_input');
  });
});

describe('a session that somebody else has chosen', () => {
  it('is not taken over at sign-in', async () => {
    const { email, id } = await newUser();
    const chosen = `s_${id}_${'a'.repeat(22)}_${'b'.repeat(43)}`;
    const victim = newBrowser();
    victim.cookie = chosen;
    await victim.call('POST', '/v1/auth/login', { email, password: PASSWORD });
    expect(victim.cookie).not.toBe(chosen);
    const attacker = newBrowser();
    attacker.cookie = chosen;
    expect((await attacker.call('GET', '/v1/auth/me')).status).toBe(401);
  });

  it('is none by a cookie as a bearer, or a refresh token as a cookie', async () => {
    const { browser, email } = await newUser();
    const asBearer = await newBrowser().call('GET', '/v1/auth/me', undefined, { authorization: `Bearer ${browser.cookie}` });
    const tokens = await newBrowser().call('POST', '/v1/auth/login', { email, password: PASSWORD, tokens: true });
    const asCookie = newBrowser();
    asCookie.cookie = tokens.body.refreshToken;
    expect([asBearer.status, (await asCookie.call('GET', '/v1/auth/me')).status]).toEqual([401, 401]);
  });
});

describe('links in mails', () => {
  it('lead to the configured address, whatever the request says of its host', async () => {
    const email = await newAddress();
    const response = await exports.default.fetch('https://evil.test/v1/auth/register', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        host: 'evil.test',
        'x-forwarded-host': 'evil.test',
        forwarded: 'host=evil.test',
        origin: 'https://evil.test',
      },
      body: JSON.stringify({ ...MEMBERS, email }),
    });
    expect([response.status, await response.json()]).toEqual([202, { status: 'accepted' }]);
    const { text } = await mailTo(email);
    expect(text).toContain('https://steamer.test/auth/verify-email#code=');
    expect(text).not.toContain('evil');
  });

  it('have nothing in them that a stranger has written', async () => {
    const email = await newAddress();
    await register({ ...MEMBERS, email, fullName: 'Click https://evil.test' });
    expect((await mailTo(email)).text).not.toContain('evil');
  });

  it('have the code in the fragment, which no server is sent', async () => {
    const { email } = await newUser();
    await newBrowser().call('POST', '/v1/auth/forgot-password', { email });
    const mail = await mailTo(email, 'new password');
    const link = new URL(/https:\S+/.exec(mail.text)?.[0] ?? '');
    expect([link.search, link.hash]).toEqual(['', `#code=${codeIn(mail)}`]);
  });
});

describe('answers', () => {
  it('lead nowhere: no parameter of sign-in is a target', async () => {
    for (const path of [
      '/v1/auth/login?next=https://evil.test',
      '/v1/auth/logout?redirect=//evil.test',
      '/v1/auth/register?returnTo=evil',
    ]) {
      const { status, headers } = await newBrowser().call('POST', path, { email: 'a@example.com', ...MEMBERS });
      expect([status, headers.get('location')]).toEqual([400, null]);
    }
  });

  it('of sign-in are kept by nobody', async () => {
    const { email } = await newUser();
    const { headers } = await newBrowser().call('POST', '/v1/auth/login', { email, password: PASSWORD, tokens: true });
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('tell browsers to show them and no more', async () => {
    const { headers } = await newBrowser().call('GET', '/v1/auth/me');
    expect(headers.get('content-security-policy')).toBe("default-src 'none'; base-uri 'none'; frame-ancestors 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('strict-transport-security')).toMatch(/^max-age=31536000/);
    expect(headers.get('content-type')).toMatch(/charset=utf-8$/);
  });

  it('never have a secret of the account in them', async () => {
    const { browser, id } = await newUser();
    const row = await env.DB.prepare('SELECT password_hash FROM users WHERE id = ?').bind(id).first();
    for (const path of ['me', 'sessions', 'tenants', 'session-data']) {
      const { body } = await browser.call('GET', `/v1/auth/${path}`);
      for (const secret of [row?.['password_hash'], PASSWORD, browser.cookie]) expect(JSON.stringify(body)).not.toContain(secret);
    }
  });
});

describe('names and addresses', () => {
  it.each(['Ada\r\nBcc: all@example.com', 'Ada\nEve', 'Ada\0Eve', 'Ada\u2028Eve', '', 'x'.repeat(201)])(
    'that could be more than one line are refused (%j)',
    async (fullName) => {
      const { status } = await register({ email: await newAddress(), password: PASSWORD, fullName });
      expect(status).toBe(400);
    },
  );

  it('that look different and are the same have one account', async () => {
    const { email, id } = await newUser();
    const twin = email.toUpperCase();
    await register({ ...MEMBERS, email: twin });
    await mailTo(email, 'already have an account');
    expect(sentMail().some(({ to }) => to === twin)).toBe(false);
    const { body } = await newBrowser().call('POST', '/v1/auth/login', { email: twin, password: PASSWORD });
    expect(body.user.id).toBe(id);
  });
});

describe('large passwords', () => {
  it('are refused before anything is computed of them', async () => {
    const huge = await newBrowser().call('POST', '/v1/auth/login', { email: 'a@example.com', password: 'x'.repeat(10_000_000) });
    expect([huge.status, huge.body.code]).toEqual([413, 'body_too_large']);
    const long = await newBrowser().call('POST', '/v1/auth/login', { email: 'a@example.com', password: 'x'.repeat(1_025) });
    expect([long.status, long.body.code]).toEqual([400, 'invalid_input']);
  });
});

describe('a socket', () => {
  it('is not opened with the cookie of a visitor by a page of another site', async () => {
    const { browser } = await newUser();
    const tenant = `t-${crypto.randomUUID().slice(0, 13)}`;
    await browser.call('POST', '/v1/auth/tenants', { id: tenant, name: 'x' });
    await browser.call('PUT', `/v1/${tenant}/streams/chat`, []);
    const open = async (headers: Record<string, string>) => {
      const response = await exports.default.fetch(`https://steamer.test/v1/${tenant}/streams/chat?offset=-1`, {
        headers: { cookie: `__Host-sid=${browser.cookie}`, upgrade: 'websocket', 'sec-websocket-protocol': 'steamer.v1', ...headers },
      });
      response.webSocket?.accept();
      response.webSocket?.close();
      await response.text();
      return response.status;
    };
    expect(await open({ origin: 'https://evil.test' })).toBe(403);
    expect(await open({})).toBe(403);
    expect(await open({ origin: 'https://steamer.test' })).toBe(101);
  });
});
