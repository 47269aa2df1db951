/**
 * When DynamoDB has to be asked strongly, and when its answer may not be kept.
 *
 * DynamoDB's eventual reads lag behind: for a while after a write its partition is read strongly. A write of unknown outcome may still be applied
 * after the caller was told: for a while (the hold-down) its key is read strongly, nothing of it is kept, and no read shares a request that has left.
 */
import type { MemoryAccount, MemoryBudget, MemoryUser } from '../../lib/memory-budget.ts';
import { partitionOfId, type ItemKey } from './item-key.ts';
import { bytesOf } from './text-bytes.ts';

export interface FreshnessOptions {
  /** how long eventual reads may lag behind an acknowledged write; default 5,000 */
  strongAfterWriteMs?: number;
  /** how long a write of unknown outcome may still be applied after it was given up; default 30,000 */
  holdDownMs?: number;
  /** marks kept one by one, of each kind; beyond it one mark for all keys replaces them; default 20,000 */
  maxMarks?: number;
}

/** What is known of a key that an earlier instance of the object wrote. */
export interface LeftKey {
  /** as `ItemKey.id` */
  id: string;
  /** until when writes may be applied that nobody here knows of; null when all have ended */
  heldUntilMs: number | null;
  /** until when eventual reads may lag behind a write */
  strongUntilMs: number;
}

export const DEFAULT_STRONG_AFTER_WRITE_MS = 5_000;
export const DEFAULT_HOLD_DOWN_MS = 30_000;
const DEFAULT_MAX_MARKS = 20_000;

export class Freshness {
  readonly #strongAfterWriteMs: number;
  readonly #holdDownMs: number;
  readonly #strongPartitions: Marks;
  readonly #heldKeys: Marks;
  /** by the ids of keys: until when each transaction of another shard may be applied */
  readonly #lent = new Map<string, Map<string, number>>();

  constructor({ memory, ...options }: FreshnessOptions & { memory: MemoryBudget }) {
    this.#strongAfterWriteMs = options.strongAfterWriteMs ?? DEFAULT_STRONG_AFTER_WRITE_MS;
    this.#holdDownMs = options.holdDownMs ?? DEFAULT_HOLD_DOWN_MS;
    this.#strongPartitions = new Marks(memory, options.maxMarks ?? DEFAULT_MAX_MARKS);
    this.#heldKeys = new Marks(memory, options.maxMarks ?? DEFAULT_MAX_MARKS);
  }

  /** A write of `key` is about to leave, or was just acknowledged. */
  markWritten(key: ItemKey, nowMs: number): void {
    this.#strongPartitions.extend(key.partition, nowMs + this.#strongAfterWriteMs, nowMs);
  }

  /** Any key may just have been written. */
  markAllWritten(nowMs: number): void {
    this.#strongPartitions.extendAll(nowMs + this.#strongAfterWriteMs);
  }

  /** A write of `key` was given up without an answer. @returns until when it may be applied */
  markUnknown(key: ItemKey, nowMs: number): number {
    const settledAtMs = nowMs + this.#holdDownMs;
    this.#heldKeys.extend(key.id, settledAtMs, nowMs);
    this.#strongPartitions.extend(key.partition, settledAtMs + this.#strongAfterWriteMs, nowMs);
    return settledAtMs;
  }

  /** A transaction of another shard writes `key`, and may be applied until `untilMs`. */
  lend(key: ItemKey, transaction: string, untilMs: number, nowMs: number): void {
    const lent = this.#lent.get(key.id) ?? new Map<string, number>();
    this.#lent.set(key.id, lent.set(transaction, untilMs));
    this.#strongPartitions.extend(key.partition, untilMs + this.#strongAfterWriteMs, nowMs);
  }

  /** The transaction has ended. */
  giveBack({ id }: ItemKey, transaction: string): void {
    const lent = this.#lent.get(id);
    lent?.delete(transaction);
    if (lent?.size === 0) this.#lent.delete(id);
  }

  /** Any key may be in doubt until then. */
  holdAll(untilMs: number): void {
    this.#heldKeys.extendAll(untilMs);
    this.#strongPartitions.extendAll(untilMs + this.#strongAfterWriteMs);
  }

