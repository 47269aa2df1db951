/** The tenant's object: a caching, batching client of DynamoDB that all requests of one tenant share. Thin: `StoreCore` decides. */
import { DurableObject } from 'cloudflare:workers';
import { DynamoClient } from '../../dynamo/dynamo-client.ts';
import type { StoreError } from '../../dynamo/item-store.ts';
import type { TableProfile } from '../../dynamo/table-profile.ts';
import { isServiceError, ServiceError } from '../../lib/errors.ts';
import { isolateMemory } from '../../lib/memory-budget.ts';
import type { ChangeTeller } from '../../wire/item-changes.ts';
import { Timers } from '../alarms.ts';
import { migrate } from '../migrate.ts';
import { parseTenantStoreName, streamHubStub } from '../stubs.ts';
import type { StreamHubNamespace } from '../stubs.ts';
import { ChangePublisher } from './changes/change-publisher.ts';
import { noCost } from './cost.ts';
import { DEFAULT_HOLD_DOWN_MS, DEFAULT_STRONG_AFTER_WRITE_MS } from './freshness.ts';
import { IdempotencyLedger } from './idempotency-ledger.ts';
import { settleClaim } from './doubtful-claims.ts';
import { DoubtfulWrites } from './doubtful-writes.ts';
import { KeySpace } from './item-key.ts';
import type { InvalidationReport } from './invalidations.ts';
import type { FlushScope, InvalidateRequest, StoreModeReport, TenantStoreOperatorRpc } from './operator-rpc.ts';
import { ERASED, refusal, WRONG_OBJECT } from './refusals.ts';
import { successReply } from './replies.ts';
import { joinReplies } from './reply-budget.ts';
import type { AnswerState, StoreAddress, StoreCall, StoreRequest, TenantStoreRpc } from './rpc.ts';
import { journalStorage, MIGRATIONS, settingsStorage } from './schema.ts';
import type { StoreControl } from './store-control.ts';
import { Snapshot } from './snapshot.ts';
import { snapshotStorage } from './snapshot-storage.ts';
import { StoreCore } from './store-core.ts';
import type { StoreStats } from './store-stats.ts';
import { WriteJournal } from './write-journal.ts';

/** Given when the class is made: the runtime builds objects with (ctx, env) alone. */
export interface TenantStoreOptions {
  /** the models of the table, from code generation's manifest */
  profile: TableProfile;
  /** says what changes of rows are to who follows them; without it nobody is told, whatever `profile` says */
  teller?: ChangeTeller;
  /** how long rows of no model are served without asking again, in seconds; default 300 */
  defaultCacheSec?: number;
  /** how long "there is no such item" is remembered, in seconds; default 30 */
  missingCacheSec?: number;
  /** how long after its time an item is still served while DynamoDB cannot be asked, in seconds; default 60, 0: not. Never to strong reads */
  staleIfErrorSec?: number;
}

/** The variables and secrets that the object reads. */
export interface TenantStoreEnv {
  /** '' for AWS itself */
  DYNAMODB_ENDPOINT: string;
  AWS_REGION: string;
  AWS_ACCESS_KEY_ID: string;
  AWS_SECRET_ACCESS_KEY: string;
  AWS_SESSION_TOKEN?: string;
  /** where changes are told */
  STREAM_HUB?: StreamHubNamespace;
}

export type TenantStoreObject = DurableObject<TenantStoreEnv> & TenantStoreRpc & TenantStoreOperatorRpc;
export type TenantStoreClass = new (ctx: DurableObjectState, env: TenantStoreEnv) => TenantStoreObject;

/** When the writes of a burst are settled, unless something became of them that nobody knows; before the object would be put to sleep. */
const SETTLE_AFTER_MS = 2 * DEFAULT_STRONG_AFTER_WRITE_MS;

/** After the first item was cached: the object stays in memory for about a minute after its last call. */
const FIRST_SNAPSHOT_MS = 30_000;

/**
 * Makes the class of the tenants' objects, for `wrangler.toml` to name. An object is named by `tenantStoreName`.
 *
 * @see docs/design/tenant-store.md
 */
