import { describe, expect, it } from 'vitest';
import { readAssertion, readRegistration } from '../../../src/accounts/webauthn/ceremony.ts';
import { readAuthenticatorData } from '../../../src/accounts/webauthn/authenticator-data.ts';
import { asMap, readCbor } from '../../../src/accounts/webauthn/cbor.ts';
import { hasSigned } from '../../../src/accounts/webauthn/public-key.ts';
import { toBase64Url } from '../../../src/lib/sealed-text.ts';
import type { PasskeyAssertion, PasskeyRegistration } from '../../../src/wire/passkey-bodies.ts';
import { type Algorithm, Authenticator, join, type Misbehaviour } from '../../setup/authenticator.ts';
import { VECTORS } from './vectors.ts';

const ORIGIN = 'https://steamer.test';
const PARTY = { id: 'steamer.test', origins: new Set([ORIGIN]) };
const CREATE = { challenge: 'Y2hhbGxlbmdl', rp: { id: PARTY.id }, user: { id: toBase64Url(new TextEncoder().encode('ada')) } };
const GET = { challenge: 'Y2hhbGxlbmdl', rpId: PARTY.id };

const registered = async (authenticator: Authenticator, wrong?: Misbehaviour, options = CREATE) =>
  readRegistration((await authenticator.create(options, wrong)) as PasskeyRegistration, PARTY);
const proved = async (authenticator: Authenticator, wrong?: Misbehaviour, options = GET) =>
  readAssertion((await authenticator.get(options, wrong)) as PasskeyAssertion, PARTY);

const bytes = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const changedAt = (index: number, change: (byte: number) => number) => (data: Uint8Array) => {
  const copy = data.slice();
  const at = index < 0 ? copy.length + index : index;
  copy[at] = change(copy[at] ?? 0);
  return copy;
};
const more = (data: Uint8Array) => join(data, new Uint8Array(1));
const less = (data: Uint8Array) => data.slice(0, -1);

/** Of both ceremonies. */
const WRONG: Record<string, Misbehaviour> = {
  'of the other ceremony': { type: 'payment.get' },
  'without a type': { clientData: (json) => json.replace('"type"', '"Type"') },
  'of a page of another site': { origin: 'https://evil.test' },
  'of a page of a subdomain': { origin: 'https://www.steamer.test' },
  'of a page without TLS': { origin: 'http://steamer.test' },
  'of a page of another port': { origin: 'https://steamer.test:8443' },
  'of an origin that only begins as ours': { origin: 'https://steamer.test.evil.test' },
  'with several origins': { origin: [ORIGIN] },
  'without an origin': { origin: null },
  'of a frame of another site': { crossOrigin: true },
  'whose challenge is no text': { challenge: 7 },
  'whose client data are no JSON': { clientData: (json) => json.slice(1) },
  'whose client data are no object': { clientData: () => 'null' },
  'whose client data begin with a byte order mark and no JSON': { clientData: (json) => `\ufeff\ufeff${json}` },
  'made for another service': { rpId: 'evil.test' },
  'made for a service above': { rpId: 'test' },
  'that nobody has touched': { flags: 0x44 },
  'that has not seen its user': { flags: 0x41 },
  'without any flag': { flags: 0 },
  'that is backed up and cannot be': { flags: 0x55 },
  'with extensions that are not there': { flags: 0xc5 },
  'with something behind the data': { authenticatorData: more },
  'with data that are cut off': { authenticatorData: (data) => data.slice(0, 36) },
  'with no data': { authenticatorData: () => new Uint8Array(1) },
};

