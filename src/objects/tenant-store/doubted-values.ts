/**
 * Rows under a write of unknown outcome, and how to see that it was applied. A plain write is sent once, and one with a token is applied once: so
 * once a strong read shows what it leaves, where nothing else has left that, it will not be applied again. Of an update nobody knows what it leaves;
 * but a row that is no longer as the last known write left it was changed by the one that is in doubt.
 */
import { isSameItem } from './comparable-item.ts';

interface DoubtedRow {
  /** JSON of what the write leaves, null for no row; undefined when that is not known */
  leaves: string | null | undefined;
  /** JSON of the row without it */
  otherwise: string | null;
}

const MAX_ROWS = 1_000;
const MAX_TEXT_LENGTH = 64 * 1024;

export class DoubtedValues {
  /** the oldest first */
  readonly #byKey = new Map<string, DoubtedRow>();

  /**
   * A write of the key has ended without an answer.
   *
   * @param leaves what it leaves; undefined when that is not known
   * @param before what the row was; undefined when that is not known: then nothing will be told from it
   */
  expect(keyId: string, leaves: string | null | undefined, before: string | null | undefined): void {
    this.#byKey.delete(keyId);
    const length = (leaves?.length ?? 0) + (before?.length ?? 0);
    if (before === undefined || length > MAX_TEXT_LENGTH || isSame(leaves, before)) return;
    this.#byKey.set(keyId, { leaves, otherwise: before });
    const [oldest] = this.#byKey.keys();
    if (this.#byKey.size > MAX_ROWS && oldest !== undefined) this.#byKey.delete(oldest);
  }

  /** Another write has left `text` of the key, undefined when that is not known. */
  changed(keyId: string, text: string | null | undefined): void {
    const row = this.#byKey.get(keyId);
    if (row === undefined) return;
    if (text === undefined || isSame(row.leaves, text)) this.#byKey.delete(keyId);
    else row.otherwise = text;
  }

  /** A strong read that left after the write has shown `text`. @returns whether the write was applied for sure */
  isApplied(keyId: string, text: string | null): boolean {
    const row = this.#byKey.get(keyId);
    if (row === undefined) return false;
    const isApplied = row.leaves === undefined ? !isSameItem(row.otherwise, text) : isSameItem(row.leaves, text);
    return isApplied && this.#byKey.delete(keyId);
  }

  forget(keyId: string): void {
    this.#byKey.delete(keyId);
  }
}

function isSame(text: string | null | undefined, other: string | null): boolean {
  return text !== undefined && isSameItem(text, other);
}
