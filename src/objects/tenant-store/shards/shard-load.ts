/** How busy an object is: whether the tenant has outgrown it. Measured by its alarm, and only while there is something to measure. */

export interface GrowthOptions {
  /** the most objects that a tenant gets by itself; default 8, 1: it stays as an operator has made it */
  max?: number;
  /** calls per second from which on one object is not enough; default 500 */
  fromCallsPerSec?: number;
  /** for how long there have to be so many, in seconds; default 20 */
  overSec?: number;
}

/** An object takes 500 to 1,000 calls a second (Durable Objects, Limits). */
const DEFAULT_FROM_CALLS_PER_SEC = 500;
const DEFAULT_MAX = 8;
const DEFAULT_OVER_SEC = 20;
/** One busy window may be a burst. */
const BUSY_WINDOWS = 2;

export class ShardLoad {
  readonly #fromCallsPerSec: number;
  readonly #max: number;
  readonly #windowMs: number;
  #windowFromMs = 0;
  #calls = 0;
  #busyWindows = 0;
  #isMeasured = false;

  constructor({ fromCallsPerSec = DEFAULT_FROM_CALLS_PER_SEC, max = DEFAULT_MAX, overSec = DEFAULT_OVER_SEC }: GrowthOptions = {}) {
    this.#windowMs = (overSec * 1_000) / BUSY_WINDOWS;
    this.#fromCallsPerSec = fromCallsPerSec;
    this.#max = max;
  }

  /** A call has come. @returns when `measure` is to be called, null when nothing is to be done for it */
  count(nowMs: number): number | null {
    if (!this.#isMeasured && nowMs - this.#windowFromMs >= this.#windowMs) this.#begin(nowMs);
    this.#calls++;
    // Half of a busy window's calls: until then nobody is woken for it.
    if (this.#isMeasured || this.#calls * 1_000 < (this.#fromCallsPerSec * this.#windowMs) / 2) return null;
    this.#isMeasured = true;
    return this.#windowFromMs + this.#windowMs;
  }

  /**
   * Looks at the window that ends now.
   *
   * @param shards that there are
   * @returns how many there should be, null for as many as there are; and when to measure again, null for not
   */
  measure(nowMs: number, shards: number): { shards: number | null; againAtMs: number | null } {
    const callsPerSec = (this.#calls * 1_000) / Math.max(1, nowMs - this.#windowFromMs);
    this.#busyWindows = callsPerSec >= this.#fromCallsPerSec ? this.#busyWindows + 1 : 0;
    this.#begin(nowMs);
    this.#isMeasured = callsPerSec * 2 >= this.#fromCallsPerSec;
    const hasOutgrown = this.#busyWindows >= BUSY_WINDOWS && shards < this.#max;
    return { shards: hasOutgrown ? Math.min(shards * 2, this.#max) : null, againAtMs: this.#isMeasured ? nowMs + this.#windowMs : null };
  }

  #begin(nowMs: number): void {
    this.#windowFromMs = nowMs;
    this.#calls = 0;
  }
}
