import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { type Browser, codeIn, mailTo, newAddress, newBrowser, newUser, ORIGIN, PASSWORD } from '../setup/accounts-client.ts';
import { Authenticator, type AuthenticatorOptions, type Misbehaviour } from '../setup/authenticator.ts';

const MINUTE_MS = 60_000;

/** Makes a passkey. @returns the answer of the route */
async function add(browser: Browser, authenticator: Authenticator, name = 'Phone') {
  const options = (await browser.call('POST', '/v1/auth/passkeys/begin')).body;
  return browser.call('POST', '/v1/auth/passkeys', { name, passkey: await authenticator.create(options) });
}

/** The proof of a passkey for a challenge of now. */
async function proof(authenticator: Authenticator, wrong: Misbehaviour = {}): Promise<unknown> {
  return authenticator.get((await newBrowser().call('POST', '/v1/auth/passkey-challenge')).body, wrong);
}

/** What comes of signing in: 'signed in', or the code of the error. */
async function signIn(body: object, path = 'passkey-login', browser = newBrowser()): Promise<string> {
  const answer = await browser.call('POST', `/v1/auth/${path}`, body);
  return answer.status === 200 ? 'signed in' : answer.body.code;
}

async function userWithPasskey(options: AuthenticatorOptions = {}) {
  const user = await newUser();
  const authenticator = new Authenticator(ORIGIN, options);
  const { body } = await add(user.browser, authenticator);
  return { ...user, authenticator, recoveryCodes: body.recoveryCodes as string[] };
}

/** Somebody with a passkey, which stays as it is. */
let shared: Authenticator;
beforeAll(async () => {
  shared = (await userWithPasskey()).authenticator;
});

