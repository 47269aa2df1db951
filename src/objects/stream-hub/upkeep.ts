/**
 * What is done to a stream that grows: messages that need not be kept go, and older ones move to R2, a segment at a time. Every step is written
 * down before it is taken and may be taken twice, so that whatever interrupts it, the next run goes on.
 */
import type { MessageBatch } from './rpc.ts';
import { expiryOf, isOverfull } from './retention.ts';
import { encodeSegment } from './segment-chunks.ts';
import type { SegmentStore } from './segment-store.ts';
import type { Segment } from './segment-table.ts';
import type { Stream } from './stream.ts';

/** How much of a stream stays in its object, and how much moves at once, in characters or bytes. */
const HOT_LENGTH = 8 * 1024 * 1024;
const SEGMENT_LENGTH = 4 * 1024 * 1024;
/** After as many segments something else has its turn. */
const SEGMENTS_PER_RUN = 8;
const PAUSE_MS = 1_000;

export class Upkeep {
  readonly #storage: DurableObjectStorage;
  readonly #store: SegmentStore | null;
  #running: Promise<unknown> = Promise.resolve();

  /** @param store null: everything stays in the object */
  constructor(storage: DurableObjectStorage, store: SegmentStore | null) {
    this.#storage = storage;
    this.#store = store;
  }

  /** When there will be something to do, as far as the append of this moment is concerned; null: nothing. */
  dueAfterAppend(stream: Stream, nowMs: number): number | null {
    const { retention } = stream.record;
    // Not at once: while it cannot be done, every append would try.
    return this.#isFull(stream) || isOverfull(retention, stream.size) ? nowMs + PAUSE_MS : expiryOf(retention, nowMs);
  }

  /** Does what is to be done. @returns when there is more; null: when something was appended */
  async run(stream: Stream, nowMs: number): Promise<number | null> {
    const run = this.#run(stream, nowMs);
    this.#running = run.catch(() => undefined); // who waits for its end does not care how it ended
    return run;
  }

  /** Deletes what is in R2 of a stream that has ended. */
  async removeAll(stream: Stream): Promise<void> {
    await this.#running;
    const segments = stream.segments.all('planned', 'stored', 'listed', 'dropped');
    if (!this.#store || segments.length === 0) return;
    await this.#store.remove(stream, segments);
    await this.#store.writeManifest(stream, []);
  }

  /** The messages of positions in R2. @throws Error when they have gone meanwhile */
  async read(stream: Stream, position: number, maxLength: number, until: number): Promise<MessageBatch> {
    const [store, segment] = this.#segmentAt(stream, position);
    return store.read(stream, segment, position, maxLength, until);
  }

  /** The messages that were appended together from this position on, which is in R2. */
  async appendedAt(stream: Stream, position: number): Promise<MessageBatch> {
    const [store, segment] = this.#segmentAt(stream, position);
    return store.appendedAt(stream, segment, position);
  }

  #segmentAt(stream: Stream, position: number): [SegmentStore, Segment] {
    const segment = stream.segments.at(position);
    if (this.#store && segment) return [this.#store, segment];
    throw new Error(`position ${position} is in no segment`);
  }

  async #run(stream: Stream, nowMs: number): Promise<number | null> {
    const store = this.#store;
    // What was begun is finished first: its rows have to be those that were planned.
    if (store && stream.segments.all('planned').length > 0) await this.#moveSegment(stream, store);
    this.#storage.transactionSync(() => stream.trim(nowMs));
    if (store) {
      for (let moved = 0; moved < SEGMENTS_PER_RUN && this.#isFull(stream); moved++) await this.#moveSegment(stream, store);
      await list(stream, store);
    }
    if (stream.record.isDeleted) return null;
    const oldestAtMs = stream.oldestAtMs;
    return this.#isFull(stream) ? nowMs : oldestAtMs === null ? null : expiryOf(stream.record.retention, oldestAtMs);
  }

  #isFull(stream: Stream): boolean {
    return this.#store !== null && !stream.record.isDeleted && stream.hotLength >= HOT_LENGTH + SEGMENT_LENGTH;
  }

  /** Moves the first rows of the log. Between any two steps the messages can be read from exactly one place. */
  async #moveSegment(stream: Stream, store: SegmentStore): Promise<void> {
    const rows = stream.firstRows(SEGMENT_LENGTH);
    const [first, last] = [rows[0], rows.at(-1)];
    if (!first || !last) return;
    const { body, chunks } = encodeSegment(rows, stream.isJson);
    const { position, lengthBefore } = first;
    const until = last.position + last.messages.lengths.length;
    const length = last.lengthBefore + last.messages.data.length - lengthBefore;
    const segment = { position, until, lengthBefore, length, lastAtMs: last.atMs, byteLength: body.byteLength, chunks };
    stream.segments.plan(segment);
    await store.put(stream, segment, body);
    this.#storage.transactionSync(() => stream.settle(segment));
  }
}

/** Brings the manifest up to date, and then deletes what it does not list any more. */
async function list(stream: Stream, store: SegmentStore): Promise<void> {
  const { segments } = stream;
  if (segments.all('stored', 'dropped').length === 0) return;
  await store.writeManifest(stream, segments.all('stored', 'listed'));
  for (const { position } of segments.all('stored')) segments.move(position, 'listed');
  const dropped = segments.all('dropped');
  await store.remove(stream, dropped);
  for (const { position } of dropped) segments.remove(position);
}
