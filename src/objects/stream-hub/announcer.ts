/** Appends on their way to the readers: each at once, or several together while they come in quick succession. */
import { Coalescer } from './coalescer.ts';
import { joinBatches } from './message-batch.ts';
import type { MessageBatch } from './rpc.ts';

/** Sends messages, which begin at this position, to everybody who has everything before it. */
export type Announce = (from: number, messages: MessageBatch) => void;

export class Announcer {
  readonly #announce: Announce;
  readonly #coalescer: Coalescer;
  #waiting: { from: number; batches: MessageBatch[] } | null = null;

  constructor(announce: Announce) {
    this.#announce = announce;
    this.#coalescer = new Coalescer({
      nowMs: Date.now,
      later: (work, delayMs) => void setTimeout(work, delayMs),
      flush: () => this.#send(),
    });
  }

  appended(from: number, messages: MessageBatch): void {
    this.#waiting ??= { from, batches: [] };
    this.#waiting.batches.push(messages);
    this.#coalescer.offer(messages.lengths.length, messages.data.length);
  }

  /** Announces what waits, now. */
  flush(): void {
    this.#coalescer.flush();
  }

  #send(): void {
    if (!this.#waiting) return;
    const { from, batches } = this.#waiting;
    this.#waiting = null;
    this.#announce(from, joinBatches(batches, typeof batches[0]?.data === 'string'));
  }
}
