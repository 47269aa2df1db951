/** An authenticator with one passkey, as phones and keys have them: it answers what a page hands it, by WebAuthn level 3 and with keys of WebCrypto. */
import { fromBase64Url, toBase64Url } from '../../src/lib/sealed-text.ts';

export type Algorithm = 'ES256' | 'EdDSA' | 'RS256';
type Cbor = number | string | boolean | Uint8Array | Map<number | string, Cbor>;

/** What it does otherwise than it should; undefined: as it should. */
export interface Misbehaviour {
  type?: string;
  origin?: unknown;
  challenge?: unknown;
  crossOrigin?: boolean;
  rpId?: string;
  flags?: number;
  signCount?: number;
  userHandle?: string;
  /** what becomes of the bytes before they are signed */
  authenticatorData?: (bytes: Uint8Array) => Uint8Array;
  attestationObject?: (bytes: Uint8Array) => Uint8Array;
  signature?: (bytes: Uint8Array) => Uint8Array;
  cose?: (key: Map<number, Cbor>) => Map<number, Cbor>;
  clientData?: (json: string) => string;
}

/** WebCrypto's own types, whose names differ between Workers and Node. */
type Key = Awaited<ReturnType<typeof crypto.subtle.importKey>>;
interface KeyPair {
  privateKey: Key;
  publicKey: Key;
}

const KEYS = {
  ES256: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  EdDSA: { name: 'Ed25519' },
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
} as const;
const [PRESENT, VERIFIED, ATTESTED] = [0x01, 0x04, 0x40];

export interface AuthenticatorOptions {
  algorithm?: Algorithm;
  /** null: it does not count, as most */
  signCount?: number | null;
  id?: string;
}

export class Authenticator {
  /** of its passkey, in base64url */
  readonly id: string;
  readonly #algorithm: Algorithm;
  readonly #origin: string;
  #pair: KeyPair | null = null;
  #user = '';
  #signCount: number;

  constructor(origin: string, { algorithm = 'ES256', signCount = null, id = randomId() }: AuthenticatorOptions = {}) {
    this.id = id;
    this.#origin = origin;
    this.#algorithm = algorithm;
    this.#signCount = signCount ?? -1;
  }

