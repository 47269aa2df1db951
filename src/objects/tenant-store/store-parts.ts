/** The parts of a tenant's store, and how they know each other. */
import type { ItemStore, StoreError } from '../../dynamo/item-store.ts';
import type { TableProfile } from '../../dynamo/table-profile.ts';
import type { MemoryBudget } from '../../lib/memory-budget.ts';
import { BatchLoader } from './batch-loader.ts';
import { CacheTimes, type CacheTimesOptions } from './cache-times.ts';
import type { ChangePublisher } from './changes/change-publisher.ts';
import { CertainWrites, type DoubtfulStorage } from './certain-writes.ts';
import { Echoes } from './echoes.ts';
import { DEFAULT_HOLD_DOWN_MS, DEFAULT_STRONG_AFTER_WRITE_MS, Freshness, type FreshnessOptions } from './freshness.ts';
import { Invalidations } from './invalidations.ts';
import { ItemCache } from './item-cache.ts';
import { KeySpace, partitionKeyOfId } from './item-key.ts';
import { ItemSizes } from './item-sizes.ts';
import { KeyLines } from './key-lines.ts';
import { HotKeys } from './hot-keys.ts';
import { LoadGate } from './load-gate.ts';
import { PassThrough } from './pass-through.ts';
import type { LookUp } from './queries/corrected-answer.ts';
import { FlightsInAir } from './queries/flights-in-air.ts';
import { Places } from './queries/places.ts';
import { Queries } from './queries/queries.ts';
import { QueryCache } from './queries/query-cache.ts';
import { QueryUpkeep } from './queries/query-upkeep.ts';
import { UnsettledRows } from './queries/unsettled-rows.ts';
import { Reads } from './reads.ts';
import { DEFAULT_LIMITS, RequestScheduler, type ScheduleLimits } from './request-scheduler.ts';
import type { SettingsStorage } from './settings.ts';
import type { Snapshot } from './snapshot.ts';
import { counted, StoreCounters } from './store-counters.ts';
import { LentKeys } from './shards/lent-keys.ts';
import type { Neighbours } from './shards/neighbours.ts';
import { WatchedPlaces } from './shards/watched-places.ts';
import { SpreadQueries } from './queries/spread-queries.ts';
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
  doubtful: DoubtfulStorage;
  /** another text each time, of at most 36 characters */
  newToken: () => string;
  settings: SettingsStorage;
  /** tells others of writes; default: nobody */
  changes?: ChangePublisher | null;
  /** told of what the journal commits */
  snapshot: Snapshot;
  /** the object's part among several; absent: it has all keys of the tenant */
  part?: StorePart | undefined;
  /** why nothing may leave any more; absent or null: it may */
  closed?: () => StoreError | null;
  memory: MemoryBudget;
  limits?: ScheduleLimits;
  /** the most rows of late writes that queries are corrected by, default 20,000; beyond it, queries of indexes may lag behind the oldest of them */
  maxUnsettledRows?: number;
  /** how long after its time an item is still served when DynamoDB cannot be asked, to those who take it; default 60, 0: not */
  staleIfErrorSec?: number;
  /** waits; used for a millisecond at most, and only while all connections are taken */
  sleep: (ms: number) => Promise<void>;
  /** 0 (included) to 1 (not); default Math.random */
  random?: () => number;
}

/** One of several objects of a tenant. */
export interface StorePart {
  shard: number;
  shards: number;
  neighbours: Neighbours;
  /** when it took over its keys from others */
  openedAtMs: number;
  /** until when any key may be in doubt since then; 0: those that were told */
  allHeldUntilMs: number;
}

const DEFAULT_STALE_IF_ERROR_SEC = 60;
const DEFAULT_MAX_UNSETTLED_ROWS = 20_000;

export interface StoreParts {
  readonly keySpace: KeySpace;
  readonly freshness: Freshness;
  readonly scheduler: RequestScheduler;
  readonly gate: LoadGate;
  readonly cache: ItemCache;
  readonly queryCache: QueryCache;
  readonly lines: KeyLines;
  readonly reads: Reads;
  readonly writes: Writes;
  readonly invalidations: Invalidations;
  readonly journal: WriteJournal;
  readonly certain: CertainWrites;
  readonly mode: StoreMode;
  readonly changes: ChangePublisher | null;
  readonly snapshot: Snapshot;
  readonly unsettled: UnsettledRows;
  readonly lent: LentKeys;
  readonly watched: WatchedPlaces;
  readonly counters: StoreCounters;
  readonly hotKeys: HotKeys;
  readonly memory: MemoryBudget;
  readonly nowMs: () => number;
}

