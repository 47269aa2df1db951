import { applyD1Migrations } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { SignJWT, type JWTPayload } from 'jose';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { authenticate, OutsideTokens } from '../../src/accounts/index.ts';
import { parseTrustedIssuers, type TrustedIssuer } from '../../src/wire/trusted-issuers.ts';
import { testAccounts } from '../setup/account-services.ts';

const ISSUER = 'https://idp.test/';
const NOW_MS = Date.now();
const NOW_SEC = Math.floor(NOW_MS / 1000);
const CLAIMS = {
  iss: ISSUER,
  aud: 'https://api.test',
  sub: 'ada',
  org: 'acme',
  scope: 'models:read streams:read openid',
  iat: NOW_SEC,
  exp: NOW_SEC + 3600,
};
const CONFIGURATION = {
  name: 'idp',
  issuer: ISSUER,
  jwksUrl: 'https://idp.test/.well-known/jwks.json',
  audience: 'https://api.test',
  algorithms: ['ES256'],
  tenantClaim: 'org',
  scopesClaim: 'scope',
};

function configured(change: object = {}): TrustedIssuer[] {
  const parsed = parseTrustedIssuers(JSON.stringify([{ ...CONFIGURATION, ...change }]));
  if ('reason' in parsed) throw new TypeError(parsed.reason);
  return [...parsed.issuers];
}

interface Pair {
  kid: string;
  key: CryptoKey;
  jwk: object;
}

async function newPair(kid: string): Promise<Pair> {
  const pair = (await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])) as CryptoKeyPair;
  const jwk = (await crypto.subtle.exportKey('jwk', pair.publicKey)) as JsonWebKey;
  return { kid, key: pair.privateKey, jwk: { ...jwk, kid, alg: 'ES256', use: 'sig' } };
}

/** An issuer that publishes some keys, and how often it was asked. */
function issuerWith(...pairs: Pair[]) {
  const issuer = {
    pairs,
    isUp: true,
    calls: 0,
    fetch: async () => {
      issuer.calls++;
      return issuer.isUp ? Response.json({ keys: issuer.pairs.map(({ jwk }) => jwk) }) : new Response('', { status: 503 });
    },
  };
  return issuer;
}

async function signed({ kid, key }: Pair, claims: JWTPayload = CLAIMS, header: object = {}): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid, typ: 'JWT', ...header }).sign(key);
}

const MINUTE_MS = 60_000;
// Keys are as old as the clock says.
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: NOW_MS }));
afterEach(() => void vi.useRealTimers());

let one: Pair;
let two: Pair;
beforeAll(async () => {
  await applyD1Migrations(env.DB, env.MIGRATIONS);
  [one, two] = [await newPair('one'), await newPair('two')];
});

