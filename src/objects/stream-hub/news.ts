/** Long polls that wait for something to happen to the stream. */
export class News {
  readonly #waiting = new Set<() => void>();

  /** Resolves when something happens, or when the time is over. */
  async wait(waitMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timeout = setTimeout(resolve, waitMs);
    this.#waiting.add(resolve);
    await promise;
    clearTimeout(timeout);
    this.#waiting.delete(resolve);
  }

  /** Something has happened. */
  tell(): void {
    for (const resolve of this.#waiting) resolve();
  }
}