/** Makes the parts; what an earlier instance has left of writes holds from the start. */
export function assemble(options: StoreCoreOptions): StoreParts {
  const { nowMs, memory, journal, settings } = options;
  const counters = new StoreCounters();
  const random = options.random ?? Math.random;
  // Which hits are looked at decides nothing, and so takes nothing of what decides.
  const hotKeys = new HotKeys(Math.random);
  const store = counted(options.store, counters);
  const { part, closed = () => null, newToken } = options;
  const neighbours = part?.neighbours ?? null;
  const keySpace = new KeySpace(options.profile, options.tenant, part);
  const freshness = new Freshness(options);
  for (const key of journal.left) freshness.recall(key, nowMs());
  const certain = certainWrites(options);
  const scheduler = new RequestScheduler(options.limits ?? DEFAULT_LIMITS);
  const cache = new ItemCache(memory, nowMs, (options.staleIfErrorSec ?? DEFAULT_STALE_IF_ERROR_SEC) * 1000);
  const times = new CacheTimes(options);
  restoreCache({ cache, times, keySpace, freshness }, options);
  const itemSizes = new ItemSizes();
  const loader = new BatchLoader({ store, keySpace, scheduler, itemSizes, nowMs, sleep: options.sleep });
  const echoes = new Echoes(memory);
  const gate = new LoadGate({ loader, nowMs, random });
  const places = new Places(keySpace);
  const unsettled = new UnsettledRows({ nowMs, memory, maxRows: options.maxUnsettledRows ?? DEFAULT_MAX_UNSETTLED_ROWS });
  const queryCache = new QueryCache(cache);
  const ofQueries = { keySpace, places, unsettled, cache: queryCache, flights: new FlightsInAir(), nowMs };
  const watcher = new QueryUpkeep({ ...options, ...ofQueries });
  for (const key of journal.left) watcher.recall(key);
  if (part !== undefined) takeOver(part, freshness, nowMs());
  const lines = new KeyLines({ cache, loader: gate, freshness, echoes, times, watcher, memory, nowMs });
  const passThrough = new PassThrough({ keySpace, neighbours, store, scheduler, lines, nowMs });
  const lookUp: LookUp = (wanted) => new Promise((settle) => lines.read({ ...wanted, strong: true, acceptsStale: false, settle }));
  const queries = new Queries({ ...ofQueries, times, freshness, scheduler, store, passThrough, lookUp });
  const watched = new WatchedPlaces(ofQueries);
  const spreadQueries =
    neighbours && new SpreadQueries({ keySpace, neighbours, watched, passThrough, lookUp, newToken: options.newToken, nowMs });
  const mode = new StoreMode(settings);
  return {
    keySpace,
    freshness,
    scheduler,
    gate,
    cache,
    queryCache,
    lines,
    certain,
    journal,
    mode,
    changes: options.changes ?? null,
    snapshot: options.snapshot,
    unsettled,
    lent: new LentKeys({ ...options, changes: options.changes ?? null, keySpace, lines, freshness, watcher }),
    watched,
    counters,
    hotKeys,
    memory,
    nowMs,
    reads: new Reads({ keySpace, lines, freshness, itemSizes, passThrough, queries, spreadQueries, counters, hotKeys, nowMs }),
    writes: new Writes({
      keySpace,
      lines,
      watcher,
      scheduler,
      store,
      journal,
      certain,
      mode,
      changes: options.changes ?? null,
      neighbours,
      closed,
      newToken,
      nowMs,
    }),
    invalidations: new Invalidations({ keySpace, lines, echoes, freshness, settings, nowMs }),
  };
}

/** Others have written the keys until the object was opened. */
function takeOver({ openedAtMs, allHeldUntilMs }: StorePart, freshness: Freshness, nowMs: number): void {
  if (nowMs < openedAtMs + DEFAULT_STRONG_AFTER_WRITE_MS) freshness.markAllWritten(nowMs);
  if (nowMs < allHeldUntilMs) freshness.holdAll(allHeldUntilMs);
}

function certainWrites({ doubtful, nowMs, newToken, journal, holdDownMs = DEFAULT_HOLD_DOWN_MS }: StoreCoreOptions): CertainWrites {
  const certain = new CertainWrites({ storage: doubtful, nowMs, newToken, holdDownMs });
  for (const { token, request, sentAtMs, leftByMs } of journal.leftCertain) certain.recall(token, request, sentAtMs, leftByMs);
  return certain;
}

/** Fills the cache with what an earlier instance has kept of it; from then on the snapshot hears of every change. */
function restoreCache(
  { cache, times, keySpace, freshness }: { cache: ItemCache; times: CacheTimes; keySpace: KeySpace; freshness: Freshness },
  { snapshot, nowMs }: StoreCoreOptions,
): void {
  snapshot.restore(({ id, text, expiresAtMs }) => {
    // Models may be cached for a shorter time than when it was kept, or not at all.
    const keepMs = times.keepMs({ model: keySpace.modelOf(partitionKeyOfId(id)) }, true);
    if (keepMs > 0 && !freshness.isHeld({ id }, nowMs())) cache.set(id, text, Math.min(expiresAtMs, nowMs() + keepMs));
  });
  cache.watch((id) => snapshot.changed(id));
}
