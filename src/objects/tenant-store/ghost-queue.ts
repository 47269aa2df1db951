/**
 * Remembers which keys were evicted lately, in eight bytes each and without keeping the keys. "Lately" is measured in evicted bytes and not in keys:
 * what matters is whether a cache of a certain size would still have had the key, and a key may stand for a hundred bytes or for 400 KB.
 */

import { hashOf } from '../../lib/text-hash.ts';

/** The clock goes in steps this large, so that 32 bits of it last for 256 GB. */
const BYTES_PER_TICK = 64;
const MIN_SLOTS = 256;

export class GhostQueue {
  #fingerprints = new Uint32Array(0);
  /** in ticks; 0: the slot is empty */
  #evictedAt = new Uint32Array(0);
  #evictedBytes = BYTES_PER_TICK;

  /** How many keys it can remember. */
  get capacity(): number {
    return this.#fingerprints.length;
  }

  /** Makes room for `keys` keys and forgets none. */
  reserve(keys: number): void {
    if (keys <= this.capacity) return;
    const slots = 2 ** Math.ceil(Math.log2(Math.max(keys, MIN_SLOTS)));
    const [fingerprints, evictedAt] = [this.#fingerprints, this.#evictedAt];
    this.#fingerprints = new Uint32Array(slots);
    this.#evictedAt = new Uint32Array(slots);
    fingerprints.forEach((hash, slot) => this.#put(hash, evictedAt[slot] ?? 0));
  }

  /** @param bytes what `key` took in the cache */
  add(key: string, bytes: number): void {
    this.#evictedBytes += bytes;
    this.#put(hashOf(key), this.#now);
  }

  /**
   * Whether `key` was evicted, and at most `bytes` since then. May be wrong for two keys of equal hash: the cache then only keeps a key longer
   * than it should.
   */
  has(key: string, bytes: number): boolean {
    const hash = hashOf(key);
    const slot = this.#slotOf(hash);
    const evictedAt = this.#evictedAt[slot] ?? 0;
    return evictedAt !== 0 && this.#fingerprints[slot] === hash && ((this.#now - evictedAt) >>> 0) * BYTES_PER_TICK <= bytes;
  }

  get #now(): number {
    return Math.floor(this.#evictedBytes / BYTES_PER_TICK) >>> 0 || 1;
  }

  #put(hash: number, evictedAt: number): void {
    if (evictedAt === 0) return;
    const slot = this.#slotOf(hash);
    this.#fingerprints[slot] = hash;
    this.#evictedAt[slot] = evictedAt;
  }

  #slotOf(hash: number): number {
    return hash & (this.capacity - 1);
  }
}
