/**
 * Knows the stream's records of the tenant's own writes, so that they drop nothing. A record tells a row and no version: that it is of an own
 * write is told by its row being as it was written here, by a write whose record has not come yet. Each write answers for one record, and only in
 * the order of the stream: a row may be the same twice, with another writer's change in between.
 */
import type { MemoryAccount, MemoryBudget, MemoryUser } from '../../lib/memory-budget.ts';
import { isSameItem } from './comparable-item.ts';
import { bytesOf } from './text-bytes.ts';

/**
 * `echo`: of an own write, or judged before; `late`: older than a record that was judged, so that one may have been taken for an echo wrongly;
 * `unknown`: perhaps of another writer.
 */
export type Verdict = 'echo' | 'late' | 'unknown';

interface OwnWrites {
  /** JSON of the rows, null for none, in the order of the writes */
  texts: (string | null)[];
  /** of the latest record that was judged */
  sequence: bigint;
}

const MAX_BYTES = 1024 * 1024;
/** What a row, and each of its writes, take besides texts. */
const OVERHEAD_BYTES = 100;

export class Echoes implements MemoryUser {
  readonly #byKey = new Map<string, OwnWrites>();
  readonly #account: MemoryAccount;
  #isFed = false;

  constructor(memory: MemoryBudget) {
    this.#account = memory.open(this);
  }

  /** Records come: from now on own writes are remembered. */
  start(): void {
    this.#isFed = true;
  }

  /** The row `keyId` is `text` by a write of this object that was just acknowledged. */
  wrote(keyId: string, text: string | null): void {
    if (!this.#isFed) return;
    const known = this.#byKey.get(keyId);
    const writes = known ?? { texts: [], sequence: 0n };
    this.#byKey.delete(keyId); // so that the order is that of the latest writes
    this.#byKey.set(keyId, writes);
    writes.texts.push(text);
    this.#account.add(sizeOf(text) + (known === undefined ? OVERHEAD_BYTES : 0));
    this.#forgetDownTo(MAX_BYTES);
  }

  evict(bytes: number): void {
    this.#forgetDownTo(this.#account.bytes - bytes);
  }

  /** The oldest first. */
  #forgetDownTo(maxBytes: number): void {
    for (const keyId of this.#byKey.keys()) {
      if (this.#account.bytes <= maxBytes) break;
      this.forget(keyId);
    }
  }

  /**
   * What a record is, as far as the writes here tell; the write that answers for it, and those before, answer for no other.
   *
   * @param text JSON of the row that the record tells, null when it tells that there is none
   * @param sequence its sequence number, null when it has none
   * @param isBeingWritten whether a write of the row runs: its record may already have been overtaken by this one
   */
  judge(keyId: string, text: string | null, sequence: bigint | null, isBeingWritten: boolean): Verdict {
    const writes = this.#byKey.get(keyId);
    if (writes === undefined) return 'unknown';
    if (sequence === null || sequence < writes.sequence) return 'late';
    if (sequence === writes.sequence) return 'echo';
    writes.sequence = sequence;
    const position = writes.texts.findIndex((own) => isSameItem(own, text));
    if (position === -1) return 'unknown';
    for (const answered of writes.texts.splice(0, position + 1)) this.#account.remove(sizeOf(answered));
    if (writes.texts.length === 0 && !isBeingWritten) this.forget(keyId);
    return 'echo';
  }

  /** Another writer came in between: no record answers for the writes so far. */
  forget(keyId: string): void {
    const writes = this.#byKey.get(keyId);
    if (writes === undefined) return;
    this.#byKey.delete(keyId);
    this.#account.remove(writes.texts.reduce((sum, text) => sum + sizeOf(text), OVERHEAD_BYTES));
  }
}

function sizeOf(text: string | null): number {
  return OVERHEAD_BYTES + (text === null ? 0 : bytesOf(text));
}
