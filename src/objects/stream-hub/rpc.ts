/** The interface of a stream's object. Plain values in and out; every outcome that a caller has to tell apart is a `kind`. */
import type { Member } from '../../wire/stream-frames.ts';
import type { RelayedRpc } from './relay-rpc.ts';
import type { StreamFrom, StreamPosition } from '../../wire/stream-offset.ts';
import type { StreamRetention } from './retention.ts';

/** Messages one after the other. JSON is text with commas between the messages, everything else bytes without anything between them. */
export interface MessageBatch {
  data: string | Uint8Array;
  /** how long each message is, in characters or bytes of `data` */
  lengths: number[];
}

/** How long a stream lives: from its last use (`ttlSec`), until an instant, or (both null) until it is deleted. */
export interface StreamLifetime {
  ttlSec: number | null;
  expiresAtMs: number | null;
}

/** What a stream is forked from: another of the same tenant, as far as a position and `subOffset` bytes (JSON: messages) of the append behind it. */
export interface ForkSource {
  name: string;
  /** null: all there is at the moment */
  at: StreamFrom | null;
  subOffset: number;
}

export interface CreateStream {
  /** null: the source's, or application/octet-stream */
  contentType: string | null;
  /** null: the source's, or none */
  lifetime: StreamLifetime | null;
  /** null: the source's, or everything is kept */
  retention: StreamRetention | null;
  isClosed: boolean;
  messages: MessageBatch | null;
  fork: ForkSource | null;
}

/** An idempotent producer's name for one append. */
export interface ProducerStamp {
  id: string;
  epoch: number;
  seq: number;
  /** of the service's own producers, whose numbers have gaps: the number that this one follows; null: none */
  after?: number | null;
}

export type ProducerName = Pick<ProducerStamp, 'id' | 'epoch'>;

export interface AppendMessages {
  /** null for a close without messages */
  messages: MessageBatch | null;
  contentType: string | null;
  /** closes the stream behind the messages, in the same step */
  closes: boolean;
  producer: ProducerStamp | null;
  /** the writer's own sequence, which has to grow as text */
  streamSeq: string | null;
}

/** What can be said of a stream without its messages. */
export interface StreamState {
  contentType: string;
  lifetime: StreamLifetime;
  retention: StreamRetention;
  /** where the first message that is kept stands */
  first: StreamPosition;
  next: StreamPosition;
  isClosed: boolean;
}

/** There is no such stream; `gone`: there was, and forks still read it, so that its name is taken. */
export type Missing = { kind: 'absent' } | { kind: 'gone' };

export type CreateResult =
  | { kind: 'created'; state: StreamState }
  | { kind: 'exists'; state: StreamState }
  | { kind: 'differs'; state: StreamState }
  | { kind: 'taken' }
  | { kind: 'no_source' }
  | { kind: 'source_gone' }
  | { kind: 'source_type'; contentType: string }
  | { kind: 'bad_fork'; reason: string };

/** `producer`: the highest sequence that was accepted of it. */
interface Appended {
  next: StreamPosition;
  isClosed: boolean;
  producer: { epoch: number; seq: number } | null;
}

export type AppendResult =
  | Missing
  | ({ kind: 'appended' } & Appended)
  | ({ kind: 'duplicate' } & Appended)
  | { kind: 'closed'; next: StreamPosition }
  | { kind: 'content_type'; expected: string }
  | { kind: 'stream_seq'; last: string }
  | { kind: 'stale_epoch'; epoch: number }
  | { kind: 'epoch_start' }
  /** of a producer whose numbers have gaps, `expected` is the last one that is stored, or -1 */
  | { kind: 'sequence_gap'; expected: number };

/** A part of a stream. `isUpToDate`: nothing stands behind it. */
export interface StreamPart {
  kind: 'part';
  contentType: string;
  messages: MessageBatch;
  from: StreamPosition;
  next: StreamPosition;
  isUpToDate: boolean;
  isClosed: boolean;
}

/** A position of a stream, or why it is none: `too_far`: behind the last message; `expired`: of a stream that had the name before; `trimmed`: before the first message that is kept. */
export type Location =
  | { kind: 'at'; position: StreamPosition }
  | { kind: 'too_far' }
  | { kind: 'expired' }
  | { kind: 'trimmed'; first: StreamPosition };

export type ReadResult = Missing | StreamPart | Exclude<Location, { kind: 'at' }>;

export type DescribeResult = Missing | { kind: 'stream'; state: StreamState };

/** What a fork takes from its source: how far it reads there, and what it is when it was not told. */
export interface ForkedPart {
  contentType: string;
  lifetime: StreamLifetime;
  retention: StreamRetention;
  /** the position of the first message that the source still keeps */
  keptFrom: number;
  at: StreamPosition;
  /** what a sub-offset takes of the append behind `at` */
  piece: MessageBatch | null;
  /** how far offsets of the source, and of the streams that it comes from, are good in the fork */
  lineage: StreamPosition[];
}

export type HoldResult =
  | Missing
  | { kind: 'held'; part: ForkedPart }
  | { kind: 'source_type'; contentType: string }
  | { kind: 'bad_fork'; reason: string };

/** What one stream's object asks of another's, of which it is a fork. */
export interface ForkRpc {
  /** Keeps what a fork inherits until it is released. To be called by the fork, as often as it likes. @param contentType what the fork wants to be; null: whatever this is */
  holdFor(fork: string, source: ForkSource, contentType: string | null): Promise<HoldResult>;
  /** The fork is no more. */
  release(fork: string): Promise<void>;
  /** The messages of positions `from` to `until`, as many as fit one answer, also when the stream itself is deleted. */
  readFor(fork: string, from: number, until: number): Promise<MessageBatch>;
  /** The messages that were appended together from this position on. */
  readAppendFor(fork: string, position: number): Promise<MessageBatch>;
}

/** What routes ask a stream's object. */
export interface StreamHubRpc extends ForkRpc, RelayedRpc {
  /** Creates the stream, or says what stands in its place. */
  create(request: CreateStream): Promise<CreateResult>;
  /** Whether it is a fork of this source: asked by a source that is deleted, which keeps nothing for forks that never came to be. */
  isForkOf(source: string): Promise<boolean>;
  /** Appends messages, closes the stream, or both, in one step. */
  append(request: AppendMessages): Promise<AppendResult>;
  /** The messages from a place on, as many as fit one answer. @param waitMs how long to wait for one where there is none yet; 0: not at all */
  read(from: StreamFrom, waitMs: number): Promise<ReadResult>;
  describe(): Promise<DescribeResult>;
  /** The last number that is stored of a producer; null: none, or there is no such stream. */
  lastSequence(producer: ProducerName): Promise<number | null>;
  /** How many sockets read it, those of relays as when they were heard of last. */
  countReaders(): Promise<number>;
  /** Who is present. */
  presence(): Promise<Missing | { kind: 'members'; members: Member[] }>;
  /** Ends the sockets that were opened with a credential. */
  endSockets(credential: string): Promise<void>;
  /** Deletes the stream. While forks need its messages, its name stays taken. */
  remove(): Promise<Missing | { kind: 'removed' }>;
}
