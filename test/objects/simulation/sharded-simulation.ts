/** Concurrent clients of a tenant that has several objects: kills, superseded instances, and divisions of the keys that change meanwhile. */
import type { OperationContext } from '../../../src/dynamo/item-store.ts';
import type { OperationInput, OperationName } from '../../../src/dynamo/types.ts';
import type { Violation } from '../../../dev/faults/history.ts';
import { RandomClient, type ClientReply } from '../../../dev/faults/random-client.ts';
import { RecordedHistory } from '../../../dev/faults/recorded-history.ts';
import { seededRandom } from '../../../dev/faults/seeded-random.ts';
import { MemoryBudget } from '../../../src/lib/memory-budget.ts';
import { tenantStoreName } from '../../../src/objects/stubs.ts';
import type { StoreAddress, TenantStoreRpc } from '../../../src/objects/tenant-store/rpc.ts';
import type { ShardRpc } from '../../../src/objects/tenant-store/shards/asks.ts';
import { KnownDivisions } from '../../../src/objects/tenant-store/shards/known-divisions.ts';
import { asked, NotAnswered } from '../../../src/objects/tenant-store/shards/neighbours.ts';
import { ShardedStore } from '../../../src/objects/tenant-store/shards/sharded-store.ts';
import { StoreShard, type StoreShardOptions } from '../../../src/objects/tenant-store/shards/store-shard.ts';
import { Snapshot } from '../../../src/objects/tenant-store/snapshot.ts';
import { StoreCore, type CoreCall, type StoreCoreOptions } from '../../../src/objects/tenant-store/store-core.ts';
import { WriteJournal } from '../../../src/objects/tenant-store/write-journal.ts';
import { mortal } from './mortal-store.ts';
import { ObjectStorage, type InstanceState } from './object-storage.ts';
import { PROFILE, SimulatedTable, type Faults } from './simulated-table.ts';
import { TURN_MS, VirtualTime } from './virtual-time.ts';

export interface ShardedSimulationOptions {
  seed: number;
  clients: number;
  operationsPerClient: number;
  keys: number;
  /** share of operations that write */
  writes: number;
  /** share of the writes of one row that carry a token; default 0 */
  certain?: number;
  faults: Faults;
  /** how long a client waits between two operations, at most */
  thinkMs: number;
  /** see `RandomClientOptions` */
  exportEvery?: number;
  /** of single objects; every other one leaves the old instance alive for a while */
  restarts: number;
  /** how many shards there are: from the start, and then one after the other, spread over the run */
  shards: readonly number[];
  memoryBytes: number;
  /** changes how objects are made, for faults that are planted */
  plant?: (ofShard: MadeOf) => MadeOf & Partial<StoreCoreOptions>;
}

type MadeOf = Parameters<StoreShardOptions['makeCore']>[0];

export interface ShardedReport {
  violations: Violation[];
  operations: number;
  reads: number;
  hits: number;
  failedReads: number;
  pages: number;
  atomicReads: number;
  /** how often the keys were divided */
  epoch: number;
  leftOver: { requestsInFlight: number; busyKeys: number; heldKeys: number };
}

/** Isolates: each has been told of other divisions. */
const ISOLATES = 3;
/** A call between objects takes so long, at most, each way. */
const HOP_MS = 3;
const TENANT = 't';

export async function simulateShards(options: ShardedSimulationOptions): Promise<ShardedReport> {
  return new ShardedSimulation(options).run();
}

class ShardedSimulation {
  readonly #options: ShardedSimulationOptions;
  readonly #random: () => number;
  readonly #time = new VirtualTime();
  readonly #table: SimulatedTable;
  readonly #storage = new Map<string, ObjectStorage>();
  readonly #instances = new Map<string, Instance>();
  readonly #history = new RecordedHistory();
  readonly #divisions = Array.from({ length: ISOLATES }, () => new KnownDivisions());
  readonly #stores: readonly ShardedStore[];
  readonly #clients: readonly RandomClient[];
  #names = 0;
  #starts = 0;

