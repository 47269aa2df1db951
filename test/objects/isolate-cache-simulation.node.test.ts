/** Clients that come to one isolate and then another, each with the token of its last answer: whether they see their own writes, and never go back. */
import { afterEach, expect, inject, test, vi } from 'vitest';
import { keyOf, nameOf, valueOf } from '../../dev/faults/client-rows.ts';
import { seededRandom } from '../../dev/faults/seeded-random.ts';
import type { ItemStore, OperationContext, OperationResult } from '../../src/dynamo/item-store.ts';
import type { OperationInput, OperationName } from '../../src/dynamo/types.ts';
import { MemoryBudget } from '../../src/lib/memory-budget.ts';
import { IsolateCache } from '../../src/objects/tenant-store/isolate-cache.ts';
import type { JournalRow } from '../../src/objects/tenant-store/journal-rows.ts';
import { WriteJournal } from '../../src/objects/tenant-store/write-journal.ts';
import type { StoreAnswer, StoreReply, StoreRequest } from '../../src/objects/tenant-store/rpc.ts';
import { StoreCore } from '../../src/objects/tenant-store/store-core.ts';
import { TenantStoreClient } from '../../src/objects/tenant-store/tenant-store-client.ts';
import { joinedVersion } from '../../src/wire/store-version.ts';
import { isolatedCore } from './simulation/isolated-core.ts';
import { PROFILE, SimulatedTable } from './simulation/simulated-table.ts';
import { VirtualTime } from './simulation/virtual-time.ts';

const FAULTS = { latencyMs: 5, slowTail: 0, slowTailMs: 0, lagMs: 4_000, throttled: 0.01, unprocessed: 0.01, readFailure: 0.01 };
const ISOLATES = 4;
const KEYS = ['[t]#a/1', '[t]#a/2', '[t]#b/1', '[t]#c/1'];
const scale = inject('testScale');

afterEach(() => void vi.restoreAllMocks());

interface Wrong {
  token?: 'none' | 'forgotten';
  instance?: string;
  keepsMisses?: boolean;
}

interface Report {
  violations: string[];
  operations: number;
  isolateHits: number;
}

/** Some clients of one tenant, whose object is lost twice in the run. */
class Run {
  readonly #time = new VirtualTime();
  readonly #journal = new Map<number, JournalRow>();
  readonly #random: () => number;
  readonly #table: SimulatedTable;
  readonly #isolates: ItemStore[];
  readonly #wrong: Wrong;
  readonly #report: Report = { violations: [], operations: 0, isolateHits: 0 };
  #core: StoreCore;
  #instances = 0;
  #names = 0;

