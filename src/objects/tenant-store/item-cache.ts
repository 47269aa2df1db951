/**
 * A cache of items as JSON texts, bounded in bytes, that a scan of cold keys does not empty.
 *
 * S3-FIFO (Yang et al., SOSP 2023): new keys enter a small queue and only those read again move to the main one; a key that comes back soon
 * after its eviction (`GhostQueue`) goes to the main queue at once. A hit changes a counter and moves nothing. The queues are linked lists and
 * not ring buffers, because a write drops single entries from their middle. Its rules are in bytes, so that they hold for items of any size:
 * "soon" is while less was evicted than the cache holds. What has expired makes room before anything else, as far as it is found in passing.
 */
import type { MemoryAccount, MemoryBudget, MemoryUser } from '../../lib/memory-budget.ts';
import { GhostQueue } from './ghost-queue.ts';
import { bytesOf } from './text-bytes.ts';

/** What is known of a key: `text` is the item's JSON, null when there is no such item. */
export interface CachedItem {
  readonly text: string | null;
}

/** Who wants to know when entries are removed, for whatever reason. */
export interface EntryOwner {
  removed(key: string): void;
}

interface Entry extends CachedItem {
  readonly key: string;
  text: string | null;
  expiresAtMs: number;
  bytes: number;
  /** reads since it was queued, at most 3 */
  reads: number;
  queue: EntryQueue;
  readonly owner: EntryOwner | undefined;
  older: Entry | null;
  newer: Entry | null;
}

/** An entry besides its texts: object, map slot and ghost; measured as heap growth per entry on V8 and rounded up. */
const ENTRY_OVERHEAD_BYTES = 200;
/** One that its owner keeps in a list. */
const OWNED_ENTRY_OVERHEAD_BYTES = 400;
/** The share of the cache that new keys may take. */
const SMALL_SHARE = 0.1;
const MAX_READS = 3;
/** How many live entries an eviction looks at in its search for expired ones, so that it stays cheap when there are none. */
const SWEPT_LIVE_ENTRIES = 16;

export class ItemCache implements MemoryUser {
  readonly #entries = new Map<string, Entry>();
  readonly #small = new EntryQueue();
  readonly #main = new EntryQueue();
  readonly #account: MemoryAccount;
  readonly #ghosts = new GhostQueue();
  readonly #nowMs: () => number;
  readonly #staleMs: number;
  #evictions = 0;
  #changes = 0;
  #onChange: (key: string) => void = () => {};

  /** @param staleMs how long an entry is still to be had by `getStale` after it has expired, unless its room is needed */
  constructor(budget: MemoryBudget, nowMs: () => number, staleMs = 0) {
    this.#account = budget.open(this);
    this.#nowMs = nowMs;
    this.#staleMs = staleMs;
  }

  /** From now on `onChange` is told of each key whose entry without an owner is set or dropped, whether or not there was one; not of expiry and eviction. */
  watch(onChange: (key: string) => void): void {
    this.#onChange = onChange;
  }

  get size(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return this.#account.bytes;
  }

  /** How often an entry without an owner was set or dropped, whether or not there was one; expiry and eviction do not count. */
  get changes(): number {
    return this.#changes;
  }

  /** How many entries were evicted for room; not those that expired or were dropped. */
  get evictions(): number {
    return this.#evictions;
  }

  /** What is cached under `key`, or undefined when nothing is or it has expired. @param nowMs default: the time; who asks for many looks at the clock once */
  get(key: string, nowMs = this.#nowMs()): CachedItem | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.expiresAtMs <= nowMs) {
      if (entry.expiresAtMs + this.#staleMs <= nowMs) this.#remove(entry);
      return undefined;
    }
    if (entry.reads < MAX_READS) entry.reads++;
    return entry;
  }

  /** An item that has expired lately, with how long ago. Nobody has written it through here since, or it would not be there. */
  getStale(key: string): { text: string; staleMs: number } | undefined {
    const entry = this.#entries.get(key);
    const staleMs = entry === undefined ? 0 : this.#nowMs() - entry.expiresAtMs;
    return entry?.text == null || staleMs < 0 || staleMs >= this.#staleMs ? undefined : { text: entry.text, staleMs };
  }

