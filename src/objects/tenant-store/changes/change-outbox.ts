/** Changes on their way to one stream. */
import type { ChangeTeller, ItemChange } from '../../../wire/item-changes.ts';
import type { StreamHubRpc } from '../../stream-hub/rpc.ts';
import { CHANGES_STREAM } from './changes-stream.ts';

/** A change that is to be told, and the number of its write. */
export interface OutgoingChange {
  sequence: number;
  /** of the row; null: all rows of the model may have changed */
  key: object | null;
  /** JSON of it as it is now; null for none, undefined where that is not known */
  text: string | null | undefined;
}

export interface ChangeOutboxOptions {
  hub: Pick<StreamHubRpc, 'create' | 'append' | 'lastSequence'>;
  /** names the writer of these numbers to the stream; a lower epoch than another's can write no more */
  producer: { id: string; epoch: number };
  teller: ChangeTeller;
}

/** How much goes in one append: fewer characters than the stream takes bytes. */
const BATCH_CHANGES = 500;
const BATCH_LENGTH = 512 * 1024;
/** A longer change is told without its item: JSON may escape every character of it, and a row of the stream takes 2 MB. */
const CHANGE_MAX_LENGTH = 500_000;
/** As many changes wait with their items. */
const WHOLE_CHANGES = 1_000;

export class ChangeOutbox {
  readonly #options: ChangeOutboxOptions;
  readonly #waiting: OutgoingChange[] = [];
  /** the number that the stream has of this producer, as far as is known here; null: none */
  #last: number | null = null;
  #sending: Promise<void> | null = null;

  constructor(options: ChangeOutboxOptions) {
    this.#options = options;
  }

  /** The lowest number that is not known to be stored. */
  get firstSequence(): number {
    return this.#waiting[0]?.sequence ?? Infinity;
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** The highest number that waits; 0 without any. */
  get lastSequence(): number {
    return this.#waiting.at(-1)?.sequence ?? 0;
  }

  add(change: OutgoingChange): void {
    // What has to wait long is not worth its memory: who hears of it reads it.
    this.#waiting.push(this.#waiting.length < WHOLE_CHANGES ? change : { ...change, text: change.text && undefined });
  }

  get isSending(): boolean {
    return this.#sending !== null;
  }

  /** What rows are now is not told of what waits. */
  dropTexts(): void {
    for (const [index, change] of this.#waiting.entries()) this.#waiting[index] = { ...change, text: undefined };
  }

  /** Forgets what waits. */
  clear(): void {
    this.#waiting.length = 0;
  }

  /** Asks the stream what it has. @returns the last number; 0 for none */
  async learn(): Promise<number> {
    this.#last = await this.#options.hub.lastSequence(this.#options.producer);
    return this.#last ?? 0;
  }

  /** Sends what waits, and what comes meanwhile. @throws what the stream's object throws; what was not stored still waits then */
  async send(): Promise<void> {
    this.#sending ??= this.#sendAll().finally(() => (this.#sending = null));
    return this.#sending;
  }

  async #sendAll(): Promise<void> {
    await Promise.resolve(); // who writes does not wait for what follows
    while (this.#waiting.length > 0) await this.#sendNext();
  }

  async #sendNext(): Promise<void> {
    const { hub, producer } = this.#options;
    const { texts, seq, count } = this.#nextBatch();
    const messages = { data: texts.join(','), lengths: texts.map(({ length }) => length) };
    const stamp = { ...producer, seq, after: this.#last };
    const result = await hub.append({ messages, contentType: CHANGES_STREAM.contentType, closes: false, producer: stamp, streamSeq: null });
    switch (result.kind) {
      case 'appended':
        return this.#stored(seq);
      case 'sequence_gap':
        // An earlier instance, or a sending whose answer was lost, came further than was known here.
        return result.expected < 0 ? this.#stored(null) : this.#stored(result.expected);
      case 'absent':
        this.#last = null;
        await hub.create(CHANGES_STREAM);
        return;
      case 'stale_epoch':
        this.#waiting.splice(0, count);
        return;
      default:
        throw new Error(`a stream of changes does not take a change: ${result.kind}`);
    }
  }

  /** The stream has everything up to this number. */
  #stored(sequence: number | null): void {
    this.#last = sequence;
    const rest = sequence === null ? 0 : this.#waiting.findIndex((change) => change.sequence > sequence);
    this.#waiting.splice(0, rest === -1 ? this.#waiting.length : rest);
  }

  /** Changes of one write go together, since the stream knows their number only. */
  #nextBatch(): { texts: string[]; seq: number; count: number } {
    const texts: string[] = [];
    let length = 0;
    let seq = 0;
    for (const waiting of this.#waiting) {
      if (waiting.sequence !== seq && (texts.length >= BATCH_CHANGES || length >= BATCH_LENGTH)) break;
      const text = this.#tell(waiting);
      texts.push(text);
      length += text.length;
      seq = waiting.sequence;
    }
    return { texts, seq, count: texts.length };
  }

  #tell({ key, text }: OutgoingChange): string {
    const { teller } = this.#options;
    if (key === null) return JSON.stringify({ type: 'refresh' } satisfies ItemChange);
    const change = JSON.stringify(teller.tell(key, typeof text === 'string' ? (JSON.parse(text) as object) : text)); // of a row
    return change.length <= CHANGE_MAX_LENGTH ? change : JSON.stringify(teller.tell(key, undefined));
  }
}
