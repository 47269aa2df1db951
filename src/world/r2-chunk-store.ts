/**
 * A stream as objects of R2: `streams/{name}/{number}` for each chunk, and `metadata/{name}` with how many there are. R2 takes one write a second of a key, so the
 * metadata is behind while the stream is open, and is a hint and no more: a chunk is put where no object is, which numbers chunks without gaps whoever writes,
 * and the end is an object, too, in the place of the chunk that does not come.
 */
import type { ChunkPart, ChunkStore, ChunkWrite, WriteStamp } from '../runs/chunk-store.ts';

/** What is known of a stream in an isolate: nothing of it has to be right. */
export interface StreamHint {
  /** there are at least so many chunks */
  length: number;
  /** when its metadata was written last */
  toldAtMs: number;
}

interface Metadata {
  chunkCount: number;
  closed: boolean;
}

export interface R2ChunkStoreOptions {
  bucket: R2Bucket;
  /** what its keys have in the place of `{name}` */
  key: string;
  hint: StreamHint;
  sleep: (ms: number) => Promise<unknown>;
}

const METADATA_EVERY_MS = 1_000;
const FIRST_POLL_MS = 50;
const MAX_POLL_MS = 500;
/** A Worker has six connections at a time. */
const READS_AT_A_TIME = 6;
const PART_BYTES = 8 * 1024 * 1024;
const END = { end: '1' };

export class R2ChunkStore implements ChunkStore {
  readonly #options: R2ChunkStoreOptions;

  constructor(options: R2ChunkStoreOptions) {
    this.#options = options;
  }

  /** One chunk after the other: those of one write stay in their order whoever writes beside it. @throws TypeError for a stamp */
  async append(chunks: readonly Uint8Array[], stamp: WriteStamp | null): Promise<ChunkWrite> {
    if (stamp !== null) throw new TypeError('A stream in R2 takes no writes that may come again');
    let first: number | null = null;
    for (const chunk of chunks) {
      const number = await this.#put(chunk, {});
      if (number === null) break;
      first ??= number;
    }
    if (first !== null) await this.#tell(false);
    return { isNew: first === 0, missing: null };
  }

  async close(): Promise<ChunkWrite> {
    const number = await this.#put(new Uint8Array(), END);
    if (number === null) return { isNew: false, missing: null };
    this.#options.hint.length = number;
    await this.#tell(true);
    return { isNew: number === 0, missing: null };
  }

  async read(from: number, waitMs: number): Promise<ChunkPart> {
    const untilMs = Date.now() + waitMs;
    let isAhead = true;
    for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(MAX_POLL_MS, pollMs * 2)) {
      const part = await this.#readNow(from);
      if (part.chunks.length > 0 || part.isEnd) return part;
      // Who reads ahead of the stream does not come by its end.
      if (isAhead) {
        const { length, isClosed } = await this.describe();
        if (isClosed && from > length) return { ...part, isEnd: true };
        isAhead = from > length;
      }
      const leftMs = untilMs - Date.now();
      if (leftMs <= 0) return part;
      await this.#options.sleep(Math.min(pollMs, leftMs));
    }
  }

  /** Looks behind the hints, twice as far each time, and then for the place between. */
  async describe(): Promise<{ length: number; isClosed: boolean }> {
    const metadata = await this.#metadata();
    if (metadata.closed) return { length: metadata.chunkCount, isClosed: true };
    let low = Math.max(metadata.chunkCount, this.#options.hint.length);
    let step = 1;
    for (; (await this.#kindOf(low + step - 1)) === 'chunk'; step *= 2) low += step;
    let high = low + step - 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((await this.#kindOf(middle)) === 'chunk') low = middle + 1;
      else high = middle;
    }
    this.#options.hint.length = low;
    return { length: low, isClosed: (await this.#kindOf(low)) === 'end' };
  }

  /** Puts an object in the first place that has none. @returns its number; null: the stream is closed */
  async #put(bytes: Uint8Array, customMetadata: Record<string, string>): Promise<number | null> {
    const { bucket, hint } = this.#options;
    for (let number = hint.length; ; number++) {
      const put = await bucket.put(this.#chunkKey(number), bytes, { onlyIf: { etagDoesNotMatch: '*' }, customMetadata });
      if (put !== null) {
        hint.length = number + 1;
        return number;
      }
      // Somebody else was faster, or nothing was known of the stream here.
      const { length, isClosed } = await this.describe();
      if (isClosed) return null;
      number = length - 1;
    }
  }

  async #readNow(from: number): Promise<ChunkPart> {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for (let count = 1; bytes < PART_BYTES; count = READS_AT_A_TIME) {
      const numbers = Array.from({ length: count }, (_, offset) => from + chunks.length + offset);
      for (const object of await Promise.all(numbers.map((number) => this.#options.bucket.get(this.#chunkKey(number))))) {
        if (object === null) return { chunks, from, isEnd: false };
        if (object.customMetadata?.['end'] === END.end) return { chunks, from, isEnd: true };
        const chunk = new Uint8Array(await object.arrayBuffer());
        chunks.push(chunk);
        bytes += chunk.byteLength;
      }
    }
    return { chunks, from, isEnd: false };
  }

  async #kindOf(number: number): Promise<'chunk' | 'end' | 'nothing'> {
    const object = await this.#options.bucket.head(this.#chunkKey(number));
    if (object === null) return 'nothing';
    return object.customMetadata?.['end'] === END.end ? 'end' : 'chunk';
  }

  /** Writes the metadata with the first chunk, once a second at most, and at the end. */
  async #tell(closed: boolean): Promise<void> {
    const { bucket, hint, key, sleep } = this.#options;
    const waitMs = hint.toldAtMs + METADATA_EVERY_MS - Date.now();
    if (waitMs > 0 && !closed) return;
    if (waitMs > 0) await sleep(waitMs);
    hint.toldAtMs = Date.now();
    const metadata: Metadata = { chunkCount: hint.length, closed };
    const put = bucket.put(`metadata/${key}`, JSON.stringify(metadata));
    // Others write it, too: where that is too often the hint is older, which does no harm.
    await put.catch(() => undefined);
  }

  async #metadata(): Promise<Metadata> {
    const object = await this.#options.bucket.get(`metadata/${this.#options.key}`);
    return object === null ? { chunkCount: 0, closed: false } : object.json<Metadata>();
  }

  #chunkKey(number: number): string {
    return `streams/${this.#options.key}/${number}`;
  }
}
