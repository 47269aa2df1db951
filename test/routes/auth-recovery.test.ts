import { describe, expect, it, vi } from 'vitest';
import { codeIn, mailTo, newAddress, newBrowser, newUser, PASSWORD } from '../setup/accounts-client.ts';
import { eventually } from '../setup/eventually.ts';

const NEW_PASSWORD = 'another good password';
const login = async (email: string, password: string) => (await newBrowser().call('POST', '/v1/auth/login', { email, password })).status;

describe('a forgotten password', () => {
  it('is replaced by the code of a mail, once, and every session ends', async () => {
    const { browser, email } = await newUser();
    await newBrowser().call('POST', '/v1/auth/forgot-password', { email });
    const code = codeIn(await mailTo(email, 'new password'));
    const weak = await newBrowser().call('POST', '/v1/auth/reset-password', { code, password: 'password1' });
    expect([weak.status, weak.body.code]).toEqual([400, 'weak_password']);
    expect((await newBrowser().call('POST', '/v1/auth/reset-password', { code, password: NEW_PASSWORD })).status).toBe(204);
    expect((await browser.call('GET', '/v1/auth/me')).status).toBe(401);
    expect([await login(email, PASSWORD), await login(email, NEW_PASSWORD)]).toEqual([401, 200]);
    const again = await newBrowser().call('POST', '/v1/auth/reset-password', { code, password: 'a third password' });
    expect([again.status, again.body.code]).toEqual([400, 'invalid_code']);
    await mailTo(email, 'password for Steamer was changed');
  });
});

describe('a code', () => {
  const codeOf = async () => {
    const { email } = await newUser();
    await newBrowser().call('POST', '/v1/auth/forgot-password', { email });
    return { email, code: codeIn(await mailTo(email, 'new password')) };
  };
  const reset = async (code: string) =>
    (await newBrowser().call('POST', '/v1/auth/reset-password', { code, password: NEW_PASSWORD })).status;

  it('is good for one of 50 attempts at once', async () => {
    const { code } = await codeOf();
    const statuses = await Promise.all(Array.from({ length: 50 }, () => reset(code)));
    expect(statuses.filter((status) => status === 204)).toHaveLength(1);
  });

  it('is over after 5 wrong attempts, also for who has it', async () => {
    const { code } = await codeOf();
    const wrong = code.slice(0, -1) + (code.endsWith('0') ? '1' : '0');
    for (let attempt = 0; attempt < 5; attempt++) expect(await reset(wrong)).toBe(400);
    expect(await reset(code)).toBe(400);
  });

  it('is over after 10 minutes', async () => {
    const { code } = await codeOf();
    vi.setSystemTime(Date.now() + 600_000);
    try {
      expect(await reset(code)).toBe(400);
    } finally {
      vi.useRealTimers();
    }
  });

  it('is good for its own purpose only', async () => {
    const { code } = await codeOf();
    for (const path of ['verify-email', 'confirm-email'])
      expect((await newBrowser().call('POST', `/v1/auth/${path}`, { code })).status).toBe(400);
    expect(await reset(code)).toBe(204);
  });
});

