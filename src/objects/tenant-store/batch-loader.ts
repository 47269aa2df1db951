/**
 * Reads keys from DynamoDB in as few requests as possible: what arrives while all connections are busy, or within one turn, leaves together.
 * A batch is put together when its connection is free, not before.
 */
import type { ItemStore, OperationResult, StoreError } from '../../dynamo/item-store.ts';
import type { AttributeMap } from '../../dynamo/types.ts';
import { costOf, noCost, type Cost } from './cost.ts';
import type { ItemKey, KeySpace } from './item-key.ts';
import type { ItemSizes } from './item-sizes.ts';
import type { RequestScheduler } from './request-scheduler.ts';
import { bytesOf } from './text-bytes.ts';

/**
 * What became of one key: its item as JSON, null when there is none, or why it could not be read.
 * `staleMs`: DynamoDB could not be asked, and the item is what it was so long after its time.
 */
export type LoadOutcome = { ok: true; text: string | null; staleMs?: number } | { ok: false; error: StoreError };

/** One key on its way to DynamoDB. */
export interface Load {
  readonly key: ItemKey;
  /** with ConsistentRead */
  readonly strong: boolean;
  /** the latest that anybody waits for it; read when the batch leaves */
  readonly deadlineAtMs: number;
  /** no longer wanted; dropped if it has not left */
  readonly isCancelled: boolean;
  /** the request leaves now */
  sent(): void;
  /** it was cancelled and will not leave */
  dropped(): void;
  landed(outcome: LoadOutcome, cost: Cost): void;
}

/** What takes loads on: each ends with `landed` or `dropped`, later than `add`. */
export interface Loader {
  add(load: Load): void;
}

export interface BatchLoaderOptions {
  store: ItemStore;
  keySpace: KeySpace;
  scheduler: RequestScheduler;
  itemSizes: ItemSizes;
  nowMs: () => number;
}

/** DynamoDB's limit. */
const MAX_BATCH_KEYS = 100;
/**
 * DynamoDB answers up to 16 MB at once. Five such answers in flight, as text and parsed, do not fit an isolate of 128 MB:
 * a batch is packed to a quarter of it, by the sizes seen so far.
 */
const MAX_BATCH_BYTES = 4 * 1024 * 1024;

export class BatchLoader implements Loader {
  readonly #options: BatchLoaderOptions;
  readonly #queues = new Map<string, LoadQueue>();

  constructor(options: BatchLoaderOptions) {
    this.#options = options;
  }

  add(load: Load): void {
    const name = `${load.key.table}/${load.strong}`;
    const queue = this.#queues.get(name) ?? new LoadQueue(load.key.table, load.strong);
    this.#queues.set(name, queue);
    queue.loads.push(load);
    if (!queue.isScheduled) this.#schedule(queue);
  }

  #schedule(queue: LoadQueue): void {
    queue.isScheduled = true;
    // After the running turn, so that all keys of one call leave together.
    queueMicrotask(() => this.#options.scheduler.run('read', () => this.#sendNext(queue)));
  }

