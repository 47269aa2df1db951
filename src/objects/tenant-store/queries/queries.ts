/**
 * Answers queries from memory, joins those that ask the same, and makes right what DynamoDB answers about rows that were written of late.
 *
 * 1. An answer is kept for its place (`Place`), and dropped in the turn in which a write that touches the place is acknowledged (`QueryUpkeep`).
 * 2. While a query is on its way, every row that a write touches in its place is noted, beside those that DynamoDB may be wrong about from the
 *    start (`UnsettledRows`). When there are none, the answer is right.
 * 3. When there are any, each is looked up as a GetItem does it, and the answer is put together anew (`answerQuery`): so no query shows an old row,
 *    or a write before its acknowledgement, and writes cannot make it start over for ever. It is kept too, unless a row is in doubt, or was
 *    touched again meanwhile.
 * 4. That takes whole rows. A query for less is sent as it is when nothing is to be made right; if that unsettled on the way, it is sent once more.
 */
import type { ItemStore, OperationResult, StoreError } from '../../../dynamo/item-store.ts';
import type { QueryInput, QueryOutput } from '../../../dynamo/types.ts';
import type { CacheTimes } from '../cache-times.ts';
import type { CallBounds } from '../call-bounds.ts';
import { addCost, costOf, noCost } from '../cost.ts';
import type { Freshness } from '../freshness.ts';
import { textOf, type KeySpace } from '../item-key.ts';
import { OUT_OF_TIME, type PassThrough } from '../pass-through.ts';
import { failureReply, successReply } from '../replies.ts';
import type { RequestScheduler } from '../request-scheduler.ts';
import { correctedAnswer, type LookUp } from './corrected-answer.ts';
import type { FlightsInAir } from './flights-in-air.ts';
import { identityOf, isWide, knownQuery, wideInput, type KnownQuery } from './known-query.ts';
import type { Places } from './places.ts';
import type { QueryCache } from './query-cache.ts';
import { QueryFlight, type QueryReader } from './query-flight.ts';
import type { UnsettledRows } from './unsettled-rows.ts';
import { tracesOf } from '../traces.ts';

export interface QueriesOptions {
  keySpace: KeySpace;
  places: Places;
  unsettled: UnsettledRows;
  cache: QueryCache;
  flights: FlightsInAir;
  times: CacheTimes;
  freshness: Freshness;
  scheduler: RequestScheduler;
  store: ItemStore;
  passThrough: PassThrough;
  lookUp: LookUp;
  nowMs: () => number;
}

type QueryResult = OperationResult<'Query'>;

export class Queries {
  readonly #options: QueriesOptions;

  constructor(options: QueriesOptions) {
    this.#options = options;
  }

  /** JSON of the answer to a query, when it is in memory. */
  peek(input: QueryInput): string | undefined {
    return this.#options.cache.get(identityOf(input));
  }

  /** What a query asks for; null when it is DynamoDB's alone to answer. */
  understand(input: QueryInput): KnownQuery | null {
    const { keySpace, places } = this.#options;
    return knownQuery(keySpace, places, input);
  }

  /** JSON of the reply to a query. */
  read(query: KnownQuery, { deadlineAtMs, strong, share }: CallBounds): Promise<string> {
    return new Promise((settle) => {
      const isStrong = strong || query.input.ConsistentRead === true;
      this.#fly({ query, strong: isStrong, deadlineAtMs, share, cost: noCost(), settle }, false);
    });
  }

