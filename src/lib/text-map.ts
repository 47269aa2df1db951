/** A map by texts that are looked up once. */
import { hashOf } from './text-hash.ts';

interface Entry<Value> {
  readonly key: string;
  value: Value;
  /** another one of this hash */
  next: Entry<Value> | undefined;
}

/** Small enough to be no object of its own on the heap. */
const HASH_SHIFT = 2;

/**
 * What of a `Map` by texts its users need, for texts that come anew with every call: a `Map` of V8 (of workerd in 2026-10; of Node 24 not yet) enters such a
 * text into the table of all texts of the isolate before it looks it up, which takes twice as long as this does.
 *
 * Entries are told in no order. Those that are set or deleted meanwhile may be told or not, the others are told once. Long chains are made by who can choose
 * texts of one hash; so it is for keys that are hashes themselves.
 */
export class TextMap<Value> {
  readonly #firsts = new Map<number, Entry<Value>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: string): Value | undefined {
    return this.#find(hashOf(key) >>> HASH_SHIFT, key)?.value;
  }

  set(key: string, value: Value): void {
    const hash = hashOf(key) >>> HASH_SHIFT;
    const entry = this.#find(hash, key);
    if (entry !== undefined) {
      entry.value = value;
      return;
    }
    this.#firsts.set(hash, { key, value, next: this.#firsts.get(hash) });
    this.#size += 1;
  }

  delete(key: string): void {
    const hash = hashOf(key) >>> HASH_SHIFT;
    let before: Entry<Value> | undefined;
    let entry = this.#firsts.get(hash);
    while (entry !== undefined && entry.key !== key) [before, entry] = [entry, entry.next];
    if (entry === undefined) return;
    this.#size -= 1;
    if (before !== undefined) before.next = entry.next;
    else if (entry.next !== undefined) this.#firsts.set(hash, entry.next);
    else this.#firsts.delete(hash);
  }

  *entries(): Generator<[key: string, value: Value], undefined> {
    for (const first of this.#firsts.values()) {
      for (let entry: Entry<Value> | undefined = first; entry !== undefined; entry = entry.next) yield [entry.key, entry.value];
    }
    return undefined;
  }

  #find(hash: number, key: string): Entry<Value> | undefined {
    let entry = this.#firsts.get(hash);
    while (entry !== undefined && entry.key !== key) entry = entry.next;
    return entry;
  }
}
