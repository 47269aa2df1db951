/** What an authenticator says of itself and of the credential: WebAuthn level 3, section 6.1. */
import { readCbor } from './cbor.ts';
import { keyOfCose, type PasskeyKey } from './public-key.ts';

export interface AuthenticatorData {
  /** SHA-256 of the id of the relying party that it thinks it talks to */
  rpIdHash: Uint8Array<ArrayBuffer>;
  /** somebody has touched it */
  isUserPresent: boolean;
  /** it has seen a PIN, a face or a finger */
  isUserVerified: boolean;
  signCount: number;
  /** of a new credential */
  credential: { id: Uint8Array<ArrayBuffer>; key: PasskeyKey } | null;
}

const FLAGS = { present: 0x01, verified: 0x04, backupEligible: 0x08, backedUp: 0x10, credential: 0x40, extensions: 0x80 } as const;
const HEADER_BYTES = 37;
const AAGUID_BYTES = 16;
const CREDENTIAL_ID_MAX_BYTES = 1_023;

/** @throws TypeError, RangeError for what is none */
export function readAuthenticatorData(bytes: Uint8Array<ArrayBuffer>): AuthenticatorData {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const flags = view.getUint8(32);
  const has = (flag: keyof typeof FLAGS) => (flags & FLAGS[flag]) !== 0;
  if (has('backedUp') && !has('backupEligible')) throw new TypeError('authenticator data with flags that contradict each other');
  const attested = has('credential') ? readCredential(bytes, view) : { credential: null, end: HEADER_BYTES };
  const end = has('extensions') ? readCbor(bytes, attested.end).end : attested.end;
  if (end !== bytes.length) throw new TypeError('authenticator data with something behind them');
  return {
    rpIdHash: bytes.slice(0, 32),
    isUserPresent: has('present'),
    isUserVerified: has('verified'),
    signCount: view.getUint32(33),
    credential: attested.credential,
  };
}

function readCredential(bytes: Uint8Array<ArrayBuffer>, view: DataView) {
  const start = HEADER_BYTES + AAGUID_BYTES + 2;
  const length = view.getUint16(start - 2);
  const id = bytes.slice(start, start + length);
  if (length === 0 || length > CREDENTIAL_ID_MAX_BYTES || id.length !== length) throw new TypeError('a credential id of another length');
  const { value, end } = readCbor(bytes, start + length);
  return { credential: { id, key: keyOfCose(value) }, end };
}
