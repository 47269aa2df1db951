/** Authenticators sign with ECDSA in DER (`SEQUENCE { INTEGER r, INTEGER s }`), WebCrypto verifies the two numbers side by side. */

const SEQUENCE = 0x30;
const INTEGER = 0x02;
/** Of shorter bodies the length is one byte; those of P-256 are. */
const LONG_FORM = 0x80;

/** r and s with `numberBytes` bytes each; null for what is no such signature in DER. */
export function rawSignature(der: Uint8Array<ArrayBuffer>, numberBytes: number): Uint8Array<ArrayBuffer> | null {
  if (der[0] !== SEQUENCE || der[1] !== der.length - 2 || der[1] >= LONG_FORM) return null;
  const raw = new Uint8Array(2 * numberBytes);
  let at = 2;
  for (const end of [numberBytes, 2 * numberBytes]) {
    const length = der[at + 1] ?? 0;
    const digits = der.subarray(at + 2, at + 2 + length);
    if (der[at] !== INTEGER || digits.length !== length) return null;
    const number = positive(digits);
    if (number === null || number.length > numberBytes) return null;
    raw.set(number, end - number.length);
    at += 2 + length;
  }
  return at === der.length ? raw : null;
}

/** Without the zero that keeps a number from being read as negative; null where DER has no such number. */
function positive(digits: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | null {
  const [first = LONG_FORM, second = 0] = digits;
  if (first >= LONG_FORM) return null;
  if (first !== 0) return digits;
  return second >= LONG_FORM ? digits.subarray(1) : null;
}
