/** Public keys of passkeys: from COSE (RFC 9053) into JWK, and what they have signed. ES256, RS256 and EdDSA, which all authenticators have one of. */
import { toBase64Url } from '../../lib/sealed-text.ts';
import { asMap, type CborValue } from './cbor.ts';
import { rawSignature } from './raw-signature.ts';

/** COSE's numbers of the algorithms, the one that is wanted first. */
export const ALGORITHMS = [-7, -8, -257] as const;

/** As it is stored: a JWK with nothing but the key. */
export type PasskeyKey =
  | { kty: 'EC'; crv: 'P-256'; x: string; y: string }
  | { kty: 'OKP'; crv: 'Ed25519'; x: string }
  | { kty: 'RSA'; n: string; e: string };

/** Of COSE keys: type, algorithm, and by type curve (or modulus), x (or exponent), y. */
const LABELS = [1, 3, -1, -2, -3];
const COORDINATE_BYTES = 32;
const RSA_MIN_BYTES = 256;
const RSA_MAX_BYTES = 512;
const EXPONENT_MAX_BYTES = 4;

/**
 * The key that a COSE key is.
 *
 * @throws TypeError for another algorithm, or a key that does not fit its own
 */
export function keyOfCose(cose: CborValue): PasskeyKey {
  const key = asMap(cose);
  const [type, algorithm, first, second, third] = LABELS.map((label) => key.get(label));
  if (type === 2 && algorithm === -7 && first === 1)
    return { kty: 'EC', crv: 'P-256', x: text(second, COORDINATE_BYTES), y: text(third, COORDINATE_BYTES) };
  if (type === 1 && algorithm === -8 && first === 6) return { kty: 'OKP', crv: 'Ed25519', x: text(second, COORDINATE_BYTES) };
  if (type === 3 && algorithm === -257)
    return { kty: 'RSA', n: text(first, RSA_MIN_BYTES, RSA_MAX_BYTES), e: text(second, 1, EXPONENT_MAX_BYTES) };
  throw new TypeError('a COSE key of another algorithm or curve');
}

/** Whether a key has signed data. @throws when the key is none, such as a point that is not on its curve */
export async function hasSigned(key: PasskeyKey, signature: Uint8Array<ArrayBuffer>, data: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const { algorithm, verify = algorithm } = ALGORITHM_OF[key.kty];
  const imported = await crypto.subtle.importKey('jwk', key, algorithm, false, ['verify']);
  const raw = key.kty === 'EC' ? rawSignature(signature, COORDINATE_BYTES) : signature;
  return raw !== null && crypto.subtle.verify(verify, imported, raw, data);
}

const ALGORITHM_OF = {
  EC: { algorithm: { name: 'ECDSA', namedCurve: 'P-256' }, verify: { name: 'ECDSA', hash: 'SHA-256' } },
  OKP: { algorithm: { name: 'Ed25519' }, verify: undefined },
  RSA: { algorithm: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, verify: undefined },
} as const;

function text(bytes: CborValue | undefined, min: number, max = min): string {
  if (bytes instanceof Uint8Array && bytes.length >= min && bytes.length <= max) return toBase64Url(bytes);
  throw new TypeError('a COSE key whose numbers have another length');
}
