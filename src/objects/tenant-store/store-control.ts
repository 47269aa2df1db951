/** What operators and the table's stream may ask of a store, beside reads and writes. */
import type { InvalidationReport, RowChange } from './invalidations.ts';
import { partitionKeyOfId } from './item-key.ts';
import type { FlushScope, StoreModeReport } from './operator-rpc.ts';
import type { SnapshotEntry } from './snapshot-rows.ts';
import type { StoreParts } from './store-parts.ts';
import type { StoreStats } from './store-stats.ts';

/** Seldom enough to cost less than the reads that it saves. */
const MAX_SNAPSHOT_GAP_MS = 5 * 60_000;
/** Of an instance that has just begun; and before its first snapshot, while it is still in memory. */
export const MIN_SNAPSHOT_GAP_MS = 5_000;
/** What expires sooner is not worth keeping. */
const SNAPSHOT_MIN_MS = 10_000;

export class StoreControl {
  readonly #parts: StoreParts;
  readonly #sinceMs: number;

  constructor(parts: StoreParts) {
    this.#parts = parts;
    this.#sinceMs = parts.nowMs();
  }

  get stats(): StoreStats {
    const {
      counters,
      cache,
      queryCache,
      memory,
      scheduler,
      gate,
      lines,
      freshness,
      invalidations,
      journal,
      mode,
      hotKeys,
      keySpace,
      nowMs,
    } = this.#parts;
    return {
      sinceMs: this.#sinceMs,
      ...counters.counts,
      cachedItems: cache.size - queryCache.size,
      cachedQueries: queryCache.size,
      cachedBytes: cache.bytes,
      evictions: cache.evictions,
      isolateBytes: memory.usedBytes,
      isolateMaxBytes: memory.maxBytes,
      requestsInFlight: scheduler.inFlight,
      requestsWaiting: scheduler.waiting,
      openCircuits: gate.openCircuits,
      busyKeys: lines.busyKeys,
      heldKeys: freshness.heldKeys(nowMs()),
      runningWrites: lines.runningWrites,
      journalCommits: journal.commits,
      streamLagMs: invalidations.lagMs,
      isReadOnly: mode.isReadOnly,
      hotKeys: hotKeys.shown(keySpace),
    };
  }

  /** Applies what the table's stream tells of the tenant's rows. */
  applyChanges(changes: readonly RowChange[]): InvalidationReport {
    return this.#parts.invalidations.apply(changes);
  }

  /** Forgets rows, which are read anew and strongly. @returns how many were cached */
  flush(scope: FlushScope): number {
    const { lines, keySpace, snapshot } = this.#parts;
    // Also what is not in memory at the moment may be of them.
    if (scope.kind !== 'row') snapshot.clear();
    switch (scope.kind) {
      case 'tenant':
        return lines.invalidateAll(() => true);
      case 'model':
        return lines.invalidateAll((keyId) => [scope.prefix, undefined].includes(keySpace.modelOf(partitionKeyOfId(keyId))?.prefix));
      case 'row': {
        const keyClass = keySpace.classify(scope.table, scope.key);
        if (keyClass.kind !== 'own') return 0;
        const dropped = lines.peek(keyClass.key) === undefined ? 0 : 1;
        lines.invalidate(keyClass.key);
        return dropped;
      }
    }
  }

  /**
   * Keeps what is hot for the next instance, each time when the instance is twice as old as the time before: so half of what has come in a burst is kept, however long it was, and the rest soon after.
   *
   * @returns when to do so again, null for not until the snapshot says so
   */
  takeSnapshot(nowMs: number): number | null {
    const { snapshot } = this.#parts;
    if (!snapshot.take(() => this.#hottest(nowMs))) return snapshot.dropExpired(nowMs);
    return nowMs + Math.max(MIN_SNAPSHOT_GAP_MS, Math.min(MAX_SNAPSHOT_GAP_MS, nowMs - this.#sinceMs));
  }

  /** What a write may be changing is left out: it has been journaled already, and would not be made cold again. */
  *#hottest(nowMs: number): Generator<SnapshotEntry> {
    const { cache, lines } = this.#parts;
    for (const entry of cache.hottest()) {
      if (entry.expiresAtMs > nowMs + SNAPSHOT_MIN_MS && !lines.isBusy(entry.id)) yield entry;
    }
  }

  /**
   * Lets the tenant be written, or not.
   *
   * @returns what is so from now on; writes that have left by then are still under way
   */
  setReadOnly(isReadOnly: boolean): StoreModeReport {
    this.#parts.mode.set(isReadOnly);
    return { isReadOnly, writesUnderWay: this.#parts.lines.runningWrites };
  }
}