  /**
   * Caches `text` under `key` until `expiresAtMs`. May evict at once, this entry too.
   *
   * @param owner always the same for a key
   */
  set(key: string, text: string | null, expiresAtMs: number, owner?: EntryOwner): void {
    if (owner === undefined) this.#changed(key);
    const overhead = owner === undefined ? ENTRY_OVERHEAD_BYTES : OWNED_ENTRY_OVERHEAD_BYTES;
    const bytes = overhead + bytesOf(key) + (text === null ? 0 : bytesOf(text));
    const existing = this.#entries.get(key);
    if (existing === undefined) {
      const queue = this.#ghosts.has(key, this.#account.bytes) ? this.#main : this.#small;
      const entry: Entry = { key, text, expiresAtMs, bytes, reads: 0, queue, owner, older: null, newer: null };
      this.#entries.set(key, entry);
      queue.push(entry);
      this.#account.add(bytes);
      return;
    }
    const growth = bytes - existing.bytes;
    existing.text = text;
    existing.expiresAtMs = expiresAtMs;
    existing.bytes = bytes;
    existing.queue.bytes += growth;
    this.#account.add(growth);
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry?.owner === undefined) this.#changed(key);
    if (entry !== undefined) this.#remove(entry);
  }

  #changed(key: string): void {
    this.#changes++;
    this.#onChange(key);
  }

  /** Drops the entries without an owner whose keys match. @returns how many there were */
  deleteWhere(matches: (key: string) => boolean): number {
    const dropped = Array.from(this.#entries.values()).filter(({ key, owner }) => owner === undefined && matches(key));
    for (const { key } of dropped) this.delete(key);
    return dropped.length;
  }

  /** The items in memory that have no owner, those first that are read most, as far as the queues tell. */
  *hottest(): Generator<{ id: string; text: string; expiresAtMs: number }> {
    for (const queue of [this.#main, this.#small]) {
      for (let entry = queue.newest; entry !== null; entry = entry.older) {
        if (entry.text !== null && entry.owner === undefined) yield { id: entry.key, text: entry.text, expiresAtMs: entry.expiresAtMs };
      }
    }
  }

  evict(bytes: number): void {
    const goal = this.#account.bytes - bytes;
    const nowMs = this.#nowMs();
    this.#ghosts.reserve(this.#entries.size);
    for (const queue of [this.#main, this.#small]) this.#sweep(queue, goal, nowMs);
    while (this.#account.bytes > goal && this.#entries.size > 0) {
      const { oldest } = this.#isSmallFull() ? this.#small : this.#main;
      if (oldest === null) return;
      if (oldest.expiresAtMs <= nowMs) this.#remove(oldest);
      else if (oldest.queue === this.#small) this.#evictSmall(oldest);
      else this.#evictMain(oldest);
    }
  }

  /** A single large item may take more than the share: were it evicted for that, it could never be read again. */
  #isSmallFull(): boolean {
    if (this.#main.oldest === null) return true;
    return this.#small.hasSeveral && this.#small.bytes > this.#account.bytes * SMALL_SHARE;
  }

  /** Removes expired entries, from where the last sweep of the queue ended. */
  #sweep(queue: EntryQueue, goal: number, nowMs: number): void {
    let live = 0;
    for (let entry = queue.hand ?? queue.oldest; entry !== null && live < SWEPT_LIVE_ENTRIES; entry = queue.hand) {
      if (this.#account.bytes <= goal) return;
      queue.hand = entry.newer;
      if (entry.expiresAtMs <= nowMs) this.#remove(entry);
      else live++;
    }
  }

  #evictSmall(entry: Entry): void {
    if (entry.reads > 1) {
      this.#requeue(entry, 0);
      return;
    }
    this.#ghosts.add(entry.key, entry.bytes);
    this.#remove(entry);
    this.#evictions++;
  }

  #evictMain(entry: Entry): void {
    if (entry.reads > 0) {
      this.#requeue(entry, entry.reads - 1);
      return;
    }
    this.#remove(entry);
    this.#evictions++;
  }

  #requeue(entry: Entry, reads: number): void {
    entry.queue.unlink(entry);
    entry.queue = this.#main;
    entry.reads = reads;
    this.#main.push(entry);
  }

  #remove(entry: Entry): void {
    this.#entries.delete(entry.key);
    entry.queue.unlink(entry);
    this.#account.remove(entry.bytes);
    entry.owner?.removed(entry.key);
  }
}

/** A first-in-first-out list of entries that knows its bytes. */
class EntryQueue {
  oldest: Entry | null = null;
  newest: Entry | null = null;
  bytes = 0;
  /** where the search for expired entries goes on; null: at the oldest */
  hand: Entry | null = null;

  get hasSeveral(): boolean {
    return this.oldest !== this.newest;
  }

  push(entry: Entry): void {
    entry.older = this.newest;
    entry.newer = null;
    if (this.newest === null) this.oldest = entry;
    else this.newest.newer = entry;
    this.newest = entry;
    this.bytes += entry.bytes;
  }

  unlink(entry: Entry): void {
    if (this.hand === entry) this.hand = entry.newer;
    if (entry.older === null) this.oldest = entry.newer;
    else entry.older.newer = entry.newer;
    if (entry.newer === null) this.newest = entry.older;
    else entry.newer.older = entry.older;
    this.bytes -= entry.bytes;
  }
}