describe('a token of a trusted issuer', () => {
  it('says tenant, user and scopes by its claims, as they are mapped', async () => {
    const tokens = new OutsideTokens(configured(), issuerWith(one).fetch);
    const expected = {
      tenant: 'acme',
      subject: 'idp|ada',
      scopes: ['models:read', 'streams:read'],
      role: null,
      authenticatedAtMs: NOW_SEC * 1000,
    };
    expect(await tokens.verify(await signed(one), NOW_MS)).toEqual(expected);
    const mapped = configured({
      tenantClaim: 'https://x/t',
      subjectClaim: 'email',
      subjectPrefix: '',
      scopesClaim: 'permissions',
      roleClaim: 'role',
    });
    const claims = {
      ...CLAIMS,
      'https://x/t': 'beta',
      email: 'ada@example.com',
      permissions: ['models:write', 'operator', 'tenant:admin'],
      role: 'editor',
    };
    expect(await new OutsideTokens(mapped, issuerWith(one).fetch).verify(await signed(one, claims), NOW_MS)).toMatchObject({
      tenant: 'beta',
      subject: 'ada@example.com',
      scopes: ['models:write'],
      role: 'editor',
    });
  });

  it.each<[string, object, object, object]>([
    ['another audience', { aud: 'https://other.test' }, {}, {}],
    ['another issuer', { iss: 'https://evil.test/' }, {}, {}],
    ['its time over', { exp: NOW_SEC - 31 }, {}, {}],
    ['no end', { exp: undefined }, {}, {}],
    ['no beginning', { iat: undefined }, {}, {}],
    ['no user', { sub: undefined }, {}, {}],
    ['a user that is no text', { sub: ['ada'] as unknown }, {}, {}],
    ['a user with a space', { sub: 'ada lovelace' }, {}, {}],
    ['no tenant', { org: undefined }, {}, {}],
    ['what can be no tenant', { org: '../acme' }, {}, {}],
    ['a tenant that the issuer does not speak for', {}, {}, { tenants: ['beta'] }],
    ['a role that can be none', { role: 'Admin!' }, {}, { roleClaim: 'role' }],
    ['another typ than configured', {}, {}, { type: 'at+jwt' }],
    ['an algorithm that is not configured', {}, {}, { algorithms: ['RS256'] }],
    ['an unknown crit', {}, { crit: ['x'], x: 1 }, {}],
  ])('with %s opens nothing', async (_, claims, header, change) => {
    const tokens = new OutsideTokens(configured(change), issuerWith(one).fetch);
    const payload = Object.fromEntries(Object.entries({ ...CLAIMS, ...claims }).filter(([, value]) => value !== undefined));
    const sign = new SignJWT(payload).setProtectedHeader({ alg: 'ES256', kid: 'one', typ: 'JWT', ...header });
    const text = await sign.sign(one.key, { crit: { x: true } });
    expect(await tokens.verify(text, NOW_MS)).toBeNull();
  });

  it('without a signature, or by a key that is not published, opens nothing', async () => {
    const issuer = issuerWith(one);
    const tokens = new OutsideTokens(configured(), issuer.fetch);
    const token = await signed(one);
    expect(await tokens.verify(`${token.split('.').slice(0, 2).join('.')}.`, NOW_MS)).toBeNull();
    for (let count = 0; count < 20; count++) expect(await tokens.verify(await signed(two), NOW_MS)).toBeNull();
    // A made-up kid does not make the service ask for the keys each time.
    expect(issuer.calls).toBe(1);
  });

  it('is checked by the keys that were fetched last while the issuer is down, and 503 where there are none', async () => {
    const issuer = issuerWith(one);
    const tokens = new OutsideTokens(configured(), issuer.fetch);
    issuer.isUp = false;
    await expect(tokens.verify(await signed(one), NOW_MS)).rejects.toMatchObject({ code: 'unavailable' });
    await expect(tokens.verify(await signed(one), NOW_MS)).rejects.toMatchObject({ code: 'unavailable' });
    expect(issuer.calls).toBe(1);
    const known = new OutsideTokens(configured(), issuer.fetch);
    issuer.isUp = true;
    expect(await known.verify(await signed(one), NOW_MS)).not.toBeNull();
    issuer.isUp = false;
    vi.setSystemTime(NOW_MS + 11 * MINUTE_MS);
    expect(await known.verify(await signed(one), NOW_MS)).not.toBeNull();
    expect(await known.verify(await signed(one), NOW_MS)).not.toBeNull();
    expect(issuer.calls).toBe(3);
  });

  it('is good by a new key half a minute after it was published, and by a key that is published no more for ten minutes', async () => {
    const issuer = issuerWith(one);
    const tokens = new OutsideTokens(configured(), issuer.fetch);
    expect(await tokens.verify(await signed(one), NOW_MS)).not.toBeNull();
    issuer.pairs = [two];
    vi.setSystemTime(NOW_MS + MINUTE_MS / 2);
    expect(await tokens.verify(await signed(two), NOW_MS)).not.toBeNull();
    expect(await tokens.verify(await signed(one), NOW_MS)).toBeNull();
  });

  it('makes a principal of its tenant, while that is served, and is of no session and no other tenant', async () => {
    const tenant = `t-${crypto.randomUUID().slice(0, 13)}`;
    await env.DB.prepare('INSERT INTO tenants (id, name, created_at_ms) VALUES (?, ?, 1)').bind(tenant, tenant).run();
    const accounts = testAccounts({ outsideTokens: new OutsideTokens(configured(), issuerWith(one).fetch) });
    const text = await signed(one, { ...CLAIMS, org: tenant });
    const as = async (named: string | null) =>
      authenticate(accounts, { kind: 'bearer', text }, { tenant: named, address: null, nowMs: NOW_MS });
    expect(await as(tenant)).toEqual({
      tenant,
      subject: { kind: 'user', id: 'idp|ada' },
      scopes: ['models:read', 'streams:read'],
      via: 'outside-token',
      plan: 'standard',
      authenticatedAtMs: NOW_SEC * 1000,
    });
    for (const other of [null, 'other']) expect(await as(other)).toMatchObject({ tenant: null, scopes: [] });
    await accounts.keyOwner(tenant).learnStanding({ plan: 'standard', suspendedAtMs: NOW_MS }, NOW_MS, 'changed');
    expect(await as(tenant)).toMatchObject({ tenant: null, scopes: [] });
  });
});

describe('TRUSTED_ISSUERS', () => {
  it.each([
    ['{', 'JSON array'],
    ['[{"name":"idp"}]', '/0/'],
    [JSON.stringify([{ ...CONFIGURATION, algorithms: ['HS256'] }]), '/0/algorithms/0'],
    [JSON.stringify([{ ...CONFIGURATION, algorithms: ['none'] }]), '/0/algorithms/0'],
    [JSON.stringify([{ ...CONFIGURATION, jwksUrl: 'http://idp.test/keys' }]), '/0/jwksUrl'],
    [JSON.stringify([{ ...CONFIGURATION, scopes: ['operator'] }]), '/0/scopes/0'],
    [JSON.stringify([{ ...CONFIGURATION, tenant: 'acme' }]), 'either tenant or tenantClaim'],
    [JSON.stringify([CONFIGURATION, CONFIGURATION]), 'each issuer once'],
  ])('is refused as %s', (json, reason) => {
    expect(parseTrustedIssuers(json)).toMatchObject({ reason: expect.stringContaining(reason) });
  });
});
