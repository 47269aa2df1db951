const REVERSED_POLYNOMIAL = 0xedb88320;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit += 1) remainder = remainder & 1 ? (remainder >>> 1) ^ REVERSED_POLYNOMIAL : remainder >>> 1;
  return remainder;
});

/** CRC-32 of an ASCII text as an unsigned 32-bit number; the CRC of zlib, PNG and Ethernet (ISO 3309). */
export function crc32(ascii: string): number {
  let remainder = 0xffffffff;
  for (let index = 0; index < ascii.length; index += 1) {
    const slot = (remainder ^ ascii.charCodeAt(index)) & 0xff;
    remainder = (remainder >>> 8) ^ (TABLE[slot] ?? 0);
  }
  return (remainder ^ 0xffffffff) >>> 0;
}
