/** Pieces of the log as readers are sent them who are behind: read once, and made into a frame once, however many are at the same place. */
import { frameOf } from './data-frame.ts';
import type { MessageBatch } from './rpc.ts';
import type { SentStream } from './sent-stream.ts';

/** As many are kept while anybody is behind, each of some `PIECE_LENGTH`. */
const MAX_PIECES = 4;

export class Pieces {
  readonly #pieces = new Map<string, Promise<MessageBatch | null>>();
  readonly #frames = new WeakMap<MessageBatch, { of: string; frame: string | Uint8Array }>();

  /** @param place where the piece begins, and what else it depends on */
  async read(place: string, read: () => Promise<MessageBatch | null>): Promise<MessageBatch | null> {
    const known = this.#pieces.get(place);
    if (known) return known;
    const [oldest] = this.#pieces.keys();
    if (oldest !== undefined && this.#pieces.size === MAX_PIECES) this.#pieces.delete(oldest);
    const piece = read();
    this.#pieces.set(place, piece);
    let messages: MessageBatch | null = null;
    try {
      messages = await piece;
      return messages;
    } finally {
      if (!messages?.lengths.length) this.#pieces.delete(place); // by the next time there may be something
    }
  }

  /** The frame of messages that end at the position `next`. */
  frame(stream: SentStream, messages: MessageBatch, next: number): string | Uint8Array {
    const of = `${next} ${next === stream.next.position} ${stream.isClosed}`;
    const known = this.#frames.get(messages);
    if (known?.of === of) return known.frame;
    const frame = frameOf(stream, messages, next);
    this.#frames.set(messages, { of, frame });
    return frame;
  }

  /** Forgets everything: nobody is behind any more. */
  clear(): void {
    this.#pieces.clear();
  }
}
