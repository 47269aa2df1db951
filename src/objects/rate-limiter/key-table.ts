/** The keys of one object, within a bound of memory. */
import type { MemoryAccount, MemoryBudget, MemoryUser } from '../../lib/memory-budget.ts';
import { TextMap } from '../../lib/text-map.ts';
import type { KeyState } from './key-state.ts';

/** The keys that are counted under one name. */
interface Segment {
  keys: TextMap<KeyState>;
  bytes: number;
  /** goes round all keys: starting over for each key would pass by every one that is gone */
  hand: Iterator<[string, KeyState], undefined>;
}

/** How many keys are looked at when one is added, to drop those of which nothing counts any more. */
const SWEPT_PER_ADDITION = 2;

/**
 * Keys by what they are counted as: a policy, or an override. When there are too many, the one with the most bytes loses keys that nobody has
 * asked for lately: a flood of made-up keys pushes itself out, not the keys of other policies, nor the ones in use beside it.
 */
export class KeyTable implements MemoryUser {
  readonly #segments = new Map<string, Segment>();
  readonly #maxBytes: number;
  readonly #account: MemoryAccount;

  /** @param maxBytes the bound of this table; `memory` bounds all that an isolate holds */
  constructor(memory: MemoryBudget, maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#account = memory.open(this);
  }

  get bytes(): number {
    return this.#account.bytes;
  }

  get(countedAs: string, key: string): KeyState | undefined {
    const state = this.#segments.get(countedAs)?.keys.get(key);
    if (state !== undefined) state.isHot = true;
    return state;
  }

  add(countedAs: string, key: string, state: KeyState, nowMs: number): void {
    let segment = this.#segments.get(countedAs);
    if (segment === undefined) {
      const keys = new TextMap<KeyState>();
      this.#segments.set(countedAs, (segment = { keys, bytes: 0, hand: keys.entries() }));
    }
    for (let looked = 0; looked < SWEPT_PER_ADDITION && segment.keys.size > 0; looked++) {
      const [passed, one] = next(segment);
      if (one.idleAtMs(nowMs) <= nowMs) this.#drop(segment, passed, one);
    }
    segment.keys.set(key, state);
    state.bookedBytes = 0;
    this.#book(segment, state);
  }

  /** Books what a key takes, after a change of it. One that was dropped meanwhile takes nothing here. */
  resize(countedAs: string, state: KeyState): void {
    const segment = this.#segments.get(countedAs);
    if (segment !== undefined && state.bookedBytes > 0) this.#book(segment, state);
  }

  #book(segment: Segment, state: KeyState): void {
    const added = state.bytes - state.bookedBytes;
    if (added === 0) return;
    state.bookedBytes += added;
    segment.bytes += added;
    if (added < 0) return this.#account.remove(-added);
    this.#account.add(added);
    if (this.bytes > this.#maxBytes) this.evict(this.bytes - this.#maxBytes);
  }

  delete(countedAs: string, key: string): void {
    const segment = this.#segments.get(countedAs);
    const state = segment?.keys.get(key);
    if (segment !== undefined && state !== undefined) this.#drop(segment, key, state);
  }

  *entries(): Generator<[countedAs: string, key: string, state: KeyState]> {
    for (const [countedAs, { keys }] of this.#segments) for (const [key, state] of keys.entries()) yield [countedAs, key, state];
  }

  evict(bytes: number): void {
    const target = Math.max(0, this.bytes - bytes);
    while (this.bytes > target) {
      const segment = [...this.#segments.values()].reduce((largest, one) => (one.bytes > largest.bytes ? one : largest));
      if (segment.keys.size === 0) return;
      // Some at a time: then another one may be the largest.
      const enough = Math.max(target, this.bytes - segment.bytes / 16);
      while (this.bytes > enough && segment.keys.size > 0) this.#evictOne(segment);
    }
  }

  /** A key that was asked for since the last round stays for one more. */
  #evictOne(segment: Segment): void {
    const [key, state] = next(segment);
    if (!state.isHot) return this.#drop(segment, key, state);
    state.isHot = false;
  }

  #drop(segment: Segment, key: string, state: KeyState): void {
    segment.keys.delete(key);
    segment.bytes -= state.bookedBytes;
    this.#account.remove(state.bookedBytes);
    state.bookedBytes = 0;
  }
}

/** The next key of a segment that has one. */
function next(segment: Segment): [string, KeyState] {
  for (;;) {
    const { value } = segment.hand.next();
    if (value !== undefined) return value;
    segment.hand = segment.keys.entries();
  }
}
