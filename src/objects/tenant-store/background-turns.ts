/**
 * Lets calls in the background begin one in a turn of the event loop. An export may send a hundred batches at once, and to look up the keys of each takes
 * a part of a millisecond: begun together, they would hold back all that comes to the object meanwhile.
 */
import { FairQueue } from './fair-queue.ts';

export class BackgroundTurns {
  readonly #nextTurn: () => Promise<void>;
  readonly #waiting = new FairQueue<() => void>(1, () => 1);
  #isTaken = false;

  /** @param nextTurn resolves when what has come to the object meanwhile was heard */
  constructor(nextTurn: () => Promise<void>) {
    this.#nextTurn = nextTurn;
  }

  /** When the call may begin; null: at once, since no other has begun in this turn. Callers that wait have turns. */
  take(caller: string): Promise<void> | null {
    if (this.#isTaken) return new Promise((begin) => this.#waiting.push(caller, begin));
    this.#isTaken = true;
    void this.#letOthersBegin(); // does not reject
    return null;
  }

  async #letOthersBegin(): Promise<void> {
    for (;;) {
      await this.#nextTurn();
      const begin = this.#waiting.take();
      if (begin === undefined) break;
      begin();
    }
    this.#isTaken = false;
  }
}