  constructor(options: ShardedSimulationOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed);
    this.#table = new SimulatedTable(this.#time, this.#random, options.faults);
    this.#stores = this.#divisions.map(
      (divisions) =>
        new ShardedStore({
          tenant: TENANT,
          profile: PROFILE,
          connect: (address) => this.#connect(address),
          divisions,
          nowMs: () => this.#time.nowMs,
          sleep: (ms) => this.#time.sleep(ms),
        }),
    );
    this.#clients = Array.from({ length: options.clients }, (_, number) => this.#newClient(number));
  }

  async run(): Promise<ShardedReport> {
    const { operationsPerClient, restarts, thinkMs, shards, faults } = this.#options;
    const spanMs = operationsPerClient * (thinkMs / 2 + faults.latencyMs);
    for (const [at, count] of shards.entries()) this.#time.after((at * spanMs) / shards.length, () => void this.#divide(count)); // ends with the run
    for (const client of this.#clients) void this.#run(client);
    for (let restart = 0; restart < restarts; restart++) this.#time.after(this.#random() * spanMs, () => this.#restart(restart % 2 === 0));
    await this.#time.run();
    const stats = [...this.#instances.values()].map(({ shard }) => shard.core.control.stats);
    const sum = (name: 'requestsInFlight' | 'busyKeys' | 'heldKeys') => stats.reduce((total, one) => total + one[name], 0);
    return {
      violations: this.#history.violations((key) => this.#table.versions.get(key) ?? []),
      operations: this.#history.size,
      reads: this.#sum('reads'),
      hits: this.#sum('hits'),
      failedReads: this.#sum('failedReads'),
      pages: this.#sum('pages'),
      atomicReads: this.#sum('atomicReads'),
      epoch: this.#instanceOf({ tenant: TENANT, shard: 0, epoch: 0 }).shard.divisions.current.epoch,
      leftOver: { requestsInFlight: sum('requestsInFlight'), busyKeys: sum('busyKeys'), heldKeys: sum('heldKeys') },
    };
  }

  /** As an operator does it, and the first object's alarm after a loss. */
  async #divide(shards: number): Promise<void> {
    const first = { tenant: TENANT, shard: 0, epoch: 0 };
    for (;;) {
      try {
        const { value } = await asked(first, (address) => this.#connect(address), 'divide', { shards });
        // The operator's isolate knows it at once, the others when they are refused.
        this.#divisions[0]?.learn(TENANT, value);
        if (value.shards === shards) return;
      } catch (error) {
        if (!(error instanceof NotAnswered)) throw error;
      }
      await this.#time.sleep(100);
    }
  }

  /** Calls take their time, may be lost with the instance, and go to the instance that is current when they arrive. */
  #connect(address: StoreAddress): TenantStoreRpc & ShardRpc {
    const call = async (name: 'execute' | 'ask', request: string): Promise<string> => {
      await this.#time.sleep(this.#random() * HOP_MS);
      const { shard, lost } = this.#instanceOf(address);
      const answer = name === 'ask' ? shard.ask(request) : shard.execute(request, (of, core) => core.execute(of as CoreCall)); // no ledger here
      const text = await Promise.race([answer, lost.promise]);
      if (text === null) throw new Error('the object was reset');
      await this.#time.sleep(this.#random() * HOP_MS);
      return text;
    };
    return { execute: (request) => call('execute', request), ask: (request) => call('ask', request) };
  }

  #instanceOf(address: StoreAddress): Instance {
    const name = tenantStoreName(address);
    const running = this.#instances.get(name);
    if (running !== undefined) return running;
    const started = this.#start(address, this.#storageOf(name));
    this.#instances.set(name, started);
    return started;
  }

  #storageOf(name: string): ObjectStorage {
    const stored = this.#storage.get(name) ?? new ObjectStorage();
    this.#storage.set(name, stored);
    return stored;
  }

  #start(address: StoreAddress, stored: ObjectStorage): Instance {
    const state = { isDead: false, isSuperseded: false };
    const { journal: storage, settings, doubtful } = stored.of(state);
    const nowMs = () => this.#time.nowMs;
    const ofObject = { nowMs, sleep: (ms: number) => this.#time.pause(ms, this.#random() * TURN_MS), settings, doubtful };
    const shard = new StoreShard({
      ...ofObject,
      address,
      instance: `i${String(this.#starts++).padStart(6, '0')}`,
      connect: (to) => this.#connect(to),
      openJournal: () => new WriteJournal({ storage, nowMs }),
      makeCore: (ofShard) =>
        new StoreCore({
          ...ofObject,
          ...(this.#options.plant?.(ofShard) ?? ofShard),
          tenant: TENANT,
          profile: PROFILE,
          store: mortal(this.#table, state, this.#time, this.#random),
          newToken: () => `again-${this.#names++}`,
          snapshot: noSnapshot(nowMs),
          memory: new MemoryBudget(this.#options.memoryBytes),
        }),
    });
    return { shard, state, lost: Promise.withResolvers<null>() };
  }

  /** Of one object that runs. */
  #restart(isKilled: boolean): void {
    const running = [...this.#instances];
    const [name, old] = running[Math.floor(this.#random() * running.length)] ?? [];
    if (name === undefined || old === undefined) return;
    old.state.isSuperseded = true;
    old.state.isDead = isKilled;
    if (isKilled) old.lost.resolve(null);
    this.#instances.delete(name);
  }

  async #run(client: RandomClient): Promise<void> {
    for (let count = 0; count < this.#options.operationsPerClient; count++) {
      await this.#time.sleep(this.#random() * this.#options.thinkMs);
      await client.step();
    }
  }

  #newClient(number: number): RandomClient {
    const { keys, writes, certain = 0, exportEvery = Infinity } = this.#options;
    return new RandomClient({
      table: 'simulated',
      prefix: `[${TENANT}]#`,
      caller: `client ${number}`,
      keys,
      writes,
      certain,
      exportEvery,
      random: this.#random,
      history: this.#history,
      nextName: () => `w${this.#names++}`,
      call: (...call) => this.#call(...call),
      note: () => `${this.#time.nowMs} ms`,
    });
  }

  async #call<Op extends OperationName>(operation: Op, input: OperationInput<Op>, context: OperationContext): Promise<ClientReply> {
    const store = this.#stores[Math.floor(this.#random() * ISOLATES)] as ShardedStore; // there is one at each place
    // Each batch of an export is a request of its own.
    if (context.priority === 'batch') await this.#time.sleep(0);
    return (await store.execute(operation, structuredClone(input), context)) as ClientReply; // as much of it as a client looks at
  }

  #sum(count: keyof RandomClient['counts']): number {
    return this.#clients.reduce((sum, { counts }) => sum + counts[count], 0);
  }
}

interface Instance {
  shard: StoreShard;
  state: InstanceState;
  lost: PromiseWithResolvers<null>;
}

/** Snapshots are for objects that sleep, which these do not. */
function noSnapshot(nowMs: () => number): Snapshot {
  const storage = {
    load: () => ({ rows: [], cold: [], generation: 0 }),
    save: () => {},
    saveCold: () => {},
    clear: () => {},
    expiresAtMs: () => null,
  };
  return new Snapshot({ storage, nowMs, onStart: () => {} });
}
