/** Concurrent clients of a `StoreCore` in front of a simulated table, with restarts, and what they saw. */
import type { OperationContext } from '../../../src/dynamo/item-store.ts';
import type { OperationName } from '../../../src/dynamo/types.ts';
import { MemoryBudget } from '../../../src/lib/memory-budget.ts';
import type { InvalidationReport, RowChange } from '../../../src/objects/tenant-store/invalidations.ts';
import type { AnsweredCalls, StoreRequest } from '../../../src/objects/tenant-store/rpc.ts';
import { StoreShard } from '../../../src/objects/tenant-store/shards/store-shard.ts';
import { StoreCore, type CoreCall, type StoreCoreOptions } from '../../../src/objects/tenant-store/store-core.ts';
import { Snapshot } from '../../../src/objects/tenant-store/snapshot.ts';
import { WriteJournal } from '../../../src/objects/tenant-store/write-journal.ts';
import type { Violation } from '../../../dev/faults/history.ts';
import { keyOf } from '../../../dev/faults/client-rows.ts';
import { RandomClient, type ClientReply } from '../../../dev/faults/random-client.ts';
import { RecordedHistory } from '../../../dev/faults/recorded-history.ts';
import { seededRandom } from '../../../dev/faults/seeded-random.ts';
import { SimulatedStream, type StreamFaults } from './simulated-stream.ts';
import { mortal } from './mortal-store.ts';
import { ObjectStorage, type InstanceState } from './object-storage.ts';
import { PROFILE, SimulatedTable, type Faults } from './simulated-table.ts';
import { TURN_MS, VirtualTime } from './virtual-time.ts';

export interface SimulationOptions {
  seed: number;
  clients: number;
  operationsPerClient: number;
  keys: number;
  /** share of operations that write */
  writes: number;
  /** share of the writes of one row that carry a token, and are sent again while their outcome is not known; default 0 */
  certain?: number;
  faults: Faults;
  /** how long a client waits between two operations, at most */
  thinkMs: number;
  /** see `RandomClientOptions` */
  exportEvery?: number;
  /** restarts of the object, spread over the run; every other one leaves the old instance alive for a while */
  restarts: number;
  /** small enough to evict, when eviction is to happen */
  memoryBytes: number;
  core?: Partial<Omit<StoreCoreOptions, 'journal'>>;
  /** writers who bypass the store: their share of the operations, and what befalls the stream that tells of them. Nobody queries then: a query sees them early */
  stream?: StreamFaults & { writes: number };
  /** keeps the hot set so often, for instances to start with; default: not at all */
  snapshotEveryMs?: number;
}

export interface SimulationReport {
  violations: Violation[];
  /** what the object still had in hand when everybody had an answer */
  leftOver: { requestsInFlight: number; busyKeys: number; journalRows: number };
  /** of the journal */
  commits: number;
  operations: number;
  reads: number;
  hits: number;
  failedReads: number;
  /** batch reads that may not show half of a transaction, and how many of them cost no call */
  atomicReads: number;
  atomicHits: number;
  /** pages of queries, and how many of them cost no call */
  pages: number;
  pageHits: number;
  table: SimulatedTable['counts'] & Pick<SimulatedTable, 'mostInFlight' | 'mostWritten'>;
  virtualSec: number;
  /** what became of the stream's records */
  changes: InvalidationReport;
  staleAnswers: number;
}

/** Clients with more time than this wait for the object, which ends by then what it does. */
const PATIENT_MS = 1_000;
/** How much longer than it has they wait for the object, as `TenantStoreClient` does. */
const GRACE_MS = 50;
const TENANT = 't';
/** By then nothing of a run is in doubt. */
const SETTLED_AFTER_MS = 120_000;

export async function simulate(options: SimulationOptions): Promise<SimulationReport> {
  const simulation = new Simulation(options);
  return simulation.run();
}

