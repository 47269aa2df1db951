/** What operators and the table's stream may ask of a store, beside reads and writes. */
import type { InvalidationReport, RowChange } from './invalidations.ts';
import { partitionKeyOfId } from './item-key.ts';
import type { FlushScope, StoreModeReport } from './operator-rpc.ts';
import type { StoreParts } from './store-parts.ts';
import type { StoreStats } from './store-stats.ts';

export class StoreControl {
  readonly #parts: StoreParts;
  readonly #sinceMs: number;

  constructor(parts: StoreParts) {
    this.#parts = parts;
    this.#sinceMs = parts.nowMs();
  }

  get stats(): StoreStats {
    const { counters, cache, memory, scheduler, gate, lines, freshness, invalidations, mode, nowMs } = this.#parts;
    return {
      sinceMs: this.#sinceMs,
      ...counters.counts,
      cachedItems: cache.size,
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
      streamLagMs: invalidations.lagMs,
      isReadOnly: mode.isReadOnly,
    };
  }

  /** Applies what the table's stream tells of the tenant's rows. */
  applyChanges(changes: readonly RowChange[]): InvalidationReport {
    return this.#parts.invalidations.apply(changes);
  }

  /** Forgets rows, which are read anew and strongly. @returns how many were cached */
  flush(scope: FlushScope): number {
    const { lines, keySpace } = this.#parts;
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
   * Lets the tenant be written, or not.
   *
   * @returns what is so from now on; writes that have left by then are still under way
   */
  setReadOnly(isReadOnly: boolean): StoreModeReport {
    this.#parts.mode.set(isReadOnly);
    return { isReadOnly, writesUnderWay: this.#parts.lines.runningWrites };
  }
}
