/** The tenant's object: a caching, batching client of DynamoDB that all requests of one tenant share. Thin: `StoreCore` decides. */
import { DurableObject } from 'cloudflare:workers';
import { ServiceError } from '../../lib/errors.ts';
import { isolateMemory } from '../../lib/memory-budget.ts';
import { METRICS_STREAM, type Traffic, type TrafficSecond } from '../../wire/traffic.ts';
import { Timers } from '../alarms.ts';
import { migrate } from '../migrate.ts';
import { parseTenantStoreName, streamDirectoryStub, streamHubStub, tenantStoreName, tenantStoreStub } from '../stubs.ts';
import { ChangePublisher } from './changes/change-publisher.ts';
import { DEFAULT_HOLD_DOWN_MS, DEFAULT_STRONG_AFTER_WRITE_MS } from './freshness.ts';
import { replyOfLedger } from './idempotency-calls.ts';
import { IdempotencyLedger } from './idempotency-ledger.ts';
import { DoubtfulWrites } from './doubtful-writes.ts';
import { KeySpace } from './item-key.ts';
import type { InvalidationReport } from './invalidations.ts';
import type { FlushScope, InvalidateRequest, StoreModeReport, TenantStoreOperatorRpc } from './operator-rpc.ts';
import { ERASED, refusal } from './refusals.ts';
import type { StoreAddress, StoreCall, TenantStoreRpc } from './rpc.ts';
import type { ShardRpc } from './shards/asks.ts';
import { asked } from './shards/neighbours.ts';
import { ShardLoad } from './shards/shard-load.ts';
import { StoreShard } from './shards/store-shard.ts';
import { journalStorage, MIGRATIONS, settingsStorage } from './schema.ts';
import { MIN_SNAPSHOT_GAP_MS, type StoreControl } from './store-control.ts';
import { Snapshot } from './snapshot.ts';
import { snapshotStorage } from './snapshot-storage.ts';
import { dynamoClientOf } from '../table-client.ts';
import { StoreCore } from './store-core.ts';
import { StoreSpans } from './store-spans.ts';
import type { StoreStats } from './store-stats.ts';
import type { TenantStoreClass, TenantStoreEnv, TenantStoreOptions } from './tenant-store-class.ts';
import type { TrafficAdded, TrafficReport, TrafficRpc } from './traffic/rpc.ts';
import { StoreTraffic } from './traffic/store-traffic.ts';
import { WriteJournal } from './write-journal.ts';

type TimerName =
  | 'prune-idempotency-keys'
  | 'settle-writes'
  | 'forget-doubtful-writes'
  | 'snapshot'
  | 'publish-changes'
  | 'divide'
  | 'measure-load'
  | 'save-traffic'
  | 'publish-traffic';

/** When the writes of a burst are settled, unless something became of them that nobody knows. An object that nobody has called for ten seconds loses its memory (Durable Objects, Lifecycle). */
const SETTLE_AFTER_MS = DEFAULT_STRONG_AFTER_WRITE_MS + 3_000;

/** A division that was begun is gone on with, should its object be lost. */
const DIVIDE_AGAIN_MS = 15_000;

/**
 * Makes the class of the tenants' objects, for `wrangler.toml` to name. An object is named by `tenantStoreName`.
 *
 * @see docs/design/tenant-store.md
 */
