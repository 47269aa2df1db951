/** Concurrent clients of a `StoreCore` in front of a simulated table, with restarts, and what they saw. */
import type { ItemStore, OperationContext, OperationResult } from '../../../src/dynamo/item-store.ts';
import type { AttributeMap, OperationInput, OperationName } from '../../../src/dynamo/types.ts';
import { MemoryBudget } from '../../../src/lib/memory-budget.ts';
import type { JournalRow, JournalStorage } from '../../../src/objects/tenant-store/journal-rows.ts';
import { StoreCore, type StoreCoreOptions } from '../../../src/objects/tenant-store/store-core.ts';
import { WriteJournal } from '../../../src/objects/tenant-store/write-journal.ts';
import { findViolation, type Operation, type Violation } from './history.ts';
import { SimulatedTable, valueOf, type Faults } from './simulated-table.ts';
import { seededRandom, VirtualTime } from './virtual-time.ts';

export interface SimulationOptions {
  seed: number;
  clients: number;
  operationsPerClient: number;
  keys: number;
  /** share of operations that write */
  writes: number;
  faults: Faults;
  /** how long a client waits between two operations, at most */
  thinkMs: number;
  /** restarts of the object, spread over the run; every other one leaves the old instance alive for a while */
  restarts: number;
  /** small enough to evict, when eviction is to happen */
  memoryBytes: number;
  core?: Partial<Omit<StoreCoreOptions, 'journal'>>;
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
  table: SimulatedTable['counts'] & { mostInFlight: number };
  virtualSec: number;
}

const TABLE = 'simulated';
/** By then nothing of a run is in doubt. */
const SETTLED_AFTER_MS = 120_000;

