import { listDurableObjectIds, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { codeIn, mailTo, newAddress, newBrowser, newUser, ORIGIN, PASSWORD } from '../setup/accounts-client.ts';
import { Authenticator } from '../setup/authenticator.ts';
import { call, createTenant } from '../setup/rest-client.ts';

/** What a thief of every store has: all texts in tables, objects, queues and buckets, and what JSON in them is made of. */
const stolen = new Set<string>();
let user: Awaited<ReturnType<typeof newUser>>;
let guarded: typeof user;
let credentials: Record<
  'cookie' | 'access' | 'refresh' | 'key' | 'verify' | 'reset' | 'invitation' | 'move' | 'recovery' | 'challenge',
  string
>;

beforeAll(async () => {
  const send = vi.spyOn(env.MAIL_QUEUE, 'send');
  user = await newUser();
  const { browser, email } = user;
  const tenant = `t-${crypto.randomUUID().slice(0, 13)}`;
  await browser.call('POST', '/v1/auth/tenants', { id: tenant, name: 'x' });
  const key = await browser.call('POST', `/v1/${tenant}/keys`, { name: 'x', scopes: ['models:read'] });
  await call(key.body.token, `/v1/${tenant}/models`);
  const tokens = await newBrowser().call('POST', '/v1/auth/login', { email, password: PASSWORD, tokens: true });
  const [unverified, invited, next] = [await newAddress(), await newAddress(), await newAddress()];
  await newBrowser().call('POST', '/v1/auth/register', { email: unverified, password: PASSWORD, fullName: 'x' });
  await newBrowser().call('POST', '/v1/auth/forgot-password', { email });
  await browser.call('POST', '/v1/auth/change-email', { email: next });
  await browser.call('POST', `/v1/${tenant}/invitations`, { email: invited });
  await createTenant(['operator']);
  const { challenge, recoveryCodes } = await withPasskey();
  credentials = {
    cookie: browser.cookie!,
    access: tokens.body.accessToken,
    refresh: tokens.body.refreshToken,
    key: key.body.token,
    verify: codeIn(await mailTo(unverified)),
    reset: codeIn(await mailTo(email, 'new password')),
    invitation: codeIn(await mailTo(invited)),
    move: codeIn(await mailTo(next)),
    recovery: recoveryCodes[0]!.replaceAll('-', ''),
    challenge,
  };
  for (const [job] of send.mock.calls) take(job);
  send.mockRestore();
  await takeDatabase();
  await takeObjects();
  await takeBuckets();
  await takeNamespace();
});

/** Somebody with a passkey that was used, and an authenticator that was begun with. */
async function withPasskey(): Promise<{ challenge: string; recoveryCodes: string[] }> {
  guarded = await newUser();
  const [{ browser }, authenticator] = [guarded, new Authenticator(ORIGIN)];
  const passkey = await authenticator.create((await browser.call('POST', '/v1/auth/passkeys/begin')).body);
  const { recoveryCodes } = (await browser.call('POST', '/v1/auth/passkeys', { name: 'x', passkey })).body;
  await browser.call('POST', '/v1/auth/totp');
  const asked = (await newBrowser().call('POST', '/v1/auth/passkey-challenge')).body;
  await newBrowser().call('POST', '/v1/auth/passkey-login', { passkey: await authenticator.get(asked) });
  return { challenge: asked.challenge, recoveryCodes };
}

describe('a dump of every store', () => {
  it('has the hashes of everything', () => {
    expect(stolen.size).toBeGreaterThan(50);
    expect([...stolen].filter((text) => /^[0-9a-f]{64}$/.test(text)).length).toBeGreaterThan(8);
    expect([...stolen].some((text) => text.startsWith('$argon2id$'))).toBe(true);
  });

  it('has no credential in it, nor its secret part', () => {
    const all = [...stolen].join('\n');
    for (const credential of Object.values(credentials)) {
      const secret = credential.split(/[_.]/).findLast((part) => part.length >= 43) ?? credential;
      expect(all).not.toContain(secret);
    }
    expect(all).not.toContain(PASSWORD);
  });

  it('has nothing that opens something, as a cookie or a bearer', async () => {
    for (const text of stolen) {
      const header = text.slice(0, 4_000).replaceAll(/[^\x21-\x7e]/g, '');
      expect((await call(null, '/v1/auth/me', 'GET', undefined, { cookie: `__Host-sid=${header.replaceAll(';', '')}` })).status).toBe(401);
      if (header !== '') expect((await call(header, '/v1/auth/me')).status).toBe(401);
    }
  });

  it('has nothing that works as a refresh token, a code or a password', async () => {
    const post = async (path: string, body: object) => (await newBrowser().call('POST', `/v1/auth/${path}`, body)).status;
    for (const text of stolen) {
      const code = text.slice(0, 200);
      expect(await post('refresh', { refreshToken: code })).toBe(401);
      for (const path of ['verify-email', 'confirm-email']) expect(await post(path, { code })).toBe(400);
      expect(await post('reset-password', { code, password: PASSWORD })).toBe(400);
      expect((await user.browser.call('POST', '/v1/auth/invitations/accept', { code })).status).toBe(400);
    }
    const hashes = [...stolen].filter((text) => text.startsWith('$argon2'));
    for (const password of hashes.slice(0, 2)) expect(await post('login', { email: user.email, password })).toBe(401);
  });

  it('has nothing that is a second factor', async () => {
    const hashes = await env.DB.prepare('SELECT hash FROM recovery_codes WHERE user_id = ? LIMIT 3').bind(guarded.id).all();
    for (const { hash } of hashes.results) {
      const { status, body } = await newBrowser().call('POST', '/v1/auth/login', { email: guarded.email, password: PASSWORD, code: hash });
      expect([status, body.code]).toEqual([401, 'invalid_second_factor']);
    }
  });

  it('leaves what was in force in force', async () => {
    expect((await user.browser.call('GET', '/v1/auth/me')).status).toBe(200);
    const reset = { code: credentials.reset, password: 'yet another password' };
    expect((await newBrowser().call('POST', '/v1/auth/reset-password', reset)).status).toBe(204);
    await mailTo(user.email, 'password for Steamer was changed');
  });
});

function take(value: unknown): void {
  if (typeof value === 'string') {
    stolen.add(value);
    try {
      const parsed: unknown = JSON.parse(value);
      if (typeof parsed === 'object') take(parsed);
    } catch {
      // not JSON
    }
  } else if (typeof value === 'object' && value !== null) Object.values(value).forEach(take);
}

async function takeDatabase(): Promise<void> {
  const tables = await env.DB.prepare(`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'`).all();
  for (const { name } of tables.results) take((await env.DB.prepare(`SELECT * FROM "${String(name)}"`).all()).results);
}

async function takeObjects(): Promise<void> {
  const namespaces = [
    env.SESSION_OWNER,
    env.RATE_LIMITER,
    env.TENANT_STORE,
    env.STREAM_HUB,
    env.STREAM_DIRECTORY,
    env.STREAM_RELAY,
    env.FILE_LEDGER,
  ] as DurableObjectNamespace[];
  for (const namespace of namespaces) {
    for (const id of await listDurableObjectIds(namespace)) {
      await runInDurableObject(namespace.get(id), async (_, { storage }) => {
        const tables = storage.sql.exec<{ name: string }>(
          `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'`,
        );
        for (const { name } of tables.toArray()) take(storage.sql.exec(`SELECT * FROM "${name}"`).toArray());
        take([...(await storage.list())]);
      });
    }
  }
}

async function takeBuckets(): Promise<void> {
  for (const bucket of [env.STREAM_SEGMENTS, env.STORAGE])
    for (const { key } of (await bucket.list()).objects) take([key, await (await bucket.get(key))?.text()]);
}

async function takeNamespace(): Promise<void> {
  for (const { name } of (await env.KV.list()).keys) take([name, await env.KV.get(name)]);
}