describe('a passkey', () => {
  it('is made, listed, renamed, used to sign in, and removed; its user hears of it, and the log of the tenant has it', async () => {
    const { browser, email, id } = await newUser();
    const tenant = `t-${crypto.randomUUID().slice(0, 13)}`;
    await browser.call('POST', '/v1/auth/tenants', { id: tenant, name: 'Engines' });
    const authenticator = new Authenticator(ORIGIN);
    const options = (await browser.call('POST', '/v1/auth/passkeys/begin')).body;
    expect(options).toMatchObject({ rp: { id: 'steamer.test', name: 'Steamer' }, user: { name: email }, attestation: 'none' });
    expect(options.authenticatorSelection).toMatchObject({ residentKey: 'required', userVerification: 'required' });
    const added = await browser.call('POST', '/v1/auth/passkeys', { name: 'Phone', passkey: await authenticator.create(options) });
    expect([added.status, added.body.recoveryCodes.length, added.body.passkey.name]).toEqual([201, 10, 'Phone']);
    await mailTo(email, 'how you sign in');
    const path = `/v1/auth/passkeys/${authenticator.id}`;
    expect((await browser.call('PATCH', path, { name: 'New phone' })).body.name).toBe('New phone');
    const other = newBrowser();
    const signedIn = await other.call('POST', '/v1/auth/passkey-login', { passkey: await proof(authenticator) });
    expect([signedIn.status, signedIn.body.user.id, other.cookie !== null]).toEqual([200, id, true]);
    expect((await other.call('GET', '/v1/auth/passkeys')).body.passkeys).toEqual([
      { id: authenticator.id, name: 'New phone', createdAt: expect.any(String), lastUsedAt: expect.any(String) },
    ]);
    expect((await browser.call('DELETE', path)).status).toBe(204);
    expect(await signIn({ passkey: await proof(authenticator) })).toBe('invalid_credentials');
    expect(await signIn({ email, password: PASSWORD }, 'login')).toBe('signed in');
    const { events } = (await browser.call('GET', `/v1/${tenant}/audit?action=member.second-factor-changed`)).body;
    expect(events.map(({ detail }: { detail: object }) => detail)).toEqual([{ change: 'passkey-removed' }, { change: 'passkey-added' }]);
  });

  it.each(['EdDSA', 'RS256'] as const)('signs in with %s, and gives a program tokens', async (algorithm) => {
    const { authenticator } = await userWithPasskey({ algorithm });
    const { body } = await newBrowser().call('POST', '/v1/auth/passkey-login', { passkey: await proof(authenticator), tokens: true });
    const { status } = await newBrowser().call('GET', '/v1/auth/me', undefined, { authorization: `Bearer ${body.accessToken}` });
    expect(status).toBe(200);
  });

  it('is the second factor of who signs in with a password', async () => {
    const { email, authenticator, recoveryCodes, browser } = await userWithPasskey();
    const login = async (more: object) => signIn({ email, password: PASSWORD, ...more }, 'login');
    expect(await login({})).toBe('second_factor_required');
    expect(await login({ passkey: await proof(shared) })).toBe('invalid_second_factor');
    expect(await login({ code: '000000' })).toBe('invalid_second_factor');
    expect(await login({ passkey: await proof(authenticator) })).toBe('signed in');
    expect(await signIn({ email, password: 'wrong', passkey: await proof(authenticator) }, 'login')).toBe('invalid_credentials');
    expect(await login({ code: recoveryCodes[0] })).toBe('signed in');
    expect((await browser.call('GET', '/v1/auth/second-factors')).body).toEqual({ totp: false, passkeys: 1, recoveryCodesLeft: 9 });
    expect((await browser.call('DELETE', `/v1/auth/passkeys/${authenticator.id}`)).status).toBe(204);
    expect((await browser.call('GET', '/v1/auth/second-factors')).body).toEqual({ totp: false, passkeys: 0, recoveryCodesLeft: 0 });
    expect(await login({})).toBe('signed in');
  });

  it('is asked for after a new password by mail as well', async () => {
    const { email, browser } = await userWithPasskey();
    await newBrowser().call('POST', '/v1/auth/forgot-password', { email });
    const [code, password] = [codeIn(await mailTo(email, 'new password')), 'yet another password'];
    expect((await newBrowser().call('POST', '/v1/auth/reset-password', { code, password })).status).toBe(204);
    expect((await browser.call('GET', '/v1/auth/me')).status).toBe(401);
    expect(await signIn({ email, password }, 'login')).toBe('second_factor_required');
  });

  it('is of one user: nobody else sees, renames, removes or adds it', async () => {
    const bob = await newUser();
    const path = `/v1/auth/passkeys/${shared.id}`;
    expect((await bob.browser.call('GET', '/v1/auth/passkeys')).body.passkeys).toEqual([]);
    expect((await bob.browser.call('PATCH', path, { name: 'mine' })).status).toBe(404);
    expect((await bob.browser.call('DELETE', path)).status).toBe(404);
    expect((await add(bob.browser, new Authenticator(ORIGIN, { id: shared.id }))).body.code).toBe('conflict');
    const asBob = await proof(shared, { userHandle: btoa(bob.id).replaceAll('=', '') });
    expect(await signIn({ passkey: asBob })).toBe('invalid_credentials');
    expect((await bob.browser.call('POST', '/v1/auth/confirm-passkey', { passkey: await proof(shared) })).status).toBe(401);
  });

  it('goes with the account, and no list of them is told to strangers', async () => {
    const { browser, authenticator } = await userWithPasskey();
    expect((await newBrowser().call('POST', '/v1/auth/passkey-challenge')).body).toEqual({
      challenge: expect.any(String),
      rpId: 'steamer.test',
      timeout: 5 * MINUTE_MS,
      userVerification: 'required',
    });
    expect((await browser.call('DELETE', '/v1/auth/me')).status).toBe(204);
    expect(await signIn({ passkey: await proof(authenticator) })).toBe('invalid_credentials');
    expect(await env.DB.prepare('SELECT count(*) AS n FROM passkeys WHERE id = ?').bind(authenticator.id).first('n')).toBe(0);
  });

  it('is not for an account whose address nobody has verified: a stranger would keep a way in, or its user out', async () => {
    const [browser, email] = [newBrowser(), await newAddress()];
    await browser.call('POST', '/v1/auth/register', { email, password: PASSWORD, fullName: 'Mallory' });
    const mail = await mailTo(email);
    await browser.call('POST', '/v1/auth/login', { email, password: PASSWORD });
    for (const path of ['passkeys/begin', 'totp'])
      expect((await browser.call('POST', `/v1/auth/${path}`)).body.code).toBe('email_unverified');
    await newBrowser().call('POST', '/v1/auth/verify-email', { code: codeIn(mail) });
    expect((await browser.call('POST', '/v1/auth/passkeys/begin')).status).toBe(200);
  });

  it('is one of twenty at most', async () => {
    const { browser, id, authenticator } = await userWithPasskey();
    const copies = Array.from({ length: 19 }, (_, index) =>
      env.DB.prepare(
        'INSERT INTO passkeys (id, user_id, name, public_key, sign_count, created_at_ms) SELECT id || ?, user_id, name, public_key, 0, 0 FROM passkeys WHERE id = ?',
      ).bind(String(index), authenticator.id),
    );
    await env.DB.batch(copies);
    expect((await browser.call('POST', '/v1/auth/passkeys/begin')).body.code).toBe('conflict');
    await env.DB.prepare('DELETE FROM passkeys WHERE user_id = ? AND created_at_ms = 0').bind(id).run();
  });
});

