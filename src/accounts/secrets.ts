/** Random ids and secrets. Stored are their SHA-256 (`lib/sha256.ts`): 256 random bits need no slower hash. */
import type { SealingKey } from '../lib/sealed-text.ts';
import { base62 } from './base62.ts';

/** 22 base 62 digits: 128 random bits. */
export const ID = '[0-9A-Za-z]{22}';
/** 43 base 62 digits: 256 random bits. */
export const SECRET = '[0-9A-Za-z]{43}';
const ID_DIGITS = 22;
const SECRET_DIGITS = 43;

export function newId(): string {
  return digitsOf(crypto.getRandomValues(new Uint8Array(16)), ID_DIGITS);
}

export function newSecret(): string {
  return digitsOf(crypto.getRandomValues(new Uint8Array(32)), SECRET_DIGITS);
}

/** A secret that is the same for the same purpose, and that nobody has without the key. @param purpose begins with what the secret is for */
export async function deriveSecret({ secret }: SealingKey, purpose: string): Promise<string> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', secret.slice(), algorithm, false, ['sign']);
  return digitsOf(new Uint8Array(await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(purpose))), SECRET_DIGITS);
}

function digitsOf(bytes: Uint8Array, digits: number): string {
  return base62(
    bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n),
    digits,
  );
}