const WRONG_REGISTRATION: Record<string, Misbehaviour> = {
  'without a key': { flags: 0x05 },
  'for another credential than it says': { authenticatorData: changedAt(60, (byte) => byte ^ 1) },
  'whose credential id has no length': { authenticatorData: (data) => join(data.slice(0, 53), new Uint8Array(2), data.slice(55)) },
  'whose credential id is longer than it': { authenticatorData: changedAt(53, () => 0x03) },
  'whose key is cut off': { authenticatorData: less },
  'with a key of no algorithm': { cose: (key) => new Map([...key].filter(([label]) => label !== 3)) },
  'with a key of another algorithm': { cose: (key) => key.set(3, -35) },
  'with a key of another curve': { cose: (key) => key.set(-1, 2) },
  'with a key of another type': { cose: (key) => key.set(1, 4) },
  'with a key of a type by its name': { cose: (key) => key.set(1, 'EC2') },
  'with a key that is too short': { cose: (key) => key.set(-2, new Uint8Array(31)) },
  'with a key without y': { cose: (key) => new Map([...key].filter(([label]) => label !== -3)) },
  'with a key that is not on its curve': { cose: (key) => key.set(-2, new Uint8Array(32).fill(1)) },
  'with the private key too far': { cose: (key) => key.set(-2, new Map([[1, 1]])) },
  'with a key of RSA that is short': {
    cose: () =>
      new Map<number, number | Uint8Array>([
        [1, 3],
        [3, -257],
        [-1, new Uint8Array(128).fill(255)],
        [-2, new Uint8Array([1, 0, 1])],
      ]),
  },
  'with a key of RSA whose exponent is long': {
    cose: () =>
      new Map<number, number | Uint8Array>([
        [1, 3],
        [3, -257],
        [-1, new Uint8Array(256).fill(255)],
        [-2, new Uint8Array(5).fill(1)],
      ]),
  },
  'with something behind the attestation': { attestationObject: more },
  'with an attestation that is cut off': { attestationObject: less },
  'with an attestation that is no map': { attestationObject: () => new Uint8Array([0x80]) },
  'with an attestation without data': { attestationObject: () => new Uint8Array([0xa0]) },
  'with an attestation of endless depth': { attestationObject: () => new Uint8Array(4_000).fill(0x81) },
  'with an attestation that says it is huge': { attestationObject: () => new Uint8Array([0xba, 0xff, 0xff, 0xff, 0xff]) },
};

const WRONG_SIGNATURE: Record<string, Misbehaviour> = {
  'another signature': { signature: changedAt(-1, (byte) => byte ^ 1) },
  'a signature without its end': { signature: less },
  'a signature with something behind it': { signature: more },
  'a signature side by side': { signature: () => new Uint8Array(64).fill(1) },
  'a signature of zeros': { signature: () => new Uint8Array([0x30, 6, 2, 1, 0, 2, 1, 0]) },
  'a signature of negative numbers': { signature: () => new Uint8Array([0x30, 6, 2, 1, 0x81, 2, 1, 0x81]) },
  'a signature whose number has a zero too many': {
    signature: (der) => join(der.slice(0, 1), new Uint8Array([(der[1] ?? 0) + 1, 2, (der[3] ?? 0) + 1, 0]), der.slice(4)),
  },
  'a signature in another form of DER': { signature: (der) => join(der.slice(0, 1), new Uint8Array([0x81]), der.slice(1)) },
  'one byte': { signature: () => new Uint8Array(1) },
};

describe.each<Algorithm>(['ES256', 'EdDSA', 'RS256'])('an authenticator with %s', (algorithm) => {
  it('registers its key, and proves to have it', async () => {
    const authenticator = new Authenticator(ORIGIN, { algorithm, signCount: 7 });
    const { challenge, credentialId, key, signCount } = await registered(authenticator);
    expect([challenge, credentialId, signCount]).toEqual([CREATE.challenge, authenticator.id, 8]);
    const claims = await proved(authenticator);
    expect(claims).toMatchObject({ challenge: GET.challenge, credentialId: authenticator.id, userId: 'ada', signCount: 9 });
    expect(await claims.isSignedBy(key)).toBe(true);
    const other = await registered(new Authenticator(ORIGIN, { algorithm }));
    expect(await claims.isSignedBy(other.key)).toBe(false);
  });

  it('has signed neither other data nor another challenge', async () => {
    const authenticator = new Authenticator(ORIGIN, { algorithm });
    const { key } = await registered(authenticator);
    const [one, two] = [
      (await authenticator.get(GET)) as PasskeyAssertion,
      (await authenticator.get({ ...GET, challenge: 'eA' })) as PasskeyAssertion,
    ];
    for (const part of ['clientDataJSON', 'signature'] as const) {
      const mixed = { ...one, response: { ...one.response, [part]: two.response[part] } };
      expect(await (await readAssertion(mixed, PARTY)).isSignedBy(key)).toBe(false);
    }
  });
});