  /** What `navigator.credentials.create` answers, as JSON. */
  async create(options: { challenge: string; rp: { id: string }; user: { id: string } }, wrong: Misbehaviour = {}): Promise<unknown> {
    this.#pair = (await crypto.subtle.generateKey(KEYS[this.#algorithm], true, ['sign', 'verify'])) as KeyPair;
    this.#user = options.user.id;
    const credentialId = fromBase64Url(this.id) ?? new Uint8Array();
    const cose = await coseOf(this.#algorithm, this.#pair.publicKey);
    const attested = join(new Uint8Array(16), uint(credentialId.length, 2), credentialId, cborOf(wrong.cose?.(cose) ?? cose));
    const data = join(await this.#header(options.rp.id, PRESENT | VERIFIED | ATTESTED, wrong), attested);
    const object = new Map<string, Cbor>([
      ['fmt', 'none'],
      ['attStmt', new Map()],
      ['authData', wrong.authenticatorData?.(data) ?? data],
    ]);
    const attestation = cborOf(object);
    const response = {
      clientDataJSON: toBase64Url(this.#clientData('webauthn.create', options.challenge, wrong)),
      attestationObject: toBase64Url(wrong.attestationObject?.(attestation) ?? attestation),
      transports: ['internal'],
    };
    return { id: this.id, rawId: this.id, type: 'public-key', response, clientExtensionResults: {} };
  }

  /** What `navigator.credentials.get` answers, as JSON. */
  async get(options: { challenge: string; rpId: string }, wrong: Misbehaviour = {}): Promise<unknown> {
    if (this.#pair === null) throw new TypeError('there is no passkey yet');
    const header = await this.#header(options.rpId, PRESENT | VERIFIED, wrong);
    const data = wrong.authenticatorData?.(header) ?? header;
    const clientData = this.#clientData('webauthn.get', options.challenge, wrong);
    const signed = join(data, new Uint8Array(await crypto.subtle.digest('SHA-256', clientData)));
    const raw = new Uint8Array(await crypto.subtle.sign(KEYS[this.#algorithm], this.#pair.privateKey, signed));
    const signature = this.#algorithm === 'ES256' ? derOf(raw) : raw;
    const response = {
      clientDataJSON: toBase64Url(clientData),
      authenticatorData: toBase64Url(data),
      signature: toBase64Url(wrong.signature?.(signature) ?? signature),
      userHandle: wrong.userHandle ?? this.#user,
    };
    return { id: this.id, rawId: this.id, type: 'public-key', response, clientExtensionResults: {} };
  }

  async #header(rpId: string, flags: number, wrong: Misbehaviour): Promise<Uint8Array> {
    if (this.#signCount >= 0) this.#signCount += 1;
    const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(wrong.rpId ?? rpId));
    return join(new Uint8Array(hash), uint(wrong.flags ?? flags, 1), uint(wrong.signCount ?? Math.max(0, this.#signCount), 4));
  }

  #clientData(type: string, challenge: string, wrong: Misbehaviour): Uint8Array<ArrayBuffer> {
    const { origin = this.#origin, crossOrigin = false } = wrong;
    const json = JSON.stringify({ type: wrong.type ?? type, challenge: wrong.challenge ?? challenge, origin, crossOrigin });
    return Uint8Array.from(new TextEncoder().encode(wrong.clientData?.(json) ?? json));
  }
}

function randomId(): string {
  return toBase64Url(crypto.getRandomValues(new Uint8Array(32)));
}

async function coseOf(algorithm: Algorithm, key: Key): Promise<Map<number, Cbor>> {
  const jwk = (await crypto.subtle.exportKey('jwk', key)) as Record<'x' | 'y' | 'n' | 'e', string>;
  const bytes = (text: string) => fromBase64Url(text) ?? new Uint8Array();
  switch (algorithm) {
    case 'ES256':
      return new Map<number, Cbor>([
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, bytes(jwk.x)],
        [-3, bytes(jwk.y)],
      ]);
    case 'EdDSA':
      return new Map<number, Cbor>([
        [1, 1],
        [3, -8],
        [-1, 6],
        [-2, bytes(jwk.x)],
      ]);
    case 'RS256':
      return new Map<number, Cbor>([
        [1, 3],
        [3, -257],
        [-1, bytes(jwk.n)],
        [-2, bytes(jwk.e)],
      ]);
  }
}

/** As CTAP2 writes it. */
export function cborOf(value: Cbor): Uint8Array {
  if (typeof value === 'boolean') return uint(value ? 0xf5 : 0xf4, 1);
  if (typeof value === 'number') return value >= 0 ? head(0, value) : head(1, -1 - value);
  if (typeof value === 'string') return join(head(3, new TextEncoder().encode(value).length), new TextEncoder().encode(value));
  if (value instanceof Uint8Array) return join(head(2, value.length), value);
  return join(head(5, value.size), ...[...value].flatMap(([key, member]) => [cborOf(key), cborOf(member)]));
}

function head(kind: number, number: number): Uint8Array {
  const first = kind << 5;
  if (number < 24) return uint(first | number, 1);
  if (number < 0x100) return join(uint(first | 24, 1), uint(number, 1));
  return join(uint(first | 25, 1), uint(number, 2));
}

/** Two numbers in DER of what has them side by side. */
function derOf(raw: Uint8Array): Uint8Array {
  const number = (bytes: Uint8Array) => {
    const first = bytes.findIndex((byte) => byte !== 0);
    const digits = first < 0 ? new Uint8Array(1) : bytes.subarray(first);
    const positive = (digits[0] ?? 0) >= 0x80 ? join(new Uint8Array(1), digits) : digits;
    return join(uint(2, 1), uint(positive.length, 1), positive);
  };
  const body = join(number(raw.subarray(0, 32)), number(raw.subarray(32)));
  return join(uint(0x30, 1), uint(body.length, 1), body);
}

function uint(value: number, bytes: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: bytes }, (_, index) => Math.floor(value / 256 ** (bytes - 1 - index)) % 256);
}

export function join(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
