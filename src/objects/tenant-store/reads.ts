/** GetItem, BatchGetItem, TransactGetItems, Query and Scan: from the cache what is whole and the tenant's own, from DynamoDB everything else. */
import type { OperationContext } from '../../dynamo/item-store.ts';
import type { BatchGetItemInput, GetItemInput, QueryInput, ScanInput, TransactGetItemsInput } from '../../dynamo/types.ts';
import { BatchAnswer } from './batch-answer.ts';
import type { LoadOutcome } from './batch-loader.ts';
import { boundsOf, type CallBounds } from './call-bounds.ts';
import { noCost, type Cost } from './cost.ts';
import type { Freshness } from './freshness.ts';
import { isTableName, type ItemKey, type KeyClass, type KeySpace } from './item-key.ts';
import type { ItemSizes } from './item-sizes.ts';
import type { KeyLines } from './key-lines.ts';
import type { PassThrough } from './pass-through.ts';
import type { Queries } from './queries/queries.ts';
import type { SpreadQueries } from './queries/spread-queries.ts';
import { ownRowsOnly, scopeOfQuery } from './query-access.ts';
import { ReadsPastCache } from './reads-past-cache.ts';
import { ARN_REFUSED, FOREIGN_KEY, NOT_A_QUERY, NOT_OF_SHARD, refusal } from './refusals.ts';
import type { StoreCounters } from './store-counters.ts';
import { failureReply, hitReply, itemOutput, successReply } from './replies.ts';
import { isWholeBatch, isWholeGet } from './whole-reads.ts';

export interface ReadsOptions {
  keySpace: KeySpace;
  lines: KeyLines;
  freshness: Freshness;
  itemSizes: ItemSizes;
  passThrough: PassThrough;
  queries: Queries;
  /** of indexes; null where the tenant has one object */
  spreadQueries: SpreadQueries | null;
  counters: StoreCounters;
  nowMs: () => number;
}

/** A reply: at once when it is in memory. */
export type Reply = string | Promise<string>;

/** DynamoDB's limit of keys in one BatchGetItem. */
const MAX_BATCH_KEYS = 100;

export class Reads {
  readonly #options: ReadsOptions;
  readonly #pastCache: ReadsPastCache;

  constructor(options: ReadsOptions) {
    this.#options = options;
    this.#pastCache = new ReadsPastCache(options);
  }

  getItem(input: GetItemInput, context: OperationContext): Reply {
    const { keySpace, lines, passThrough, counters } = this.#options;
    if (!isTableName(input.TableName)) return refusal(ARN_REFUSED);
    const keyClass = keySpace.classify(input.TableName, input.Key);
    if (keyClass.kind === 'foreign') return refusal(FOREIGN_KEY);
    if (keyClass.kind === 'neighbour') return refusal(NOT_OF_SHARD);
    if (context.bypassCache === true) return this.#getPastCache(input, keyClass, this.#bounds(context));
    if (keyClass.kind !== 'own') return passThrough.reply('GetItem', input, this.#bounds(context));
    if (!isWholeGet(input)) return passThrough.reply('GetItem', this.#strongIfNeeded(input, [keyClass]), this.#bounds(context));
    const cached = lines.peek(keyClass.key);
    if (cached !== undefined) {
      counters.hit(cached.text);
      return hitReply(itemOutput(cached.text));
    }
    counters.misses++;
    return this.#getMissing(keyClass.key, input.ConsistentRead === true, this.#bounds(context));
  }

  #getPastCache(input: GetItemInput, keyClass: KeyClass, bounds: CallBounds): Promise<string> {
    const key = keyClass.kind === 'own' && isWholeGet(input) ? keyClass.key : undefined;
    return this.#pastCache.getItem(input, key, bounds);
  }

  #getMissing(key: ItemKey, consistent: boolean, { deadlineAtMs, strong, share }: CallBounds): Promise<string> {
    const cost = noCost();
    return new Promise((resolve) => {
      const settle = (outcome: LoadOutcome) =>
        resolve(outcome.ok ? this.#loadedReply(outcome, cost) : failureReply(outcome.error, 'miss', cost));
      const isStrong = consistent || strong;
      this.#options.lines.read({ key, strong: isStrong, acceptsStale: !isStrong, deadlineAtMs, share, cost, settle });
    });
  }

  #loadedReply({ text, staleMs }: LoadOutcome & { ok: true }, cost: Cost): string {
    if (staleMs === undefined) return successReply(itemOutput(text), 'miss', cost);
    this.#options.counters.staleAnswers++;
    return successReply(itemOutput(text), 'miss', cost, { staleMs });
  }

