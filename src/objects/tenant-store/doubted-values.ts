/**
 * Rows under writes of unknown outcome, and how to see that one was applied. A plain write is sent once, and one with a token is applied once: so
 * once somebody has seen strongly what it leaves, where nothing else can have left that, it will not be applied again. Of an update nobody knows what
 * it leaves; but a row that is as no other write may have left it was changed by the one that is in doubt.
 */
import type { MemoryAccount, MemoryBudget, MemoryUser } from '../../lib/memory-budget.ts';
import { isSameItem } from './comparable-item.ts';
import { bytesOf } from './text-bytes.ts';

interface DoubtedWrite {
  /** JSON of what it leaves, null for no row; undefined when that is not known */
  leaves: string | null | undefined;
  /** until when it may be applied */
  untilMs: number;
}

interface DoubtedRow {
  /** those that have not been seen; some may be over, and have been applied unseen */
  writes: DoubtedWrite[];
  /** JSON of what the row is without them; undefined while that is not known, or what one of them leaves */
  otherwise: string | null | undefined;
  /** as they are booked */
  bytes: number;
}

/** What a row takes besides texts. */
const ROW_BYTES = 300;
const MAX_ROWS = 1_000;
const MAX_WRITES = 8;
const MAX_TEXT_LENGTH = 64 * 1024;

export class DoubtedValues implements MemoryUser {
  /** the oldest first */
  readonly #byKey = new Map<string, DoubtedRow>();
  readonly #account: MemoryAccount;

  constructor(memory: MemoryBudget) {
    this.#account = memory.open(this);
  }

  /**
   * A write of the key has ended without an answer. To be left out when others are in doubt that are not known here.
   *
   * @param leaves what it leaves; undefined when that is not known
   * @param before what the row was when nothing else was in doubt; undefined when that is not known
   */
  expect(keyId: string, { leaves, untilMs }: DoubtedWrite, before: string | null | undefined, nowMs: number): void {
    const known = this.#byKey.get(keyId);
    this.forget(keyId);
    const row = known?.writes.some((write) => write.untilMs > nowMs) === true ? known : { writes: [], otherwise: before, bytes: 0 };
    if ((leaves?.length ?? 0) + (row.otherwise?.length ?? 0) > MAX_TEXT_LENGTH || row.writes.length === MAX_WRITES) return;
    row.writes.push({ leaves, untilMs });
    if (row.otherwise !== undefined && thatLeave(row, row.otherwise).length > 0) row.otherwise = undefined;
    this.#byKey.set(keyId, { ...row, bytes: 0 });
    this.#book(keyId);
    const [oldest] = this.#byKey.keys();
    if (this.#byKey.size > MAX_ROWS && oldest !== undefined) this.forget(oldest);
  }

  /** Another write has left `text` of the key, undefined when that is not known. */
  changed(keyId: string, text: string | null | undefined): void {
    const row = this.#byKey.get(keyId);
    if (row === undefined) return;
    row.otherwise = text === undefined || thatLeave(row, text).length > 0 ? undefined : text;
    this.#book(keyId);
  }

  /**
   * Somebody has seen strongly, after the writes had left, that the row is `text`.
   *
   * @returns until when others of them may be applied, 0 for none, when that shows that one was; else null
   */
  see(keyId: string, text: string | null, nowMs: number): number | null {
    const row = this.#byKey.get(keyId);
    const write = row && writeSeenIn(row, text);
    if (row === undefined || write === undefined) return null;
    row.writes = row.writes.filter((other) => other !== write);
    row.otherwise = thatLeave(row, text).length > 0 ? undefined : text;
    const left = row.writes.filter(({ untilMs }) => untilMs > nowMs);
    if (left.length === 0) this.forget(keyId);
    else this.#book(keyId);
    return Math.max(0, ...left.map(({ untilMs }) => untilMs));
  }

  /** Whether anything may be told of the key. */
  has(keyId: string): boolean {
    return this.#byKey.has(keyId);
  }

  forget(keyId: string): void {
    this.#account.remove(this.#byKey.get(keyId)?.bytes ?? 0);
    this.#byKey.delete(keyId);
  }

  /** The oldest first: they stay in doubt until their time is up. */
  evict(bytes: number): void {
    const goal = this.#account.bytes - bytes;
    for (const keyId of this.#byKey.keys()) {
      if (this.#account.bytes <= goal) return;
      this.forget(keyId);
    }
  }

  /** Counts what a row takes now. */
  #book(keyId: string): void {
    const row = this.#byKey.get(keyId);
    if (row === undefined) return;
    const texts = [row.otherwise, ...row.writes.map(({ leaves }) => leaves)];
    this.#account.remove(row.bytes);
    row.bytes = texts.reduce((sum, text) => sum + (text == null ? 0 : bytesOf(text)), ROW_BYTES);
    this.#account.add(row.bytes);
  }
}

/** The one write that can have left `text`, if there is one. */
function writeSeenIn(row: DoubtedRow, text: string | null): DoubtedWrite | undefined {
  const leaving = thatLeave(row, text);
  // From here on only what is known to be written, or what is in doubt, can make it another.
  if (row.otherwise === undefined && leaving.length === 0) row.otherwise = text;
  if (row.otherwise === undefined || isSameItem(row.otherwise, text)) return undefined;
  // What a put leaves, an update may have left, too.
  const [only, ...others] = [...leaving, ...row.writes.filter(({ leaves }) => leaves === undefined)];
  return others.length === 0 ? only : undefined;
}

function thatLeave({ writes }: DoubtedRow, text: string | null): DoubtedWrite[] {
  return writes.filter(({ leaves }) => leaves !== undefined && isSameItem(leaves, text));
}
