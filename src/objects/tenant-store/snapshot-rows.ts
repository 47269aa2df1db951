/** Cached items in few large rows: SQLite takes 2 MB in one, and a row costs the same whatever is in it. */

/** An item as it is cached. */
export interface SnapshotEntry {
  /** as `ItemKey.id` */
  id: string;
  text: string;
  expiresAtMs: number;
}

export interface SnapshotRow {
  /** 0, 1, 2 … */
  place: number;
  /** of the entry in it that lives longest */
  expiresAtMs: number;
  /** JSON of `SnapshotHead` */
  head: string;
  /** the items' texts in UTF-8, one behind the other: each is decoded by itself, since a part of a large string keeps all of it in memory */
  items: Uint8Array<ArrayBuffer>;
}

interface SnapshotHead {
  ids: string[];
  expiresAtMs: number[];
  /** where each item ends in `items` */
  ends: number[];
}

const MAX_ITEMS = 10_000;
const MAX_ROWS = 10;
/** Of head and items together, with room for what SQLite adds. */
const MAX_ROW_BYTES = 1_900_000;
/** What an entry may take in the head besides its id: a time, a number, commas. */
const ENTRY_BYTES = 32;

/** Entries in rows, as many of the first ones as fit. */
export function packSnapshot(entries: Iterable<SnapshotEntry>): SnapshotRow[] {
  const rows: RowPacker[] = [new RowPacker()];
  let count = 0;
  for (const entry of entries) {
    if (count === MAX_ITEMS) break;
    if (!rows.at(-1)?.add(entry)) {
      if (rows.length === MAX_ROWS) break;
      rows.push(new RowPacker());
      rows.at(-1)?.add(entry);
    }
    count++;
  }
  return rows.filter((row) => row.size > 0).map((row, place) => row.pack(place));
}

/** The entries of a row that `isWanted`; the others are not even decoded. */
export function* unpackRow({ head, items }: SnapshotRow, isWanted: (id: string, expiresAtMs: number) => boolean): Generator<SnapshotEntry> {
  const { ids, expiresAtMs, ends } = JSON.parse(head) as SnapshotHead; // written by RowPacker
  const decoder = new TextDecoder();
  for (const [at, id] of ids.entries()) {
    const expiresAt = expiresAtMs[at] ?? 0;
    if (isWanted(id, expiresAt)) yield { id, text: decoder.decode(items.subarray(ends[at - 1] ?? 0, ends[at])), expiresAtMs: expiresAt };
  }
}

class RowPacker {
  readonly #head: SnapshotHead = { ids: [], expiresAtMs: [], ends: [] };
  readonly #items = new Uint8Array(MAX_ROW_BYTES);
  readonly #encoder = new TextEncoder();
  #itemBytes = 0;
  #headBytes = 0;

  get size(): number {
    return this.#head.ids.length;
  }

  /** False when there is no room for it. */
  add({ id, text, expiresAtMs }: SnapshotEntry): boolean {
    const headBytes = this.#headBytes + this.#encoder.encode(JSON.stringify(id)).byteLength + ENTRY_BYTES;
    const room = this.#items.subarray(this.#itemBytes, Math.max(this.#itemBytes, MAX_ROW_BYTES - headBytes));
    const { read, written } = this.#encoder.encodeInto(text, room);
    if (read < text.length) return false;
    this.#itemBytes += written;
    this.#headBytes = headBytes;
    this.#head.ids.push(id);
    this.#head.expiresAtMs.push(Math.floor(expiresAtMs));
    this.#head.ends.push(this.#itemBytes);
    return true;
  }

  pack(place: number): SnapshotRow {
    const expiresAtMs = this.#head.expiresAtMs.reduce((latest, one) => Math.max(latest, one), 0);
    return { place, expiresAtMs, head: JSON.stringify(this.#head), items: this.#items.slice(0, this.#itemBytes) };
  }
}