  batchGetItem(input: BatchGetItemInput, context: OperationContext): Reply {
    const tables = Object.entries(input.RequestItems);
    if (!tables.every(([table]) => isTableName(table))) return refusal(ARN_REFUSED);
    const classes = tables.map(([table, { Keys }]) => Keys.map((key) => this.#options.keySpace.classify(table, key)));
    if (classes.flat().some(({ kind }) => kind === 'foreign')) return refusal(FOREIGN_KEY);
    if (context.atomic === true && context.bypassCache !== true) return this.#atomicBatchGet(input, classes, context);
    if (context.atomic !== true && classes.flat().some(({ kind }) => kind === 'neighbour')) return refusal(NOT_OF_SHARD);
    if (context.bypassCache === true) return this.#batchGetPastCache(input, classes, this.#bounds(context));
    if (!isSoundBatch(classes)) return this.#pastCache.batchGetItem(input, new Map(), this.#bounds(context));
    return this.#batchGet(input, classes, context);
  }

  #batchGet(input: BatchGetItemInput, classes: KeyClass[][], context: OperationContext): Reply {
    const answer = new BatchAnswer(input.RequestItems);
    const rest: BatchGetItemInput['RequestItems'] = {};
    const missing: { key: ItemKey; strong: boolean }[] = [];
    const { lines, counters } = this.#options;
    Object.entries(input.RequestItems).forEach(([table, request], index) => {
      const ofTable = classes[index] ?? [];
      const isWhole = isWholeBatch(request);
      const passed = request.Keys.filter((_key, position) => !isWhole || ofTable[position]?.kind !== 'own');
      if (passed.length > 0) rest[table] = this.#strongIfNeeded({ ...request, Keys: passed }, ofTable);
      if (!isWhole) return;
      for (const keyClass of ofTable) {
        if (keyClass.kind !== 'own') continue;
        const cached = lines.peek(keyClass.key);
        if (cached === undefined) missing.push({ key: keyClass.key, strong: request.ConsistentRead === true });
        else answer.addHit(keyClass.key, cached.text);
        if (cached !== undefined) counters.hit(cached.text);
      }
    });
    // What would not fit is not loaded: it would only drive out of memory what the next call asks for.
    const loads = missing.filter(({ key }) => answer.promise(this.#options.itemSizes.expect(key)));
    counters.misses += loads.length;
    for (const miss of missing) if (!loads.includes(miss)) answer.leave(miss.key);
    if (loads.length === 0 && Object.keys(rest).length === 0) return answer.reply();
    return this.#completeBatch(answer, loads, rest, this.#bounds(context));
  }

  async #completeBatch(
    answer: BatchAnswer,
    missing: readonly { key: ItemKey; strong: boolean }[],
    rest: BatchGetItemInput['RequestItems'],
    bounds: CallBounds,
  ): Promise<string> {
    const loads = missing.map(async ({ key, strong }) => {
      const { deadlineAtMs, share } = bounds;
      const outcome = await new Promise<LoadOutcome>((settle) => {
        const isStrong = strong || bounds.strong;
        this.#options.lines.read({ key, strong: isStrong, acceptsStale: !isStrong, deadlineAtMs, share, cost: answer.cost, settle });
      });
      if (outcome.ok && outcome.staleMs !== undefined) this.#options.counters.staleAnswers++;
      answer.addLoaded(key, outcome);
    });
    const passed = Object.keys(rest).length === 0 ? null : this.#options.passThrough.read('BatchGetItem', { RequestItems: rest }, bounds);
    await Promise.all(loads);
    if (passed !== null) answer.addPassed(await passed, rest, (row) => this.#options.keySpace.keyOfRow(row));
    return answer.reply();
  }

  #batchGetPastCache(input: BatchGetItemInput, classes: KeyClass[][], bounds: CallBounds): Promise<string> {
    const whole = Object.entries(input.RequestItems).flatMap(([table, request], index) =>
      isWholeBatch(request) ? [[table, classes[index] ?? []] as const] : [],
    );
    return this.#pastCache.batchGetItem(input, new Map(whole), bounds);
  }

  /** All from the cache, where a transaction appears in one turn; else all from one transaction of DynamoDB. */
  #atomicBatchGet(input: BatchGetItemInput, classes: KeyClass[][], context: OperationContext): Reply {
    const tables = Object.entries(input.RequestItems);
    const isCacheable = isSoundBatch(classes) && tables.every(([, request]) => isWholeBatch(request));
    const answer = new BatchAnswer(input.RequestItems);
    const isCached = isCacheable && classes.flat().every((keyClass) => this.#addCached(answer, keyClass));
    // In parts it would not be atomic.
    if (isCached && answer.isWhole) return answer.reply();
    return this.#options.passThrough.reply('BatchGetItem', input, this.#bounds(context));
  }

  #addCached(answer: BatchAnswer, keyClass: KeyClass): boolean {
    const cached = keyClass.kind === 'own' ? this.#options.lines.peek(keyClass.key) : undefined;
    if (keyClass.kind === 'own' && cached !== undefined) answer.addHit(keyClass.key, cached.text);
    return cached !== undefined;
  }

  transactGetItems(input: TransactGetItemsInput, context: OperationContext): Reply {
    const { keySpace, passThrough } = this.#options;
    if (!input.TransactItems.every(({ Get }) => isTableName(Get.TableName))) return refusal(ARN_REFUSED);
    const classes = input.TransactItems.map(({ Get }) => keySpace.classify(Get.TableName, Get.Key));
    if (classes.some(({ kind }) => kind === 'foreign')) return refusal(FOREIGN_KEY);
    return passThrough.reply('TransactGetItems', input, this.#bounds(context));
  }

  query(input: QueryInput, context: OperationContext): Reply {
    const { keySpace, freshness, passThrough, queries, spreadQueries, counters, nowMs } = this.#options;
    const isBypass = context.bypassCache === true;
    // Only answers to the tenant's own queries are in memory.
    const cached = isBypass ? undefined : queries.peek(input);
    if (cached !== undefined) {
      counters.queryHit(cached);
      return hitReply(cached);
    }
    if (!isTableName(input.TableName)) return refusal(ARN_REFUSED);
    if (typeof input.KeyConditionExpression !== 'string') return refusal(NOT_A_QUERY);
    const { isForeign, partitionKey } = scopeOfQuery(keySpace, input);
    if (isForeign) return refusal(FOREIGN_KEY);
    if (partitionKey !== undefined && keySpace.isNeighbours(partitionKey)) return refusal(NOT_OF_SHARD);
    const known = isBypass ? null : queries.understand(input);
    if (known !== null) {
      counters.queryMisses++;
      const isSpread = spreadQueries !== null && known.collection.indexName !== undefined;
      return (isSpread ? spreadQueries : queries).read(known, this.#bounds(context));
    }
    const mayLag = partitionKey !== undefined && freshness.isStrong(keySpace.partitionId(input.TableName, partitionKey), nowMs());
    const strongInput = mayLag && !isBypass ? { ...input, ConsistentRead: true } : input;
    return passThrough.reply('Query', strongInput, this.#bounds(context));
  }

  scan(input: ScanInput, context: OperationContext): Reply {
    if (!isTableName(input.TableName)) return refusal(ARN_REFUSED);
    return this.#options.passThrough.reply('Scan', ownRowsOnly(this.#options.keySpace, input), this.#bounds(context));
  }

  /** An eventual read past the cache may lag behind a write that was just acknowledged. */
  #strongIfNeeded<T extends { ConsistentRead?: boolean }>(request: T, classes: readonly KeyClass[]): T {
    const { freshness, nowMs } = this.#options;
    const mayLag = classes.some((keyClass) => keyClass.kind === 'own' && freshness.isStrong(keyClass.key.partition, nowMs()));
    return mayLag ? { ...request, ConsistentRead: true } : request;
  }

  #bounds(context: OperationContext): CallBounds {
    return boundsOf(context, this.#options.nowMs());
  }
}

/** True when the request asks for all of the item, and for nothing that only DynamoDB knows. */
/** False for what DynamoDB refuses: it is asked, so that the error is its own. */
function isSoundBatch(classes: KeyClass[][]): boolean {
  const all = classes.flat();
  const ids = all.flatMap((keyClass) => (keyClass.kind === 'own' ? [keyClass.key.id] : []));
  const areKeys = classes.every((ofTable) => ofTable.length > 0) && all.every(({ kind }) => kind !== 'malformed');
  return all.length > 0 && all.length <= MAX_BATCH_KEYS && areKeys && new Set(ids).size === ids.length;
}
