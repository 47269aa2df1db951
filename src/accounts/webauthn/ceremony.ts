/** The two ceremonies of WebAuthn level 3, as far as they can be checked without a store: sections 7.1 and 7.2. */
import { fromBase64Url, toBase64Url } from '../../lib/sealed-text.ts';
import { ServiceError } from '../../lib/errors.ts';
import type { PasskeyAssertion, PasskeyRegistration } from '../../wire/passkey-bodies.ts';
import { type AuthenticatorData, readAuthenticatorData } from './authenticator-data.ts';
import { asMap, readCbor } from './cbor.ts';
import { hasSigned, type PasskeyKey } from './public-key.ts';

/** Whom passkeys are for. */
export interface RelyingParty {
  /** a host name: browsers use a passkey on pages of it and of its subdomains only */
  id: string;
  /** the pages that may ask for one */
  origins: ReadonlySet<string>;
}

/** What a browser has asked an authenticator, with its answer; nothing of it is proved. */
interface Claimed {
  /** as it was handed out */
  challenge: string;
  clientDataHash: Uint8Array<ArrayBuffer>;
}

export interface RegistrationClaims extends Claimed {
  credentialId: string;
  key: PasskeyKey;
  signCount: number;
}

export interface AssertionClaims extends Claimed {
  credentialId: string;
  /** the id of the user that the authenticator has kept with the passkey */
  userId: string;
  signCount: number;
  /** whether a key has signed all of this */
  isSignedBy(key: PasskeyKey): Promise<boolean>;
}

/**
 * Reads the answer to a registration. What it says of the make of the authenticator is not looked at: none was asked for, and any is taken.
 *
 * @throws ServiceError `invalid_passkey`, with what is wrong; the challenge is not looked at
 */
export async function readRegistration({ id, response }: PasskeyRegistration, party: RelyingParty): Promise<RegistrationClaims> {
  const claimed = await readClientData(response.clientDataJSON, 'webauthn.create', party);
  return parsed(async () => {
    const data = await checked(authenticatorDataOf(bytesOf(response.attestationObject)), party);
    if (data.credential === null || toBase64Url(data.credential.id) !== id) throw new TypeError('another credential than it says');
    // No signature is there to check; of what is no key, this throws.
    await hasSigned(data.credential.key, new Uint8Array(64), new Uint8Array());
    return { ...claimed, credentialId: id, key: data.credential.key, signCount: data.signCount };
  });
}

/** Reads a proof of a passkey. @throws as `readRegistration`; the signature is not looked at */
export async function readAssertion({ id, response }: PasskeyAssertion, party: RelyingParty): Promise<AssertionClaims> {
  const claimed = await readClientData(response.clientDataJSON, 'webauthn.get', party);
  return parsed(async () => {
    const bytes = bytesOf(response.authenticatorData);
    const { signCount } = await checked(readAuthenticatorData(bytes), party);
    const userId = textOf(bytesOf(response.userHandle));
    const signature = bytesOf(response.signature);
    const signed = new Uint8Array(bytes.length + claimed.clientDataHash.length);
    signed.set(bytes);
    signed.set(claimed.clientDataHash, bytes.length);
    return { ...claimed, credentialId: id, userId, signCount, isSignedBy: async (key) => hasSigned(key, signature, signed) };
  });
}

function authenticatorDataOf(attestation: Uint8Array<ArrayBuffer>): AuthenticatorData {
  const { value, end } = readCbor(attestation);
  const data = asMap(value).get('authData');
  if (end !== attestation.length || !(data instanceof Uint8Array)) throw new TypeError('no attestation object');
  return readAuthenticatorData(data);
}

async function checked(data: AuthenticatorData, { id }: RelyingParty): Promise<AuthenticatorData> {
  const expected = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(id)));
  if (toBase64Url(data.rpIdHash) !== toBase64Url(expected)) throw new TypeError('one that was made for another service');
  if (!data.isUserPresent || !data.isUserVerified) throw new TypeError('one without its user: a PIN, a face or a finger');
  return data;
}

async function readClientData(text: string, type: string, { origins }: RelyingParty): Promise<Claimed> {
  return parsed(async () => {
    const bytes = bytesOf(text);
    const json: unknown = JSON.parse(textOf(bytes));
    if (typeof json !== 'object' || json === null) throw new TypeError('client data that are no object');
    const data: { type?: unknown; challenge?: unknown; origin?: unknown; crossOrigin?: unknown } = json;
    if (data.type !== type) throw new TypeError(`one that was made for something else than ${type}`);
    if (typeof data.origin !== 'string' || !origins.has(data.origin)) throw new TypeError('one that was made on a page of another site');
    if (data.crossOrigin === true) throw new TypeError('one that was made in a frame of another site');
    if (typeof data.challenge !== 'string') throw new TypeError('one without a challenge');
    return { challenge: data.challenge, clientDataHash: await sha256(bytes) };
  });
}

/** Whatever is wrong with what came, it is the caller's, who is told. */
async function parsed<Result>(read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (cause) {
    const reason = cause instanceof TypeError ? cause.message : 'what cannot be read';
    throw new ServiceError('invalid_passkey', `/passkey: expected what an authenticator answers to this service, got ${reason}.`, {
      cause,
    });
  }
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const bytes = fromBase64Url(text);
  if (bytes === null) throw new TypeError('what is not base64url');
  return bytes;
}

function textOf(bytes: Uint8Array<ArrayBuffer>): string {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes);
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}
