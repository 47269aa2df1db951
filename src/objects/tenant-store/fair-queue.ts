/**
 * A queue that callers share: each has its turn, whoever has asked for most (deficit round robin, Shreedhar and Varghese 1995). Within one caller it is
 * first in, first out. Items may be of different cost; a caller whose next item costs more than its turn allows saves up for it.
 */

interface Flow<Item> {
  readonly caller: string;
  items: Item[];
  /** where `items` begins: what was taken is cut off now and then, not each time */
  first: number;
  deficit: number;
}

/** Taken items are cut off when there are so many. */
const CUT_AT = 1_024;

export class FairQueue<Item> {
  readonly #costOf: (item: Item) => number;
  readonly #turn: number;
  readonly #flows = new Map<string, Flow<Item>>();
  /** in the order of their turns; the first one's turn it is */
  readonly #round: Flow<Item>[] = [];
  #size = 0;

  /** @param turn what a caller may take before the next one; @param costOf of an item, in the same unit, more than 0 */
  constructor(turn: number, costOf: (item: Item) => number) {
    this.#turn = turn;
    this.#costOf = costOf;
  }

  get size(): number {
    return this.#size;
  }

  push(caller: string, item: Item): void {
    let flow = this.#flows.get(caller);
    if (flow === undefined) {
      flow = { caller, items: [], first: 0, deficit: this.#turn };
      this.#flows.set(caller, flow);
      this.#round.push(flow);
    }
    flow.items.push(item);
    this.#size++;
  }

  /** The item whose turn it is; undefined when there is none. */
  peek(): Item | undefined {
    const flow = this.#flowInTurn();
    return flow?.items[flow.first];
  }

  take(): Item | undefined {
    const flow = this.#flowInTurn();
    const item = flow?.items[flow.first];
    if (flow === undefined || item === undefined) return undefined;
    flow.first++;
    flow.deficit -= this.#costOf(item);
    this.#size--;
    if (flow.first === flow.items.length) {
      this.#flows.delete(flow.caller);
      this.#round.shift();
    } else if (flow.first >= CUT_AT) {
      flow.items = flow.items.slice(flow.first);
      flow.first = 0;
    }
    return item;
  }

  #flowInTurn(): Flow<Item> | undefined {
    for (;;) {
      const [flow] = this.#round;
      const item = flow?.items[flow.first];
      if (flow === undefined || item === undefined) return undefined;
      if (this.#round.length === 1) flow.deficit = Math.max(flow.deficit, this.#costOf(item));
      if (flow.deficit >= this.#costOf(item)) return flow;
      flow.deficit += this.#turn;
      this.#round.push(...this.#round.splice(0, 1));
    }
  }
}
