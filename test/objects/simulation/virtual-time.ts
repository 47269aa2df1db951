/** What an object does meanwhile when it lets others begin takes so long, at most. */
export const TURN_MS = 2;

/** Time that passes only when nothing else can happen: a run of hours takes seconds, and the same seed gives the same run. */
export class VirtualTime {
  nowMs = 1_000_000;
  readonly #events: { atMs: number; order: number; run: () => void }[] = [];
  #order = 0;

  after(delayMs: number, run: () => void): void {
    const event = { atMs: this.nowMs + Math.max(0, delayMs), order: this.#order++, run };
    let index = this.#events.push(event) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(event, at(this.#events, parent))) break;
      this.#events[index] = at(this.#events, parent);
      index = parent;
    }
    this.#events[index] = event;
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.after(delayMs, resolve));
  }

  /** As an object waits: when it only wants to hear what else has come, that takes `turnMs`. */
  pause(delayMs: number, turnMs: number): Promise<void> {
    return this.sleep(delayMs === 0 ? turnMs : delayMs);
  }

  /** Runs events in order until none is left. All promise callbacks of an event run before the next one. */
  async run(): Promise<void> {
    for (let event = this.#take(); event !== undefined; event = this.#take()) {
      this.nowMs = event.atMs;
      event.run();
      await new Promise(setImmediate);
    }
  }

  #take(): { atMs: number; run: () => void } | undefined {
    const first = this.#events[0];
    const last = this.#events.pop();
    if (first === undefined || last === undefined || this.#events.length === 0) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= this.#events.length) break;
      if (child + 1 < this.#events.length && isBefore(at(this.#events, child + 1), at(this.#events, child))) child++;
      if (!isBefore(at(this.#events, child), last)) break;
      this.#events[index] = at(this.#events, child);
      index = child;
    }
    this.#events[index] = last;
    return first;
  }
}

function at<T>(list: readonly T[], index: number): T {
  return list[index] as T; // callers stay within the list
}

function isBefore(a: { atMs: number; order: number }, b: { atMs: number; order: number }): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
