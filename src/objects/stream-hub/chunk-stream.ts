/** A workflow's stream over its hub. It is made by whoever comes first, be it to write or to read. */
import { joinBytes } from '../../lib/join-bytes.ts';
import type { ChunkPart, ChunkStore, ChunkWrite, WriteStamp } from '../../runs/chunk-store.ts';
import type { StreamHubRpc, CreateStream, MessageBatch, ReadResult } from './rpc.ts';

const CONTENT_TYPE = 'application/octet-stream';
const WRITTEN: ChunkWrite = { isNew: false, missing: null };

export class ChunkStream implements ChunkStore {
  readonly #hub: () => StreamHubRpc;
  readonly #ttlSec: number;

  /** @param ttlSec how long the stream is kept after its last use */
  constructor(hub: () => StreamHubRpc, ttlSec: number) {
    this.#hub = hub;
    this.#ttlSec = ttlSec;
  }

  async append(chunks: readonly Uint8Array[], stamp: WriteStamp | null): Promise<ChunkWrite> {
    return stamp === null ? this.#write(batchOf(chunks), false) : this.#writeOnce(batchOf(chunks), stamp);
  }

  close(): Promise<ChunkWrite> {
    return this.#write(null, true);
  }

  async read(from: number, waitMs: number): Promise<ChunkPart> {
    const result = await this.#hub().read({ epoch: 0, position: from }, waitMs);
    switch (result.kind) {
      case 'part':
        return partOf(result);
      case 'too_far':
        return this.#readBehind(from, waitMs);
      default:
        await this.#hub().create(this.#creation(null, false));
        return this.read(from, waitMs);
    }
  }

  async describe(): Promise<{ length: number; isClosed: boolean }> {
    const result = await this.#hub().describe();
    if (result.kind !== 'stream') return { length: 0, isClosed: false };
    return { length: result.state.next.position, isClosed: result.state.isClosed };
  }

  /** A stream is made empty first, as what makes it has no stamp. */
  async #writeOnce(messages: MessageBatch, { id, seq }: WriteStamp): Promise<ChunkWrite> {
    const append = { messages, contentType: CONTENT_TYPE, closes: false, producer: { id, epoch: 0, seq }, streamSeq: null };
    const result = await this.#hub().append(append);
    if (result.kind === 'sequence_gap') return { isNew: false, missing: result.expected };
    if (result.kind !== 'absent' && result.kind !== 'gone') return WRITTEN;
    await this.#hub().create(this.#creation(null, false));
    const written = await this.#writeOnce(messages, { id, seq });
    return { ...written, isNew: true };
  }

  async #write(messages: MessageBatch | null, closes: boolean): Promise<ChunkWrite> {
    const result = await this.#hub().append({ messages, contentType: CONTENT_TYPE, closes, producer: null, streamSeq: null });
    if (result.kind !== 'absent' && result.kind !== 'gone') return WRITTEN;
    const created = await this.#hub().create(this.#creation(messages, closes));
    return created.kind === 'created' ? { ...WRITTEN, isNew: true } : this.#write(messages, closes); // somebody else was faster
  }

  /** Nothing is there yet, and nothing will be where the stream is closed. */
  async #readBehind(from: number, waitMs: number): Promise<ChunkPart> {
    const { length, isClosed } = await this.describe();
    if (isClosed) return { chunks: [], from, isEnd: true };
    await this.#hub().read({ epoch: 0, position: length }, waitMs);
    return { chunks: [], from, isEnd: false };
  }

  #creation(messages: MessageBatch | null, isClosed: boolean): CreateStream {
    return {
      contentType: CONTENT_TYPE,
      lifetime: { ttlSec: this.#ttlSec, expiresAtMs: null },
      isClosed,
      messages,
      fork: null,
      retention: null,
    };
  }
}

function batchOf(chunks: readonly Uint8Array[]): MessageBatch {
  return { data: joinBytes(chunks), lengths: chunks.map(({ byteLength }) => byteLength) };
}

function partOf({ messages: { data, lengths }, from, isClosed }: Extract<ReadResult, { kind: 'part' }>): ChunkPart {
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
  let at = 0;
  const chunks = lengths.map((length) => bytes.slice(at, (at += length)));
  return { chunks, from: from.position, isEnd: isClosed };
}