describe('a challenge', () => {
  it('is good once, also for many at the same time', async () => {
    const passkey = await proof(shared);
    const answers = await Promise.all(Array.from({ length: 8 }, async () => signIn({ passkey })));
    expect(answers.filter((answer) => answer === 'signed in')).toHaveLength(1);
    expect(new Set(answers)).toEqual(new Set(['signed in', 'invalid_passkey']));
    expect(await signIn({ passkey })).toBe('invalid_passkey');
  });

  it('is good for five minutes', async () => {
    const passkey = await proof(shared);
    vi.setSystemTime(Date.now() + 5 * MINUTE_MS);
    try {
      expect(await signIn({ passkey })).toBe('invalid_passkey');
    } finally {
      vi.useRealTimers();
    }
  });

  it('of a registration is of its session, and no challenge to sign in', async () => {
    const { browser, email } = await newUser();
    const again = newBrowser();
    await again.call('POST', '/v1/auth/login', { email, password: PASSWORD });
    const authenticator = new Authenticator(ORIGIN);
    const passkey = await authenticator.create((await browser.call('POST', '/v1/auth/passkeys/begin')).body);
    expect((await again.call('POST', '/v1/auth/passkeys', { name: 'x', passkey })).body.code).toBe('invalid_passkey');
    const { challenge, rpId } = (await newBrowser().call('POST', '/v1/auth/passkey-challenge')).body;
    const begun = (await browser.call('POST', '/v1/auth/passkeys/begin')).body;
    const wrong = await authenticator.create({ ...begun, challenge });
    expect((await browser.call('POST', '/v1/auth/passkeys', { name: 'x', passkey: wrong })).body.code).toBe('invalid_passkey');
    expect((await browser.call('POST', '/v1/auth/passkeys', { name: 'x', passkey: await authenticator.create(begun) })).status).toBe(201);
    const next = (await browser.call('POST', '/v1/auth/passkeys/begin')).body;
    expect(await signIn({ passkey: await authenticator.get({ rpId, challenge: next.challenge }) })).toBe('invalid_passkey');
  });

  it.each(['', 'eA', btoa('k1.AAAA')])('that this service has not made is none: %j', async (challenge) => {
    expect(await signIn({ passkey: await shared.get({ challenge, rpId: 'steamer.test' }) })).toBe('invalid_passkey');
  });

  it('is no other sealed text of the service', async () => {
    const { browser } = await newUser();
    const tenant = `t-${crypto.randomUUID().slice(0, 13)}`;
    await browser.call('POST', '/v1/auth/tenants', { id: tenant, name: 'Engines' });
    const { ticket } = (await browser.call('POST', `/v1/${tenant}/stream-tickets`, { stream: 's' })).body;
    const challenge = btoa(ticket).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
    expect(await signIn({ passkey: await shared.get({ challenge, rpId: 'steamer.test' }) })).toBe('invalid_passkey');
  });
});

