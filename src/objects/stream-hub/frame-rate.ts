/** How many frames came in the current second: what a socket may send is bounded, as nobody else counts it. Pure. */
export class FrameRate {
  readonly #perSecond: number;
  #beganAtMs = 0;
  #frames = 0;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  /** Counts one. @returns whether it is one too many */
  isExceeded(nowMs: number): boolean {
    if (nowMs - this.#beganAtMs >= 1_000) {
      this.#beganAtMs = nowMs;
      this.#frames = 0;
    }
    this.#frames++;
    return this.#frames > this.#perSecond;
  }
}
