/** Work that one request does for all of its isolate. It may be stopped with its request, and nothing is heard of it then. */

/** As long as a request may work behind its answer. */
const LOST_AFTER_MS = 30_000;

/** Knows which work is under way, so that there is one at a time; time is an argument. */
export class SoleWork {
  #work: Promise<void> | null = null;
  #heardAtMs = 0;

  /** The work under way; null: there is none, or none was heard of for so long that it was stopped. */
  underWay(nowMs: number): Promise<void> | null {
    return nowMs < this.#heardAtMs + LOST_AFTER_MS ? this.#work : null;
  }

  /** Begins work; to be called where none is under way. */
  begin(nowMs: number, work: () => Promise<void>): Promise<void> {
    this.goesOn(nowMs);
    const begun = work().finally(() => {
      if (this.#work === begun) this.#work = null;
    });
    return (this.#work = begun);
  }

  /** To be called by work that takes longer: it was not stopped. */
  goesOn(nowMs: number): void {
    this.#heardAtMs = nowMs;
  }
}
