/** The queries of indexes that other shards have under way: what happens to this one's rows meanwhile is noted for them. */
import type { KeySpace } from '../item-key.ts';
import { noCost } from '../cost.ts';
import type { FlightsInAir } from '../queries/flights-in-air.ts';
import { knownQuery } from '../queries/known-query.ts';
import type { Places } from '../queries/places.ts';
import { QueryFlight } from '../queries/query-flight.ts';
import type { UnsettledRow, UnsettledRows } from '../queries/unsettled-rows.ts';
import { COMMON_SHARE } from '../request-scheduler.ts';
import type { Asks, SeenRow } from './asks.ts';

export interface WatchedPlacesOptions {
  keySpace: KeySpace;
  places: Places;
  unsettled: UnsettledRows;
  flights: FlightsInAir;
  nowMs: () => number;
}

export class WatchedPlaces {
  readonly #options: WatchedPlacesOptions;
  readonly #flights = new Map<string, { flight: QueryFlight; untilMs: number }>();

  constructor(options: WatchedPlacesOptions) {
    this.#options = options;
  }

  /** The rows that DynamoDB may be wrong about. @throws TypeError for a query that the store does not understand */
  begin({ id, input, deadlineMs }: Asks['watch']['ask']): SeenRow[] {
    const { keySpace, places, unsettled, flights, nowMs } = this.#options;
    const query = knownQuery(keySpace, places, input);
    if (query === null) throw new TypeError('a query that is not understood');
    this.#forgetExpired();
    const untilMs = nowMs() + deadlineMs;
    const flight = new QueryFlight(
      { query, strong: false, deadlineAtMs: untilMs, share: COMMON_SHARE, cost: noCost(), settle: () => {} },
      true,
    );
    const touching = unsettled.touching(query.collection, query.place);
    flight.sent(touching, nowMs());
    flights.watch(flight);
    this.#flights.set(id, { flight, untilMs });
    return touching.map((row) => seenRow(row, query.place.collection));
  }

  /** The rows that were touched since; null when nobody has noted them. */
  end({ id }: Asks['unwatch']['ask']): SeenRow[] | null {
    const watched = this.#flights.get(id);
    if (watched === undefined) return null;
    this.#drop(id);
    const { touched, query } = watched.flight;
    return Array.from(touched.values(), (row) => seenRow(row, query.place.collection));
  }

  #drop(id: string): void {
    const watched = this.#flights.get(id);
    if (watched !== undefined) this.#options.flights.remove(watched.flight);
    this.#flights.delete(id);
  }

  #forgetExpired(): void {
    for (const [id, { untilMs }] of this.#flights) if (untilMs <= this.#options.nowMs()) this.#drop(id);
  }
}

function seenRow({ key, after, running }: UnsettledRow, collection: string): SeenRow {
  const at = after.get(collection);
  return { id: key.id, isRunning: running > 0, ...(at === undefined ? {} : { at }) };
}
