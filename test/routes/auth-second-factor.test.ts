import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { totpCode } from '../../src/accounts/totp.ts';
import { type Browser, mailTo, newBrowser, newUser, PASSWORD } from '../setup/accounts-client.ts';

const STEP_MS = 30_000;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** What an app makes of its secret at the moment. */
async function codeOf(secret: string): Promise<string> {
  const bits = [...secret].map((digit) => ALPHABET.indexOf(digit).toString(2).padStart(5, '0')).join('');
  const bytes = Uint8Array.from(bits.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2));
  return totpCode(bytes, Math.floor(Date.now() / STEP_MS));
}

interface Protected {
  browser: Browser;
  email: string;
  id: string;
  secret: string;
  recoveryCodes: string[];
}

/** As if the codes that were used were of long ago: one that is good once comes every half minute. */
async function letTimePass(id: string): Promise<void> {
  await env.DB.prepare('UPDATE totp_secrets SET last_step = 0, failed_at_ms = failed_at_ms - ? WHERE user_id = ?').bind(STEP_MS, id).run();
}

/** A user with an authenticator. */
async function protectedUser(): Promise<Protected> {
  const user = await newUser();
  const { secret } = (await user.browser.call('POST', '/v1/auth/totp')).body;
  const confirmed = await user.browser.call('POST', '/v1/auth/totp/confirm', { code: await codeOf(secret) });
  await letTimePass(user.id);
  return { ...user, secret, recoveryCodes: confirmed.body.recoveryCodes };
}

async function signIn(email: string, code?: string, password = PASSWORD) {
  const { status, body } = await newBrowser().call('POST', '/v1/auth/login', { email, password, ...(code === undefined ? {} : { code }) });
  return status === 200 ? 'signed in' : body.code;
}

describe('an authenticator', () => {
  it('is asked for at sign-in once it is confirmed, and not before', async () => {
    const { browser, email, id } = await newUser();
    const { secret, uri } = (await browser.call('POST', '/v1/auth/totp')).body;
    expect(uri).toContain(`secret=${secret}`);
    expect(await signIn(email)).toBe('signed in');
    expect((await browser.call('POST', '/v1/auth/totp/confirm', { code: '000000' })).body.code).toBe('invalid_code');
    const { recoveryCodes } = (await browser.call('POST', '/v1/auth/totp/confirm', { code: await codeOf(secret) })).body;
    expect(new Set(recoveryCodes).size).toBe(10);
    expect((await browser.call('GET', '/v1/auth/second-factors')).body).toEqual({ totp: true, passkeys: 0, recoveryCodesLeft: 10 });
    expect(await signIn(email)).toBe('second_factor_required');
    await mailTo(email, 'how you sign in');
    await letTimePass(id);
    expect(await signIn(email, await codeOf(secret))).toBe('signed in');
  });

  it('says nothing to who does not know the password', async () => {
    const { email, secret } = await protectedUser();
    expect(await signIn(email, undefined, 'not the password')).toBe('invalid_credentials');
    expect(await signIn(email, await codeOf(secret), 'not the password')).toBe('invalid_credentials');
  });

  it('has codes that are good once, also for many at the same time', async () => {
    const { email, secret } = await protectedUser();
    const code = await codeOf(secret);
    const answers = await Promise.all(Array.from({ length: 4 }, async () => signIn(email, code)));
    expect(answers.filter((answer) => answer === 'signed in')).toHaveLength(1);
    expect(await signIn(email, code)).toBe('invalid_second_factor');
  });

  it('lets nobody guess: after five wrong codes there is a wait, after which the owner signs in', async () => {
    const { email, secret, id } = await protectedUser();
    for (let count = 0; count < 5; count++) expect(await signIn(email, '000000')).toBe('invalid_second_factor');
    expect(await signIn(email, await codeOf(secret))).toBe('rate_limited');
    await letTimePass(id);
    expect(await signIn(email, await codeOf(secret))).toBe('signed in');
    expect(await signIn(email, '000000')).toBe('invalid_second_factor');
  });

  it('lets nobody guess twenty at once either: no more than five are looked at', async () => {
    const { email } = await protectedUser();
    const answers = await Promise.all(Array.from({ length: 20 }, async () => signIn(email, '000000')));
    expect(answers.filter((answer) => answer === 'invalid_second_factor')).toHaveLength(5);
    expect(answers.filter((answer) => answer === 'rate_limited')).toHaveLength(15);
  });

  it('is not replaced while it counts, and is removed by a code of it, not by the password alone', async () => {
    const { browser, email, secret } = await protectedUser();
    expect((await browser.call('POST', '/v1/auth/totp')).body.code).toBe('conflict');
    expect((await browser.call('POST', '/v1/auth/totp/remove', { code: '000000' })).body.code).toBe('invalid_second_factor');
    expect((await browser.call('POST', '/v1/auth/totp/remove', { code: await codeOf(secret) })).status).toBe(204);
    expect((await browser.call('POST', '/v1/auth/totp/remove', { code: await codeOf(secret) })).body.code).toBe('not_found');
    expect(await signIn(email)).toBe('signed in');
  });

  it('goes with the account', async () => {
    const { browser, id } = await protectedUser();
    expect((await browser.call('DELETE', '/v1/auth/me')).status).toBe(204);
    for (const table of ['totp_secrets', 'recovery_codes'])
      expect(await env.DB.prepare(`SELECT count(*) AS n FROM ${table} WHERE user_id = ?`).bind(id).first('n')).toBe(0);
  });

  it('has a secret that no store shows', async () => {
    const { secret, id, recoveryCodes } = await protectedUser();
    const rows = await Promise.all(
      ['totp_secrets', 'recovery_codes'].map(async (table) => env.DB.prepare(`SELECT * FROM ${table} WHERE user_id = ?`).bind(id).all()),
    );
    const text = JSON.stringify(rows);
    for (const hidden of [secret, ...recoveryCodes, ...recoveryCodes.map((code) => code.replaceAll('-', ''))])
      expect(text).not.toContain(hidden);
  });
});

describe('a recovery code', () => {
  it('opens once what the authenticator would have, however it is typed', async () => {
    const { email, browser, recoveryCodes } = await protectedUser();
    const [first = '', second = ''] = recoveryCodes;
    expect(await signIn(email, first)).toBe('signed in');
    expect(await signIn(email, first)).toBe('invalid_second_factor');
    expect(await signIn(email, second.toLowerCase().replaceAll('-', ' '))).toBe('signed in');
    expect((await browser.call('GET', '/v1/auth/second-factors')).body.recoveryCodesLeft).toBe(8);
  });

  it('is of one user, and worth nothing once there are new ones', async () => {
    const [ada, bob] = [await protectedUser(), await protectedUser()];
    expect(await signIn(bob.email, ada.recoveryCodes[0])).toBe('invalid_second_factor');
    const renewed = await ada.browser.call('POST', '/v1/auth/recovery-codes', { code: ada.recoveryCodes[0] });
    expect(await signIn(ada.email, ada.recoveryCodes[1])).toBe('invalid_second_factor');
    expect(await signIn(ada.email, renewed.body.recoveryCodes[1])).toBe('signed in');
  });
});
