/** Work that several callers want at the same time is done once. */

/** What is shared goes on when the request that began it has ended: `later` is its `ctx.waitUntil`. */
export type Later = (work: Promise<unknown>) => void;

const FLIGHT_MS = 10_000;
const LOST = Symbol('lost');

/** Joins those who ask for the same at the same time. */
export class SingleFlight<Value> {
  readonly #flights = new Map<string, Promise<Value>>();

  get(key: string): Promise<Value> | undefined {
    return this.#flights.get(key);
  }

  /**
   * The work under way of this key, or this one. Work of another request may be stopped with it, and nothing is heard of it then: who has waited for `FLIGHT_MS`
   * begins anew. Values are shared: none may belong to a request, as bodies do.
   */
  run(key: string, work: () => Promise<Value>, later: Later): Promise<Value> {
    const known = this.#flights.get(key);
    if (known !== undefined) return this.#join(key, known, work, later);
    const flight = work().finally(() => this.forget(key, flight));
    this.#flights.set(key, flight);
    later(flight.catch(() => undefined)); // whoever waits for it hears of it
    return flight;
  }

  async #join(key: string, flight: Promise<Value>, work: () => Promise<Value>, later: Later): Promise<Value> {
    const { promise: isLost, resolve } = Promise.withResolvers<typeof LOST>();
    const timer = setTimeout(() => resolve(LOST), FLIGHT_MS);
    const value = await Promise.race([flight, isLost]).finally(() => clearTimeout(timer));
    if (value !== LOST) return value;
    this.forget(key, flight);
    return this.run(key, work, later);
  }

  /** Who comes from now on begins anew. @param flight this one only */
  forget(key: string, flight = this.#flights.get(key)): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
  }
}
