/** Work that several callers want at the same time is done once. */

/** What is shared goes on when the request that began it has ended: `later` is its `ctx.waitUntil`. */
export type Later = (work: Promise<unknown>) => void;

export class SingleFlight<Value> {
  readonly #flights = new Map<string, Promise<Value>>();

  get(key: string): Promise<Value> | undefined {
    return this.#flights.get(key);
  }

  /** The work under way of this key, or this one. Values are shared: none may belong to a request, as bodies do. */
  run(key: string, work: () => Promise<Value>, later: Later): Promise<Value> {
    const known = this.#flights.get(key);
    if (known !== undefined) return known;
    const flight = work().finally(() => this.forget(key, flight));
    this.#flights.set(key, flight);
    later(flight.catch(() => undefined)); // whoever waits for it hears of it
    return flight;
  }

  /** Who comes from now on begins anew. @param flight this one only */
  forget(key: string, flight = this.#flights.get(key)): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
  }
}
