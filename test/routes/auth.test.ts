import { expect, it, describe } from 'vitest';
import { codeIn, mailTo, newAddress, newBrowser, newUser, PASSWORD } from '../setup/accounts-client.ts';

describe('an account', () => {
  it('is registered, verified, signed in to, seen, changed, and signed out of', async () => {
    const [browser, email] = [newBrowser(), await newAddress()];
    const registered = await browser.call('POST', '/v1/auth/register', { email, password: PASSWORD, fullName: 'Ada' });
    expect([registered.status, registered.body]).toEqual([202, { status: 'accepted' }]);
    const mail = await mailTo(email);
    expect(mail.text).toContain(`https://steamer.test/auth/verify-email#code=${codeIn(mail)}`);

    const early = await browser.call('POST', '/v1/auth/login', { email, password: PASSWORD });
    expect([early.status, early.body.user.emailVerified]).toEqual([200, false]);
    expect(early.headers.get('set-cookie')).toMatch(/^__Host-sid=s_\w+; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=7776000$/);
    expect((await browser.call('POST', '/v1/auth/verify-email', { code: codeIn(mail) })).status).toBe(204);

    const me = await browser.call('GET', '/v1/auth/me');
    expect(me.body).toMatchObject({ email, emailVerified: true, fullName: 'Ada' });
    expect((await browser.call('PATCH', '/v1/auth/me', { fullName: 'Ada Lovelace' })).body).toMatchObject({ fullName: 'Ada Lovelace' });

    const { cookie } = browser;
    expect((await browser.call('POST', '/v1/auth/logout')).status).toBe(204);
    expect(browser.cookie).toBeNull();
    browser.cookie = cookie;
    expect((await browser.call('GET', '/v1/auth/me')).status).toBe(401);
  });

  it('goes on by tokens, each refresh token once', async () => {
    const { email } = await newUser();
    const client = newBrowser();
    const login = await client.call('POST', '/v1/auth/login', { email, password: PASSWORD, tokens: true });
    expect(client.cookie).toBeNull();
    expect(login.body).toMatchObject({ expiresInSec: 600, accessToken: expect.any(String), refreshToken: expect.stringMatching(/^r_/) });
    const bearer = (token: string) => client.call('GET', '/v1/auth/me', undefined, { authorization: `Bearer ${token}` });
    expect((await bearer(login.body.accessToken)).body.email).toBe(email);
    expect((await bearer(login.body.refreshToken)).status).toBe(401);
    const next = await client.call('POST', '/v1/auth/refresh', { refreshToken: login.body.refreshToken });
    expect((await bearer(next.body.accessToken)).body.email).toBe(email);
    const again = await client.call('POST', '/v1/auth/refresh', { refreshToken: login.body.refreshToken });
    expect([again.status, again.body.code]).toEqual([409, 'refresh_superseded']);
    expect((await client.call('POST', '/v1/auth/logout', { refreshToken: next.body.refreshToken })).status).toBe(204);
    expect((await bearer(next.body.accessToken)).status).toBe(401);
  });

  it('goes on by one successor of a refresh token, however many ask for it at once', async () => {
    const { email } = await newUser();
    const refresh = (refreshToken: string) => newBrowser().call('POST', '/v1/auth/refresh', { refreshToken });
    const { refreshToken } = (await newBrowser().call('POST', '/v1/auth/login', { email, password: PASSWORD, tokens: true })).body;
    const answers = await Promise.all(Array.from({ length: 100 }, () => refresh(refreshToken)));
    const [successor, ...others] = new Set(answers.map(({ status, body }) => (status === 200 ? body.refreshToken : status)));
    expect([successor, others]).toEqual([expect.stringMatching(/^r_/), []]);
    expect(successor).not.toBe(refreshToken);
    const next = (await refresh(successor)).body.refreshToken;
    expect((await refresh(next)).status).toBe(200);
    expect([(await refresh(refreshToken)).status, (await refresh(next)).status]).toEqual([401, 401]);
  });

  it('is signed out of by a refresh token whose answer was lost: nobody goes on with it', async () => {
    const { email } = await newUser();
    const client = newBrowser();
    const { accessToken, refreshToken } = (await client.call('POST', '/v1/auth/login', { email, password: PASSWORD, tokens: true })).body;
    expect((await client.call('POST', '/v1/auth/refresh', { refreshToken })).status).toBe(200);
    expect((await client.call('POST', '/v1/auth/logout', { refreshToken })).status).toBe(204);
    expect((await client.call('POST', '/v1/auth/refresh', { refreshToken })).status).toBe(401);
    expect((await client.call('GET', '/v1/auth/me', undefined, { authorization: `Bearer ${accessToken}` })).status).toBe(401);
  });
});
