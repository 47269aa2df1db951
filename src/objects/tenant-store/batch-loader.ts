/**
 * Reads keys from DynamoDB in as few requests as possible: what arrives while all connections are busy, or within one turn, leaves together.
 * A batch is put together when its connection is free, not before.
 */
import type { ItemStore, OperationContext, OperationResult, StoreError } from '../../dynamo/item-store.ts';
import type { AttributeMap } from '../../dynamo/types.ts';
import { costOf, noCost, type Cost } from './cost.ts';
import type { ItemKey, KeySpace } from './item-key.ts';
import type { ItemSizes } from './item-sizes.ts';
import { FairQueue } from './fair-queue.ts';
import { Linger, WORTHWHILE_KEYS } from './linger.ts';
import { COMMON_SHARE, type Priority, type RequestScheduler, type Share } from './request-scheduler.ts';
import { bytesOf } from './text-bytes.ts';
import { tracesOf } from './traces.ts';

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
  /** has left, or ended without: what was queued again for another share is not sent twice */
  readonly isSent: boolean;
  readonly share: Share;
  /** of all who wait for it */
  readonly shares: readonly Share[];
  /** the request leaves now */
  sent(): void;
  /** it was cancelled, or has left from another place, and will not leave from this one */
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
  /** waits a moment */
  sleep: (ms: number) => Promise<void>;
}

/** DynamoDB's limit. */
const MAX_BATCH_KEYS = 100;
/**
 * DynamoDB answers up to 16 MB at once. Five such answers in flight, as text and parsed, do not fit an isolate of 128 MB:
 * a batch is packed to a quarter of it, by the sizes seen so far.
 */
const MAX_BATCH_BYTES = 4 * 1024 * 1024;
/** What a caller's keys may be expected to bring before it is the next caller's turn: a few ordinary items. */
const TURN_BYTES = 16 * 1024;

export class BatchLoader implements Loader {
  readonly #options: BatchLoaderOptions;
  readonly #queues = new Map<string, LoadQueue>();
  readonly #linger = new Linger();

  constructor(options: BatchLoaderOptions) {
    this.#options = options;
  }

  add(load: Load): void {
    const { key, strong, share } = load;
    const name = `${key.table}/${strong}/${share.priority}`;
    const queue = this.#queues.get(name) ?? this.#newQueue(key.table, strong, share.priority);
    this.#queues.set(name, queue);
    queue.loads.push(share.caller, load);
    if (!queue.isScheduled) this.#schedule(queue);
  }

  #newQueue(table: string, strong: boolean, priority: Priority): LoadQueue {
    const loads = new FairQueue<Load>(TURN_BYTES, ({ key }) => this.#options.itemSizes.expect(key));
    return { table, strong, priority, loads, alone: [], isScheduled: false };
  }

  #schedule(queue: LoadQueue): void {
    queue.isScheduled = true;
    const share: Share = { ...COMMON_SHARE, priority: queue.priority };
    // After the running turn, so that all keys of one call leave together.
    queueMicrotask(() => this.#options.scheduler.run('read', () => this.#sendNext(queue), share));
  }

  async #sendNext(queue: LoadQueue): Promise<void> {
    const { scheduler } = this.#options;
    // This one's connection is counted: another request is on its way.
    if (scheduler.inFlight > 1 && queue.alone.length === 0) await this.#gather(queue.loads);
    queue.isScheduled = false;
    const batch = this.#takeBatch(queue);
    if (queue.loads.size + queue.alone.length > 0) this.#schedule(queue);
    if (batch.length === 0) return;
    this.#linger.left(batch.length, scheduler.isFullForReads);
    await this.#send(queue, batch);
  }

  /** Hears what has come to the object already, and goes on while a turn of the event loop brings more, until the batch is worth sending. */
  async #gather(loads: FairQueue<Load>): Promise<void> {
    const { scheduler, sleep } = this.#options;
    let waitMs = scheduler.isFullForReads ? this.#linger.ms : 0;
    for (let before = 0; before < loads.size && loads.size < WORTHWHILE_KEYS; waitMs = 0) {
      before = loads.size;
      await sleep(waitMs);
    }
  }

  /** The loads of the next request: callers in turn, as many as fit. */
  #takeBatch({ loads, alone }: LoadQueue): Load[] {
    const batch: Load[] = [];
    while (alone.length > 0) {
      const load = alone.shift();
      if (load !== undefined && this.#mayLeave(load)) return [load];
    }
    let bytes = 0;
    for (let load = loads.peek(); load !== undefined && batch.length < MAX_BATCH_KEYS; load = loads.peek()) {
      const itemBytes = this.#options.itemSizes.expect(load.key);
      if (batch.length > 0 && bytes + itemBytes > MAX_BATCH_BYTES) break;
      loads.take();
      if (load.isSent) load.dropped();
      else if (this.#mayLeave(load)) {
        batch.push(load);
        bytes += itemBytes;
      }
    }
    return batch;
  }

  /** False for one that has just been ended instead. */
  #mayLeave(load: Load): boolean {
    const isTooLate = load.deadlineAtMs <= this.#options.nowMs();
    if (load.isCancelled) load.dropped();
    else if (isTooLate) load.landed({ ok: false, error: TOO_LATE }, noCost());
    return !load.isCancelled && !isTooLate;
  }

  async #send(queue: LoadQueue, batch: readonly Load[]): Promise<void> {
    const { store, nowMs } = this.#options;
    const deadlineAtMs = Math.max(...batch.map((load) => load.deadlineAtMs));
    for (const load of batch) load.sent();
    const Keys = batch.map((load) => load.key.attributes);
    const request = { RequestItems: { [queue.table]: queue.strong ? { Keys, ConsistentRead: true } : { Keys } } };
    const sentAtMs = nowMs();
    const traces = tracesOf(batch.flatMap((load) => load.shares));
    const result = await executeSafely(store, request, { deadlineMs: deadlineAtMs - sentAtMs, ...traces });
    this.#linger.observe(nowMs() - sentAtMs);
    // One key that DynamoDB refuses must not fail the other callers' keys: each is asked for alone.
    if (!result.ok && result.error.code === 'invalid_request' && batch.length > 1) {
      queue.alone.push(...batch);
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
  context: OperationContext,
): Promise<BatchGetResult> {
  try {
    return await store.execute('BatchGetItem', request, context);
  } catch (error) {
    return { ok: false, error: { code: 'unavailable', message: String(error) }, meta: { cache: 'bypass', ...noCost() } };
  }
}

function withoutKeys({ keys: _ofTheWholeBatch, ...error }: StoreError): StoreError {
  return error;
}

/** Loads that may share a request. */
interface LoadQueue {
  readonly table: string;
  readonly strong: boolean;
  readonly priority: Priority;
  readonly loads: FairQueue<Load>;
  /** those of a batch that DynamoDB has refused: one request for each */
  readonly alone: Load[];
  isScheduled: boolean;
}
