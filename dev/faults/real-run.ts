/**
 * Concurrent clients of the real object on workerd, in front of a local DynamoDB that fails, killed again and again; and whether what they saw can
 * be explained. The proxy knows in which order writes were applied, so each key's history is checked in linear time.
 */
import type { AttributeMap } from '../../src/dynamo/types.ts';
import { ensureTable } from '../../src/dynamo/create-table.ts';
import { startDynamoDbProxy } from './dynamodb-proxy.ts';
import type { AppliedWrite, Violation } from './history.ts';
import { KilledStore } from './killed-store.ts';
import type { Fault } from './proxy-faults.ts';
import { nameOf, textOf, valueOf } from './client-rows.ts';
import { noCounts, RandomClient } from './random-client.ts';
import type { OperationCounts } from './random-client.ts';
import { RecordedHistory } from './recorded-history.ts';
import type { RowChange } from './row-changes.ts';
import { RowHistory } from './row-history.ts';
import { isWrite, SeededFaults, type FaultProfile } from './seeded-faults.ts';
import { seededRandom } from './seeded-random.ts';

export interface RealRunOptions {
  /** a local DynamoDB */
  endpoint: string;
  /** the Worker's module, see `KilledStoreOptions` */
  code: string;
  /** as many are recorded: each key of a batch is one, and each page of a query */
  operations: number;
  clients: number;
  keys: number;
  /** share of operations that write */
  writes: number;
  /** share of the writes of one row that carry a token */
  certain: number;
  faults: FaultProfile;
  lagMs: number;
  /** how many times the object is killed, while a write is under way */
  kills: number;
  /** among how many objects the tenant's keys are divided, one number after the other, spread over the run; default: they are in one */
  shards?: readonly number[];
}

export interface RealRunReport {
  violations: Violation[];
  operations: number;
  kills: number;
  /** how the keys are divided at the end */
  division: { epoch: number; shards: number } | null;
  faults: Record<string, number>;
  /** the most requests that DynamoDB had at one moment */
  mostInFlight: number;
  clients: OperationCounts;
  tookMs: number;
}

const TENANT = 'acme';
/** A client exports all rows after so many operations. */
const EXPORT_EVERY = 200;
/** A Durable Object's outgoing connections. */
const CONNECTIONS = 6;
/** A kill comes this long after its write has reached DynamoDB, at most: before it is applied, before its answer, or after its acknowledgement. */
const KILL_WITHIN_MS = 10;
/** Nobody is killed in the rest of a run: a kill waits for a write, and has to come before the end. */
const KILLED_SHARE = 0.95;

export async function runOnWorkerd(options: RealRunOptions): Promise<RealRunReport> {
  const startedAtMs = performance.now();
  const { endpoint, operations, faults: profile, lagMs } = options;
  const random = seededRandom(profile.seed);
  const table = `faults-${crypto.randomUUID()}`;
  await ensureTable({ endpoint, region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }, table);
  const order = new WriteOrder();
  const rows = new RowHistory({ endpoint, lagMs, random, onApplied: (change, item) => order.add(change, item) });
  const faults = new SeededFaults(profile);
  const history = new RecordedHistory();
  const killer = new Killer(options.kills, operations, random, () => history.size);
  const proxy = await startDynamoDbProxy({
    endpoint,
    rows,
    connections: CONNECTIONS * Math.max(1, ...(options.shards ?? [])),
    decide: (operation, body) => (isWrite(operation) ? killer.meet() : null) ?? faults.next(operation, body),
  });
  await using store = new KilledStore({ code: options.code, tenant: TENANT, endpoint: proxy.url });
  killer.kill = () => store.restart();
  // Names are tokens, too: other runs in front of the same DynamoDB have others.
  const run = crypto.randomUUID().slice(0, 8);
  let names = 0;
  const clients = Array.from({ length: options.clients }, (_, number) => {
    const { keys, writes, certain } = options;
    return new RandomClient({
      table,
      prefix: `[${TENANT}]#`,
      caller: `client ${number}`,
      keys,
      writes,
      certain,
      exportEvery: EXPORT_EVERY,
      random,
      history,
      nextName: () => `${run}-${names++}`,
      call: (...call) => store.call(...call),
    });
  });
  const dividing = divideOverTime(store, history, operations, options.shards ?? []);
  await Promise.all(
    clients.map(async (client) => {
      while (history.size < operations) await client.step();
    }),
  );
  await dividing;
  const division = await store.divide();
  await proxy.stop();
  return {
    violations: history.violations((key) => order.of(key)),
    operations: history.size,
    kills: store.kills,
    division,
    faults: proxy.faults(),
    mostInFlight: proxy.mostInFlight(),
    clients: sumOf(clients),
    tookMs: Math.round(performance.now() - startedAtMs),
  };
}

/** Divides the keys anew at times spread over the operations, again and again until it is done. */
async function divideOverTime(store: KilledStore, history: RecordedHistory, operations: number, shards: readonly number[]): Promise<void> {
  for (const [at, count] of shards.entries()) {
    while (history.size < (at * operations) / shards.length) await soon();
    while ((await store.divide(count))?.shards !== count) await soon();
  }
}

function soon(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}

/** The writes of each key in the order in which they were applied. */
class WriteOrder {
  readonly #writes = new Map<string, AppliedWrite[]>();

  add({ row, request }: RowChange, item: AttributeMap | null): void {
    const key = nameOf(row);
    const writes = this.#writes.get(key) ?? [];
    this.#writes.set(key, writes);
    const named = (request['ExpressionAttributeValues'] ?? {}) as AttributeMap; // of a client's own request
    writes.push({ write: named[':write'] === undefined ? textOf(row, 'value') : textOf(named, ':write'), value: valueOf(item), item });
  }

  of(key: string): readonly AppliedWrite[] {
    return this.#writes.get(key) ?? [];
  }
}

/** Kills the object while it writes, at times spread over the operations. */
class Killer {
  kill: () => Promise<void> = async () => {};
  readonly #random: () => number;
  readonly #done: () => number;
  readonly #at: number[];

  /** @param done how many operations there were */
  constructor(kills: number, operations: number, random: () => number, done: () => number) {
    this.#random = random;
    this.#done = done;
    this.#at = Array.from({ length: kills }, () => random() * operations * KILLED_SHARE).toSorted((a, b) => a - b);
  }

  /** A write has reached DynamoDB. @returns what happens to it, null for what chance wants */
  meet(): Fault | null {
    const next = this.#at[0];
    if (next === undefined || this.#done() < next) return null;
    this.#at.shift();
    setTimeout(() => void this.kill(), this.#random() * KILL_WITHIN_MS); // its failure would leave every client without an answer
    const fate = this.#random();
    if (fate < 0.2) return { kind: 'drop', moment: 'before' };
    return fate < 0.5 ? { kind: 'late', afterMs: this.#random() * 5_000 } : null;
  }
}

function sumOf(clients: readonly RandomClient[]): OperationCounts {
  const sum = noCounts();
  for (const { counts } of clients) for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += counts[name];
  return sum;
}
