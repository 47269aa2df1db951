/** Remembers which keys were evicted lately, in eight bytes each and without keeping the keys. */
export class GhostQueue {
  readonly #mask: number;
  readonly #fingerprints: Uint32Array;
  readonly #insertedAt: Uint32Array;
  #sequence = 1;

  /** @param capacity how many of the latest insertions are remembered; rounded up to a power of two */
  constructor(capacity: number) {
    const slots = 2 ** Math.ceil(Math.log2(Math.max(capacity, 64)));
    this.#mask = slots - 1;
    this.#fingerprints = new Uint32Array(slots);
    this.#insertedAt = new Uint32Array(slots);
  }

  get capacity(): number {
    return this.#mask + 1;
  }

  add(key: string): void {
    const hash = hashOf(key);
    const slot = hash & this.#mask;
    this.#fingerprints[slot] = hash;
    this.#insertedAt[slot] = this.#sequence++;
  }

  /** Whether `key` is among the latest insertions. May be wrong for two keys of equal hash: the cache then only keeps a key longer than it should. */
  has(key: string): boolean {
    const hash = hashOf(key);
    const slot = hash & this.#mask;
    const insertedAt = this.#insertedAt[slot] ?? 0;
    return insertedAt !== 0 && this.#fingerprints[slot] === hash && this.#sequence - insertedAt <= this.capacity;
  }
}

/** FNV-1a over UTF-16 code units. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}
