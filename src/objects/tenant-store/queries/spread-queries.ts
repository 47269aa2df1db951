/**
 * Queries of indexes, whose rows are of several shards. As in one object each row that DynamoDB may be wrong about is looked up; but which those are
 * only their shards know, before the query leaves and until it has landed. No shard is told when a row of another changes, so no answer is kept.
 */
import type { ItemStore, OperationResult } from '../../../dynamo/item-store.ts';
import type { LoadOutcome } from '../batch-loader.ts';
import type { CallBounds } from '../call-bounds.ts';
import { addCost, costOf, noCost, type Cost } from '../cost.ts';
import type { ItemKey, KeySpace } from '../item-key.ts';
import type { PassThrough } from '../pass-through.ts';
import { failureReply, successReply } from '../replies.ts';
import { NotAnswered, type Neighbours } from '../shards/neighbours.ts';
import type { SeenRow } from '../shards/asks.ts';
import type { WatchedPlaces } from '../shards/watched-places.ts';
import { correctedAnswer, type LookUp, type WrongRow } from './corrected-answer.ts';
import { isWide, wideInput, type KnownQuery } from './known-query.ts';
import type { Position } from './places.ts';

export interface SpreadQueriesOptions {
  keySpace: KeySpace;
  neighbours: Neighbours;
  watched: WatchedPlaces;
  passThrough: PassThrough;
  lookUp: LookUp;
  newToken: () => string;
  nowMs: () => number;
}

export class SpreadQueries {
  readonly #options: SpreadQueriesOptions;

  constructor(options: SpreadQueriesOptions) {
    this.#options = options;
  }

  /** JSON of the reply to a query of an index. */
  async read(query: KnownQuery, bounds: CallBounds): Promise<string> {
    try {
      return await this.#read(query, bounds);
    } catch (error) {
      if (error instanceof NotAnswered) return failureReply(error.reason, 'miss', noCost());
      throw error;
    }
  }

  async #read(query: KnownQuery, bounds: CallBounds, needsWide = false, cost = noCost()): Promise<string> {
    const id = this.#options.newToken();
    const early = await this.#watch(id, query, bounds);
    const asked = needsWide || early.length > 0 ? wideInput(query.input) : query.input;
    const result = await this.#send(asked, bounds, cost);
    const late = await this.#unwatch(id);
    if (!result.ok) return failureReply(result.error, 'miss', cost);
    const touched = this.#wrongRows([...early, ...late], query);
    if (touched.size === 0 && asked === query.input) return successReply(JSON.stringify(result.output), 'miss', cost);
    if (!isWide(asked)) return this.#read(query, bounds, true, cost);
    const answer = await correctedAnswer({ query, touched }, result.output, (key) => this.#lookUp(key, bounds, cost));
    if ('output' in answer) return successReply(JSON.stringify(answer.output), 'miss', cost);
    return answer.error === null
      ? this.#options.passThrough.reply('Query', query.input, { ...bounds, context: {} })
      : failureReply(answer.error, 'miss', cost);
  }

  async #watch(id: string, { input }: KnownQuery, { deadlineAtMs }: CallBounds): Promise<SeenRow[]> {
    const { neighbours, watched, nowMs } = this.#options;
    const ask = { id, input, deadlineMs: Math.max(0, deadlineAtMs - nowMs()) };
    const ofOthers = neighbours.askAll('watch', ask);
    return [watched.begin(ask), ...(await ofOthers)].flat();
  }

  /** @throws NotAnswered when a shard was lost meanwhile, and its notes with it */
  async #unwatch(id: string): Promise<SeenRow[]> {
    const { neighbours, watched } = this.#options;
    const ofOthers = neighbours.askAll('unwatch', { id });
    const all = [watched.end({ id }), ...(await ofOthers)];
    if (all.includes(null)) throw new NotAnswered({ code: 'unavailable', message: 'Query: a shard was lost meanwhile', retryAfterMs: 0 });
    return all.flatMap((rows) => rows ?? []);
  }

  async #send(input: KnownQuery['input'], bounds: CallBounds, cost: Cost): Promise<OperationResult<'Query'>> {
    const result = await this.#options.passThrough.ask('Query', input, { ...bounds, context: {} });
    addCost(cost, result.cost);
    const meta = { cache: 'bypass' as const, ...result.cost };
    return result.ok ? { ok: true, output: result.output, meta } : { ok: false, error: result.error, meta };
  }

  #wrongRows(rows: readonly SeenRow[], { place }: KnownQuery): ReadonlyMap<string, WrongRow> {
    const wrong = new Map<string, WrongRow>();
    for (const { id, isRunning, at } of rows) {
      const running = isRunning || (wrong.get(id)?.running ?? 0) > 0 ? 1 : 0;
      const after = new Map<string, Position | null>(at === undefined ? [] : [[place.collection, at]]);
      wrong.set(id, { key: this.#options.keySpace.keyOfId(id), after, running });
    }
    return wrong;
  }

  /** As its shard answers for it. */
  async #lookUp(key: ItemKey, { deadlineAtMs, share }: CallBounds, cost: Cost): Promise<LoadOutcome> {
    const { keySpace, neighbours, lookUp, nowMs } = this.#options;
    const keyClass = keySpace.classify(key.table, key.attributes);
    if (keyClass.kind !== 'neighbour') return lookUp({ key, deadlineAtMs, share, cost });
    const store: ItemStore = neighbours.storeOf(keyClass.shard);
    const input = { TableName: key.table, Key: key.attributes, ConsistentRead: true };
    const result = await store.execute('GetItem', input, { ...share, deadlineMs: Math.max(0, deadlineAtMs - nowMs()) });
    addCost(cost, costOf(result.meta));
    if (!result.ok) return { ok: false, error: result.error };
    return { ok: true, text: result.output.Item === undefined ? null : JSON.stringify(result.output.Item) };
  }
}