describe('a sensitive change', () => {
  it('needs a password given within ten minutes', async () => {
    const { browser } = await newUser();
    const email = await newAddress();
    vi.setSystemTime(Date.now() + 600_000);
    try {
      const late = await browser.call('POST', '/v1/auth/change-email', { email });
      expect([late.status, late.body.code]).toEqual([403, 'reauthentication_required']);
      expect((await browser.call('DELETE', '/v1/auth/me')).status).toBe(403);
      expect((await browser.call('POST', '/v1/auth/confirm-password', { password: 'wrong' })).status).toBe(401);
      expect((await browser.call('POST', '/v1/auth/confirm-password', { password: PASSWORD })).status).toBe(204);
      expect((await browser.call('POST', '/v1/auth/change-email', { email })).status).toBe(202);
    } finally {
      vi.useRealTimers();
    }
  });

  it('gives the session another cookie: the one before makes no sensitive change, and is over ten seconds later', async () => {
    const { browser } = await newUser();
    const thief = Object.assign(newBrowser(), { cookie: browser.cookie });
    vi.setSystemTime(Date.now() + 600_000);
    try {
      expect((await browser.call('POST', '/v1/auth/confirm-password', { password: PASSWORD })).status).toBe(204);
      expect(browser.cookie).not.toBe(thief.cookie);
      expect((await thief.call('GET', '/v1/auth/me')).status).toBe(200);
      expect((await thief.call('DELETE', '/v1/auth/me')).body.code).toBe('reauthentication_required');
      vi.setSystemTime(Date.now() + 10_000);
      expect([(await thief.call('GET', '/v1/auth/me')).status, (await browser.call('GET', '/v1/auth/me')).status]).toEqual([401, 200]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('of the password ends the other sessions and keeps this one, without what a copy of its cookie is worth', async () => {
    const { browser, email } = await newUser();
    const thief = Object.assign(newBrowser(), { cookie: browser.cookie });
    const other = newBrowser();
    await other.call('POST', '/v1/auth/login', { email, password: PASSWORD });
    const passwords = { currentPassword: PASSWORD, password: NEW_PASSWORD };
    expect((await browser.call('POST', '/v1/auth/change-password', { ...passwords, currentPassword: 'wrong' })).status).toBe(401);
    expect((await browser.call('POST', '/v1/auth/change-password', passwords)).status).toBe(204);
    const seen = await Promise.all([browser, other, thief].map((one) => one.call('GET', '/v1/auth/me')));
    expect(seen.map(({ status }) => status)).toEqual([200, 401, 401]);
    expect([await login(email, PASSWORD), await login(email, NEW_PASSWORD)]).toEqual([401, 200]);
  });

  it('of the address is confirmed at the new one, told to the old one, and not made for one that is taken', async () => {
    const [{ browser, email }, other] = [await newUser(), await newUser()];
    await browser.call('POST', '/v1/auth/change-email', { email: other.email });
    await mailTo(other.email, 'already have an account');
    const next = await newAddress();
    await browser.call('POST', '/v1/auth/change-email', { email: next });
    expect((await browser.call('POST', '/v1/auth/confirm-email', { code: codeIn(await mailTo(next)) })).status).toBe(204);
    expect((await browser.call('GET', '/v1/auth/me')).body.email).toBe(next);
    await mailTo(email, 'address for Steamer was changed');
    expect([await login(email, PASSWORD), await login(next, PASSWORD)]).toEqual([401, 200]);
  });
});

describe('an account that somebody else has prepared', () => {
  it('is its owner’s from the verification on, with the password of the registration that was verified', async () => {
    const [stranger, email] = [newBrowser(), await newAddress()];
    await stranger.call('POST', '/v1/auth/register', { email, password: 'password of a stranger', fullName: 'Mallory' });
    await mailTo(email);
    await stranger.call('POST', '/v1/auth/login', { email, password: 'password of a stranger' });
    const first = await mailTo(email);
    await newBrowser().call('POST', '/v1/auth/register', { email, password: PASSWORD, fullName: 'Ada' });
    const second = await eventually(async () => {
      const mail = await mailTo(email);
      expect(mail.text).not.toBe(first.text);
      return mail;
    });
    expect((await newBrowser().call('POST', '/v1/auth/verify-email', { code: codeIn(second) })).status).toBe(204);
    expect((await stranger.call('GET', '/v1/auth/me')).status).toBe(401);
    expect([await login(email, 'password of a stranger'), await login(email, PASSWORD)]).toEqual([401, 200]);
  });
});

describe('a deleted account', () => {
  it('is gone with its sessions, and its address is free', async () => {
    const { browser, email } = await newUser();
    expect((await browser.call('DELETE', '/v1/auth/me')).status).toBe(204);
    expect(browser.cookie).toBeNull();
    expect(await login(email, PASSWORD)).toBe(401);
  });
});