/** The answer to an operation of a client, as far as the simulation looks at it. */
interface Reply {
  ok: boolean;
  output?: {
    Item?: AttributeMap;
    Attributes?: AttributeMap;
    Items?: AttributeMap[];
    Responses?: Record<string, AttributeMap[]>;
    UnprocessedItems?: unknown;
  };
  error?: { code: string; item?: AttributeMap; keys?: AttributeMap[] };
  meta: { cache: string };
}

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
  readonly #operations: Operation[] = [];
  #instance: Instance;
  #moment = 0;
  #writes = 0;
  #reads = 0;
  #hits = 0;
  #failedReads = 0;
  #commits = 0;

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed);
    this.#table = new SimulatedTable(this.#time, this.#random, options.faults);
    this.#instance = this.#start();
  }

  async run(): Promise<SimulationReport> {
    const { clients, operationsPerClient, restarts, thinkMs } = this.#options;
    const spanMs = operationsPerClient * (thinkMs / 2 + this.#options.faults.latencyMs);
    for (let client = 0; client < clients; client++) void this.#client(operationsPerClient); // ends with the run
    for (let restart = 0; restart < restarts; restart++) this.#time.after(this.#random() * spanMs, () => this.#restart(restart % 2 === 0));
    await this.#time.run();
    const { requestsInFlight, busyKeys } = this.#instance.core.state;
    this.#instance.journal.settle(this.#time.nowMs + SETTLED_AFTER_MS);
    return {
      leftOver: { requestsInFlight, busyKeys, journalRows: this.#journal.size },
      commits: this.#commits,
      violations: this.#violations(),
      operations: this.#operations.length,
      reads: this.#reads,
      hits: this.#hits,
      failedReads: this.#failedReads,
      table: { ...this.#table.counts, mostInFlight: this.#table.mostInFlight },
      virtualSec: Math.round(this.#time.nowMs / 1000),
    };
  }

  #start(): Instance {
    const state = { isDead: false, isSuperseded: false };
    const nowMs = () => this.#time.nowMs;
    const journal = new WriteJournal({ ...this.#options.core, storage: this.#journalOf(state), nowMs });
    const core = new StoreCore({
      tenant: 't',
      profile: { key: { partitionKey: '_pk', sortKey: '_sk' }, indexes: {}, ttlAttribute: 'ttl', models: {} },
      store: mortal(this.#table, state),
      nowMs,
      journal,
      memory: new MemoryBudget(this.#options.memoryBytes),
      ...this.#options.core,
    });
    return { core, journal, state, lost: Promise.withResolvers<null>() };
  }

  /** The journal as one instance has it: one that was superseded has no storage any more. */
  #journalOf(state: { isSuperseded: boolean }): JournalStorage {
    const ifCurrent = (change: () => void) => {
      if (state.isSuperseded) throw new Error('superseded');
      change();
    };
    return {
      load: () => [...this.#journal.values()],
      save: (row) =>
        ifCurrent(() => {
          this.#commits++;
          this.#journal.set(row.slot, row);
        }),
      clear: () => ifCurrent(() => this.#journal.clear()),
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

  async #client(operations: number): Promise<void> {
    for (let count = 0; count < operations; count++) {
      await this.#time.sleep(this.#random() * this.#options.thinkMs);
      if (this.#random() < this.#options.writes) await this.#write();
      else await this.#read();
    }
  }

  async #read(): Promise<void> {
    const draw = this.#random();
    if (draw < 0.7) return this.#get();
    if (draw < 0.95) return this.#batchGet();
    return this.#query();
  }

  async #get(): Promise<void> {
    const key = this.#pickKey();
    const started = this.#moment++;
    const reply = await this.#call('GetItem', { TableName: TABLE, Key: keyOf(key), ConsistentRead: this.#random() < 0.2 });
    this.#reads++;
    if (reply?.meta.cache === 'hit') this.#hits++;
    if (reply?.ok === true) this.#saw(key, started, valueOf(reply.output?.Item));
    else this.#failedReads++;
  }

  async #batchGet(): Promise<void> {
    const keys = this.#pickKeys();
    const started = this.#moment++;
    const reply = await this.#call('BatchGetItem', { RequestItems: { [TABLE]: { Keys: keys.map(keyOf) } } });
    if (reply?.output?.Responses === undefined) return;
    const unread = new Set((reply.error?.keys ?? []).map((key) => JSON.stringify(key)));
    const found = new Map(reply.output.Responses[TABLE]?.map((item) => [JSON.stringify(item['_pk']), item]));
    for (const key of keys) {
      if (unread.has(JSON.stringify(keyOf(key)))) this.#failedReads++;
      else this.#saw(key, started, valueOf(found.get(JSON.stringify({ S: key }))));
    }
  }

  async #query(): Promise<void> {
    const key = this.#pickKey();
    const started = this.#moment++;
    const reply = await this.#call('Query', {
      TableName: TABLE,
      KeyConditionExpression: '#pk = :pk',
      ExpressionAttributeNames: { '#pk': '_pk' },
      ExpressionAttributeValues: { ':pk': { S: key } },
    });
    if (reply?.ok === true) this.#saw(key, started, valueOf(reply.output?.Items?.[0]));
  }

  async #write(): Promise<void> {
    const draw = this.#random();
    if (draw < 0.15) return this.#writeMany('BatchWriteItem');
    if (draw < 0.3) return this.#writeMany('TransactWriteItems');
    const key = this.#pickKey();
    const write = `w${this.#writes++}`;
    const isConditional = this.#random() < 0.4;
    const condition = isConditional
      ? {
          ConditionExpression: 'as the simulation names it',
          ReturnValuesOnConditionCheckFailure: this.#random() < 0.5 ? 'ALL_OLD' : 'NONE',
        }
      : {};
    const started = this.#moment++;
    const reply = await this.#writeOne(draw, key, write, condition);
    if (reply?.ok === true) this.#wrote(key, started, write);
    else if (reply?.error?.code === 'condition_failed') {
      if (reply.error.item !== undefined) this.#saw(key, started, valueOf(reply.error.item));
    } else if (mayBeApplied(reply)) this.#wroteMaybe(key, started, write);
  }

  async #writeOne(draw: number, key: string, write: string, condition: object): Promise<Reply | null> {
    if (draw < 0.65) return this.#call('PutItem', { TableName: TABLE, Item: itemOf(key, write), ...condition });
    const named = { ExpressionAttributeValues: { ':write': { S: write } } };
    if (draw < 0.85)
      return this.#call('UpdateItem', { TableName: TABLE, Key: keyOf(key), UpdateExpression: 'SET', ...named, ...condition });
    return this.#call('DeleteItem', { TableName: TABLE, Key: keyOf(key), ...named });
  }

  async #writeMany(operation: 'BatchWriteItem' | 'TransactWriteItems'): Promise<void> {
    const writes = this.#pickKeys().map((key) => ({ key, write: `w${this.#writes++}` }));
    const started = this.#moment++;
    const puts = writes.map(({ key, write }) => ({ TableName: TABLE, Item: itemOf(key, write) }));
    const reply = await this.#call(
      operation,
      operation === 'BatchWriteItem'
        ? { RequestItems: { [TABLE]: puts.map(({ Item }) => ({ PutRequest: { Item } })) } }
        : { TransactItems: puts.map((Put) => ({ Put })) },
    );
    const undone = JSON.stringify(reply?.output?.UnprocessedItems ?? {});
    for (const { key, write } of writes) {
      const isDone = reply?.ok === true || (reply?.output?.UnprocessedItems !== undefined && !undone.includes(`"${write}"`));
      if (isDone) this.#wrote(key, started, write);
      else if (mayBeApplied(reply)) this.#wroteMaybe(key, started, write);
    }
  }

  /** Null when the instance died meanwhile. */
  async #call(operation: OperationName, input: object): Promise<Reply | null> {
    const { core, lost } = this.#instance;
    const context = { deadlineMs: this.#random() < 0.1 ? 50 : 10_000 };
    const reply = await Promise.race([Promise.resolve(core.execute({ operation, input: structuredClone(input), context })), lost.promise]);
    return reply === null ? null : (JSON.parse(reply) as Reply); // written by the core
  }

  #saw(key: string, startedAt: number, value: string | null): void {
    this.#operations.push({ key, startedAt, endedAt: this.#moment++, kind: 'read', value, note: `${this.#time.nowMs} ms` });
  }

  #wrote(key: string, startedAt: number, write: string): void {
    this.#operations.push({ key, startedAt, endedAt: this.#moment++, kind: 'write', value: write, note: `${this.#time.nowMs} ms` });
  }

  #wroteMaybe(key: string, startedAt: number, write: string): void {
    this.#operations.push({ key, startedAt, endedAt: Infinity, kind: 'write', value: write });
  }

  #violations(): Violation[] {
    const byKey = Map.groupBy(this.#operations, ({ key }) => key);
    return [...byKey].flatMap(([key, operations]) => findViolation(operations, this.#table.versions.get(key) ?? []) ?? []);
  }

  /** A few keys are much hotter than the others. */
  #pickKey(): string {
    return `[t]#k#${Math.floor(this.#random() ** 2 * this.#options.keys)}`;
  }

  #pickKeys(): string[] {
    return [...new Set(Array.from({ length: 1 + Math.floor(this.#random() * 5) }, () => this.#pickKey()))];
  }
}

interface Instance {
  core: StoreCore;
  journal: WriteJournal;
  state: { isDead: boolean; isSuperseded: boolean };
  lost: PromiseWithResolvers<null>;
}

/** The store of an instance: once it is dead, nothing is sent and nothing arrives. */
function mortal(store: ItemStore, state: { isDead: boolean }): ItemStore {
  const never = new Promise<never>(() => {});
  return {
    async execute<Op extends OperationName>(
      operation: Op,
      input: OperationInput<Op>,
      context?: OperationContext,
    ): Promise<OperationResult<Op>> {
      if (state.isDead) return never;
      const result = await store.execute(operation, input, context);
      return state.isDead ? never : result;
    },
  };
}

function keyOf(key: string): AttributeMap {
  return { _pk: { S: key }, _sk: { S: 'k' } };
}

function itemOf(key: string, value: string): AttributeMap {
  return { ...keyOf(key), value: { S: value } };
}

function mayBeApplied(reply: Reply | null): boolean {
  return reply === null || reply.error?.code === 'outcome_unknown';
}
