/** A stream of a run as chunks: numbered from 0 without gaps, each as it was written. */

export interface ChunkPart {
  chunks: Uint8Array[];
  /** the number of the first one */
  from: number;
  /** the stream ends behind them */
  isEnd: boolean;
}

/**
 * What a write did: `isNew` when it made the stream; `missing` when nothing was written, as one of this number has to come before.
 * What is written to a stream that is closed is dropped.
 */
export interface ChunkWrite {
  isNew: boolean;
  missing: number | null;
}

/** A writer's name for one of its writes, which are numbered from 0: what comes twice is written once. */
export interface WriteStamp {
  id: string;
  seq: number;
}

export interface ChunkStore {
  /** @param stamp null: the write will not come again */
  append(chunks: readonly Uint8Array[], stamp: WriteStamp | null): Promise<ChunkWrite>;
  close(): Promise<ChunkWrite>;
  /** Chunks from a number on, as many as fit one answer. @param waitMs how long to wait for one where there is none yet */
  read(from: number, waitMs: number): Promise<ChunkPart>;
  describe(): Promise<{ length: number; isClosed: boolean }>;
}
