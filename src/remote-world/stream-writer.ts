/** Writes to streams, in their order: each has a number, so that one whose answer was lost is written once. */
import { newUlid } from '../lib/ulid.ts';
import type { WriteStamp } from '../runs/chunk-store.ts';

interface Writer {
  id: string;
  /** of the next write */
  seq: number;
  last: Promise<unknown>;
}

/** More streams than are written side by side. A writer that was forgotten begins anew. */
const MAX_WRITERS = 1_000;

export class StreamWriters {
  readonly #writers = new Map<string, Writer>();

  /** Writes behind what was written before. @param write is handed the write's name */
  async write(stream: string, write: (stamp: WriteStamp) => Promise<void>): Promise<void> {
    const writer = this.#writers.get(stream) ?? this.#begin(stream);
    const stamp = { id: writer.id, seq: writer.seq++ };
    const written = writer.last.then(() => write(stamp));
    writer.last = written.catch(() => this.forget(stream, writer)); // whether it was written nobody knows: the next one has another name
    return written;
  }

  /** Nothing more will be written. */
  forget(stream: string, writer = this.#writers.get(stream)): void {
    if (this.#writers.get(stream) === writer) this.#writers.delete(stream);
  }

  /** Resolves when everything that was to be written is. */
  async settled(stream: string): Promise<void> {
    await this.#writers.get(stream)?.last;
  }

  #begin(stream: string): Writer {
    const writer = { id: newUlid(), seq: 0, last: Promise.resolve() };
    this.#writers.set(stream, writer);
    const [oldest] = this.#writers.keys();
    if (this.#writers.size > MAX_WRITERS && oldest !== undefined) this.#writers.delete(oldest);
    return writer;
  }
}
