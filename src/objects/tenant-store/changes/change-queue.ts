/**
 * Which changes are to be told, in the order in which their writes were announced: that is the order of their numbers, and writes of one key come
 * in it, too. A change waits for those before it. Pure.
 */
import type { AnnouncedWrite } from '../write-journal.ts';

/** A row that was changed. */
export interface ChangedRow {
  keyId: string;
  /** JSON of what it is now; null for none, undefined where that is not known */
  text: string | null | undefined;
}

/** What a write has changed, and its number. */
export interface NumberedChanges {
  sequence: number;
  rows: readonly ChangedRow[];
}

interface Entry {
  write: Pick<AnnouncedWrite, 'sequence'>;
  /** null while it runs */
  rows: readonly ChangedRow[] | null;
  /** not to be told before: it may still be applied */
  readyAtMs: number;
}

export class ChangeQueue {
  readonly #entries = new Set<Entry>();
  readonly #running = new Map<AnnouncedWrite, Entry>();

  /** A write of an earlier instance, of which it is known what it may have changed. To be called before all others, in the order of their numbers. */
  recall(sequence: number, rows: readonly ChangedRow[], readyAtMs: number): void {
    this.#entries.add({ write: { sequence }, rows, readyAtMs });
  }

  /** Forgets the rows of writes of earlier instances that are told already. */
  forgetTold(isTold: (row: ChangedRow, sequence: number) => boolean): void {
    for (const entry of this.#entries) {
      if (entry.rows === null) return;
      const { sequence } = entry.write;
      entry.rows = entry.rows.filter((row) => !isTold(row, sequence));
      if (entry.rows.length === 0) this.#entries.delete(entry);
    }
  }

  /** A write is announced. */
  begin(write: AnnouncedWrite): void {
    const entry = { write, rows: null, readyAtMs: 0 };
    this.#running.set(write, entry);
    this.#entries.add(entry);
  }

  /** It has ended. @returns whether there is something to tell of it */
  end(write: AnnouncedWrite, rows: readonly ChangedRow[], readyAtMs: number): boolean {
    const entry = this.#running.get(write);
    if (!entry) return false;
    this.#running.delete(write);
    // A write that has never left has no number, and nobody has to hear of it.
    if (write.row === null || rows.length === 0) return this.#entries.delete(entry);
    Object.assign(entry, { rows, readyAtMs });
    return true;
  }

  /** The changes that may be told now; they are out of the queue then. */
  take(nowMs: number): NumberedChanges[] {
    return this.#takeWhile(({ readyAtMs }) => readyAtMs <= nowMs);
  }

  /** Takes all whose writes have ended, to be told as one. @returns null where there are none */
  takeEnded(): { sequence: number; readyAtMs: number } | null {
    let readyAtMs = 0;
    const taken = this.#takeWhile((entry) => {
      readyAtMs = Math.max(readyAtMs, entry.readyAtMs);
      return true;
    });
    const last = taken.at(-1);
    return last ? { sequence: last.sequence, readyAtMs } : null;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** When the first change may be told that waits for a time; null when none does. */
  get dueAtMs(): number | null {
    const [first] = this.#entries;
    return first && first.rows !== null ? first.readyAtMs : null;
  }

  /** The lowest number in the queue; Infinity without any. */
  get firstSequence(): number {
    const [first] = this.#entries;
    return first && first.write.sequence > 0 ? first.write.sequence : Infinity;
  }

  #takeWhile(isTaken: (entry: Entry) => boolean): NumberedChanges[] {
    const taken: NumberedChanges[] = [];
    for (const entry of this.#entries) {
      if (entry.rows === null || !isTaken(entry)) break;
      this.#entries.delete(entry);
      taken.push({ sequence: entry.write.sequence, rows: entry.rows });
    }
    return taken;
  }
}