class Simulation {
  readonly #options: SimulationOptions;
  readonly #random: () => number;
  readonly #time = new VirtualTime();
  readonly #table: SimulatedTable;
  readonly #storage = new ObjectStorage();
  readonly #changes: InvalidationReport = { dropped: 0, unchanged: 0, ignored: 0 };
  readonly #stream: SimulatedStream | null;
  readonly #history = new RecordedHistory();
  readonly #clients: readonly RandomClient[];
  #instance: Instance;
  #names = 0;
  #commits = 0;

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed);
    this.#table = new SimulatedTable(this.#time, this.#random, options.faults);
    this.#instance = this.#start();
    const deliver = (change: RowChange) => {
      const report = this.#instance.core.control.applyChanges([change]);
      for (const name of ['dropped', 'unchanged', 'ignored'] as const) this.#changes[name] += report[name];
    };
    this.#stream = options.stream ? new SimulatedStream(this.#table, this.#time, this.#random, options.stream, deliver) : null;
    this.#clients = Array.from({ length: options.clients }, (_, number) => this.#newClient(number));
  }

  async run(): Promise<SimulationReport> {
    const { operationsPerClient, restarts, thinkMs } = this.#options;
    const spanMs = operationsPerClient * (thinkMs / 2 + this.#options.faults.latencyMs);
    for (const client of this.#clients) void this.#run(client); // ends with the run
    for (let restart = 0; restart < restarts; restart++) this.#time.after(this.#random() * spanMs, () => this.#restart(restart % 2 === 0));
    const { snapshotEveryMs = Infinity } = this.#options;
    for (let atMs = snapshotEveryMs; atMs < spanMs; atMs += snapshotEveryMs)
      this.#time.after(atMs, () => void this.#instance.core.control.takeSnapshot(this.#time.nowMs)); // when to do so next is said above
    await this.#time.run();
    const { requestsInFlight, busyKeys } = this.#instance.core.control.stats;
    const { journal } = this.#instance.shard;
    journal.settle(this.#time.nowMs + SETTLED_AFTER_MS);
    return {
      leftOver: { requestsInFlight, busyKeys, journalRows: this.#storage.journal.size },
      commits: this.#commits + journal.commits,
      violations: this.#history.violations((key) => this.#table.versions.get(key) ?? []),
      operations: this.#history.size,
      reads: this.#sum('reads'),
      hits: this.#sum('hits'),
      failedReads: this.#sum('failedReads'),
      atomicReads: this.#sum('atomicReads'),
      atomicHits: this.#sum('atomicHits'),
      pages: this.#sum('pages'),
      pageHits: this.#sum('pageHits'),
      table: { ...this.#table.counts, mostInFlight: this.#table.mostInFlight, mostWritten: this.#table.mostWritten },
      changes: this.#changes,
      staleAnswers: this.#instance.core.control.stats.staleAnswers,
      virtualSec: Math.round(this.#time.nowMs / 1000),
    };
  }

  #start(): Instance {
    const state = { isDead: false, isSuperseded: false };
    const { core: changed, memoryBytes } = this.#options;
    const { journal: storage, snapshot: snapshotStorage, settings, doubtful } = this.#storage.of(state);
    const ofObject = {
      nowMs: () => this.#time.nowMs,
      sleep: (ms: number) => this.#time.pause(ms, this.#random() * TURN_MS),
      settings,
      doubtful,
    };
    const snapshot = new Snapshot({ ...ofObject, storage: snapshotStorage, onStart: () => {} });
    const shard = new StoreShard({
      ...ofObject,
      address: { tenant: TENANT, shard: 0, epoch: 0 },
      instance: 'simulated',
      connect: () => {
        throw new Error('the object has no neighbours');
      },
      openJournal: () => new WriteJournal({ ...changed, ...ofObject, storage, onCommit: (keyIds) => snapshot.written(keyIds) }),
      makeCore: (ofShard) =>
        new StoreCore({
          ...ofObject,
          ...ofShard,
          tenant: TENANT,
          profile: PROFILE,
          store: mortal(this.#table, state, this.#time, this.#random),
          random: this.#random,
          newToken: () => `again-${this.#names++}`,
          snapshot,
          memory: new MemoryBudget(memoryBytes),
          ...changed,
        }),
    });
    return { shard, core: shard.core, state, lost: Promise.withResolvers<null>() };
  }

  /** A killed instance sends nothing more, and its clients learn nothing; a superseded one ends what it has begun. */
  #restart(isKilled: boolean): void {
    const old = this.#instance;
    this.#commits += old.shard.journal.commits;
    old.state.isSuperseded = true;
    old.state.isDead = isKilled;
    if (isKilled) old.lost.resolve(null);
    this.#instance = this.#start();
  }

  async #run(client: RandomClient): Promise<void> {
    for (let count = 0; count < this.#options.operationsPerClient; count++) {
      await this.#time.sleep(this.#random() * this.#options.thinkMs);
      if (this.#stream !== null && this.#random() < (this.#options.stream?.writes ?? 0)) this.#writePast(this.#stream, client.pickKey());
      else await client.step();
    }
  }

  /** Ends when the store has been told of it: until then nobody was promised to see it. */
  #writePast(stream: SimulatedStream, key: string): void {
    const [write, startedAt] = [`x${this.#names++}`, this.#history.begin()];
    const row = keyOf(key);
    stream.onHandled(write, () => this.#history.wrote(key, startedAt, write, `${this.#time.nowMs} ms`));
    this.#table.writePast(row, write, this.#random() < 0.1 ? null : { ...row, value: { S: write } });
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
      ...(this.#stream === null ? {} : { queries: false }),
      random: this.#random,
      history: this.#history,
      nextName: () => `w${this.#names++}`,
      call: (operation, input, context) => this.#call(operation, input, context),
      note: () => `${this.#time.nowMs} ms`,
    });
  }

  /** Null when the instance was lost meanwhile, or the client did not wait for its answer. */
  async #call(operation: OperationName, input: object, context: OperationContext): Promise<ClientReply | null> {
    const { shard, lost } = this.#instance;
    const { deadlineMs = Infinity } = context;
    const request: StoreRequest = { tenant: TENANT, calls: [{ operation, input, context }] };
    const answered = Promise.resolve(shard.execute(JSON.stringify(request), (call, core) => core.execute(call as CoreCall))); // no ledger here
    const gaveUp = deadlineMs < PATIENT_MS ? [this.#time.sleep(deadlineMs + GRACE_MS).then(() => null)] : [];
    const text = await Promise.race([answered.catch(() => null), lost.promise, ...gaveUp]);
    if (text === null) return null;
    const { replies } = JSON.parse(text) as AnsweredCalls; // one object answers for all keys
    return (replies[0] as ClientReply | undefined) ?? null;
  }

  #sum(count: keyof RandomClient['counts']): number {
    return this.#clients.reduce((sum, { counts }) => sum + counts[count], 0);
  }
}

interface Instance {
  shard: StoreShard;
  core: StoreCore;
  state: InstanceState;
  lost: PromiseWithResolvers<null>;
}