  #fly(reader: QueryReader, needsWide: boolean): void {
    const { flights } = this.#options;
    const joined = flights.find(reader.query.identity);
    if (joined !== undefined && this.#mayJoin(joined, needsWide)) {
      if (joined.join(reader, needsWide)) this.#queue(joined);
      return;
    }
    const flight = new QueryFlight(reader, needsWide);
    flights.add(flight);
    this.#queue(flight);
  }

  /** One that is queued twice leaves when the first of its turns comes. */
  #queue(flight: QueryFlight): void {
    const leave = async () => {
      // The connection is free again when DynamoDB has answered: what is looked up then needs one too.
      if (!flight.isSent) this.#land(flight, await this.#send(flight));
    };
    this.#options.scheduler.run('read', leave, flight.share);
  }

  /** What happens to rows on the way is noted, so that a flight answers those who come later as well, as long as all of it is noted. */
  #mayJoin(flight: QueryFlight, needsWide: boolean): boolean {
    return !flight.isSent || (this.#options.unsettled.isCompleteSince(flight.sentAtMs) && (flight.isWide || !needsWide));
  }

  async #send(flight: QueryFlight): Promise<QueryResult> {
    const { unsettled, freshness, keySpace, nowMs, store } = this.#options;
    const { collection, input, place } = flight.query;
    flight.sent(unsettled.touching(collection, place), nowMs());
    const deadlineMs = flight.deadlineAtMs - nowMs();
    if (deadlineMs <= 0) return failed(OUT_OF_TIME);
    if (flight.touched.size > 0) flight.isWide = true;
    const isOfTable = collection.indexName === undefined;
    const mayLag = isOfTable && freshness.isStrong(keySpace.partitionId(input.TableName, place.partition), nowMs());
    const asked = flight.isWide ? wideInput(input) : input;
    const isStrong = mayLag || (isOfTable && flight.isStrong);
    const traces = tracesOf(flight.readers.map(({ share }) => share));
    try {
      return await store.execute('Query', isStrong ? { ...asked, ConsistentRead: true } : asked, { deadlineMs, ...traces });
    } catch (error) {
      return failed({ code: 'unavailable', message: `Query: ${String(error)}` });
    }
  }

  #land(flight: QueryFlight, result: QueryResult): void {
    this.#options.flights.land(flight);
    const [cause] = flight.readers;
    if (cause !== undefined) addCost(cause.cost, costOf(result.meta));
    if (result.ok && (flight.isWide || (flight.touched.size > 0 && isWide(flight.query.input)))) {
      void this.#correct(flight, result.output); // settles all readers
      return;
    }
    if (!result.ok) this.#fail(flight, result.error);
    else if (flight.touched.size > 0) for (const reader of flight.readers) this.#fly(reader, true);
    else this.#settle(flight, result.output);
    this.#options.flights.remove(flight);
  }

  async #correct(flight: QueryFlight, output: QueryOutput): Promise<void> {
    const { deadlineAtMs, share } = flight;
    const cost = flight.readers[0]?.cost ?? noCost();
    const answer = await correctedAnswer(flight, output, (key) => this.#options.lookUp({ key, deadlineAtMs, share, cost }));
    if ('output' in answer) this.#settle(flight, answer.output);
    else if (answer.error !== null) this.#fail(flight, answer.error);
    else for (const reader of flight.readers) void this.#pass(reader); // settles it
    this.#options.flights.remove(flight);
  }

  /** A table's partition is still read strongly; an index lags behind as DynamoDB's indexes do. */
  async #pass({ query, strong, deadlineAtMs, share, settle }: QueryReader): Promise<void> {
    const { freshness, keySpace, nowMs, passThrough } = this.#options;
    const { collection, input, place } = query;
    const mayLag = freshness.isStrong(keySpace.partitionId(input.TableName, place.partition), nowMs());
    const isStrong = collection.indexName === undefined && (strong || mayLag);
    const bounds = { deadlineAtMs, strong, share, context: {} };
    settle(await passThrough.reply('Query', isStrong ? { ...input, ConsistentRead: true } : input, bounds));
  }

  /** A row whose primary key carries no tenant is written by other objects too. */
  #isOfTenant({ Items = [] }: QueryOutput): boolean {
    const { keySpace, places } = this.#options;
    const partitions = Items.map((row) => textOf(row[keySpace.profile.key.partitionKey]));
    return partitions.every((partition) => partition === undefined || places.isOwn(partition));
  }

  #settle(flight: QueryFlight, output: QueryOutput): void {
    const { cache, times, nowMs } = this.#options;
    const { identity, models, place } = flight.query;
    const text = JSON.stringify(output);
    const keepMs = this.#mayKeep(flight) && this.#isOfTenant(output) ? times.keepRowsMs(models, output.Count > 0) : 0;
    if (keepMs > 0) cache.set(place, identity, text, nowMs() + keepMs);
    for (const reader of flight.readers) reader.settle(successReply(text, 'miss', reader.cost));
  }

  /** Whether the answer is still right, and nothing can make it wrong unnoticed. */
  #mayKeep({ isTouchedLate, isInDoubt, sentAtMs }: QueryFlight): boolean {
    return this.#options.unsettled.isCompleteSince(sentAtMs) && !isTouchedLate && !isInDoubt;
  }

  #fail(flight: QueryFlight, error: StoreError): void {
    const nowMs = this.#options.nowMs();
    const isOutOfTime = error.code === 'deadline_exceeded' || error.code === 'throttled';
    for (const reader of flight.readers) {
      if (isOutOfTime && flight.wasTooShortFor(reader) && nowMs < reader.deadlineAtMs) this.#fly(reader, flight.isWide);
      else reader.settle(failureReply(error, 'miss', reader.cost));
    }
  }
}

function failed(error: StoreError): QueryResult {
  return { ok: false, error, meta: { cache: 'bypass', ...noCost() } };
}