export function defineTenantStore(options: TenantStoreOptions): TenantStoreClass {
  return class TenantStore extends DurableObject<TenantStoreEnv> implements TenantStoreRpc, TenantStoreOperatorRpc {
    readonly #timers: Timers<'prune-idempotency-keys' | 'settle-writes' | 'forget-doubtful-writes' | 'snapshot' | 'publish-changes'>;
    readonly #doubtful: DoubtfulWrites;
    readonly #ledger: IdempotencyLedger;
    readonly #snapshot: Snapshot;
    /** read by the first call or alarm */
    #journal: WriteJournal | null = null;
    #changes: ChangePublisher | null = null;
    /** made by the first call: an alarm may wake an object that does not know its name */
    #opened: OpenStore | null = null;
    /** its tables are gone, and it serves nobody until it is evicted */
    #isErased = false;

    constructor(ctx: DurableObjectState, env: TenantStoreEnv) {
      super(ctx, env);
      const ledger = new IdempotencyLedger(ctx.storage.sql);
      this.#ledger = ledger;
      this.#doubtful = new DoubtfulWrites(ctx.storage.sql, (expiresAtMs) => this.#forgetDoubtfulAt(expiresAtMs));
      this.#snapshot = new Snapshot({
        storage: snapshotStorage(ctx.storage.sql),
        nowMs: () => Date.now(),
        onStart: () => this.#startSnapshots(),
      });
      this.#timers = new Timers(ctx.storage, {
        'prune-idempotency-keys': (nowMs) => ledger.prune(nowMs),
        'settle-writes': (nowMs) => {
          this.#openChanges()?.publish();
          return this.#openJournal().settle(nowMs);
        },
        'publish-changes': () => this.#openChanges()?.publish() ?? null,
        'forget-doubtful-writes': (nowMs) => this.#doubtful.forgetExpired(nowMs),
        // An object that was woken by its alarm has nothing in memory that could be kept.
        snapshot: (nowMs) => (this.#opened === null ? this.#snapshot.dropExpired(nowMs) : this.#opened.core.control.takeSnapshot(nowMs)),
      });
      // Every call and alarm waits for it; if it fails, the runtime resets the object.
      void ctx.blockConcurrencyWhile(async () => migrate(ctx.storage, MIGRATIONS));
    }

    async execute(request: string): Promise<string> {
      const { tenant, calls } = JSON.parse(request) as StoreRequest; // written by TenantStoreClient
      this.#opened ??= this.#open();
      const { core, address, instance } = this.#opened;
      const began = core.changes;
      // All begin in this turn, so that what they miss leaves together; none rejects.
      const replies = calls.map((call) => (tenant === address.tenant ? this.#reply(call, core) : refusal(WRONG_OBJECT)));
      const texts: string[] = [];
      for (const reply of replies) texts.push(typeof reply === 'string' ? reply : await reply);
      const { epoch, shard } = address;
      const state: AnswerState = { epoch, shard, instance, began, ended: core.changes };
      return `{"replies":${joinReplies(calls, texts)},"state":${JSON.stringify(state)}}`;
    }

    async invalidate(request: string): Promise<InvalidationReport> {
      const { tenant, changes } = JSON.parse(request) as InvalidateRequest; // written by StoreOperator
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
      this.#controlOf(tenant).flush({ kind: 'tenant' });
      this.#isErased = true;
      await this.ctx.storage.deleteAlarm();
      await this.ctx.storage.deleteAll();
    }

    override async alarm(): Promise<void> {
      if (!this.#isErased) await this.#timers.run(Date.now());
    }

    /** @throws ServiceError `not_found` when the object is not that tenant's */
    #controlOf(tenant: string): StoreControl {
      if (this.#isErased) throw new ServiceError('not_found', 'The tenant is erased.');
      this.#opened ??= this.#open();
      if (this.#opened.address.tenant === tenant) return this.#opened.core.control;
      throw new ServiceError('not_found', 'The call is for another tenant than the object.');
    }

    #open(): OpenStore {
      const address = parseTenantStoreName(this.ctx.id.name);
      const { sql } = this.ctx.storage;
      const core = new StoreCore({
        ...options,
        tenant: address.tenant,
        store: dynamoClientOf(this.env),
        nowMs: () => Date.now(),
        sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
        newToken: () => crypto.randomUUID(),
        journal: this.#openJournal(),
        changes: this.#openChanges(),
        doubtful: this.#doubtful,
        settings: settingsStorage(sql),
        snapshot: this.#snapshot,
        memory: isolateMemory,
      });
      return { address, core, instance: newInstanceName(Date.now()) };
    }

    #forgetDoubtfulAt(expiresAtMs: number): void {
      // Not waited for: it is part of the same commit, and fails with it.
      if (this.#timers.dueAtMs('forget-doubtful-writes') === null) void this.#timers.set('forget-doubtful-writes', expiresAtMs);
    }

    #startSnapshots(): void {
      const atMs = Date.now() + FIRST_SNAPSHOT_MS;
      // Not waited for: if it fails, the next instance starts cold. One that is set may wait for the last entry of a snapshot to expire.
      if ((this.#timers.dueAtMs('snapshot') ?? Infinity) > atMs) void this.#timers.set('snapshot', atMs);
    }

    #openJournal(): WriteJournal {
      this.#journal ??= new WriteJournal({
        storage: journalStorage(this.ctx.storage.sql),
        nowMs: () => Date.now(),
        onCommit: (keyIds) => this.#snapshot.written(keyIds),
        keptFrom: () => this.#changes?.firstSequence ?? Infinity,
        onFull: () => this.#changes?.giveUp(),
        // Not waited for: it is part of the same commit, and fails with it.
        onFirstRow: () => void this.#timers.set('settle-writes', Date.now() + SETTLE_AFTER_MS),
      });
      return this.#journal;
    }

    /** Null when nobody is told of changes. */
    #openChanges(): ChangePublisher | null {
      const { teller, profile } = options;
      const { STREAM_HUB: hubs } = this.env;
      if (!teller || !hubs || !Object.values(profile.models).some(({ changes }) => changes)) return null;
      const { tenant, shard, epoch } = parseTenantStoreName(this.ctx.id.name);
      this.#changes ??= new ChangePublisher({
        keySpace: new KeySpace(profile, tenant),
        teller,
        hub: (name) => streamHubStub(hubs, { tenant, name }),
        producer: { id: `shard-${shard}`, epoch },
        left: this.#openJournal().leftWrites,
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
          return this.#replyOfLedger(call, core);
        default:
          return core.execute(call);
      }
    }

    async #replyOfLedger(call: LedgerCall, core: StoreCore): Promise<string> {
      try {
        const output = await this.#callLedger(call, core);
        if (this.#timers.dueAtMs('prune-idempotency-keys') === null) {
          await this.#timers.set('prune-idempotency-keys', this.#ledger.prune(Date.now()));
        }
        return successReply(JSON.stringify(output), 'bypass', noCost());
      } catch (error) {
        return refusal(storeErrorOf(error));
      }
    }

    #callLedger(call: LedgerCall, core: StoreCore): object | Promise<object> {
      const { key } = call.input;
      switch (call.operation) {
        case 'ClaimIdempotencyKey': {
          const claim = this.#ledger.claim(key, call.input.fingerprint, Date.now(), crypto.randomUUID());
          if (claim.state !== 'doubtful') return claim;
          return settleClaim({ key, token: claim.token }, this.#ledger, (token) => core.settle(token), crypto.randomUUID());
        }
        case 'CompleteIdempotencyKey':
          this.#ledger.complete(key, call.input.response, Date.now());
          return {};
        case 'ReleaseIdempotencyKey':
          this.#ledger.release(key);
          return {};
        case 'DoubtIdempotencyKey':
          this.#ledger.doubt(key);
          return {};
      }
    }
  };
}

type LedgerCall = Extract<StoreCall, { operation: `${string}IdempotencyKey` }>;

interface OpenStore {
  address: StoreAddress;
  core: StoreCore;
  instance: string;
}

/** Later instances of an object have greater names; two of one millisecond have different ones. */
function newInstanceName(nowMs: number): string {
  return nowMs.toString(36).padStart(9, '0') + crypto.randomUUID().slice(0, 4);
}

function storeErrorOf(error: unknown): StoreError {
  if (!isServiceError(error)) return { code: 'unavailable', message: String(error) };
  const { code, message, retryAfterMs } = error;
  return { code: code === 'throttled' ? 'throttled' : 'invalid_request', message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

function dynamoClientOf(env: TenantStoreEnv): DynamoClient {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken } = env;
  return new DynamoClient({
    region: env.AWS_REGION,
    endpoint: env.DYNAMODB_ENDPOINT,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined || sessionToken === '' ? {} : { sessionToken }) },
  });
}
