/**
 * The rows that DynamoDB's answers to queries may be wrong about at the moment: a write of theirs runs, or has ended so shortly ago that an index
 * may not show it yet, or ended in doubt. Whoever queries a place asks which those are.
 */
import type { MemoryAccount, MemoryBudget, MemoryUser } from '../../../lib/memory-budget.ts';
import type { ItemKey } from '../item-key.ts';
import type { Collection, Place, Position } from './places.ts';
import type { RowTouch } from './row-touch.ts';

/** A row, and all that its writes of late have touched. */
export interface UnsettledRow {
  readonly key: ItemKey;
  /** by their names */
  readonly places: Map<string, Place>;
  readonly anywhere: Set<string>;
  /** where it stands as of its last write that has ended, by collection; null: not in it. What is not listed is not known */
  after: ReadonlyMap<string, Position | null>;
  /** writes that run */
  running: number;
  /** until when an index may lag behind its writes */
  laggingUntilMs: number;
  /** until when a write may be applied of which nobody knows whether it is */
  heldUntilMs: number;
}

export interface UnsettledRowsOptions {
  nowMs: () => number;
  memory: MemoryBudget;
  /** the most rows that are remembered one by one */
  maxRows: number;
}

/** How long a row is to be remembered. */
export interface Until {
  laggingUntilMs: number;
  heldUntilMs: number;
}

/** Of a row of which nobody knows where it stands. */
export const NOWHERE: ReadonlyMap<string, Position | null> = new Map();

/** Of a row with its places in a few indexes; measured as heap growth on V8. */
const ROW_BYTES = 2_000;
/** What is over stays until there are so many, and what is not is forgotten only beyond them; so many are not counted in the memory. */
const MIN_SWEPT_ROWS = 256;

export class UnsettledRows implements MemoryUser {
  readonly #options: UnsettledRowsOptions;
  readonly #account: MemoryAccount;
  /** by the id of the key; those that ended last are at the end */
  readonly #rows = new Map<string, UnsettledRow>();
  readonly #byPlace = new Map<string, Set<UnsettledRow>>();
  readonly #byCollection = new Map<string, Set<UnsettledRow>>();
  readonly #running = new Set<UnsettledRow>();
  #forgottenUntilMs = 0;
  #sweepAtSize = MIN_SWEPT_ROWS;

  constructor(options: UnsettledRowsOptions) {
    this.#options = options;
    this.#account = options.memory.open(this);
  }

  evict(bytes: number): void {
    this.#forgetTo(Math.max(MIN_SWEPT_ROWS, this.#rows.size - Math.ceil(bytes / ROW_BYTES)));
  }

  /** The rows of which writes run. */
  get running(): Iterable<UnsettledRow> {
    return this.#running;
  }

  /** A write leaves. */
  begin(touch: RowTouch): UnsettledRow {
    const row = this.#note(touch);
    row.running++;
    this.#running.add(row);
    return row;
  }

  /** A write that has begun has ended. */
  stop(key: ItemKey): void {
    const row = this.#rows.get(key.id);
    if (row === undefined) return;
    row.running--;
    if (row.running === 0) this.#running.delete(row);
  }

  /** What a write has touched is to be remembered for a while. */
  remember(touch: RowTouch, { laggingUntilMs, heldUntilMs }: Until): UnsettledRow {
    const row = this.#note(touch);
    row.laggingUntilMs = Math.max(row.laggingUntilMs, laggingUntilMs);
    row.heldUntilMs = Math.max(row.heldUntilMs, heldUntilMs);
    // A write that is in doubt may still be applied after this one.
    row.after = row.heldUntilMs > this.#options.nowMs() ? NOWHERE : touch.after;
    this.#rows.delete(touch.key.id);
    this.#rows.set(touch.key.id, row);
    return row;
  }

  /** The write of the row that was in doubt is known to be applied. */
  settle(key: ItemKey, laggingUntilMs: number): void {
    const row = this.#rows.get(key.id);
    if (row === undefined) return;
    row.heldUntilMs = 0;
    row.laggingUntilMs = laggingUntilMs;
  }