  /** Until when any key counts as held; 0: only those that are. */
  get allHeldUntilMs(): number {
    return this.#heldKeys.allUntilMs;
  }

  /** A write of `key` that was in doubt is known to be applied; others may be until `untilMs`, 0: there are none. Its partition stays strong. */
  settle(key: ItemKey, untilMs: number): void {
    this.#heldKeys.shorten(key.id, untilMs);
  }

  /** What an earlier instance has left of a key. */
  recall({ id, heldUntilMs, strongUntilMs }: LeftKey, nowMs: number): void {
    if (heldUntilMs !== null) this.#heldKeys.extend(id, heldUntilMs, nowMs);
    this.#strongPartitions.extend(partitionOfId(id), strongUntilMs, nowMs);
  }

  isHeld({ id }: Pick<ItemKey, 'id'>, nowMs: number): boolean {
    return this.#heldKeys.has(id, nowMs) || this.#isLent(id, nowMs);
  }

  #isLent(id: string, nowMs: number): boolean {
    const lent = this.#lent.get(id);
    if (lent === undefined) return false;
    for (const [transaction, untilMs] of lent) if (untilMs <= nowMs) lent.delete(transaction);
    if (lent.size === 0) this.#lent.delete(id);
    return lent.size > 0;
  }

  /** How many keys are held. */
  heldKeys(nowMs: number): number {
    return this.#heldKeys.count(nowMs);
  }

  isStrong(partition: string, nowMs: number): boolean {
    return this.#strongPartitions.has(partition, nowMs);
  }
}

/** A mark besides its name; map slot and number. */
const MARK_BYTES = 100;

/** Names with an end each. Forgets the ended ones now and then; when there are too many, or their room is needed, all names get the latest end. */
class Marks implements MemoryUser {
  readonly #untilMs = new Map<string, number>();
  readonly #account: MemoryAccount;
  readonly #maxMarks: number;
  #allUntilMs = 0;
  #sweepAtSize = 1024;

  constructor(memory: MemoryBudget, maxMarks: number) {
    this.#account = memory.open(this);
    this.#maxMarks = maxMarks;
  }

  get allUntilMs(): number {
    return this.#allUntilMs;
  }

  has(name: string, nowMs: number): boolean {
    return nowMs < this.#allUntilMs || nowMs < (this.#untilMs.get(name) ?? 0);
  }

  count(nowMs: number): number {
    return [...this.#untilMs.values()].filter((untilMs) => nowMs < untilMs).length;
  }

  extend(name: string, untilMs: number, nowMs: number): void {
    const knownUntilMs = this.#untilMs.get(name);
    if (untilMs <= (knownUntilMs ?? 0)) return;
    this.#untilMs.set(name, untilMs);
    if (knownUntilMs === undefined) this.#account.add(sizeOf(name));
    if (this.#untilMs.size >= Math.min(this.#sweepAtSize, this.#maxMarks)) this.#sweep(nowMs);
  }

  shorten(name: string, untilMs: number): void {
    if (untilMs === 0) this.#delete(name);
    else if (untilMs < (this.#untilMs.get(name) ?? 0)) this.#untilMs.set(name, untilMs);
  }

  extendAll(untilMs: number): void {
    this.#allUntilMs = Math.max(this.#allUntilMs, untilMs);
  }

  evict(): void {
    for (const untilMs of this.#untilMs.values()) this.extendAll(untilMs);
    this.#untilMs.clear();
    this.#account.remove(this.#account.bytes);
  }

  #sweep(nowMs: number): void {
    for (const [name, untilMs] of this.#untilMs) if (untilMs <= nowMs) this.#delete(name);
    if (this.#untilMs.size * 2 > this.#maxMarks) this.evict();
    this.#sweepAtSize = Math.max(1024, this.#untilMs.size * 2);
  }

  #delete(name: string): void {
    if (this.#untilMs.delete(name)) this.#account.remove(sizeOf(name));
  }
}

function sizeOf(name: string): number {
  return MARK_BYTES + bytesOf(name);
}
