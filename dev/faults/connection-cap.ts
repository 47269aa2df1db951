/** Lets a number of requests in at a time; the others wait in their order, as they do for the connections of a Worker. */
export class ConnectionCap {
  readonly #limit: number;
  readonly #waiting: (() => void)[] = [];
  #open = 0;
  #mostOpen = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The most that were in at one moment. */
  get mostOpen(): number {
    return this.#mostOpen;
  }

  /** @returns what lets the next one in; a second call of it does nothing more */
  async enter(): Promise<() => void> {
    if (this.#open >= this.#limit) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#open++;
    this.#mostOpen = Math.max(this.#mostOpen, this.#open);
    let hasLeft = false;
    return () => {
      if (hasLeft) return;
      hasLeft = true;
      const next = this.#waiting.shift();
      if (next === undefined) this.#open--;
      else next();
    };
  }
}
