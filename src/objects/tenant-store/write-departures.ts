/**
 * Which writes leave together. A write that finds a connection leaves alone and at once. While all are taken, plain puts and deletes wait for one
 * together: the first that gets it takes the others along, as one BatchWriteItem at the price of them all. It is what lets more writes leave than
 * there are connections.
 */
import type { CallBounds } from './call-bounds.ts';
import type { Priority, RequestScheduler } from './request-scheduler.ts';
import type { WritePart } from './write-plans.ts';

/** A write that may leave. */
export interface Departing {
  bounds: CallBounds;
  /** null: it goes alone */
  part: WritePart | null;
}

/** DynamoDB's limit of entries in one BatchWriteItem. */
const MAX_PARTS = 25;
/** One large item would hold up those that go with it; DynamoDB takes 16 MB. */
const MAX_CHARACTERS = 256 * 1024;
/** The request ends by the earliest deadline of those in it, so who has less time goes alone. */
const MIN_TIME_MS = 1_000;

interface Place<Write> {
  readonly write: Write;
  hasLeft: boolean;
}

export class WriteDepartures<Write extends Departing> {
  readonly #scheduler: RequestScheduler;
  readonly #send: (writes: readonly [Write, ...Write[]]) => Promise<void>;
  readonly #nowMs: () => number;
  /** those that may go with others, in the order they came */
  readonly #waiting: Readonly<Record<Priority, Set<Place<Write>>>> = { interactive: new Set(), batch: new Set(), prefetch: new Set() };

  /** @param send called with writes that have a connection now, until the promise resolves */
  constructor(scheduler: RequestScheduler, nowMs: () => number, send: (writes: readonly [Write, ...Write[]]) => Promise<void>) {
    this.#scheduler = scheduler;
    this.#nowMs = nowMs;
    this.#send = send;
  }

  /** Sends `write` as soon as there is a connection. */
  leave(write: Write): void {
    const place = { write, hasLeft: false };
    const { share } = write.bounds;
    if (write.part !== null) this.#waiting[share.priority].add(place);
    this.#scheduler.run('write', () => this.#go(place), share);
  }

  async #go(place: Place<Write>): Promise<void> {
    if (place.hasLeft) return;
    const others = this.#isInTime(place) ? this.#takeOthers(place) : [];
    this.#take(place);
    await this.#send([place.write, ...others]);
  }

  #takeOthers(place: Place<Write>): Write[] {
    const others: Write[] = [];
    let characters = place.write.part?.characters ?? Infinity;
    for (const other of this.#waiting[place.write.bounds.share.priority]) {
      if (others.length === MAX_PARTS - 1 || characters >= MAX_CHARACTERS) break;
      if (other === place || !this.#isInTime(other)) continue;
      characters += other.write.part?.characters ?? 0;
      this.#take(other);
      others.push(other.write);
    }
    return others;
  }

  #take(place: Place<Write>): void {
    place.hasLeft = true;
    this.#waiting[place.write.bounds.share.priority].delete(place);
  }

  #isInTime({ write }: Place<Write>): boolean {
    return write.part !== null && write.bounds.deadlineAtMs - this.#nowMs() >= MIN_TIME_MS;
  }
}