  async #sendNext(queue: LoadQueue): Promise<void> {
    queue.isScheduled = false;
    const batch = this.#takeBatch(queue);
    if (queue.loads.length > 0) this.#schedule(queue);
    if (batch.length > 0) await this.#send(queue, batch);
  }

  /** The loads of the next request, in the order of their arrival, as many as fit. */
  #takeBatch(queue: LoadQueue): Load[] {
    const nowMs = this.#options.nowMs();
    const batch: Load[] = [];
    let bytes = 0;
    let taken = 0;
    for (const load of queue.loads) {
      const itemBytes = this.#options.itemSizes.expect(load.key);
      if (batch.length === MAX_BATCH_KEYS || (batch.length > 0 && bytes + itemBytes > MAX_BATCH_BYTES)) break;
      if (batch.length > 0 && queue.isAlone(load)) break;
      taken++;
      if (load.isCancelled) {
        load.dropped();
        continue;
      }
      if (load.deadlineAtMs <= nowMs) {
        load.landed({ ok: false, error: TOO_LATE }, noCost());
        continue;
      }
      batch.push(load);
      bytes += itemBytes;
      if (queue.isAlone(load)) break;
    }
    queue.loads = queue.loads.slice(taken);
    return batch;
  }

  async #send(queue: LoadQueue, batch: readonly Load[]): Promise<void> {
    const { store, nowMs } = this.#options;
    const deadlineAtMs = Math.max(...batch.map((load) => load.deadlineAtMs));
    for (const load of batch) load.sent();
    const Keys = batch.map((load) => load.key.attributes);
    const request = { RequestItems: { [queue.table]: queue.strong ? { Keys, ConsistentRead: true } : { Keys } } };
    const result = await executeSafely(store, request, deadlineAtMs - nowMs());
    // One key that DynamoDB refuses must not fail the other callers' keys: each is asked for alone.
    if (!result.ok && result.error.code === 'invalid_request' && batch.length > 1) {
      queue.sendAlone(batch);
      if (!queue.isScheduled) this.#schedule(queue);
      return;
    }
    this.#land(queue.table, batch, result);
  }

  #land(table: string, batch: readonly Load[], result: BatchGetResult): void {
    const texts = this.#texts(table, result.output?.Responses[table] ?? []);
    const unread = result.ok ? null : this.#unreadIds(table, result.error.keys);
    let cost = { ...costOf(result.meta), keys: 0 };
    for (const load of batch) {
      const text = texts.get(load.key.id) ?? null;
      if (text !== null) this.#options.itemSizes.learn(load.key, bytesOf(text));
      const isUnread = !result.ok && (unread === null || unread.has(load.key.id));
      const outcome: LoadOutcome = isUnread ? { ok: false, error: withoutKeys(result.error) } : { ok: true, text };
      // The first load answers for the requests; every load for its own key.
      load.landed(outcome, { ...cost, keys: 1 });
      cost = noCost();
    }
  }

  #texts(table: string, items: readonly AttributeMap[]): Map<string, string> {
    const texts = new Map<string, string>();
    for (const item of items) {
      const itemClass = this.#options.keySpace.classifyItem(table, item);
      if (itemClass.kind === 'own') texts.set(itemClass.key.id, JSON.stringify(item));
    }
    return texts;
  }

  /** The keys that were not read; null when the error does not say: then none was. */
  #unreadIds(table: string, keys: readonly AttributeMap[] | undefined): Set<string> | null {
    if (keys === undefined) return null;
    const classes = keys.map((key) => this.#options.keySpace.classify(table, key));
    return new Set(classes.flatMap((keyClass) => (keyClass.kind === 'own' ? [keyClass.key.id] : [])));
  }
}

type BatchGetResult = OperationResult<'BatchGetItem'>;

const TOO_LATE: StoreError = { code: 'deadline_exceeded', message: 'the deadline passed before DynamoDB could be asked' };

async function executeSafely(
  store: ItemStore,
  request: { RequestItems: Record<string, { Keys: AttributeMap[] }> },
  deadlineMs: number,
): Promise<BatchGetResult> {
  try {
    return await store.execute('BatchGetItem', request, { deadlineMs });
  } catch (error) {
    return { ok: false, error: { code: 'unavailable', message: String(error) }, meta: { cache: 'bypass', ...noCost() } };
  }
}

function withoutKeys({ keys: _ofTheWholeBatch, ...error }: StoreError): StoreError {
  return error;
}

/** Loads that may share a request. */
class LoadQueue {
  readonly table: string;
  readonly strong: boolean;
  loads: Load[] = [];
  isScheduled = false;
  readonly #alone = new WeakSet<Load>();

  constructor(table: string, strong: boolean) {
    this.table = table;
    this.strong = strong;
  }

  isAlone(load: Load): boolean {
    return this.#alone.has(load);
  }

  sendAlone(batch: readonly Load[]): void {
    for (const load of batch) this.#alone.add(load);
    this.loads = [...batch, ...this.loads];
  }
}
