/** The answers to queries, in the same cache as the items, and which places they are of: a write drops those of the places that it touches. */
import type { EntryOwner, ItemCache } from '../item-cache.ts';
import { isIndex, type Place } from './places.ts';

export class QueryCache {
  readonly #cache: ItemCache;
  /** by collection and partition */
  readonly #places = new Map<string, Map<string, PlaceEntries>>();

  constructor(cache: ItemCache) {
    this.#cache = cache;
  }

  /** How many answers are in memory. */
  get size(): number {
    let size = 0;
    for (const partitions of this.#places.values()) for (const { keys } of partitions.values()) size += keys.size;
    return size;
  }

  /** JSON of the answer to the query of this identity, or undefined. */
  get(identity: string): string | undefined {
    return this.#cache.get(keyOf(identity))?.text ?? undefined;
  }

  set(place: Place, identity: string, text: string, expiresAtMs: number): void {
    const key = keyOf(identity);
    const entries = this.#entriesOf(place);
    entries.add(key);
    this.#cache.set(key, text, expiresAtMs, entries);
  }

  drop({ collection, partition }: Place): void {
    this.#drop(this.#places.get(collection)?.get(partition));
  }

  /** Drops the answers of all places of a table or index. */
  dropAll(collection: string): void {
    for (const entries of this.#places.get(collection)?.values() ?? []) this.#drop(entries);
  }

  clear(): void {
    for (const collection of this.#places.keys()) this.dropAll(collection);
  }

  /** Drops the answers of all indexes. */
  dropIndexes(): void {
    for (const collection of this.#places.keys()) if (isIndex(collection)) this.dropAll(collection);
  }

  #drop(entries: PlaceEntries | undefined): void {
    for (const key of entries?.keys ?? []) this.#cache.delete(key);
  }

  #entriesOf({ collection, partition }: Place): PlaceEntries {
    const partitions = this.#places.get(collection) ?? new Map<string, PlaceEntries>();
    this.#places.set(collection, partitions);
    const entries = partitions.get(partition) ?? new PlaceEntries(() => this.#forget({ collection, partition }));
    partitions.set(partition, entries);
    return entries;
  }

  #forget({ collection, partition }: Place): void {
    const partitions = this.#places.get(collection);
    partitions?.delete(partition);
    if (partitions?.size === 0) this.#places.delete(collection);
  }
}

/** Which entries of the cache are of one place; hears of it when the cache removes one. */
class PlaceEntries implements EntryOwner {
  readonly keys = new Set<string>();
  readonly #onEmpty: () => void;

  constructor(onEmpty: () => void) {
    this.#onEmpty = onEmpty;
  }

  add(key: string): void {
    this.keys.add(key);
  }

  removed(key: string): void {
    this.keys.delete(key);
    if (this.keys.size === 0) this.#onEmpty();
  }
}

/** No table's name begins so, and the keys of items begin with one. */
function keyOf(identity: string): string {
  return `?${identity}`;
}
