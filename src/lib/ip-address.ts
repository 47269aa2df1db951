/** IP addresses as callers are told apart by them, and the ranges that operators name. */
import { toHex } from './hex.ts';

const IPV4_MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff] as const;
const IPV4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;
/** As the edge writes it, and so nearly all there are. */
const CANONICAL_IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
const IPV6_GROUPS = 8;
const IPV6_BITS = 128;
const IPV4_BITS = 32;

/** The 16 bytes of an address, those of IPv4 as IPv6 maps them (RFC 4291, section 2.5.5.2); null when it is none. */
export function parseAddress(text: string): Uint8Array | null {
  const last = ipv4Bytes(text);
  if (last !== null) return Uint8Array.from([...IPV4_MAPPED, ...last]);
  const [head = '', tail, ...more] = text.split('::');
  if (more.length > 0) return null;
  const start = groups(head);
  const end = tail === undefined ? [] : groups(tail);
  if (start === null || end === null) return null;
  const missing = IPV6_GROUPS - start.length - end.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return null;
  const all = [...start, ...Array.from({ length: missing }, () => 0), ...end];
  return Uint8Array.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}

/**
 * What an address is counted as: an IPv4 address as itself, an IPv6 address as its /64, which is what one customer has of an Internet provider. Null when it is no address.
 */
export function addressKey(text: string): string | null {
  if (CANONICAL_IPV4.test(text)) return text;
  const bytes = parseAddress(text);
  if (bytes === null) return null;
  if (isIpv4(bytes)) return bytes.subarray(IPV4_MAPPED.length).join('.');
  return `${toHex(bytes.subarray(0, 8))}/64`;
}

/** The addresses that begin with the same bits. */
export interface AddressRange {
  first: Uint8Array;
  /** how many, of 128 */
  bits: number;
}

/** "203.0.113.0/24", "2001:db8::/32", or one address; null when it is none of these. */
export function parseRange(text: string): AddressRange | null {
  const [base = '', length, ...more] = text.split('/');
  const first = parseAddress(base);
  if (first === null || more.length > 0) return null;
  const ownBits = isIpv4(first) ? IPV4_BITS : IPV6_BITS;
  if (length !== undefined && (!/^\d{1,3}$/.test(length) || Number(length) > ownBits)) return null;
  return { first, bits: IPV6_BITS - ownBits + Number(length ?? ownBits) };
}

/** @param bytes of an address, as `parseAddress` has them */
export function isInRange(bytes: Uint8Array, { first, bits }: AddressRange): boolean {
  const whole = bits >> 3;
  for (let index = 0; index < whole; index++) if (bytes[index] !== first[index]) return false;
  return ((bytes[whole] ?? 0) ^ (first[whole] ?? 0)) >> (8 - (bits & 7)) === 0;
}

function isIpv4(bytes: Uint8Array): boolean {
  return IPV4_MAPPED.every((byte, index) => bytes[index] === byte);
}

/** The 16-bit groups of a part of an IPv6 address; null when one is none. The last may be an IPv4 address. */
function groups(part: string): number[] | null {
  if (part === '') return [];
  const found: number[] = [];
  const texts = part.split(':');
  for (const [index, text] of texts.entries()) {
    const ipv4 = index === texts.length - 1 ? ipv4Bytes(text) : null;
    if (ipv4 !== null) found.push(((ipv4[0] ?? 0) << 8) | (ipv4[1] ?? 0), ((ipv4[2] ?? 0) << 8) | (ipv4[3] ?? 0));
    else if (/^[0-9a-f]{1,4}$/i.test(text)) found.push(Number.parseInt(text, 16));
    else return null;
  }
  return found;
}

function ipv4Bytes(text: string): number[] | null {
  const bytes = IPV4.exec(text)?.slice(1).map(Number);
  return bytes?.every((byte) => byte <= 0xff) ? bytes : null;
}
