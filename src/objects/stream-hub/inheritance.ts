/** Where a stream's messages stand: in the object's log, in R2, and of a fork in its source. It is read as one. */
import { isSameType } from './append-rules.ts';
import { joinBatches, noMessages, sliceBatch } from './message-batch.ts';
import type { ForkRpc, ForkSource, HoldResult, MessageBatch } from './rpc.ts';
import type { Stream } from './stream.ts';
import type { Upkeep } from './upkeep.ts';

export interface InheritanceOptions {
  /** the stream's own name, by which its source knows it */
  name: () => string;
  source: (name: string) => ForkRpc;
  /** what has moved to R2 */
  cold: Pick<Upkeep, 'read' | 'appendedAt'>;
}

export class Inheritance {
  readonly #options: InheritanceOptions;

  constructor(options: InheritanceOptions) {
    this.#options = options;
  }

  /** Messages of the positions `from` to `until` (default: all), as far as `maxLength` goes; those before the stream's own are its source's. */
  async read(stream: Stream, from: number, maxLength: number, until = stream.next.position): Promise<MessageBatch> {
    const parts: MessageBatch[] = [];
    let position = from;
    let length = 0;
    while (position < until && length < maxLength) {
      const source = this.#sourceOf(stream, position);
      const room = maxLength - length;
      const part = source
        ? await source.readFor(this.#options.name(), position, Math.min(until, stream.ownFrom))
        : position < stream.hotFrom
          ? await this.#options.cold.read(stream, position, room, until)
          : stream.read(position, room, until);
      if (part.lengths.length === 0) throw new Error(`no messages at position ${position} of ${until}`);
      parts.push(part);
      position += part.lengths.length;
      length += part.data.length;
    }
    return parts.length === 0 ? noMessages(stream.isJson) : joinBatches(parts, stream.isJson);
  }

  /** The messages that were appended together from this position on. */
  async appendedAt(stream: Stream, position: number): Promise<MessageBatch> {
    const source = this.#sourceOf(stream, position);
    if (source) return source.readAppendFor(this.#options.name(), position);
    return position < stream.hotFrom ? this.#options.cold.appendedAt(stream, position) : stream.appendedAt(position);
  }

  /** Keeps what a fork of the stream inherits, and says what that is. */
  async hold(stream: Stream, fork: string, source: ForkSource, contentType: string | null): Promise<HoldResult> {
    const { record } = stream;
    if (contentType !== null && !isSameType(contentType, record.contentType))
      return { kind: 'source_type', contentType: record.contentType };
    const location = stream.locate(source.at ?? 'now');
    if (location.kind !== 'at') return { kind: 'bad_fork', reason: 'expected an offset of the source, got one that it has not' };
    const at = location.position;
    const piece = source.subOffset === 0 ? null : takePiece(await this.appendedAt(stream, at.position), source.subOffset);
    if (piece === 'short') return { kind: 'bad_fork', reason: `expected an append of at least ${source.subOffset} behind the offset` };
    const { contentType: type, lifetime, retention, keptFrom, isDeleted } = stream.record;
    if (isDeleted) return { kind: 'gone' }; // meanwhile
    if (at.position < keptFrom) return { kind: 'bad_fork', reason: 'the messages at the offset have just gone' };
    stream.addFork(fork, at.position);
    const lineage = [...(record.fork?.lineage ?? []), stream.next].map(({ epoch, position }) => ({
      epoch,
      position: Math.min(position, at.position),
    }));
    return { kind: 'held', part: { contentType: type, lifetime, retention, keptFrom, at, piece, lineage } };
  }

  /** The stream that has this position; null for the stream itself. */
  #sourceOf({ record, ownFrom }: Stream, position: number): ForkRpc | null {
    return record.fork && position < ownFrom ? this.#options.source(record.fork.source) : null;
  }
}

/** The first bytes (JSON: messages) of an append, as one. */
function takePiece(append: MessageBatch, count: number): MessageBatch | 'short' {
  if (typeof append.data === 'string') return count > append.lengths.length ? 'short' : sliceBatch(append, 0, count);
  return count > append.data.byteLength ? 'short' : { data: append.data.slice(0, count), lengths: [count] };
}
