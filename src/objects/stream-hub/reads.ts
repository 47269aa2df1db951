/** Reads by calls: a part of what there is, or, at its end, what comes next. */
import type { StreamFrom } from '../../wire/stream-offset.ts';
import type { Ending } from './ending.ts';
import type { Inheritance } from './inheritance.ts';
import { noMessages } from './message-batch.ts';
import type { News } from './news.ts';
import type { ReadResult } from './rpc.ts';

/** How much one answer to a reader holds, in characters or bytes. */
export const PART_LENGTH = 1024 * 1024;

export interface ReadsOptions {
  ending: Ending;
  inheritance: Inheritance;
  news: News;
}

export class Reads {
  readonly #options: ReadsOptions;

  constructor(options: ReadsOptions) {
    this.#options = options;
  }

  /** @param waitMs how long to wait at the tail for something to come */
  async read(from: StreamFrom, waitMs: number): Promise<ReadResult> {
    const { ending, inheritance, news } = this.#options;
    const stream = await ending.alive();
    if ('kind' in stream) return stream;
    const location = stream.locate(from);
    if (location.kind !== 'at') return location;
    const { position } = location;
    await ending.touch();
    const isAtTail = position.position === stream.next.position;
    if (isAtTail && waitMs > 0 && !stream.record.isClosed) {
      await news.wait(waitMs);
      return this.read(position, 0);
    }
    const messages = from === 'now' ? noMessages(stream.isJson) : await inheritance.read(stream, position.position, PART_LENGTH);
    const next = { ...position, position: position.position + messages.lengths.length };
    const isUpToDate = next.position === stream.next.position;
    const { contentType, isClosed } = stream.record;
    return { kind: 'part', contentType, messages, from: position, next, isUpToDate, isClosed: isUpToDate && isClosed };
  }
}