  constructor(seed: number, wrong: Wrong) {
    this.#wrong = wrong;
    this.#random = seededRandom(seed);
    this.#table = new SimulatedTable(this.#time, this.#random, { ...FAULTS, unknownOutcome: 0.01, lateMs: 5_000 });
    this.#core = this.#start();
    this.#isolates = Array.from({ length: ISOLATES }, () => {
      const cache = new IsolateCache({
        profile: PROFILE,
        times: { ms: 1_000 },
        memory: new MemoryBudget(1_000_000),
        nowMs: () => this.#time.nowMs,
      });
      return cache.inFrontOf(new TenantStoreClient(() => ({ execute: (text) => this.#execute(text) }), 't'), 't');
    });
  }

  async run(): Promise<Report> {
    for (let client = 0; client < 12; client++) void this.#client(); // ends with the run
    for (const atMs of [8_000, 16_000]) this.#time.after(atMs, () => (this.#core = this.#start()));
    await this.#time.run();
    return this.#report;
  }

  #start(): StoreCore {
    const instance = ++this.#instances;
    const storage = {
      load: () => [...this.#journal.values()],
      save: (row: JournalRow) => {
        if (instance !== this.#instances) throw new Error('superseded');
        this.#journal.set(row.slot, row);
      },
      clear: () => this.#journal.clear(),
    };
    const journal = new WriteJournal({ storage, nowMs: () => this.#time.nowMs });
    // Small enough to forget, and short enough to expire.
    return isolatedCore(this.#table, this.#time, { journal, defaultCacheSec: 2, memory: new MemoryBudget(1_500) });
  }

  async #execute(text: string): Promise<string> {
    const [core, { calls }] = [this.#core, JSON.parse(text) as StoreRequest]; // written by the client
    const instance = this.#wrong.instance ?? `i${this.#instances}`;
    const began = core.changes;
    const texts = await Promise.all(calls.map(async (call) => core.execute(call as Parameters<StoreCore['execute']>[0]))); // no ledger here
    const replies = texts.map((reply) => JSON.parse(reply) as StoreReply); // written by the core
    if (this.#wrong.keepsMisses === true)
      for (const reply of replies) if ('meta' in reply && reply.meta.cache === 'miss') reply.meta.cache = 'hit';
    const ended = this.#wrong.keepsMisses === true ? began : core.changes;
    const answer: StoreAnswer = { replies, state: { epoch: 0, shard: 0, instance, began, ended } };
    await this.#time.sleep(this.#random() * 5);
    return JSON.stringify(answer);
  }

  async #client(): Promise<void> {
    let version: string | undefined;
    const floors = new Map<string, number>();
    const call = async <Op extends OperationName>(operation: Op, input: OperationInput<Op>, more: OperationContext = {}) => {
      const store = this.#isolates[Math.floor(this.#random() * ISOLATES)] as ItemStore; // there is one at each place
      const result: OperationResult<Op> = await store.execute(operation, input, more);
      version = this.#wrong.token === 'forgotten' ? result.meta.version : joinedVersion(version, result.meta.version);
      return result;
    };
    for (let count = 0; count < 400; count++) {
      await this.#time.sleep(this.#random() * 100);
      const key = KEYS[Math.floor(this.#random() ** 2 * KEYS.length)] ?? '';
      this.#report.operations++;
      if (this.#random() < 0.08) {
        const write = `w${this.#names++}`;
        const result = await call('PutItem', { TableName: 'table', Item: { ...keyOf(key), value: { S: write } } });
        if (result.ok) floors.set(key, Math.max(floors.get(key) ?? -1, this.#position(key, write)));
        continue;
      }
      const token = this.#wrong.token === 'none' ? '0:1.none.0' : version;
      const session = token === undefined ? {} : { read: 'session' as const, version: token };
      const result = await call('GetItem', { TableName: 'table', Key: keyOf(key) }, session);
      if (!result.ok) continue;
      if (result.meta.isOfIsolate === true) this.#report.isolateHits++;
      this.#saw(key, valueOf(result.output.Item), floors);
    }
  }

  /** Nothing is deleted here, so a value that was seen has one place. */
  #saw(key: string, value: string | null, floors: Map<string, number>): void {
    const position = value === null ? -1 : this.#position(key, value);
    const floor = floors.get(key) ?? -1;
    if (position < floor) this.#report.violations.push(`${key}: ${position} after ${floor}`);
    floors.set(key, Math.max(position, floor));
  }

  #position(key: string, write: string): number {
    return (this.#table.versions.get(nameOf(keyOf(key))) ?? []).findIndex((version) => version.write === write);
  }
}

const run = (seed: number, wrong: Wrong = {}) => new Run(seed, wrong).run();

async function isFound(wrong: Wrong): Promise<boolean> {
  for (let seed = 1, operations = 0; operations < 100_000; seed++) {
    const report = await run(seed, wrong);
    if (report.violations.length > 0) return true;
    operations += report.operations;
  }
  return false;
}

test('clients see their own writes and never go back, whichever isolate answers', async () => {
  for (let seed = 1; seed <= Math.ceil(4 * scale); seed++) {
    const { violations, operations, isolateHits } = await run(seed);
    expect(violations).toEqual([]);
    expect(isolateHits / operations).toBeGreaterThan(0.05);
  }
});

test.each<[string, Wrong]>([
  ['tokens that say nothing of what was seen', { token: 'none' }],
  ['tokens that forget what they had said before, and with it another object', { instance: 'same' }],
  ['answers that DynamoDB gave, and not the object, are kept', { keepsMisses: true }],
])('it is found out when %s', async (_name, wrong) => {
  expect(await isFound(wrong)).toBe(true);
});

test('it is found out when changes are not counted', async () => {
  vi.spyOn(StoreCore.prototype, 'changes', 'get').mockReturnValue(1);
  expect(await isFound({})).toBe(true);
});
