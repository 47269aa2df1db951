/** When what was appended is sent: at once while little happens, together while much does. Pure but for the timer that it is given. */

/** As many messages, or characters or bytes of them, are sent without waiting for more. */
const MAX_MESSAGES = 64;
const MAX_LENGTH = 64 * 1024;
/** As long waits a message for others at most. */
const MAX_WINDOW_MS = 10;
/** After as long without any, a message waits for nobody. */
const IDLE_MS = 20;

export interface CoalescerOptions {
  nowMs: () => number;
  /** runs `work` once, this much later */
  later: (work: () => void, delayMs: number) => void;
  /** sends all that has come since it was called last */
  flush: () => void;
}

/**
 * Joins what comes in quick succession. The window that it waits for others grows while there are any, and shrinks while there are none.
 * Nothing is armed while nothing waits: a timer would keep the object from hibernating.
 */
export class Coalescer {
  readonly #options: CoalescerOptions;
  #windowMs = 0;
  #lastFlushMs = 0;
  #messages = 0;
  #length = 0;
  #appends = 0;
  #isArmed = false;

  constructor(options: CoalescerOptions) {
    this.#options = options;
  }

  /** Takes note of one append: how many messages, and how long they are together. */
  offer(messages: number, length: number): void {
    this.#messages += messages;
    this.#length += length;
    this.#appends++;
    const isIdle = !this.#isArmed && this.#options.nowMs() - this.#lastFlushMs >= IDLE_MS;
    if (isIdle || this.#messages >= MAX_MESSAGES || this.#length >= MAX_LENGTH) this.flush();
    else this.#arm();
  }

  /** Sends what waits, now. */
  flush(): void {
    if (this.#appends === 0) return;
    this.#windowMs = this.#appends > 1 ? Math.min(MAX_WINDOW_MS, Math.max(1, this.#windowMs * 2)) : Math.floor(this.#windowMs / 2);
    this.#lastFlushMs = this.#options.nowMs();
    this.#messages = 0;
    this.#length = 0;
    this.#appends = 0;
    this.#options.flush();
  }

  /** Even a timer of no time runs behind the appends that have arrived by then. */
  #arm(): void {
    if (this.#isArmed) return;
    this.#isArmed = true;
    this.#options.later(() => {
      this.#isArmed = false;
      this.flush();
    }, this.#windowMs);
  }
}
