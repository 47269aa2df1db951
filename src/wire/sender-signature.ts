/**
 * Signatures of programs that send to the service without being its client, the Lambda on a table's stream, and of the service's calls to apps that
 * have their workflows here. Their secret is derived from a signing
 * key of the service, so that it is good for what it was derived for and for nothing else, and changes with the key.
 *
 * `Steamer-Signature: t=<Unix seconds>,k=<key id>,v1=<hex of HMAC-SHA256 over "<t>.<body>">`
 */
import { toHex } from '../lib/hex.ts';

/** What a secret is derived for. */
export type SenderPurpose = 'invalidate';

/** What a secret is derived for that the service signs its calls to an app with: "callbacks/{tenant}/{app}". */
export type CallbackPurpose = `callbacks/${string}/${string}`;

export interface SenderSignature {
  atSec: number;
  keyId: string;
  mac: Uint8Array<ArrayBuffer>;
}

export const SIGNATURE_HEADER = 'Steamer-Signature';
/** How far the sender's clock may be from ours, and how long a request may be sent again as it is. */
export const SIGNATURE_MAX_AGE_SEC = 300;

const PATTERN = /^t=(\d{1,12}),k=([A-Za-z0-9_-]{1,16}),v1=([0-9a-f]{64})$/;
const HMAC = { name: 'HMAC', hash: 'SHA-256' };

/** The secret of senders for one purpose: 32 bytes. */
export async function senderSecret(signingSecret: Uint8Array, purpose: SenderPurpose | CallbackPurpose): Promise<Uint8Array<ArrayBuffer>> {
  const key = await importKey(signingSecret, 'sign');
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(`steamer-sender:${purpose}`)));
}

/** The header of a body that is sent now. */
export async function signBody(body: string, { id, secret }: { id: string; secret: Uint8Array }, nowMs: number): Promise<string> {
  const atSec = Math.floor(nowMs / 1000);
  const key = await importKey(secret, 'sign');
  const mac = new Uint8Array(await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(`${atSec}.${body}`)));
  return `t=${atSec},k=${id},v1=${toHex(mac)}`;
}

/** What a header says, null when it is not of this form. */
export function parseSignature(header: string): SenderSignature | null {
  const [, at, keyId, hex] = PATTERN.exec(header) ?? [];
  if (at === undefined || keyId === undefined || hex === undefined) return null;
  return { atSec: Number(at), keyId, mac: Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)) };
}

/** Whether the signature is of this body and secret, compared in constant time. Its age is not looked at. */
export async function isSignatureOf(signature: SenderSignature, secret: Uint8Array, body: string): Promise<boolean> {
  const key = await importKey(secret, 'verify');
  return crypto.subtle.verify('HMAC', key, signature.mac, new TextEncoder().encode(`${signature.atSec}.${body}`));
}

/** WebCrypto's own type of a key, whose name differs between Workers and Node. */
type MacKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

function importKey(secret: Uint8Array, use: 'sign' | 'verify'): Promise<MacKey> {
  return crypto.subtle.importKey('raw', new Uint8Array(secret), HMAC, false, [use]);
}
