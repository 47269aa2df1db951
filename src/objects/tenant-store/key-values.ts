/** What is cached of keys, and what is known of those that a write may still be applied to: what every end of a write, and every strong read, changes. */
import type { MemoryBudget } from '../../lib/memory-budget.ts';
import type { CacheTimes } from './cache-times.ts';
import { DoubtedValues } from './doubted-values.ts';
import type { Echoes } from './echoes.ts';
import type { Freshness } from './freshness.ts';
import type { ItemCache } from './item-cache.ts';
import type { ItemKey } from './item-key.ts';
import type { Effect, RowWatcher } from './written-rows.ts';

export interface KeyValuesOptions {
  cache: ItemCache;
  freshness: Freshness;
  echoes: Echoes;
  times: CacheTimes;
  watcher: RowWatcher;
  memory: MemoryBudget;
  nowMs: () => number;
}

/** What else was done to a key while a write of it ran. */
export interface Meanwhile {
  /** somebody else has written it: before the write or after it, nobody knows */
  isDoubted: boolean;
  /** it was held when the write began: an earlier one may be applied after it, and the hold be over when its answer comes */
  wasHeld: boolean;
}

export class KeyValues {
  readonly #options: KeyValuesOptions;
  readonly #doubted: DoubtedValues;

  constructor(options: KeyValuesOptions) {
    this.#options = options;
    this.#doubted = new DoubtedValues(options.memory);
  }

  /** Whether what is read of `key` now may be cached. */
  mayKeep(key: ItemKey): boolean {
    return !this.#options.freshness.isHeld(key, this.#options.nowMs());
  }

  /** Caches what `key` is, if that may be. */
  keep(key: ItemKey, text: string | null): void {
    const { cache, times, nowMs } = this.#options;
    const keepMs = this.mayKeep(key) ? times.keepMs(key, text !== null) : 0;
    if (keepMs > 0) cache.set(key.id, text, nowMs() + keepMs);
    else cache.delete(key.id);
  }

  /** The row was `text` at a moment after all writes in doubt had left: it may show that one of them was applied. */
  see(key: ItemKey, text: string | null): void {
    const { freshness, watcher, nowMs } = this.#options;
    const heldUntilMs = this.#doubted.see(key.id, text, nowMs());
    if (heldUntilMs === null) return;
    freshness.settle(key, heldUntilMs);
    if (heldUntilMs === 0) watcher.settled(key);
  }

  /** Somebody else may have written the key: nothing is told by what its row is. */
  doubt(keyId: string): void {
    this.#doubted.forget(keyId);
  }

  /** A write of `key` has ended. */
  apply(key: ItemKey, effect: Effect, { isDoubted, wasHeld }: Meanwhile): void {
    if (effect.kind === 'unknown') return this.#hold(key, effect.text, isDoubted);
    const { cache, echoes, freshness, nowMs } = this.#options;
    freshness.markWritten(key, nowMs());
    const isKnown = effect.kind === 'value' && !isDoubted;
    if (isKnown) this.#seeBefore(key, effect);
    // A write that was refused has shown the row, and changed nothing.
    if (!isKnown || effect.isSeen !== true) this.#doubted.changed(key.id, isKnown ? effect.text : undefined);
    if (isKnown) echoes.wrote(key.id, effect.text);
    if (isKnown && !wasHeld) this.keep(key, effect.text);
    else cache.delete(key.id);
  }

  #seeBefore(key: ItemKey, { isSeen, text, before }: Effect & { kind: 'value' }): void {
    if (!this.#doubted.has(key.id)) return;
    if (isSeen === true) this.see(key, text);
    else if (before !== undefined) this.see(key, before && JSON.stringify(before));
  }

  /** What is cached until now is what the row was, unless another write is in doubt. */
  #hold(key: ItemKey, text: string | null | undefined, isDoubted: boolean): void {
    const { cache, freshness, nowMs } = this.#options;
    const isHeld = freshness.isHeld(key, nowMs());
    const before = isHeld ? undefined : cache.get(key.id)?.text;
    const untilMs = freshness.markUnknown(key, nowMs());
    if (isDoubted) this.doubt(key.id);
    // Of a hold that began elsewhere nobody here knows what may end it.
    else if (!isHeld || this.#doubted.has(key.id)) this.#doubted.expect(key.id, { leaves: text, untilMs }, before, nowMs());
    cache.delete(key.id);
  }
}
