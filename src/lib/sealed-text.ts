/**
 * Values that leave the program and come back: sealed, so that what they hold cannot be read or edited, and bound to what they are good for.
 *
 * A sealed text is `<key id>.<base64url of nonce and AES-256-GCM ciphertext>`; the binding is authenticated, not stored.
 */
import { fromBase64, toBase64 } from './base64.ts';

/** A signing key of the service: at least 32 random bytes. */
export interface SealingKey {
  readonly id: string;
  readonly secret: Uint8Array;
}

export interface SealOptions {
  /** each purpose has keys of its own, derived from the service's: a text of one is never taken for one of another */
  purpose: string;
  /** what the text is good for; has to be the same again when it comes back */
  binding: string;
  /** the first one seals, all of them open */
  keys: readonly SealingKey[];
}

const NONCE_BYTES = 12;
const MAX_CHARACTERS = 65_536;

/** WebCrypto's own type of a key, whose name differs between Workers and Node. */
type DerivedKey = Awaited<ReturnType<typeof crypto.subtle.deriveKey>>;

/** By secret, then by purpose. */
const derivedKeys = new WeakMap<Uint8Array, Map<string, Promise<DerivedKey>>>();

/** Seals a value that JSON can say. @throws TypeError without a key */
export async function seal(value: unknown, { purpose, binding, keys }: SealOptions): Promise<string> {
  const [key] = keys;
  if (!key) throw new TypeError('expected at least one key to seal with');
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const plain = new TextEncoder().encode(JSON.stringify(value));
  const sealed = await crypto.subtle.encrypt(algorithm(nonce, binding), await derivedKey(key.secret, purpose), plain);
  const bytes = new Uint8Array(NONCE_BYTES + sealed.byteLength);
  bytes.set(nonce);
  bytes.set(new Uint8Array(sealed), NONCE_BYTES);
  return `${key.id}.${toBase64Url(bytes)}`;
}

/** The value of a sealed text, which is what `seal` was given; undefined when the text is none of this purpose, binding and keys. */
export async function unseal(text: string, { purpose, binding, keys }: SealOptions): Promise<unknown> {
  if (text.length > MAX_CHARACTERS) return undefined;
  const separator = text.lastIndexOf('.');
  const key = keys.find(({ id }) => id === text.slice(0, Math.max(0, separator)));
  const bytes = fromBase64Url(text.slice(separator + 1));
  if (!key || !bytes || bytes.byteLength <= NONCE_BYTES) return undefined;
  try {
    const derived = await derivedKey(key.secret, purpose);
    const plain = await crypto.subtle.decrypt(algorithm(bytes.slice(0, NONCE_BYTES), binding), derived, bytes.slice(NONCE_BYTES));
    return JSON.parse(new TextDecoder().decode(plain));
  } catch {
    return undefined; // edited, or of another binding or key: AES-GCM does not say which
  }
}

function algorithm(
  nonce: Uint8Array<ArrayBuffer>,
  binding: string,
): { name: string; iv: Uint8Array<ArrayBuffer>; additionalData: Uint8Array } {
  return { name: 'AES-GCM', iv: nonce, additionalData: new TextEncoder().encode(binding) };
}

function derivedKey(secret: Uint8Array, purpose: string): Promise<DerivedKey> {
  const ofSecret = derivedKeys.get(secret) ?? new Map<string, Promise<DerivedKey>>();
  derivedKeys.set(secret, ofSecret);
  const derived = ofSecret.get(purpose) ?? deriveKey(secret, purpose);
  ofSecret.set(purpose, derived);
  return derived;
}

async function deriveKey(secret: Uint8Array, purpose: string): Promise<DerivedKey> {
  const material = await crypto.subtle.importKey('raw', secret.slice(), 'HKDF', false, ['deriveKey']);
  const derivation = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: new TextEncoder().encode(purpose) };
  return crypto.subtle.deriveKey(derivation, material, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
}

/** Bytes as base64url without padding. */
export function toBase64Url(bytes: Uint8Array): string {
  return toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** The bytes, or null when the text is not base64url. */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | null {
  if (!/^[A-Za-z0-9_-]+$/.test(text)) return null;
  try {
    return fromBase64(text.replaceAll('-', '+').replaceAll('_', '/'));
  } catch {
    return null;
  }
}