describe('a proof', () => {
  it('of a copied authenticator is refused: it counts behind', async () => {
    const { authenticator } = await userWithPasskey({ signCount: 5 });
    expect(await signIn({ passkey: await proof(authenticator) })).toBe('signed in');
    for (const signCount of [0, 5, 7])
      expect(await signIn({ passkey: await proof(authenticator, { signCount }) })).toBe('invalid_credentials');
    expect(await signIn({ passkey: await proof(authenticator, { signCount: 100 }) })).toBe('signed in');
  });

  it('with a wrong signature, of another page or for another service opens nothing', async () => {
    const signature = (bytes: Uint8Array) => bytes.map((byte, index) => (index === bytes.length - 1 ? byte ^ 1 : byte));
    expect(await signIn({ passkey: await proof(shared, { signature }) })).toBe('invalid_credentials');
    for (const wrong of [{ origin: 'https://evil.test' }, { rpId: 'evil.test' }, { flags: 0x01 }, { type: 'webauthn.create' }])
      expect(await signIn({ passkey: await proof(shared, wrong) })).toBe('invalid_passkey');
  });

  it('is taken of a page that the service lists, and not sent by one that it does not', async () => {
    const listed = await proof(shared, { origin: 'https://app.test' });
    const from = async (origin: string, passkey: unknown) =>
      (await newBrowser().call('POST', '/v1/auth/passkey-login', { passkey }, { origin, 'sec-fetch-site': 'cross-site' })).status;
    expect(await from('https://evil.test', listed)).toBe(403);
    expect(await signIn({ passkey: listed })).toBe('signed in');
  });

  it.each([
    ['no passkey', {}],
    ['text', { passkey: 'x' }],
    [
      'an answer without a signature',
      { passkey: { id: 'eA', type: 'public-key', response: { clientDataJSON: 'e30', authenticatorData: 'eA', userHandle: 'eA' } } },
    ],
    ['another type', { passkey: { id: 'eA', type: 'password', response: {} } }],
    ['what is no base64url', { passkey: { id: '/+=', type: 'public-key', response: {} } }],
    ['a user in the body', { passkey: {}, user: 'ada' }],
  ])('is refused as %s', async (_, body) => {
    expect(await signIn(body)).toMatch(/^(invalid_input|unknown_field)$/);
  });

  it('of more than 16 kB is refused unread', async () => {
    expect(await signIn({ passkey: 'x'.repeat(20_000) })).toBe('body_too_large');
  });
});

describe('a sensitive change', () => {
  it('takes the second factor beside the password, or a passkey alone', async () => {
    const { browser, authenticator, recoveryCodes } = await userWithPasskey();
    const confirm = async (path: string, body: object) => (await browser.call('POST', `/v1/auth/${path}`, body)).body?.code ?? 'confirmed';
    vi.setSystemTime(Date.now() + 10 * MINUTE_MS);
    try {
      expect((await browser.call('POST', '/v1/auth/passkeys/begin')).body.code).toBe('reauthentication_required');
      expect((await browser.call('DELETE', `/v1/auth/passkeys/${authenticator.id}`)).body.code).toBe('reauthentication_required');
      expect(await confirm('confirm-password', { password: PASSWORD })).toBe('second_factor_required');
      expect((await browser.call('POST', '/v1/auth/passkeys/begin')).status).toBe(403);
      expect(await confirm('confirm-password', { password: PASSWORD, code: recoveryCodes[0] })).toBe('confirmed');
      expect((await browser.call('POST', '/v1/auth/passkeys/begin')).status).toBe(200);
      vi.setSystemTime(Date.now() + 10 * MINUTE_MS);
      expect((await browser.call('POST', '/v1/auth/passkeys/begin')).status).toBe(403);
      expect(await confirm('confirm-passkey', { passkey: await proof(authenticator) })).toBe('confirmed');
      expect((await browser.call('POST', '/v1/auth/passkeys/begin')).status).toBe(200);
    } finally {
      vi.useRealTimers();
    }
  });
});