  /** The rows that are not settled, and until when. @param runningUntilMs until when a write that runs may be applied */
  left(runningUntilMs: number): { id: string; untilMs: number }[] {
    const nowMs = this.#options.nowMs();
    const rows = Array.from(this.#rows.values(), (row) => ({
      id: row.key.id,
      untilMs: Math.max(row.running > 0 ? runningUntilMs : 0, row.laggingUntilMs, row.heldUntilMs),
    }));
    return rows.filter(({ untilMs }) => untilMs > nowMs);
  }

  /** Until when rows may be unsettled that are not listed. */
  get forgottenUntilMs(): number {
    return this.#forgottenUntilMs;
  }

  /** Until then queries of an index may lag behind writes of rows that are not listed here. */
  lagUnlisted(untilMs: number): void {
    this.#forgottenUntilMs = Math.max(this.#forgottenUntilMs, untilMs);
  }

  /** Whether all that DynamoDB may have been wrong about since then was listed. */
  isCompleteSince(atMs: number): boolean {
    return this.#forgottenUntilMs <= atMs;
  }

  /** The rows that may be shown wrongly, or not, or wrongly not, by DynamoDB's answer to a query of `place` that is asked now. */
  touching({ name, indexName }: Collection, place: Place): UnsettledRow[] {
    const nowMs = this.#options.nowMs();
    const candidates = new Set([...(this.#byPlace.get(nameOf(place)) ?? []), ...(this.#byCollection.get(name) ?? [])]);
    return [...candidates].filter(({ running, heldUntilMs, laggingUntilMs }) => {
      return running > 0 || heldUntilMs > nowMs || (indexName !== undefined && laggingUntilMs > nowMs);
    });
  }

  #note({ key, places, anywhere }: RowTouch): UnsettledRow {
    const row = this.#rows.get(key.id) ?? this.#add(key);
    for (const place of places) {
      const name = nameOf(place);
      row.places.set(name, place);
      addTo(this.#byPlace, name, row);
    }
    for (const collection of anywhere) {
      row.anywhere.add(collection);
      addTo(this.#byCollection, collection, row);
    }
    return row;
  }

  #add(key: ItemKey): UnsettledRow {
    if (this.#rows.size >= Math.min(this.#sweepAtSize, this.#options.maxRows)) this.#sweep();
    const row = { key, places: new Map(), anywhere: new Set<string>(), after: NOWHERE, running: 0, laggingUntilMs: 0, heldUntilMs: 0 };
    // Before it is listed: while room is made for it, it has not told yet that it is needed.
    if (this.#rows.size >= MIN_SWEPT_ROWS) this.#account.add(ROW_BYTES);
    this.#rows.set(key.id, row);
    return row;
  }

  #sweep(): void {
    this.#forgetTo(this.#options.maxRows / 2);
    this.#sweepAtSize = Math.max(MIN_SWEPT_ROWS, this.#rows.size * 2);
  }

  /** Forgets what is over, and the oldest when there are still more than `size`. */
  #forgetTo(size: number): void {
    const nowMs = this.#options.nowMs();
    for (const row of this.#rows.values()) if (untilMsOf(row) <= nowMs) this.#forget(row);
    for (const row of this.#rows.values()) {
      if (this.#rows.size <= size) break;
      if (row.running > 0) continue;
      this.lagUnlisted(untilMsOf(row));
      this.#forget(row);
    }
  }

  #forget(row: UnsettledRow): void {
    if (this.#rows.size > MIN_SWEPT_ROWS) this.#account.remove(ROW_BYTES);
    this.#rows.delete(row.key.id);
    for (const name of row.places.keys()) removeFrom(this.#byPlace, name, row);
    for (const collection of row.anywhere) removeFrom(this.#byCollection, collection, row);
  }
}

/** Whether queries of a place may show the row, or may have shown it. */
export function isTouched(place: Place, row: UnsettledRow): boolean {
  return row.anywhere.has(place.collection) || row.places.has(nameOf(place));
}

function untilMsOf({ running, laggingUntilMs, heldUntilMs }: UnsettledRow): number {
  return running > 0 ? Infinity : Math.max(laggingUntilMs, heldUntilMs);
}

/** A partition key may be any text, a collection's name may not hold a line break. */
function nameOf({ collection, partition }: Place): string {
  return `${collection}\n${partition}`;
}

function addTo(sets: Map<string, Set<UnsettledRow>>, name: string, row: UnsettledRow): void {
  const set = sets.get(name);
  if (set === undefined) sets.set(name, new Set([row]));
  else set.add(row);
}

function removeFrom(sets: Map<string, Set<UnsettledRow>>, name: string, row: UnsettledRow): void {
  const set = sets.get(name);
  set?.delete(row);
  if (set?.size === 0) sets.delete(name);
}
