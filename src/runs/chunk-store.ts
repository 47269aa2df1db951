/** A stream of a run as chunks: numbered from 0 without gaps, each as it was written. */

export interface ChunkPart {
  chunks: Uint8Array[];
  /** the number of the first one */
  from: number;
  /** the stream ends behind them */
  isEnd: boolean;
}

/** What a write did: `isNew` when it made the stream. What is written to a stream that is closed is dropped. */
export interface ChunkWrite {
  isNew: boolean;
}

export interface ChunkStore {
  append(chunks: readonly Uint8Array[]): Promise<ChunkWrite>;
  close(): Promise<ChunkWrite>;
  /** Chunks from a number on, as many as fit one answer. @param waitMs how long to wait for one where there is none yet */
  read(from: number, waitMs: number): Promise<ChunkPart>;
  describe(): Promise<{ length: number; isClosed: boolean }>;
}
