/** Writes that come while storage is busy with others are made in one turn, and so committed together: it waits for its disk once, not once for each. */

/** When as much waits, in characters or bytes, it is written without waiting for more: until then it stands in memory. */
const MAX_WAITING_LENGTH = 1024 * 1024;

export class GroupCommit {
  readonly #committed: () => Promise<void>;
  #waiting: (() => void)[] = [];
  #waitingLength = 0;
  #isBusy = false;

  /** @param committed resolves when everything that was written is committed (`storage.sync`) */
  constructor(committed: () => Promise<void>) {
    this.#committed = committed;
  }

  /** Does `work`, which writes about as much as `length`: at once, or in its turn when what came before is committed. */
  async write<Result>(length: number, work: () => Result): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    this.#waitingLength += length;
    this.#waiting.push(() => {
      try {
        resolve(work());
      } catch (error) {
        reject(error);
      }
    });
    if (!this.#isBusy) void this.#run(); // it never fails: who waits for a write hears of it
    else if (this.#waitingLength >= MAX_WAITING_LENGTH) this.#writeWaiting();
    return promise;
  }

  async #run(): Promise<void> {
    this.#isBusy = true;
    while (this.#waiting.length > 0) {
      this.#writeWaiting();
      await this.#committed().catch(() => undefined); // then storage is lost, and with it the object: whatever is still written fails
    }
    this.#isBusy = false;
  }

  #writeWaiting(): void {
    const works = this.#waiting;
    this.#waiting = [];
    this.#waitingLength = 0;
    for (const work of works) work();
  }
}
