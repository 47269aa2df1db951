import { exports } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Browser, newBrowser, newUser, PASSWORD } from '../setup/accounts-client.ts';

let browser: Browser;
let email: string;
beforeAll(async () => {
  ({ browser, email } = await newUser());
});

const rename = async (headers: Record<string, string>) => {
  const response = await exports.default.fetch('https://steamer.test/v1/auth/me', {
    method: 'PATCH',
    headers: { cookie: `__Host-sid=${browser.cookie}`, 'content-type': 'application/json', ...headers },
    body: '{"fullName":"Changed"}',
  });
  // A body that nobody reads keeps the run from ending.
  await response.text();
  return response.status;
};

describe('a change with a session cookie', () => {
  it.each([
    ['a page of the service', { origin: 'https://steamer.test', 'sec-fetch-site': 'same-origin' }],
    ['a page of a listed origin of the same site', { origin: 'https://app.test', 'sec-fetch-site': 'same-site' }],
    ['a browser that tells the origin only', { origin: 'https://steamer.test' }],
  ])('is made for %s', async (_, headers) => {
    expect(await rename(headers)).toBe(200);
  });

  it.each([
    ['another site', { origin: 'https://evil.test', 'sec-fetch-site': 'cross-site' }],
    ['another site that claims to be the same', { origin: 'https://evil.test', 'sec-fetch-site': 'same-origin' }],
    ['a page without an origin of its own', { origin: 'null', 'sec-fetch-site': 'cross-site' }],
    ['a neighbour that is not listed', { origin: 'https://blog.steamer.test', 'sec-fetch-site': 'same-site' }],
    ['a listed origin of another site', { origin: 'https://app.test', 'sec-fetch-site': 'cross-site' }],
    ['our origin over plain HTTP', { origin: 'http://steamer.test', 'sec-fetch-site': 'cross-site' }],
    ['an origin that begins like ours', { origin: 'https://steamer.test.evil.test', 'sec-fetch-site': 'cross-site' }],
  ])('is refused for %s', async (_, headers) => {
    expect(await rename(headers)).toBe(403);
  });

  it('is refused without a word of where it comes from', async () => {
    expect(await rename({})).toBe(403);
  });

  it('is refused as anything but JSON, which a form could send', async () => {
    const form = await browser.call('PATCH', '/v1/auth/me', 'fullName=Changed', { 'content-type': 'application/x-www-form-urlencoded' });
    const text = await browser.call('PATCH', '/v1/auth/me', '{"fullName":"Changed"}', { 'content-type': 'text/plain' });
    expect([form.status, text.status]).toEqual([415, 415]);
  });

  it('is not made by GET', async () => {
    expect((await browser.call('GET', '/v1/auth/logout')).status).toBe(405);
    expect((await browser.call('GET', '/v1/auth/me')).status).toBe(200);
  });
});

describe('a sign-in', () => {
  it('of a page of another site is refused, and that of a program is not', async () => {
    const body = { email, password: PASSWORD };
    const evil = await newBrowser().call('POST', '/v1/auth/login', body, { origin: 'https://evil.test', 'sec-fetch-site': 'cross-site' });
    expect([evil.status, evil.headers.get('set-cookie')]).toEqual([403, null]);
  });

  it('for tokens, which sets no cookie, is taken from a listed origin of another site, and from no other', async () => {
    const body = { email, password: PASSWORD, tokens: true };
    const from = (origin: string) => ({ origin, 'sec-fetch-site': 'cross-site' });
    const listed = await newBrowser().call('POST', '/v1/auth/login', body, from('https://app.test'));
    expect([listed.status, listed.headers.get('set-cookie')]).toEqual([200, null]);
    const { refreshToken } = listed.body;
    expect((await newBrowser().call('POST', '/v1/auth/login', body, from('https://evil.test'))).status).toBe(403);
    const cookie = await newBrowser().call('POST', '/v1/auth/login', { email, password: PASSWORD }, from('https://app.test'));
    expect(cookie.status).toBe(403);
    expect((await newBrowser().call('POST', '/v1/auth/logout', { refreshToken }, from('https://app.test'))).status).toBe(204);
  });

  it('makes a new session, whatever session there was, and ends that', async () => {
    const before = browser.cookie;
    await browser.call('POST', '/v1/auth/login', { email, password: PASSWORD });
    expect(browser.cookie).not.toBe(before);
    const old = await newBrowser().call('GET', '/v1/auth/me', undefined, { cookie: `__Host-sid=${before}` });
    expect([old.status, (await browser.call('GET', '/v1/auth/me')).status]).toEqual([401, 200]);
  });
});

describe('two cookies of the name', () => {
  it('are no session', async () => {
    const twice = await newBrowser().call('GET', '/v1/auth/me', undefined, { cookie: `__Host-sid=${browser.cookie}; __Host-sid=other` });
    expect(twice.status).toBe(401);
  });
});
