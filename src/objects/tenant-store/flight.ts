/** A read of one key that is on its way to DynamoDB, and those who wait for it. */
import type { Load, LoadOutcome } from './batch-loader.ts';
import type { Cost } from './cost.ts';
import type { ItemKey } from './item-key.ts';
import type { Share } from './request-scheduler.ts';

/** Somebody who waits for one key. */
export interface Reader {
  readonly key: ItemKey;
  /** asks for ConsistentRead when DynamoDB has to be asked */
  readonly strong: boolean;
  /** takes an item whose time is up when DynamoDB cannot be asked */
  readonly acceptsStale: boolean;
  readonly deadlineAtMs: number;
  readonly share: Share;
  /** what this reader caused is added here */
  readonly cost: Cost;
  /** called once */
  settle(outcome: LoadOutcome): void;
}

/** What a flight asks of the one who started it. */
export interface FlightControl {
  /** whether the answer of a request that leaves now may be kept */
  mayKeep(key: ItemKey): boolean;
  landed(flight: Flight, outcome: LoadOutcome, cost: Cost): void;
}

export class Flight implements Load {
  readonly key: ItemKey;
  readonly strong: boolean;
  readonly readers: Reader[];
  readonly #control: FlightControl;
  #share: Share;
  #isSent = false;
  #isOver = false;
  #isCancelled = false;
  #isOvertaken = false;
  #mayKeep = false;
  #deadlineAtSendMs = 0;

  constructor(reader: Reader, strong: boolean, control: FlightControl) {
    this.key = reader.key;
    this.strong = strong;
    this.readers = [reader];
    this.#share = reader.share;
    this.#control = control;
  }

  get deadlineAtMs(): number {
    return this.readers.reduce((latestMs, reader) => Math.max(latestMs, reader.deadlineAtMs), 0);
  }

  /** Of the reader who started it, or of one who is more in a hurry. */
  get share(): Share {
    return this.#share;
  }

  get shares(): readonly Share[] {
    return this.readers.map(({ share }) => share);
  }

  /**
   * Another reader waits for the same.
   *
   * @returns whether it has become more urgent by that and has not left: then it has to be queued again, among its new like
   */
  join(reader: Reader): boolean {
    this.readers.push(reader);
    const isUrgent = !this.#isSent && reader.share.priority === 'interactive' && this.#share.priority !== 'interactive';
    if (isUrgent) this.#share = reader.share;
    return isUrgent;
  }

  get isSent(): boolean {
    return this.#isSent;
  }

  get isCancelled(): boolean {
    return this.#isCancelled;
  }

  /** A write began after this flight: its answer is nobody's. */
  get isOvertaken(): boolean {
    return this.#isOvertaken;
  }

  /** Whether the answer may be kept, as it stood when the request left. */
  get mayKeep(): boolean {
    return this.#mayKeep;
  }

  /** Whether the request had been bounded by less time than `reader` has: then its running out of time is no answer to this reader. */
  wasTooShortFor(reader: Reader): boolean {
    return reader.deadlineAtMs > this.#deadlineAtSendMs;
  }

  /**
   * Takes the lease away: a write begins.
   *
   * @returns the readers who have to be looked up again at once, because the request has not left and now never will
   */
  overtake(): readonly Reader[] {
    this.#isOvertaken = true;
    if (this.#isSent) return [];
    this.#isCancelled = true;
    return this.readers;
  }

  sent(): void {
    this.#isSent = true;
    this.#mayKeep = this.#control.mayKeep(this.key);
    this.#deadlineAtSendMs = this.deadlineAtMs;
  }

  dropped(): void {
    // whoever cancelled it has taken its readers
  }

  /** Once: one that was queued again may be refused in both places. */
  landed(outcome: LoadOutcome, cost: Cost): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#isSent = true;
    this.#control.landed(this, outcome, cost);
  }
}
