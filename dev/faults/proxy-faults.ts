/** What the proxy can do to a request instead of passing it on, and which requests it does it to. */
import { matches, type RequestFilter } from './proxy-log.ts';

/** `before`: DynamoDB never sees the request; `after`: it has done it, and its answer is lost. */
type FaultMoment = 'before' | 'after';

/** What happens to a request. */
type FaultEffect =
  /** answers with an AWS error: "ThrottlingException", or with a bare status when `name` is null. `fields` are added to its JSON */
  | { kind: 'error'; name: string | null; status?: number; moment?: FaultMoment; fields?: Record<string, unknown> }
  /** closes the connection without an answer */
  | { kind: 'drop'; moment?: FaultMoment }
  /** passes it on after a while, whether or not somebody still waits */
  | { kind: 'delay'; waitMs: number }
  /** closes the connection without an answer, and passes it on after a while */
  | { kind: 'late'; afterMs: number }
  /** keeps it (`before`) or its answer (`after`) until `release` */
  | { kind: 'hold'; moment?: FaultMoment }
  /** does the first `done` entries of a BatchGetItem or BatchWriteItem and leaves the others unprocessed */
  | { kind: 'unprocessed'; done: number };

/** An effect on the next `times` requests that match (default 1). */
export type Fault = FaultEffect & RequestFilter & { times?: number };

/** The faults that wait for their requests, first come, first served. */
export class FaultQueue {
  #waiting: { fault: Fault; timesLeft: number }[] = [];

  add(fault: Fault): void {
    this.#waiting.push({ fault, timesLeft: fault.times ?? 1 });
  }

  /** The fault for this request, if any; it counts as used. */
  take(operation: string, text: string): Fault | null {
    const index = this.#waiting.findIndex(({ fault }) => matches(fault, operation, text));
    const entry = this.#waiting[index];
    if (entry === undefined) return null;
    entry.timesLeft -= 1;
    if (entry.timesLeft <= 0) this.#waiting.splice(index, 1);
    return entry.fault;
  }

  /** Removes the faults whose own `contains` has all of these texts; every one by default. */
  clear(contains: readonly string[] = []): void {
    this.#waiting = this.#waiting.filter(({ fault }) => !contains.every((part) => fault.contains?.includes(part)));
  }
}

/** Requests that are being kept back, and who waits for them to be. */
export class HeldRequests {
  #held: { operation: string; text: string; go: () => void }[] = [];
  #watchers: (() => void)[] = [];

  /** Keeps a request until it is released. */
  hold(operation: string, text: string): Promise<void> {
    return new Promise((go) => {
      this.#held.push({ operation, text, go });
      for (const check of this.#watchers) check();
    });
  }

  /** Resolves once `count` requests that match are held. */
  whenHeld(filter: RequestFilter, count: number): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (this.#held.filter((one) => matches(filter, one.operation, one.text)).length < count) return;
        this.#watchers = this.#watchers.filter((watcher) => watcher !== check);
        resolve();
      };
      this.#watchers = [...this.#watchers, check];
      check();
    });
  }

  /** Lets the requests that match go on; returns how many did. */
  release(filter: RequestFilter = {}): number {
    const released = this.#held.filter((one) => matches(filter, one.operation, one.text));
    this.#held = this.#held.filter((one) => !released.includes(one));
    for (const { go } of released) go();
    return released.length;
  }
}