export function defineTenantStore(options: TenantStoreOptions): TenantStoreClass {
  return class TenantStore extends DurableObject<TenantStoreEnv> implements TenantStoreRpc, ShardRpc, TenantStoreOperatorRpc, TrafficRpc {
    readonly #timers: Timers<TimerName>;
    readonly #doubtful: DoubtfulWrites;
    readonly #ledger: IdempotencyLedger;
    readonly #snapshot: Snapshot;
    readonly #load = new ShardLoad(options.growth);
    readonly #traffic: StoreTraffic;
    readonly #spans: StoreSpans;
    #changes: ChangePublisher | null = null;
    #opened: StoreShard | null = null;
    /** its tables are gone, and it serves nobody until it is evicted */
    #isErased = false;

    constructor(ctx: DurableObjectState, env: TenantStoreEnv) {
      super(ctx, env);
      const ledger = new IdempotencyLedger(ctx.storage.sql);
      this.#ledger = ledger;
      // Not waited for: it is part of the same commit, and fails with it.
      const forgetAt = (expiresAtMs: number) => void this.#timers.setNoLaterThan('forget-doubtful-writes', expiresAtMs);
      this.#doubtful = new DoubtfulWrites(ctx.storage.sql, forgetAt);
      this.#snapshot = new Snapshot({
        storage: snapshotStorage(ctx.storage.sql),
        nowMs: () => Date.now(),
        // In a turn of its own: the commit would hold back the answer that has brought the first item.
        onStart: () => void setTimeout(() => this.#startSnapshots(), 0),
      });
      this.#timers = new Timers(ctx.storage, {
        'prune-idempotency-keys': (nowMs) => ledger.prune(nowMs),
        'settle-writes': (nowMs) => {
          this.#opened?.forgetExpired();
          this.#openChanges()?.publish();
          return this.#settledJournal.settle(nowMs);
        },
        'publish-changes': () => this.#openChanges()?.publish() ?? null,
        'forget-doubtful-writes': (nowMs) => this.#doubtful.forgetExpired(nowMs),
        // An object that was woken by its alarm has nothing in memory that could be kept.
        snapshot: (nowMs) =>
          this.#opened?.isAwake === true ? this.#opened.core.control.takeSnapshot(nowMs) : this.#snapshot.dropExpired(nowMs),
        'measure-load': (nowMs) => this.#measureLoad(nowMs),
        divide: async () => {
          await this.#shard.divisions.resume();
          return null;
        },
        'save-traffic': (nowMs) => this.#traffic.save(nowMs),
        'publish-traffic': (nowMs) => this.#traffic.publish(nowMs),
      });
      this.#traffic = this.#openTraffic();
      this.#spans = new StoreSpans(env, () => Date.now());
      // Every call and alarm waits for it; if it fails, the runtime resets the object.
      void ctx.blockConcurrencyWhile(async () => migrate(ctx.storage, MIGRATIONS));
    }

    execute(request: string, traffic: readonly TrafficSecond[] = []): string | Promise<string> {
      this.#traffic.carried(traffic);
      const measureAtMs = this.#load.count(Date.now());
      // Not waited for: if it fails, the object is measured another time.
      if (measureAtMs !== null) void this.#timers.set('measure-load', measureAtMs);
      return this.#shard.execute(request, (call, core) => this.#reply(call, core));
    }

    async ask(request: string): Promise<string> {
      if (this.#isErased) return JSON.stringify({ moved: null });
      return this.#shard.ask(request);
    }

    async invalidate(request: string): Promise<InvalidationReport> {
      const { tenant, changes } = JSON.parse(request) as InvalidateRequest; // written by StoreOperator
      // What removes a tenant's rows tells the stream, too, and its records come when the object has been erased.
      if (this.#isErased) return { dropped: 0, unchanged: 0, ignored: changes.length };
      return this.#controlOf(tenant).applyChanges(changes);
    }

    async flush({ tenant, scope }: { tenant: string; scope: FlushScope }): Promise<{ dropped: number }> {
      return { dropped: this.#controlOf(tenant).flush(scope) };
    }

    async setReadOnly({ tenant, isReadOnly }: { tenant: string; isReadOnly: boolean }): Promise<StoreModeReport> {
      return this.#controlOf(tenant).setReadOnly(isReadOnly);
    }

    async stats({ tenant }: { tenant: string }): Promise<StoreStats> {
      return this.#controlOf(tenant).stats;
    }

    async erase({ tenant }: { tenant: string }): Promise<void> {
      if (this.#isErased) return;
      this.#checkTenant(tenant);
      if (this.#shard.role.isOpen) this.#shard.core.control.flush({ kind: 'tenant' });
      this.#isErased = true;
      await this.ctx.storage.deleteAlarm();
      await this.ctx.storage.deleteAll();
    }

    async addTraffic({ tenant, seconds }: { tenant: string; seconds: TrafficSecond[] }): Promise<TrafficAdded> {
      return this.#trafficOf(tenant).add(seconds, Date.now());
    }

    async watchTraffic({ tenant }: { tenant: string }): Promise<void> {
      await this.#trafficOf(tenant).watch(Date.now());
    }

    async readTraffic({ tenant, seconds }: { tenant: string; seconds: TrafficSecond[] }): Promise<TrafficReport> {
      const nowMs = Date.now();
      await this.#trafficOf(tenant).add(seconds, nowMs);
      return this.#traffic.report(nowMs);
    }

    async readTrafficDay({ tenant, day }: { tenant: string; day: string }): Promise<Traffic | null> {
      return this.#trafficOf(tenant).day(day);
    }

    override async alarm(): Promise<void> {
      if (!this.#isErased) await this.#timers.run(Date.now());
    }

    /** @throws ServiceError `not_found` when the object is not that tenant's, `moved_store` when it does not answer for any keys */
    #controlOf(tenant: string): StoreControl {
      this.#checkTenant(tenant);
      if (!this.#shard.role.isOpen) throw new ServiceError('unavailable', 'Other objects answer for the keys of the tenant.');
      return this.#shard.core.control;
    }

    /** Whichever objects answer for the tenant's keys, its first one has its traffic. @throws ServiceError `not_found` */
    #trafficOf(tenant: string): StoreTraffic {
      this.#checkTenant(tenant);
      return this.#traffic;
    }

    #checkTenant(tenant: string): void {
      if (this.#isErased) throw new ServiceError('not_found', 'The tenant is erased.');
      if (this.#address.tenant !== tenant) throw new ServiceError('not_found', 'The call is for another tenant than the object.');
    }

    /** One that divides the keys is woken by its alarm, and may not be told its name then. */
    get #address(): StoreAddress {
      return parseTenantStoreName(this.ctx.id.name ?? settingsStorage(this.ctx.storage.sql).load('name'));
    }

    /** Made by the first call. */
    get #shard(): StoreShard {
      return (this.#opened ??= this.#open());
    }

    #openTraffic(): StoreTraffic {
      const { STREAM_HUB: hubs, STREAM_DIRECTORY: directories } = this.env;
      return new StoreTraffic({
        sql: this.ctx.storage.sql,
        timers: this.#timers,
        settings: settingsStorage(this.ctx.storage.sql),
        hub: hubs ? () => streamHubStub(hubs, { tenant: this.#address.tenant, name: METRICS_STREAM }) : null,
        streams: async () => (directories ? streamDirectoryStub(directories, this.#address.tenant).totals() : { sockets: 0, streams: 0 }),
      });
    }

    #open(): StoreShard {
      const { sql } = this.ctx.storage;
      const address = this.#address;
      const settings = settingsStorage(sql);
      const connect = (to: StoreAddress) => tenantStoreStub(this.env.TENANT_STORE, to);
      const nowMs = () => Date.now();
      const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
      const ofObject = { settings, doubtful: this.#doubtful, nowMs, sleep };
      return new StoreShard({
        ...ofObject,
        address,
        connect,
        instance: newInstanceName(Date.now()),
        openJournal: () => this.#openJournal(),
        makeCore: (ofShard) =>
          new StoreCore({
            ...options,
            ...ofObject,
            ...ofShard,
            tenant: address.tenant,
            store: this.#spans.ofTable(dynamoClientOf(this.env, true)),
            newToken: () => crypto.randomUUID(),
            changes: this.#openChanges(),
            snapshot: this.#snapshot,
            memory: isolateMemory,
          }),
        onDividing: (isUnderWay) => {
          settings.save('name', isUnderWay ? tenantStoreName(address) : null);
          // Not waited for: it is part of the same commit, and fails with it.
          void this.#timers.set('divide', isUnderWay ? Date.now() + DIVIDE_AGAIN_MS : null);
        },
      });
    }

    /** An object that was lost meanwhile is busy no more, or is measured again. */
    async #measureLoad(nowMs: number): Promise<number | null> {
      if (this.#opened === null || !this.#shard.role.isOpen) return null;
      const { tenant, epoch } = this.#address;
      const { shards, againAtMs } = this.#load.measure(nowMs, this.#shard.role.shards);
      const connect = (to: StoreAddress) => tenantStoreStub(this.env.TENANT_STORE, to);
      if (shards !== null) await asked({ tenant, shard: 0, epoch: 0 }, connect, 'divide', { shards, epoch });
      return againAtMs;
    }

    #startSnapshots(): void {
      if (this.#isErased) return;
      // Of an instance that was replaced meanwhile it fails, and the next one starts cold.
      void this.#timers.setNoLaterThan('snapshot', Date.now() + MIN_SNAPSHOT_GAP_MS).catch(() => {});
    }

    #openJournal(): WriteJournal {
      return new WriteJournal({
        storage: journalStorage(this.ctx.storage.sql),
        nowMs: () => Date.now(),
        onCommit: (keyIds) => this.#snapshot.written(keyIds),
        keptFrom: () => this.#changes?.firstSequence ?? Infinity,
        onFull: () => this.#changes?.giveUp(),
        // Not waited for: it is part of the same commit, and fails with it.
        onFirstRow: () => void this.#timers.set('settle-writes', Date.now() + SETTLE_AFTER_MS),
      });
    }

    /** Of an object that an alarm has woken, and nobody has called, too. */
    get #settledJournal(): WriteJournal {
      return this.#opened?.journal ?? this.#openJournal();
    }

    /** Null when nobody is told of changes. */
    #openChanges(): ChangePublisher | null {
      const { teller, profile } = options;
      const { STREAM_HUB: hubs } = this.env;
      if (!teller || !hubs || !Object.values(profile.models).some(({ changes }) => changes)) return null;
      const { tenant, shard, epoch } = this.#address;
      this.#changes ??= new ChangePublisher({
        keySpace: new KeySpace(profile, tenant),
        teller,
        hub: (name) => streamHubStub(hubs, { tenant, name }),
        // Of a division before this one changes may still be told: each object has numbers of its own.
        producer: { id: epoch === 0 ? `shard-${shard}` : `shard-${shard}-${epoch}`, epoch: 0 },
        left: this.#shard.journal.leftWrites,
        holdDownMs: DEFAULT_HOLD_DOWN_MS,
        settings: settingsStorage(this.ctx.storage.sql),
        nowMs: () => Date.now(),
        // Not waited for: if it fails, the journal's own alarm comes.
        schedule: (atMs) => void this.#timers.setNoLaterThan('publish-changes', atMs),
      });
      return this.#changes;
    }

    #reply(call: StoreCall, core: StoreCore): string | Promise<string> {
      if (this.#isErased) return refusal(ERASED);
      switch (call.operation) {
        case 'ClaimIdempotencyKey':
        case 'CompleteIdempotencyKey':
        case 'ReleaseIdempotencyKey':
        case 'DoubtIdempotencyKey':
          return replyOfLedger(call, {
            ledger: this.#ledger,
            settle: (token) => this.#shard.settleAnywhere(token),
            timers: this.#timers,
          });
        default:
          return this.#spans.around(call, core);
      }
    }
  };
}

/** Later instances of an object have greater names; two of one millisecond have different ones. */
function newInstanceName(nowMs: number): string {
  return nowMs.toString(36).padStart(9, '0') + crypto.randomUUID().slice(0, 4);
}
