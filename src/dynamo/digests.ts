/** SHA-256 as a signer needs it. Web Crypto has it everywhere; a platform may have one that is quicker for short texts. */
import { toHex } from '../lib/hex.ts';

/** Authenticates texts with a key that it holds (RFC 2104). */
export type Mac = (text: string) => Uint8Array | Promise<Uint8Array>;

/** The digests that signing needs, of whichever platform has them. */
export interface Digests {
  /** the digest of a text in UTF-8, in hexadecimal digits */
  sha256(text: string): string | Promise<string>;
  /** an HMAC with SHA-256 */
  hmac(key: Uint8Array): Mac | Promise<Mac>;
}

const encoder = new TextEncoder();

/** Web Crypto's: about 3 µs each in a Worker. In Node they take 40 µs, as each is a job of a thread pool. */
export const webDigests: Digests = {
  async sha256(text) {
    return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(text))));
  },
  async hmac(key) {
    const imported = await crypto.subtle.importKey('raw', key.slice(), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
    return async (text) => new Uint8Array(await crypto.subtle.sign('HMAC', imported, encoder.encode(text)));
  },
};
