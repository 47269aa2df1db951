import { SignJWT } from 'jose/jwt/sign';
import { beforeAll, describe, expect, it } from 'vitest';
import { ACCESS_TOKEN_SEC, AccessTokens } from '../../src/accounts/access-tokens.ts';

const ISSUER = 'https://steamer.test';
const NOW_MS = 1_900_000_000_000;
const NOW_SEC = NOW_MS / 1000;
const HOLDER = { user: 'u'.repeat(22), session: 's'.repeat(22) };
const LIVE = { ...HOLDER, issuedAtSec: NOW_SEC };
const CLAIMS = { sub: HOLDER.user, sid: HOLDER.session, iss: ISSUER, aud: ISSUER, iat: NOW_SEC, exp: NOW_SEC + 600 };
const HEADER = { alg: 'EdDSA', typ: 'at+jwt', kid: 'k1' };

interface Pair {
  der: Uint8Array<ArrayBuffer>;
  spki: Uint8Array<ArrayBuffer>;
  key: CryptoKey;
  jwk: JsonWebKey;
}

async function newPair(): Promise<Pair> {
  const pair = (await crypto.subtle.generateKey({ name: 'Ed25519' }, true, ['sign', 'verify'])) as CryptoKeyPair;
  const [der, spki] = [await crypto.subtle.exportKey('pkcs8', pair.privateKey), await crypto.subtle.exportKey('spki', pair.publicKey)];
  const jwk = (await crypto.subtle.exportKey('jwk', pair.publicKey)) as JsonWebKey;
  return { der: new Uint8Array(der as ArrayBuffer), spki: new Uint8Array(spki as ArrayBuffer), key: pair.privateKey, jwk };
}

let ours: Pair;
let theirs: Pair;
let tokens: AccessTokens;
beforeAll(async () => {
  [ours, theirs] = [await newPair(), await newPair()];
  tokens = new AccessTokens({ issuer: ISSUER, keys: [{ id: 'k1', der: ours.der }] });
});

const encoded = (value: unknown) =>
  btoa(typeof value === 'string' ? value : JSON.stringify(value))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');

/** Signed with our key, whatever it says: nothing checks what is signed here. */
async function signed(header: object, claims: object, key = ours.key): Promise<string> {
  const input = `${encoded(header)}.${encoded(claims)}`;
  const signature = await crypto.subtle.sign({ name: 'Ed25519' }, key, new TextEncoder().encode(input));
  return `${input}.${encoded(String.fromCharCode(...new Uint8Array(signature)))}`;
}

async function hmac(secret: Uint8Array<ArrayBuffer>, header: object): Promise<string> {
  const key = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return new SignJWT(CLAIMS).setProtectedHeader({ ...header, alg: 'HS256' }).sign(key);
}

const without = (name: keyof typeof CLAIMS) => Object.fromEntries(Object.entries(CLAIMS).filter(([claim]) => claim !== name));
const text = (value: string) => Uint8Array.from(new TextEncoder().encode(value));

