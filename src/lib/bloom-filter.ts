/** A set that answers "perhaps" or "certainly not", in 12 bits a member: one in 300 of those who are no members is taken for one. */

const BITS_PER_MEMBER = 12;
const HASHES = 8;
const FNV_PRIME = 0x01000193;
const SEEDS = [0x811c9dc5, 0x9747b28c] as const;

/** The filter of these members. */
export function bloomFilterOf(members: readonly string[]): Uint8Array {
  const filter = new Uint8Array(Math.ceil((members.length * BITS_PER_MEMBER) / 8));
  for (const member of members) for (const bit of bitsOf(member, filter)) filter[bit >> 3] = (filter[bit >> 3] ?? 0) | (1 << (bit & 7));
  return filter;
}

/** Whether `text` is perhaps a member. */
export function isPerhapsIn(filter: Uint8Array, text: string): boolean {
  return bitsOf(text, filter).every((bit) => ((filter[bit >> 3] ?? 0) >> (bit & 7)) & 1);
}

/** Two hashes make all (Kirsch and Mitzenmacher, 2006). */
function bitsOf(text: string, filter: Uint8Array): number[] {
  const [first = 0, second = 0] = SEEDS.map((seed) => hashOf(text, seed));
  const bits = filter.length * 8;
  return Array.from({ length: HASHES }, (_, index) => (first + index * second) % bits);
}

/** 32 bits: FNV-1a with a seed, and MurmurHash3's last step, without which texts that differ little share bits. */
function hashOf(text: string, seed: number): number {
  let hash = seed;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), FNV_PRIME);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
