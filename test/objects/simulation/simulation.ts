/** Concurrent clients of a `StoreCore` in front of a simulated table, with restarts, and what they saw. */
import type { OperationContext } from '../../../src/dynamo/item-store.ts';
import type { OperationName } from '../../../src/dynamo/types.ts';
import { MemoryBudget } from '../../../src/lib/memory-budget.ts';
import type { DoubtfulWrite } from '../../../src/objects/tenant-store/certain-writes.ts';
import type { InvalidationReport, RowChange } from '../../../src/objects/tenant-store/invalidations.ts';
import type { JournalRow, JournalStorage } from '../../../src/objects/tenant-store/journal-rows.ts';
import { StoreCore, type StoreCoreOptions } from '../../../src/objects/tenant-store/store-core.ts';
import { Snapshot, type SnapshotStorage } from '../../../src/objects/tenant-store/snapshot.ts';
import { WriteJournal } from '../../../src/objects/tenant-store/write-journal.ts';
import type { Violation } from '../../../dev/faults/history.ts';
import { keyOf } from '../../../dev/faults/client-rows.ts';
import { RandomClient, type ClientReply } from '../../../dev/faults/random-client.ts';
import { RecordedHistory } from '../../../dev/faults/recorded-history.ts';
import { seededRandom } from '../../../dev/faults/seeded-random.ts';
import { MemorySnapshot } from './memory-snapshot.ts';
import { SimulatedStream, type StreamFaults } from './simulated-stream.ts';
import { mortal } from './mortal-store.ts';
import { PROFILE, SimulatedTable, type Faults } from './simulated-table.ts';
import { VirtualTime } from './virtual-time.ts';

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
  readonly #journal = new Map<number, JournalRow>();
  readonly #snapshot = new MemorySnapshot();
  readonly #settings = new Map<string, string>();
  readonly #doubtful = new Map<string, DoubtfulWrite>();
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
    this.#clients = Array.from({ length: options.clients }, () => this.#newClient());
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
    this.#instance.journal.settle(this.#time.nowMs + SETTLED_AFTER_MS);
    return {
      leftOver: { requestsInFlight, busyKeys, journalRows: this.#journal.size },
      commits: this.#commits,
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
    const nowMs = () => this.#time.nowMs;
    const snapshot = new Snapshot({ storage: this.#snapshotOf(state), nowMs, onStart: () => {} });
    const onCommit = (keyIds: readonly string[]) => snapshot.written(keyIds);
    const journal = new WriteJournal({ ...this.#options.core, storage: this.#journalOf(state), nowMs, onCommit });
    const core = new StoreCore({
      tenant: 't',
      profile: PROFILE,
      store: mortal(this.#table, state),
      nowMs,
      sleep: (ms) => this.#time.sleep(ms),
      random: this.#random,
      journal,
      newToken: () => `again-${this.#names++}`,
      doubtful: {
        load: (token) => this.#doubtful.get(token) ?? null,
        save: (token, write) => ifCurrent(state, () => void this.#doubtful.set(token, write)),
        remove: (token) => ifCurrent(state, () => void this.#doubtful.delete(token)),
      },
      settings: {
        load: (name) => this.#settings.get(name),
        save: (name, value) => void (value === null ? this.#settings.delete(name) : this.#settings.set(name, value)),
      },
      snapshot,
      memory: new MemoryBudget(this.#options.memoryBytes),
      ...this.#options.core,
    });
    return { core, journal, state, lost: Promise.withResolvers<null>() };
  }

  /** The journal as one instance has it: one that was superseded has no storage any more. */
  #journalOf(state: { isSuperseded: boolean }): JournalStorage {
    return {
      load: () => [...this.#journal.values()],
      save: (row) =>
        ifCurrent(state, () => {
          this.#commits++;
          this.#journal.set(row.slot, row);
        }),
      clear: () => ifCurrent(state, () => this.#journal.clear()),
    };
  }

  #snapshotOf(state: { isSuperseded: boolean }): SnapshotStorage {
    const kept = this.#snapshot;
    return {
      load: () => kept.load(),
      save: (rows, generation) => ifCurrent(state, () => kept.save(rows, generation)),
      saveCold: (slot, generation, ids) => ifCurrent(state, () => kept.saveCold(slot, generation, ids)),
      clear: () => ifCurrent(state, () => kept.clear()),
      expiresAtMs: () => kept.expiresAtMs(),
    };
  }

  /** A killed instance sends nothing more, and its clients learn nothing; a superseded one ends what it has begun. */
  #restart(isKilled: boolean): void {
    const old = this.#instance;
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

  #newClient(): RandomClient {
    const { keys, writes, certain = 0 } = this.#options;
    return new RandomClient({
      table: 'simulated',
      prefix: '[t]#',
      keys,
      writes,
      certain,
      ...(this.#stream === null ? {} : { queries: false }),
      random: this.#random,
      history: this.#history,
      nextName: () => `w${this.#names++}`,
      call: (operation, input, context) => this.#call(operation, input, context),
      note: () => `${this.#time.nowMs} ms`,
    });
  }

  /** Null when the instance died meanwhile, or the client did not wait for its answer. */
  async #call(operation: OperationName, input: object, context: OperationContext): Promise<ClientReply | null> {
    const { core, lost } = this.#instance;
    const { deadlineMs = Infinity } = context;
    const answered = Promise.resolve(core.execute({ operation, input: structuredClone(input), context }));
    const gaveUp = deadlineMs < PATIENT_MS ? [this.#time.sleep(deadlineMs + GRACE_MS).then(() => null)] : [];
    const reply = await Promise.race([answered, lost.promise, ...gaveUp]);
    return reply === null ? null : (JSON.parse(reply) as ClientReply); // written by the core
  }

  #sum(count: keyof RandomClient['counts']): number {
    return this.#clients.reduce((sum, { counts }) => sum + counts[count], 0);
  }
}

interface Instance {
  core: StoreCore;
  journal: WriteJournal;
  state: { isDead: boolean; isSuperseded: boolean };
  lost: PromiseWithResolvers<null>;
}

/** Changes storage, as long as the instance has any. */
function ifCurrent(state: { isSuperseded: boolean }, change: () => void): void {
  if (state.isSuperseded) throw new Error('superseded');
  change();
}
