/** The queries that are on their way, and those whose answers are made right. There are few: as many as connections, and those that wait for one. */
import type { QueryFlight } from './query-flight.ts';
import { isTouched, type UnsettledRow } from './unsettled-rows.ts';

export class FlightsInAir {
  readonly #flights = new Set<QueryFlight>();
  readonly #landed = new Set<QueryFlight>();
  /** of other shards: nobody joins them */
  readonly #watched = new Set<QueryFlight>();

  add(flight: QueryFlight): void {
    this.#flights.add(flight);
  }

  /** Another shard's query has left. */
  watch(flight: QueryFlight): void {
    this.#watched.add(flight);
  }

  /** DynamoDB has answered: nobody may join it any more. */
  land(flight: QueryFlight): void {
    this.#flights.delete(flight);
    this.#landed.add(flight);
  }

  /** Its answer is known. */
  remove(flight: QueryFlight): void {
    this.#landed.delete(flight);
    this.#watched.delete(flight);
  }

  /** One that asks the same. */
  find(identity: string): QueryFlight | undefined {
    for (const flight of this.#flights) if (flight.query.identity === identity) return flight;
    return undefined;
  }

  /** Something happens to a row: those that may or may not show it are told. */
  touch(row: UnsettledRow, nowMs: number): void {
    for (const flight of this.#flights) if (flight.isSent && isTouched(flight.query.place, row)) flight.touch(row, nowMs);
    for (const flight of this.#watched) if (isTouched(flight.query.place, row)) flight.touch(row, nowMs);
    for (const flight of this.#landed) if (isTouched(flight.query.place, row)) flight.touchLate();
  }
}
