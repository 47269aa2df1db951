/**
 * Page cursors that can leave the program: sealed, so that what they hold cannot be read or edited, and bound to the query they are of.
 *
 * A cursor is `<key id>.<base64url of nonce and AES-256-GCM ciphertext>`; the binding is authenticated, not stored. It holds the key of
 * a row, which names tenant and prefix: a signature alone would keep it from being edited, not from being read.
 */
import { fromBase64, toBase64 } from '../lib/base64.ts';
import type { PageKey } from './query.ts';

/** A signing key of the service: at least 32 random bytes. */
export interface CursorKey {
  readonly id: string;
  readonly secret: Uint8Array;
}

const NONCE_BYTES = 12;
const CURSOR_MAX_CHARACTERS = 65_536;
const PURPOSE = 'steamer cursor v1';

/** WebCrypto's own type of a key, whose name differs between Workers and Node. */
type DerivedKey = Awaited<ReturnType<typeof crypto.subtle.deriveKey>>;

const derivedKeys = new WeakMap<Uint8Array, Promise<DerivedKey>>();

/**
 * Seals where a page ended.
 *
 * @param binding what the cursor is good for, e.g. tenant, model, index and a fingerprint of the query
 * @param keys the first one seals
 * @throws TypeError without a key
 */
export async function sealCursor(lastKey: PageKey, binding: string, keys: readonly CursorKey[]): Promise<string> {
  const [key] = keys;
  if (!key) throw new TypeError('expected at least one key to seal cursors with');
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const plain = new TextEncoder().encode(JSON.stringify(lastKey));
  const sealed = await crypto.subtle.encrypt(algorithm(nonce, binding), await derivedKey(key.secret), plain);
  const bytes = new Uint8Array(NONCE_BYTES + sealed.byteLength);
  bytes.set(nonce);
  bytes.set(new Uint8Array(sealed), NONCE_BYTES);
  return `${key.id}.${toBase64Url(bytes)}`;
}

/** Where the page ended, or null when the text is no cursor of this binding that one of the keys has sealed. */
export async function openCursor(text: string, binding: string, keys: readonly CursorKey[]): Promise<PageKey | null> {
  if (text.length > CURSOR_MAX_CHARACTERS) return null;
  const separator = text.lastIndexOf('.');
  const key = keys.find(({ id }) => id === text.slice(0, Math.max(0, separator)));
  const bytes = fromBase64Url(text.slice(separator + 1));
  if (!key || !bytes || bytes.byteLength <= NONCE_BYTES) return null;
  try {
    const plain = await crypto.subtle.decrypt(
      algorithm(bytes.slice(0, NONCE_BYTES), binding),
      await derivedKey(key.secret),
      bytes.slice(NONCE_BYTES),
    );
    return JSON.parse(new TextDecoder().decode(plain)) as PageKey; // authenticated: only `sealCursor` has written it
  } catch {
    return null; // edited, or of another binding or key: AES-GCM does not say which
  }
}

function algorithm(
  nonce: Uint8Array<ArrayBuffer>,
  binding: string,
): { name: string; iv: Uint8Array<ArrayBuffer>; additionalData: Uint8Array } {
  return { name: 'AES-GCM', iv: nonce, additionalData: new TextEncoder().encode(binding) };
}

/** The service's keys sign other things too, so cursors have keys of their own, derived once. */
function derivedKey(secret: Uint8Array): Promise<DerivedKey> {
  const known = derivedKeys.get(secret);
  if (known) return known;
  const derived = deriveKey(secret);
  derivedKeys.set(secret, derived);
  return derived;
}

async function deriveKey(secret: Uint8Array): Promise<DerivedKey> {
  const material = await crypto.subtle.importKey('raw', secret.slice(), 'HKDF', false, ['deriveKey']);
  const derivation = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: new TextEncoder().encode(PURPOSE) };
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
