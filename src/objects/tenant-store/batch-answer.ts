/**
 * Puts the answer to one BatchGetItem together from what was cached, what was loaded, and what DynamoDB answered past the cache.
 * 100 items may be 40 MB: the keys whose items do not fit one answer are named in it, for the client to ask for them again.
 */
import type { CacheState, StoreError } from '../../dynamo/item-store.ts';
import type { AttributeMap, BatchGetItemInput } from '../../dynamo/types.ts';
import type { LoadOutcome } from './batch-loader.ts';
import { addCost, noCost, type Cost } from './cost.ts';
import type { ItemKey } from './item-key.ts';
import type { PassedResult } from './pass-through.ts';
import { batchOutput, failureReply, hitReply, successReply } from './replies.ts';
import { JoinedBytes } from './text-bytes.ts';

/** The most of one answer: it is in memory several times on its way. DynamoDB itself answers at most 16 MB. */
const MAX_ANSWER_BYTES = 12 * 1024 * 1024;
/** Without the key nobody can say which row would have to be read again. */
const ROWS_WITHOUT_KEYS: StoreError = {
  code: 'invalid_request',
  message:
    'the answer would be over 12 MB, and its ProjectionExpression leaves out the keys: ask for fewer keys at a time, or for the key attributes too',
};

type BatchRequests = BatchGetItemInput['RequestItems'];

export class BatchAnswer {
  /** readers add what they caused */
  readonly cost: Cost = noCost();
  readonly #requests: BatchRequests;
  readonly #texts: Map<string, string[]>;
  readonly #size = new JoinedBytes(MAX_ANSWER_BYTES);
  /** by table: the keys that did not fit */
  readonly #left = new Map<string, AttributeMap[]>();
  readonly #unread: AttributeMap[] = [];
  #expectedBytes = 0;
  #error: StoreError | null = null;
  #hits = 0;
  #staleMs = 0;
  #misses = 0;

  /** @param requests as they came */
  constructor(requests: BatchRequests) {
    this.#requests = requests;
    this.#texts = new Map(Object.keys(requests).map((table) => [table, []]));
  }

  /** False as soon as something had to be left out. */
  get isWhole(): boolean {
    return this.#left.size === 0;
  }

  addHit(key: ItemKey, text: string | null): void {
    this.#hits++;
    if (text !== null && !this.#add(key.table, text)) this.leave(key);
  }

  /** Whether an item of about `bytes` is going to fit, beside those that were promised before; if so it is promised. */
  promise(bytes: number): boolean {
    const isFirst = this.#size.isEmpty && this.#expectedBytes === 0;
    if (!isFirst && this.#expectedBytes + bytes > this.#size.leftBytes) return false;
    this.#expectedBytes += bytes;
    return true;
  }

  /** Leaves `key` for another call. */
  leave({ table, attributes }: Pick<ItemKey, 'table' | 'attributes'>): void {
    const keys = this.#left.get(table) ?? [];
    this.#left.set(table, keys);
    keys.push(attributes);
  }

  addLoaded(key: ItemKey, outcome: LoadOutcome): void {
    this.#misses++;
    if (outcome.ok && outcome.staleMs !== undefined) this.#staleMs = Math.max(this.#staleMs, outcome.staleMs);
    if (!outcome.ok) this.#fail(outcome.error, [key.attributes]);
    else if (outcome.text !== null && !this.#add(key.table, outcome.text)) this.leave(key);
  }

  /**
   * @param asked what DynamoDB was asked for; when it fails without saying which keys, none was read
   * @param keyOf the key of a row, undefined when it does not carry it
   */
  addPassed(result: PassedResult<'BatchGetItem'>, asked: BatchRequests, keyOf: (row: AttributeMap) => AttributeMap | undefined): void {
    this.#misses++;
    addCost(this.cost, result.cost);
    for (const [table, rows] of Object.entries(result.output?.Responses ?? {})) {
      const unfit = rows.filter((row) => !this.#add(table, JSON.stringify(row)));
      const keys = unfit.map(keyOf);
      if (keys.includes(undefined)) this.#fail(ROWS_WITHOUT_KEYS, asked[table]?.Keys ?? []);
      else for (const attributes of keys) if (attributes !== undefined) this.leave({ table, attributes });
    }
    if (!result.ok) this.#fail(result.error, result.error.keys ?? Object.values(asked).flatMap(({ Keys }) => Keys));
  }

  /** @param state default: by what came from memory and what did not */
  reply(state: CacheState = this.#state): string {
    const output = batchOutput(this.#texts);
    const rest = this.#rest;
    if (state === 'hit') return hitReply(output, rest);
    const extras = { rest, staleMs: this.#staleMs };
    if (this.#error === null) return successReply(output, state, this.cost, extras);
    return failureReply({ ...this.#error, keys: this.#unread }, state, this.cost, output, extras);
  }

  get #state(): CacheState {
    if (this.#misses === 0) return 'hit';
    return this.#hits === 0 ? 'miss' : 'partial';
  }

  /** The requests for what was left, each as it came: with its projection and its consistency. */
  get #rest(): BatchGetItemInput | undefined {
    if (this.isWhole) return undefined;
    return { RequestItems: Object.fromEntries(Array.from(this.#left, ([table, Keys]) => [table, { ...this.#requests[table], Keys }])) };
  }

  #add(table: string, text: string): boolean {
    if (!this.#size.take(text)) return false;
    this.#texts.get(table)?.push(text);
    return true;
  }

  /** The first failure names the code; the keys of all are told. */
  #fail(error: StoreError, keys: readonly AttributeMap[]): void {
    this.#error ??= error;
    this.#unread.push(...keys);
  }
}
