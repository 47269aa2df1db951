/** GetItem, BatchGetItem, TransactGetItems, Query and Scan: from the cache what is whole and the tenant's own, from DynamoDB everything else. */
import type { OperationContext } from '../../dynamo/item-store.ts';
import type { BatchGetItemInput, GetItemInput, QueryInput, ScanInput, TransactGetItemsInput } from '../../dynamo/types.ts';
import type { LoadOutcome } from './batch-loader.ts';
import { BatchReads } from './batch-reads.ts';
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
import type { HotKeys } from './hot-keys.ts';
import type { StoreCounters } from './store-counters.ts';
import { failureReply, hitReply, itemOutput, successReply } from './replies.ts';
import { isWholeGet } from './whole-reads.ts';

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
  hotKeys: HotKeys;
  nowMs: () => number;
}

/** A reply: at once when it is in memory. */
export type Reply = string | Promise<string>;

export class Reads {
  readonly #options: ReadsOptions;
  readonly #pastCache: ReadsPastCache;
  readonly #batches: BatchReads;

  constructor(options: ReadsOptions) {
    this.#options = options;
    this.#pastCache = new ReadsPastCache(options);
    this.#batches = new BatchReads({ ...options, pastCache: this.#pastCache });
  }

  getItem(input: GetItemInput, context: OperationContext): Reply {
    const { keySpace, lines, passThrough, counters, hotKeys } = this.#options;
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
      hotKeys.hit(keyClass.key.id);
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
    return this.#batches.batchGetItem(input, context);
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
