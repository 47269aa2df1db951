/**
 * The tenant's store without its object: everything that decides. What it needs of the world comes as arguments: DynamoDB, the time, the one
 * thing that survives it, and the memory it shares. It owns no timer, so that an idle object can stop existing.
 *
 * Guarantee, for all operations through it: every key is linearizable; no read returns a value older than an acknowledged write or than a
 * value already returned. Writers that bypass it are seen when an entry's time is up.
 */
import type { ItemStore, OperationContext } from '../../dynamo/item-store.ts';
import type { TableProfile } from '../../dynamo/table-profile.ts';
import type { OperationInput, OperationName } from '../../dynamo/types.ts';
import type { MemoryBudget } from '../../lib/memory-budget.ts';
import { BatchLoader } from './batch-loader.ts';
import { CacheTimes, type CacheTimesOptions } from './cache-times.ts';
import { Echoes } from './echoes.ts';
import { Freshness, type FreshnessOptions } from './freshness.ts';
import { Invalidations, type InvalidationReport, type RowChange } from './invalidations.ts';
import { ItemCache } from './item-cache.ts';
import { KeySpace, partitionKeyOfId } from './item-key.ts';
import { ItemSizes } from './item-sizes.ts';
import { KeyLines } from './key-lines.ts';
import { isRead } from './operation-kinds.ts';
import type { FlushScope, StoreModeReport } from './operator-rpc.ts';
import { PassThrough } from './pass-through.ts';
import { Reads, type Reply } from './reads.ts';
import { refusal } from './refusals.ts';
import { DEFAULT_LIMITS, RequestScheduler, type ScheduleLimits } from './request-scheduler.ts';
import type { SettingsStorage } from './settings.ts';
import { StoreMode } from './store-mode.ts';
import type { WriteJournal } from './write-journal.ts';
import { Writes } from './writes.ts';

export interface StoreCoreOptions extends FreshnessOptions, CacheTimesOptions {
  tenant: string;
  profile: TableProfile;
  /** DynamoDB */
  store: ItemStore;
  nowMs: () => number;
  /** made with the same times of freshness */
  journal: WriteJournal;
  settings: SettingsStorage;
  memory: MemoryBudget;
  limits?: ScheduleLimits;
}

/** One operation as it came; its input is checked no further than the operation needs, the rest is DynamoDB's to refuse. */
export interface CoreCall {
  operation: OperationName;
  input: unknown;
  context: OperationContext;
}

/** What the core holds at the moment. */
export interface CoreState {
  cachedItems: number;
  cachedBytes: number;
  evictions: number;
  requestsInFlight: number;
  busyKeys: number;
}

export class StoreCore {
  readonly #keySpace: KeySpace;
  readonly #cache: ItemCache;
  readonly #lines: KeyLines;
  readonly #scheduler: RequestScheduler;
  readonly #reads: Reads;
  readonly #writes: Writes;
  readonly #invalidations: Invalidations;
  readonly #mode: StoreMode;

  constructor(options: StoreCoreOptions) {
    const { store, nowMs } = options;
    const keySpace = new KeySpace(options.profile, options.tenant);
    const freshness = new Freshness(options);
    for (const key of options.journal.left) freshness.recall(key, nowMs());
    const scheduler = new RequestScheduler(options.limits ?? DEFAULT_LIMITS);
    const cache = new ItemCache(options.memory, nowMs);
    const itemSizes = new ItemSizes();
    const loader = new BatchLoader({ store, keySpace, scheduler, itemSizes, nowMs });
    const echoes = new Echoes();
    const lines = new KeyLines({ cache, loader, freshness, echoes, times: new CacheTimes(options), nowMs });
    const passThrough = new PassThrough({ store, scheduler, lines, nowMs });
    this.#keySpace = keySpace;
    this.#mode = new StoreMode(options.settings);
    this.#cache = cache;
    this.#lines = lines;
    this.#scheduler = scheduler;
    this.#reads = new Reads({ keySpace, lines, freshness, itemSizes, passThrough, nowMs });
    this.#writes = new Writes({ keySpace, lines, scheduler, store, journal: options.journal, mode: this.#mode, nowMs });
    this.#invalidations = new Invalidations({ keySpace, lines, echoes, freshness, settings: options.settings, nowMs });
  }