const BAD: Record<string, () => Promise<string> | string> = {
  'alg none, without a signature': () => `${encoded({ ...HEADER, alg: 'none' })}.${encoded(CLAIMS)}.`,
  'alg nOnE, with ours': async () => signed({ ...HEADER, alg: 'nOnE' }, CLAIMS),
  'HS256 by our public key': async () => hmac(ours.spki, HEADER),
  'HS256 by our published JWK': async () => hmac(text(JSON.stringify(ours.jwk)), HEADER),
  'HS256 by one byte': async () => hmac(text('x'), HEADER),
  'another algorithm in the header': async () => signed({ ...HEADER, alg: 'ES256' }, CLAIMS),
  'no algorithm': async () => signed({ typ: HEADER.typ, kid: HEADER.kid }, CLAIMS),
  'the signature of another key': async () => signed(HEADER, CLAIMS, theirs.key),
  'a key of its own in the header': async () => signed({ ...HEADER, jwk: theirs.jwk }, CLAIMS, theirs.key),
  'an address of keys in the header': async () => signed({ ...HEADER, jku: 'https://evil.test/jwks.json' }, CLAIMS, theirs.key),
  'an unknown kid': async () => signed({ ...HEADER, kid: 'k2' }, CLAIMS),
  'no kid': async () => signed({ alg: HEADER.alg, typ: HEADER.typ }, CLAIMS),
  'another typ': async () => signed({ ...HEADER, typ: 'JWT' }, CLAIMS),
  'no typ': async () => signed({ alg: HEADER.alg, kid: HEADER.kid }, CLAIMS),
  'an unknown crit': async () => signed({ ...HEADER, crit: ['x'], x: 1 }, CLAIMS),
  'an unencoded payload (b64 false)': async () => signed({ ...HEADER, crit: ['b64'], b64: false }, CLAIMS),
  'an exp that is over': async () => signed(HEADER, { ...CLAIMS, iat: NOW_SEC - 600, exp: NOW_SEC - 6 }),
  'no exp': async () => signed(HEADER, without('exp')),
  'an exp in digits': async () => signed(HEADER, { ...CLAIMS, exp: '9999999999' }),
  'an exp of letters': async () => signed(HEADER, { ...CLAIMS, exp: 'abc' }),
  'an exp of null': async () => signed(HEADER, { ...CLAIMS, exp: null }),
  'an nbf to come': async () => signed(HEADER, { ...CLAIMS, nbf: NOW_SEC + 60 }),
  'an iat to come': async () => signed(HEADER, { ...CLAIMS, iat: NOW_SEC + 60 }),
  'no iat': async () => signed(HEADER, without('iat')),
  'an age of more than ten minutes, whatever its exp': async () => signed(HEADER, { ...CLAIMS, iat: NOW_SEC - 700, exp: NOW_SEC + 9e6 }),
  'another aud': async () => signed(HEADER, { ...CLAIMS, aud: 'https://other.test' }),
  'no aud': async () => signed(HEADER, without('aud')),
  'another iss': async () => signed(HEADER, { ...CLAIMS, iss: 'https://evil.test' }),
  'no iss': async () => signed(HEADER, without('iss')),
  'no sub': async () => signed(HEADER, without('sub')),
  'a sub that is no text': async () => signed(HEADER, { ...CLAIMS, sub: { $ne: null } }),
  'no sid': async () => signed(HEADER, without('sid')),
  'claims that are no object': async () => signed(HEADER, [CLAIMS]),
  'another payload under the signature': async () => {
    const [header, , signature] = (await signed(HEADER, CLAIMS)).split('.');
    return `${header}.${encoded({ ...CLAIMS, sub: 'v'.repeat(22) })}.${signature}`;
  },
  'half a signature': async () => (await signed(HEADER, CLAIMS)).slice(0, -43),
  'five parts': async () => `${await signed(HEADER, CLAIMS)}.x.y`,
  'more than 2,048 characters': async () => signed(HEADER, { ...CLAIMS, more: 'x'.repeat(2_048) }),
  'no JSON': () => `${encoded('{')}.${encoded('{')}.${encoded('x'.repeat(64))}`,
  dots: () => '..',
};

describe('an access token', () => {
  it('says whose it is, for ten minutes', async () => {
    const token = await tokens.issue(HOLDER, NOW_MS - 60_000, NOW_MS);
    expect(await tokens.verify(token, NOW_MS + (ACCESS_TOKEN_SEC - 1) * 1000)).toEqual(LIVE);
    expect(await tokens.verify(token, NOW_MS + (ACCESS_TOKEN_SEC + 6) * 1000)).toBeNull();
    const [header = '', payload = ''] = token.split('.');
    expect(JSON.parse(atob(header))).toEqual(HEADER);
    expect(JSON.parse(atob(payload))).toEqual({ ...CLAIMS, auth_time: NOW_SEC - 60 });
  });

  it('that is made by hand as the service makes them is good, so that what is refused below is refused for its reason', async () => {
    expect(await tokens.verify(await signed(HEADER, CLAIMS), NOW_MS)).toEqual(LIVE);
  });

  it.each(Object.keys(BAD))('with %s opens nothing', async (name) => {
    expect(await tokens.verify((await BAD[name]?.()) ?? '', NOW_MS)).toBeNull();
  });

  it('is made by nobody without a key, and by no service without a name', async () => {
    const keys = [{ id: 'k1', der: ours.der }];
    for (const options of [
      { issuer: ISSUER, keys: [] },
      { issuer: null, keys },
      { issuer: ISSUER, keys: [{ id: 'k1', der: ours.spki }] },
    ])
      await expect(new AccessTokens(options).issue(HOLDER, NOW_MS, NOW_MS)).rejects.toMatchObject({ code: 'misconfigured' });
  });
});

describe('a rotation', () => {
  it('lets the tokens of the old key go on by its public half, while the new one signs; a second one ends them', async () => {
    const token = await tokens.issue(HOLDER, NOW_MS, NOW_MS);
    const old = { id: 'k1', der: ours.spki };
    const rotated = new AccessTokens({ issuer: ISSUER, keys: [{ id: 'k2', der: theirs.der }, old] });
    expect(await rotated.verify(token, NOW_MS)).toEqual(LIVE);
    expect((await rotated.published()).map(({ kid, x }) => [kid, x])).toEqual([
      ['k2', theirs.jwk.x],
      ['k1', ours.jwk.x],
    ]);
    const next = await rotated.issue(HOLDER, NOW_MS, NOW_MS);
    expect(await tokens.verify(next, NOW_MS)).toBeNull();
    const third = new AccessTokens({
      issuer: ISSUER,
      keys: [
        { id: 'k3', der: (await newPair()).der },
        { id: 'k2', der: theirs.spki },
      ],
    });
    expect([await third.verify(next, NOW_MS), await third.verify(token, NOW_MS)]).toEqual([LIVE, null]);
  });
});
