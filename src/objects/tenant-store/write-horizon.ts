/**
 * Tells the next instance of the object that writes of this one may still be under way. An instance can be replaced while its requests are in
 * flight (Durable Objects lifecycle: up to 30 seconds), and its memory of them is gone: the horizon is the one thing it leaves behind.
 */

/** Where the horizon is kept. `save` is durable before any request leaves that is sent after it (the platform's output gate). */
export interface HorizonStorage {
  /** 0 when there is none */
  load(): number;
  save(untilMs: number): void;
}

/** Stored ahead by this much, so that steady writing stores one row in this time and not one per write. */
const AHEAD_MS = 20_000;

export class WriteHorizon {
  readonly #storage: HorizonStorage;
  readonly #settleMs: number;
  #savedMs: number;

  /** @param settleMs how long after its deadline a write may still be applied */
  constructor(storage: HorizonStorage, settleMs: number) {
    this.#storage = storage;
    this.#settleMs = settleMs;
    this.#savedMs = storage.load();
  }

  /** Until when writes of earlier instances may be applied; in the past when there are none. */
  get untilMs(): number {
    return this.#savedMs;
  }

  /** To be called before a write leaves that ends by `deadlineAtMs`. @throws what the storage throws; the write must not leave then */
  cover(deadlineAtMs: number): void {
    const neededMs = deadlineAtMs + this.#settleMs;
    if (neededMs <= this.#savedMs) return;
    this.#storage.save(neededMs + AHEAD_MS);
    this.#savedMs = neededMs + AHEAD_MS;
  }
}