  get state(): CoreState {
    return {
      cachedItems: this.#cache.size,
      cachedBytes: this.#cache.bytes,
      evictions: this.#cache.evictions,
      requestsInFlight: this.#scheduler.inFlight,
      busyKeys: this.#lines.busyKeys,
    };
  }

  /**
   * Executes one operation.
   *
   * @returns JSON of its `StoreReply`; a text at once when all of it was in memory. A promise of it does not reject
   */
  execute(call: CoreCall): Reply {
    try {
      const reply = this.#dispatch(call);
      return typeof reply === 'string' ? reply : reply.catch((error: unknown) => defectReply(call.operation, error));
    } catch (error) {
      // Nothing has been sent: an input of another shape than its operation's does not get past the reading of its keys.
      if (error instanceof TypeError) return refusal({ code: 'invalid_request', message: `${call.operation}: ${error.message}` });
      throw error;
    }
  }

  /** Applies what the table's stream tells of the tenant's rows. */
  applyChanges(changes: readonly RowChange[]): InvalidationReport {
    return this.#invalidations.apply(changes);
  }

  /** Forgets rows, which are read anew and strongly. @returns how many were cached */
  flush(scope: FlushScope): number {
    const [lines, keySpace] = [this.#lines, this.#keySpace];
    switch (scope.kind) {
      case 'tenant':
        return lines.invalidateAll(() => true);
      case 'model':
        return lines.invalidateAll((keyId) => [scope.prefix, undefined].includes(keySpace.modelOf(partitionKeyOfId(keyId))?.prefix));
      case 'row': {
        const keyClass = keySpace.classify(scope.table, scope.key);
        if (keyClass.kind !== 'own') return 0;
        const dropped = lines.peek(keyClass.key) === undefined ? 0 : 1;
        lines.invalidate(keyClass.key);
        return dropped;
      }
    }
  }

  /**
   * Lets the tenant be written, or not.
   *
   * @returns what is so from now on; writes that have left by then are still under way
   */
  setReadOnly(isReadOnly: boolean): StoreModeReport {
    this.#mode.set(isReadOnly);
    return { isReadOnly, writesUnderWay: this.#lines.runningWrites };
  }

  #dispatch({ operation, input, context }: CoreCall): Reply {
    switch (operation) {
      case 'GetItem':
        return this.#reads.getItem(as<'GetItem'>(input), context);
      case 'BatchGetItem':
        return this.#reads.batchGetItem(as<'BatchGetItem'>(input), context);
      case 'TransactGetItems':
        return this.#reads.transactGetItems(as<'TransactGetItems'>(input), context);
      case 'Query':
        return this.#reads.query(as<'Query'>(input), context);
      case 'Scan':
        return this.#reads.scan(as<'Scan'>(input), context);
      case 'PutItem':
        return this.#writes.putItem(as<'PutItem'>(input), context);
      case 'UpdateItem':
        return this.#writes.updateItem(as<'UpdateItem'>(input), context);
      case 'DeleteItem':
        return this.#writes.deleteItem(as<'DeleteItem'>(input), context);
      case 'BatchWriteItem':
        return this.#writes.batchWriteItem(as<'BatchWriteItem'>(input), context);
      case 'TransactWriteItems':
        return this.#writes.transactWriteItems(as<'TransactWriteItems'>(input), context);
      default:
        operation satisfies never;
        throw new TypeError('unknown operation');
    }
  }
}

/** One operation that breaks does not fail the others of its call. A write has been sent by then, as far as anybody knows. */
function defectReply(operation: OperationName, error: unknown): string {
  const code = isRead(operation) ? 'unavailable' : 'outcome_unknown';
  return refusal({ code, message: `${operation}: ${String(error)}` });
}

/** The client has put an input of this operation beside its name. */
function as<Op extends OperationName>(input: unknown): OperationInput<Op> {
  return input as OperationInput<Op>; // a wrong shape ends as a TypeError in `execute`, or as DynamoDB's refusal
}