describe('what is refused', () => {
  it.each(Object.keys(WRONG))('is an answer %s, when a passkey is made', async (name) => {
    await expect(registered(new Authenticator(ORIGIN), WRONG[name])).rejects.toMatchObject({ code: 'invalid_passkey' });
  });

  it.each(Object.keys(WRONG).filter((name) => WRONG[name]?.flags === undefined || WRONG[name].flags === 0))(
    'is an answer %s, when one is used',
    async (name) => {
      const authenticator = new Authenticator(ORIGIN);
      await registered(authenticator);
      await expect(proved(authenticator, WRONG[name])).rejects.toMatchObject({ code: 'invalid_passkey' });
    },
  );

  it.each([0x04, 0x01, 0x15, 0x85, 0x45])('is an answer with the flags %i, when one is used', async (flags) => {
    const authenticator = new Authenticator(ORIGIN);
    await registered(authenticator);
    await expect(proved(authenticator, { flags })).rejects.toMatchObject({ code: 'invalid_passkey' });
  });

  it.each(Object.keys(WRONG_REGISTRATION))('is a registration %s', async (name) => {
    await expect(registered(new Authenticator(ORIGIN), WRONG_REGISTRATION[name])).rejects.toMatchObject({ code: 'invalid_passkey' });
  });

  it.each(Object.keys(WRONG_SIGNATURE))('is %s', async (name) => {
    const authenticator = new Authenticator(ORIGIN);
    const { key } = await registered(authenticator);
    expect(await (await proved(authenticator, WRONG_SIGNATURE[name])).isSignedBy(key)).toBe(false);
  });

  it('is the answer to a registration as a proof, and the other way round', async () => {
    const authenticator = new Authenticator(ORIGIN);
    const { key } = await registered(authenticator);
    await expect(proved(authenticator, { type: 'webauthn.create' })).rejects.toMatchObject({ code: 'invalid_passkey' });
    await expect(registered(authenticator, { type: 'webauthn.get' })).rejects.toMatchObject({ code: 'invalid_passkey' });
    expect(await (await proved(authenticator)).isSignedBy(key)).toBe(false);
  });
});

describe('the test vectors of the specification', () => {
  it.each(Object.keys(VECTORS))('are understood: %s', async (name) => {
    const { attestationObject = '', authenticatorData = '', clientDataJSON = '', signature = '', credentialId = '' } = VECTORS[name] ?? {};
    const authData = asMap(readCbor(bytes(attestationObject)).value).get('authData') as Uint8Array<ArrayBuffer>;
    const { credential } = readAuthenticatorData(authData);
    if (credential === null) throw new TypeError('no credential');
    expect(toBase64Url(credential.id)).toBe(toBase64Url(bytes(credentialId)));
    const clientDataHash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes(clientDataJSON)));
    expect(await hasSigned(credential.key, bytes(signature), join(bytes(authenticatorData), clientDataHash))).toBe(true);
  });

  it('register with members that are not known yet, and an attestation that nobody has asked for', async () => {
    const { registrationClientDataJSON = '', attestationObject = '', credentialId = '' } = VECTORS['packed-self.ES256'] ?? {};
    const response = {
      clientDataJSON: toBase64Url(bytes(registrationClientDataJSON)),
      attestationObject: toBase64Url(bytes(attestationObject)),
    };
    const party = { id: 'example.org', origins: new Set(['https://example.org']) };
    const passkey = { id: toBase64Url(bytes(credentialId)), type: 'public-key' as const, response };
    expect(await readRegistration(passkey, party)).toMatchObject({ credentialId: passkey.id, key: { kty: 'EC' }, signCount: 0 });
  });
});
