/** The segments of a stream in R2: `streams/{tenant}/{name}/{offset of the first message}`, and a manifest beside them that lists what is there. */
import { formatOffset } from '../../wire/stream-offset.ts';
import { joinBatches, noMessages, sliceBatch } from './message-batch.ts';
import type { MessageBatch } from './rpc.ts';
import { decodeChunk } from './segment-chunks.ts';
import type { ReadChunk } from './segment-chunks.ts';
import type { Segment } from './segment-table.ts';
import type { Stream } from './stream.ts';

/** As many objects one call deletes at most. */
const DELETE_MAX_KEYS = 1_000;

/** What is asked of R2. */
export type SegmentBucket = Pick<R2Bucket, 'put' | 'get' | 'delete'>;

export class SegmentStore {
  readonly #bucket: SegmentBucket;
  readonly #folder: () => string;

  /** @param folder `{tenant}/{name}` */
  constructor(bucket: SegmentBucket, folder: () => string) {
    this.#bucket = bucket;
    this.#folder = folder;
  }

  async put(stream: Stream, { position }: Segment, body: Uint8Array): Promise<void> {
    await this.#bucket.put(this.#keyOf(stream, position), body);
  }

  /** Messages of a segment from a position on, as far as `maxLength` goes and at least one chunk's. */
  async read(stream: Stream, segment: Segment, position: number, maxLength: number, until: number): Promise<MessageBatch> {
    const begin = segment.chunks.findLastIndex((chunk) => chunk.position <= position);
    const from = segment.chunks[begin]?.lengthBefore ?? 0;
    const end = segment.chunks.findIndex((chunk, index) => index > begin && chunk.lengthBefore - from >= maxLength);
    const chunks = await this.#readChunks(stream, segment, begin, end === -1 ? segment.chunks.length : end);
    return joinBatches([noMessages(stream.isJson), ...chunks.map((chunk) => cut(chunk, position, until))], stream.isJson);
  }

  /** The messages that were appended together from this position on: an append is never in two segments. */
  async appendedAt(stream: Stream, segment: Segment, position: number): Promise<MessageBatch> {
    const begin = segment.chunks.findLastIndex((chunk) => chunk.position <= position);
    const chunks = await this.#readChunks(stream, segment, begin, segment.chunks.length);
    const until = chunks.flatMap(({ appends }) => appends).find((append) => append > position) ?? segment.until;
    return joinBatches([noMessages(stream.isJson), ...chunks.map((chunk) => cut(chunk, position, until))], stream.isJson);
  }

  /** Says which segments there are, for who reads them without the stream's object; says nothing where there are none. */
  async writeManifest(stream: Stream, segments: readonly Segment[]): Promise<void> {
    const { contentType } = stream.record;
    const listed = segments.map(({ position, until, byteLength, chunks }) => {
      return { key: this.#keyOf(stream, position), position, until, byteLength, chunks };
    });
    if (listed.length === 0) await this.#bucket.delete(this.#manifestKey);
    else await this.#bucket.put(this.#manifestKey, JSON.stringify({ version: 1, epoch: stream.next.epoch, contentType, segments: listed }));
  }

  async remove(stream: Stream, segments: readonly Segment[]): Promise<void> {
    const keys = segments.map(({ position }) => this.#keyOf(stream, position));
    for (let at = 0; at < keys.length; at += DELETE_MAX_KEYS) await this.#bucket.delete(keys.slice(at, at + DELETE_MAX_KEYS));
  }

  async #readChunks(stream: Stream, { position, byteLength, chunks }: Segment, begin: number, end: number): Promise<ReadChunk[]> {
    const offset = chunks[begin]?.byteOffset ?? 0;
    const last = chunks[end]?.byteOffset ?? byteLength;
    const key = this.#keyOf(stream, position);
    const object = await this.#bucket.get(key, { range: { offset, length: last - offset } });
    if (!object) throw new Error(`the segment ${key} is not in its bucket`);
    const bytes = new Uint8Array(await object.arrayBuffer());
    return chunks.slice(begin, end).map(({ byteOffset }, index) => {
      const next = chunks[begin + index + 1]?.byteOffset ?? byteLength;
      return decodeChunk(bytes.subarray(byteOffset - offset, next - offset), stream.isJson);
    });
  }

  #keyOf(stream: Stream, position: number): string {
    return `streams/${this.#folder()}/${formatOffset({ ...stream.next, position })}`;
  }

  get #manifestKey(): string {
    return `streams/${this.#folder()}/manifest`;
  }
}

/** What of a chunk stands between two positions. */
function cut({ position, messages }: ReadChunk, from: number, until: number): MessageBatch {
  const count = messages.lengths.length;
  return sliceBatch(messages, Math.min(count, Math.max(0, from - position)), Math.max(0, Math.min(count, until - position)));
}
