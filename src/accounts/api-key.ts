/**
 * What an API key looks like, without storage: `stm_live_<kid>_<secret>_<checksum>`.
 *
 * - `kid`: 8 base 62 digits, public; names the key in lists and logs
 * - `secret`: 43 base 62 digits, 256 random bits
 * - `checksum`: CRC-32 of everything before its underscore in 6 base 62 digits, so that a typo or a made-up key costs no lookup
 */
import { base62 } from './base62.ts';
import { crc32 } from './crc32.ts';

/** Finds API keys in source code and logs, for secret scanners (GitHub custom patterns, gitleaks, trufflehog). */
export const API_KEY_SCAN_PATTERN = /\bstm_live_[0-9A-Za-z]{8}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}\b/;

/** The random bytes that one key takes: 8 for its id, 32 for its secret. */
export const API_KEY_RANDOM_BYTES = 40;

const PREFIX = 'stm_live';
const KID_LENGTH = 8;
const KID_COUNT = 62n ** 8n;
const SECRET_LENGTH = 43;
const CHECKSUM_LENGTH = 6;
const TOKEN_PATTERN = /^stm_live_([0-9A-Za-z]{8})_[0-9A-Za-z]{43}_([0-9A-Za-z]{6})$/;
const TOKEN_LENGTH = PREFIX.length + KID_LENGTH + SECRET_LENGTH + CHECKSUM_LENGTH + 3;

export interface MintedApiKey {
  /** the whole key; shown once and never stored */
  token: string;
  kid: string;
  /** what the key starts with, "stm_live" */
  prefix: string;
  /** the last four characters of the token, by which a person recognises it in a list */
  last4: string;
}

/**
 * Makes a key out of random bytes.
 *
 * @param random 40 bytes of a cryptographic source (`API_KEY_RANDOM_BYTES`)
 * @throws TypeError when there are more or fewer
 */
export function mintApiKey(random: Uint8Array): MintedApiKey {
  if (random.length !== API_KEY_RANDOM_BYTES) throw new TypeError(`expected ${API_KEY_RANDOM_BYTES} random bytes, got ${random.length}`);
  const kid = base62(bigEndian(random.subarray(0, 8)) % KID_COUNT, KID_LENGTH);
  const secret = base62(bigEndian(random.subarray(8)), SECRET_LENGTH);
  const body = `${PREFIX}_${kid}_${secret}`;
  const token = `${body}_${checksumOf(body)}`;
  return { token, kid, prefix: PREFIX, last4: token.slice(-4) };
}

/** The id of a well-formed key, or null when the shape or the checksum is wrong. Says nothing about whether the key exists. */
export function parseApiKey(token: string): { kid: string } | null {
  if (token.length !== TOKEN_LENGTH) return null;
  const [, kid, checksum] = TOKEN_PATTERN.exec(token) ?? [];
  if (kid === undefined || checksum === undefined) return null;
  return checksumOf(token.slice(0, -CHECKSUM_LENGTH - 1)) === checksum ? { kid } : null;
}

function checksumOf(body: string): string {
  return base62(BigInt(crc32(body)), CHECKSUM_LENGTH);
}

function bigEndian(bytes: Uint8Array): bigint {
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}
