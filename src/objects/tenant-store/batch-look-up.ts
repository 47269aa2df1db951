/** What of a BatchGetItem is in memory, found in one pass over its keys: that is what a hit costs. */
import type { StoreError } from '../../dynamo/item-store.ts';
import type { AttributeMap, BatchGetItemInput, KeysAndAttributes } from '../../dynamo/types.ts';
import { BatchAnswer } from './batch-answer.ts';
import type { Freshness } from './freshness.ts';
import type { HotKeys } from './hot-keys.ts';
import { isTableName, type ItemKey, type KeyClass, type KeySpace } from './item-key.ts';
import type { KeyLines } from './key-lines.ts';
import { ARN_REFUSED, FOREIGN_KEY, NOT_OF_SHARD } from './refusals.ts';
import { isWholeBatch } from './whole-reads.ts';

export interface BatchLookUpOptions {
  keySpace: KeySpace;
  lines: KeyLines;
  freshness: Freshness;
  hotKeys: HotKeys;
  nowMs: () => number;
}

/** A key that is not in memory. */
export interface Miss {
  key: ItemKey;
  isConsistent: boolean;
}

type BatchRequests = BatchGetItemInput['RequestItems'];

/** DynamoDB's limit of keys in one BatchGetItem. */
const MAX_BATCH_KEYS = 100;

export class BatchLookUp {
  /** with what is in memory */
  readonly answer: BatchAnswer;
  /** JSON of the items that are, null for one that is known to be missing */
  readonly hits: (string | null)[] = [];
  readonly missing: Miss[] = [];
  /** what has to be passed through */
  readonly rest: BatchRequests = {};
  /** why nothing of it may be read, if so; what was found means nothing then */
  readonly refused: StoreError | null = null;
  readonly #options: BatchLookUpOptions;
  readonly #isAtomic: boolean;
  readonly #nowMs: number;
  readonly #ownIds = new Set<string>();
  #keys = 0;
  #othersKeys = 0;
  #isMalformed = false;

  /** @param isAtomic keys of other shards are passed through then, and refused otherwise */
  constructor(requests: BatchRequests, isAtomic: boolean, options: BatchLookUpOptions) {
    this.#options = options;
    this.#isAtomic = isAtomic;
    this.#nowMs = options.nowMs();
    this.answer = new BatchAnswer(requests);
    for (const [table, request] of Object.entries(requests)) this.refused ??= this.#lookUpTable(table, request);
  }

  /** False for what DynamoDB refuses: it is asked, so that the error is its own. */
  get isSound(): boolean {
    const areDistinct = this.#ownIds.size + this.#othersKeys === this.#keys;
    return !this.#isMalformed && areDistinct && this.#keys > 0 && this.#keys <= MAX_BATCH_KEYS;
  }

  get hasRest(): boolean {
    for (const _table in this.rest) return true;
    return false;
  }

  #lookUpTable(table: string, request: KeysAndAttributes): StoreError | null {
    if (!isTableName(table)) return ARN_REFUSED;
    const isWhole = isWholeBatch(request);
    this.#keys += request.Keys.length;
    if (request.Keys.length === 0) this.#isMalformed = true;
    for (const attributes of request.Keys) {
      const keyClass = this.#options.keySpace.classify(table, attributes);
      if (keyClass.kind === 'foreign') return FOREIGN_KEY;
      if (keyClass.kind === 'neighbour' && !this.#isAtomic) return NOT_OF_SHARD;
      if (keyClass.kind === 'malformed') this.#isMalformed = true;
      if (keyClass.kind === 'own') this.#ownIds.add(keyClass.key.id);
      else this.#othersKeys++;
      if (keyClass.kind === 'own' && isWhole) this.#lookUp(keyClass.key, request);
      else this.#passOn(table, request, attributes, keyClass);
    }
    return null;
  }

  #lookUp(key: ItemKey, { ConsistentRead }: KeysAndAttributes): void {
    const cached = this.#options.lines.peek(key, this.#nowMs);
    if (cached === undefined) {
      this.missing.push({ key, isConsistent: ConsistentRead === true });
      return;
    }
    this.hits.push(cached.text);
    this.#options.hotKeys.hit(key.id);
    this.answer.addHit(key, cached.text);
  }

  /** An eventual read past the cache may lag behind a write that was just acknowledged. */
  #passOn(table: string, request: KeysAndAttributes, attributes: AttributeMap, keyClass: KeyClass): void {
    const { freshness } = this.#options;
    const passed = (this.rest[table] ??= { ...request, Keys: [] });
    passed.Keys.push(attributes);
    if (keyClass.kind === 'own' && freshness.isStrong(keyClass.key.partition, this.#nowMs)) passed.ConsistentRead = true;
  }
}
