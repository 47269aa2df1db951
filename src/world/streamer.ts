/** The streams of the SDK's World: chunks that runs write, and that anybody reads from any of them on, live. */
import type { ChunkPart, ChunkStore, WriteStamp } from '../runs/chunk-store.ts';
import { readPagination, readPosition } from '../runs/pages.ts';
import { conflict } from '../runs/world-error.ts';
import { gatheredWrites, writeChunks, type Chunk } from './gathered-writes.ts';
import { valueOf, worldError } from './world-errors.ts';

export interface StreamerOptions {
  stream: (name: string) => ChunkStore;
  /** a run has a stream that it had not before */
  noteStream: (runId: string, name: string) => Promise<void>;
  /** the names of the streams of a run */
  streamsOf: (runId: string) => Promise<string[]>;
}

/** As the SDK calls it. */
export interface WorldStreamer {
  /** What is written goes off at once, as what is under way gathers by itself. Below 0: in the same turn, by the timers of `sandbox/timers.ts`. */
  readonly streamFlushIntervalMs: number;
  writeToStream(name: string, runId: string | Promise<string>, chunk: Chunk): Promise<void>;
  writeToStreamMulti(name: string, runId: string | Promise<string>, chunks: Chunk[], stamp?: WriteStamp): Promise<void>;
  closeStream(name: string, runId: string | Promise<string>): Promise<void>;
  /** @param startIndex below 0: so many before what is the end now */
  readFromStream(name: string, startIndex?: number): Promise<ReadableStream<Uint8Array>>;
  /** As many chunks from a number on as fit one answer; waits for one where there is none yet. */
  readChunks(name: string, from: number): Promise<ChunkPart>;
  listStreamsByRunId(runId: string): Promise<string[]>;
  getStreamChunks(
    name: string,
    runId: string,
    options?: { limit?: number | undefined; cursor?: string | undefined },
  ): Promise<{ data: { index: number; data: Uint8Array }[]; cursor: string | null; hasMore: boolean; done: boolean }>;
  getStreamInfo(name: string, runId: string): Promise<{ tailIndex: number; done: boolean }>;
}

const CHUNKS_PAGE = { limit: 100, order: 'asc' } as const;
/** How long a reader waits in one call. */
const WAIT_MS = 20_000;

export function createStreamer({ stream, noteStream, streamsOf }: StreamerOptions): WorldStreamer {
  const append = async (name: string, runId: string | Promise<string>, chunks: readonly Uint8Array[], stamp: WriteStamp | null) => {
    const { isNew, missing } = await stream(name).append(chunks, stamp);
    if (missing !== null) throw worldError(conflict(`Stream "${name}": the write with number ${missing} has to come first`));
    // A first write that comes again may have been interrupted before its stream was noted.
    if (isNew || stamp?.seq === 0) await noteStream(await runId, name);
  };
  const streamer: WorldStreamer = {
    streamFlushIntervalMs: -1,
    writeToStream: (name, runId, chunk) => streamer.writeToStreamMulti(name, runId, [chunk]),
    async writeToStreamMulti(name, runId, chunks, stamp) {
      await writeChunks(name, chunks, async (bytes) => append(name, runId, bytes, stamp ?? null));
    },
    readChunks: (name, from) => stream(name).read(from, WAIT_MS),
    async closeStream(name, runId) {
      await gatheredWrites()?.written(name);
      const { isNew } = await stream(name).close();
      if (isNew) await noteStream(await runId, name);
    },
    async readFromStream(name, startIndex = 0) {
      const from = startIndex >= 0 ? startIndex : Math.max(0, (await stream(name).describe()).length + startIndex);
      return followed((next) => streamer.readChunks(name, next), from);
    },
    listStreamsByRunId: streamsOf,
    async getStreamChunks(name, _runId, options = {}) {
      const { limit, cursor } = valueOf(readPagination(options, CHUNKS_PAGE));
      const from = valueOf(readPosition(cursor)) ?? 0;
      const { chunks, isEnd } = await stream(name).read(from, 0);
      const data = chunks.slice(0, limit).map((chunk, offset) => ({ index: from + offset, data: chunk }));
      const next = from + data.length;
      const hasMore = next < (await stream(name).describe()).length;
      return { data, cursor: hasMore ? String(next) : null, hasMore, done: isEnd && !hasMore };
    },
    async getStreamInfo(name) {
      const { length, isClosed } = await stream(name).describe();
      return { tailIndex: length - 1, done: isClosed };
    },
  };
  return streamer;
}

/** Chunks as they come, until the stream ends. @param read reads from a number on, and waits where there is nothing yet */
export function followed(read: (from: number) => Promise<ChunkPart>, start: number): ReadableStream<Uint8Array> {
  let next = start;
  let isCancelled = false;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      for (;;) {
        const { chunks, isEnd } = await read(next);
        if (isCancelled) return;
        next += chunks.length;
        for (const chunk of chunks) controller.enqueue(chunk);
        if (isEnd) return controller.close();
        if (chunks.length > 0) return;
      }
    },
    cancel() {
      isCancelled = true;
    },
  });
}
