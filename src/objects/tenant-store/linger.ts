/**
 * How long a connection that has become free waits for more keys. Not at all while one is free for whoever comes; only when all are taken and
 * batches leave that are small, a moment's wait saves requests: less of them are sent, and each carries more.
 */

/** A batch of so many keys is worth sending. */
export const WORTHWHILE_KEYS = 25;
const MAX_MS = 1;
const MAX_SHARE_OF_ROUND_TRIP = 0.2;
/** The wait grows by this part of its bound with each small batch. */
const STEP = 0.25;
/** How much the latest round trip counts in their mean. */
const ROUND_TRIP_WEIGHT = 0.1;

export class Linger {
  #ms = 0;
  #roundTripMs: number | null = null;
  #lastKeys = 0;

  /** 0: send at once. */
  get ms(): number {
    return this.#ms;
  }

  /** A request took so long. */
  observe(roundTripMs: number): void {
    this.#roundTripMs =
      this.#roundTripMs === null ? roundTripMs : this.#roundTripMs + (roundTripMs - this.#roundTripMs) * ROUND_TRIP_WEIGHT;
  }

  /**
   * A batch leaves.
   *
   * @param isFull whether no connection is left for the next one
   */
  left(keys: number, isFull: boolean): void {
    const maxMs = Math.min(MAX_MS, MAX_SHARE_OF_ROUND_TRIP * (this.#roundTripMs ?? 0));
    const isGrowing = keys >= this.#lastKeys;
    this.#lastKeys = keys;
    if (!isFull) this.#ms = 0;
    else if (keys < WORTHWHILE_KEYS && isGrowing) this.#ms = Math.min(maxMs, this.#ms + maxMs * STEP);
  }
}
