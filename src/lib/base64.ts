/** Bytes as base64 text and back, with the standard alphabet and padding (RFC 4648, section 4). */

/** Beyond this many arguments `String.fromCharCode` may overflow the stack. */
const CHUNK_BYTES = 8_192;

/** The base64 text of `bytes`. */
export function toBase64(bytes: Uint8Array): string {
  let binary = '';
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
    binary += String.fromCharCode(...bytes.subarray(start, start + CHUNK_BYTES));
  }
  return btoa(binary);
}

/** The bytes of a base64 text. Padding may be missing, white space is skipped. @throws TypeError when it is not base64 */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  let binary: string;
  try {
    binary = atob(text);
  } catch (cause) {
    throw new TypeError(`expected base64, got ${JSON.stringify(text.slice(0, 40))}`, { cause });
  }
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
