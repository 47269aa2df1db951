/**
 * The hot part of the cache, kept for the next instance of the object, so that it starts warm.
 *
 * An entry lives there no longer than in the cache. Whatever becomes of a key after the snapshot makes its entry *cold*: a write of it before it
 * leaves (as its intent is journaled), and any other change of what is cached as it happens. Cold entries are listed in rows of their own and
 * are not served again. So nothing that is restored is older than what an earlier instance has written or shown.
 */
import { packSnapshot, unpackRow, type SnapshotEntry, type SnapshotRow } from './snapshot-rows.ts';

/** Where it is kept. All that is saved in one turn is durable together, before anything is answered or sent after it (the platform's output gate). */
export interface SnapshotStorage {
  /** `cold`: what was saved as such since the rows were, in ids */
  load(): { rows: SnapshotRow[]; cold: string[]; generation: number };
  /** in place of all rows before */
  save(rows: readonly SnapshotRow[], generation: number): void;
  /** in place of what has the same slot; those of other generations are void */
  saveCold(slot: number, generation: number, ids: readonly string[]): void;
  clear(): void;
  /** when the last entry expires; null without rows */
  expiresAtMs(): number | null;
}

export interface SnapshotOptions {
  storage: SnapshotStorage;
  nowMs: () => number;
  /** something was cached that no snapshot has yet: `take` is to be called some time later, though `dropExpired` may have named a time after that */
  onStart: () => void;
}

export class Snapshot {
  readonly #options: SnapshotOptions;
  /** what is stored and may still be served: by id, when it expires */
  readonly #served = new Map<string, number>();
  readonly #cooled: string[] = [];
  #generation = 0;
  #nextSlot = 0;
  /** whether `onStart` was called, and nothing has ended that yet */
  #isStarted = false;
  #isChanged = false;

  constructor(options: SnapshotOptions) {
    this.#options = options;
  }

  /** Gives every entry that may be served to `keep`; once, before anything else. */
  restore(keep: (entry: SnapshotEntry) => void): void {
    const { storage, nowMs } = this.#options;
    const { rows, cold, generation } = storage.load();
    this.#generation = generation;
    // Their slots are used up: what this instance saves must not take the place of what it has read.
    this.#nextSlot = cold.length;
    const now = nowMs();
    const isCold = new Set(cold);
    const entries = rows.flatMap((row) => [...unpackRow(row, (id, expiresAtMs) => expiresAtMs > now && !isCold.has(id))]);
    // The hottest last, so that they are evicted last.
    for (const entry of entries.toReversed()) {
      this.#served.set(entry.id, entry.expiresAtMs);
      keep(entry);
    }
  }

  /** Writes of these keys are about to leave. @throws what the storage throws; they must not leave then */
  written(ids: readonly string[]): void {
    const cold = ids.filter((id) => this.#takeServed(id));
    if (cold.length > 0) this.#save(cold);
  }

  /** What is cached of a key has changed, whoever is the cause. Saved within the running turn, with others. */
  changed(id: string): void {
    this.#isChanged = true;
    if (!this.#isStarted) {
      this.#isStarted = true;
      this.#options.onStart();
    }
    if (!this.#takeServed(id)) return;
    if (this.#cooled.length === 0) queueMicrotask(() => this.#saveCooled());
    this.#cooled.push(id);
  }

  /**
   * Keeps what is hot now, when anything has changed since the last time.
   *
   * @param hottest entries that nothing happens to at the moment, the hottest first
   * @returns false when nothing has changed
   */
  take(hottest: () => Iterable<SnapshotEntry>): boolean {
    if (!this.#isChanged) return false;
    const entries: SnapshotEntry[] = [];
    const rows = packSnapshot(tapped(hottest(), entries));
    this.#options.storage.save(rows, this.#generation + 1);
    this.#generation++;
    this.#nextSlot = 0;
    this.#served.clear();
    for (const { id, expiresAtMs } of entries) this.#served.set(id, expiresAtMs);
    this.#isChanged = false;
    return true;
  }

  /**
   * Removes a snapshot of which nothing can be served any more.
   *
   * @returns when to try again; null when there is none, and nothing has to be done until `onStart` says so
   */
  dropExpired(nowMs: number): number | null {
    const { storage } = this.#options;
    const expiresAtMs = storage.expiresAtMs();
    this.#isStarted = false;
    if (expiresAtMs !== null && expiresAtMs > nowMs) return expiresAtMs;
    this.clear();
    return null;
  }

  /** Nothing of it is to be served again. */
  clear(): void {
    this.#options.storage.clear();
    this.#served.clear();
    this.#nextSlot = 0;
    this.#generation++;
  }

  #takeServed(id: string): boolean {
    const expiresAtMs = this.#served.get(id);
    if (expiresAtMs === undefined) return false;
    this.#served.delete(id);
    return expiresAtMs > this.#options.nowMs();
  }

  #saveCooled(): void {
    try {
      this.#save(this.#cooled.splice(0));
    } catch {
      // An instance that was replaced has no storage any more; what it answers in this turn is held back with the failed commit.
    }
  }

  #save(ids: readonly string[]): void {
    this.#options.storage.saveCold(this.#nextSlot++, this.#generation, ids);
  }
}

function* tapped(entries: Iterable<SnapshotEntry>, into: SnapshotEntry[]): Generator<SnapshotEntry> {
  for (const entry of entries) {
    into.push(entry);
    yield entry;
  }
}
