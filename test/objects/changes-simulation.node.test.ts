import * as fc from 'fast-check';
import { expect, inject, test } from 'vitest';
import { decideAppend } from '../../src/objects/stream-hub/append-rules.ts';
import type { AppendMessages, AppendResult } from '../../src/objects/stream-hub/rpc.ts';
import { ChangePublisher } from '../../src/objects/tenant-store/changes/change-publisher.ts';
import { KeySpace } from '../../src/objects/tenant-store/item-key.ts';
import type { JournalRow, KeyOutcome } from '../../src/objects/tenant-store/journal-rows.ts';
import { WriteJournal, type AnnouncedWrite } from '../../src/objects/tenant-store/write-journal.ts';
import type { TouchedRow } from '../../src/objects/tenant-store/written-rows.ts';

const scale = inject('testScale');
const HOLD_DOWN_MS = 30_000;
const DEADLINE_MS = 10_000;

const model = (name: string, changes: boolean) => {
  return { name, prefix: name, cacheSec: 60, changes, hasTenantPrefix: true, fields: {}, indexes: [] };
};
const keySpace = new KeySpace(
  {
    key: { partitionKey: 'pk', sortKey: 'sk' },
    indexes: {},
    ttlAttribute: 'ttl',
    models: { a: model('a', true), b: model('b', true), quiet: model('quiet', false) },
  },
  't',
);

interface Told {
  key: string;
  type: string;
}

/** A stream that keeps what it is told as the real one does, and whose calls fail before or after they have done something. */
class Stream {
  readonly told: Told[] = [];
  exists = false;
  producer: { epoch: number; seq: number } | null = null;
  faults: ('before' | 'after')[] = [];

  readonly hub = {
    lastSequence: async () => this.#call(() => this.producer?.seq ?? null),
    create: async () =>
      this.#call(() => {
        this.exists = true;
        return { kind: 'no_source' as const }; // nobody looks at it
      }),
    append: async (append: AppendMessages) => this.#call(() => this.#append(append)),
  };

  #append(append: AppendMessages): AppendResult {
    if (!this.exists) return { kind: 'absent' };
    const context = { contentType: 'application/json', isClosed: false, lastStreamSeq: null, producer: this.producer };
    const decision = decideAppend(context, append);
    if (decision.kind === 'accept') return this.#accept(append);
    return decision.kind === 'repeat' || decision.kind === 'closed' ? { kind: 'gone' } : (decision as AppendResult); // a refusal
  }

  #accept(append: AppendMessages): AppendResult {
    this.told.push(...(JSON.parse(`[${String(append.messages?.data)}]`) as Told[]));
    this.producer = append.producer;
    return { kind: 'appended', next: { epoch: 1, position: 0 }, isClosed: false, producer: append.producer };
  }

  async #call<Result>(work: () => Result): Promise<Result> {
    const fault = this.faults.pop();
    if (fault === 'before') throw new Error('not reached');
    const result = work();
    if (fault === 'after') throw new Error('the answer is lost');
    return result;
  }
}

/** An object that is lost and comes again, with what it has written down. */
class World {
  nowMs = 1_000_000;
  readonly streams = new Map<string, Stream>();
  readonly settings = new Map<string, string>();
  /** the keys of writes that were applied, or may have been; each write has one of its own */
  readonly expected = new Set<string>();
  readonly refused = new Set<string>();
  readonly #rows = new Map<number, JournalRow>();
  readonly #running = new Set<{ write: AnnouncedWrite; row: TouchedRow; leavesByMs: number }>();
  journal!: WriteJournal;
  publisher!: ChangePublisher;
  #writes = 0;

  constructor() {
    this.restart();
  }

  stream(name: string): Stream {
    const stream = this.streams.get(name) ?? new Stream();
    this.streams.set(name, stream);
    return stream;
  }

  /** Writes that ran may have been applied. */
  restart(): void {
    for (const { write, row } of this.#running) if (write.row !== null) this.#expect(row.key.id);
    this.#running.clear();
    this.journal = new WriteJournal({
      nowMs: () => this.nowMs,
      keptFrom: () => this.publisher.firstSequence,
      onFull: () => this.publisher.giveUp(),
      storage: {
        load: () => [...this.#rows.values()],
        save: (row) => void this.#rows.set(row.slot, row),
        clear: () => this.#rows.clear(),
      },
    });
    this.publisher = new ChangePublisher({
      keySpace,
      hub: (name) => this.stream(name).hub,
      producer: { id: 'shard-0', epoch: 0 },
      teller: {
        paths: { a: 'as', b: 'bs' },
        tell: (key, row) => {
          const id = JSON.stringify(key);
          return { key: id, item: row, type: row === undefined ? 'refresh' : row === null ? 'delete' : 'put' } as never; // of this simulation alone
        },
      },
      left: this.journal.leftWrites,
      holdDownMs: HOLD_DOWN_MS,
      settings: {
        load: (name) => this.settings.get(name),
        save: (name, value) => void (value === null ? this.settings.delete(name) : this.settings.set(name, value)),
      },
      nowMs: () => this.nowMs,
      schedule: () => undefined, // the simulation lets time pass anyway
    });
  }

  async begin(prefix: string): Promise<void> {
    const key = keySpace.classify('table', { pk: { S: `[t]#${prefix}#${this.#writes++}` }, sk: { S: 's' } });
    if (key.kind !== 'own') throw new Error('no key');
    const row: TouchedRow = { key: key.key, change: 'put', item: null };
    const leavesByMs = this.nowMs + DEADLINE_MS;
    const write = this.journal.announce({ operation: 'PutItem', keys: [row.key.id], changes: ['put'], leavesByMs });
    if (write === null) throw new Error('no room');
    this.publisher.began(write, [row]);
    this.#running.add({ write, row, leavesByMs });
    await this.journal.beforeLeaving(write);
  }

  /** The write that has run longest (or another) ends. */
  end(which: number, outcome: KeyOutcome, item: object = {}): void {
    const running = [...this.#running];
    const ended = running[which % Math.max(1, running.length)];
    if (!ended) return;
    this.#running.delete(ended);
    const { write, row, leavesByMs } = ended;
    if (outcome === 'refused') this.refused.add(JSON.stringify(row.key.attributes));
    else this.#expect(row.key.id);
    this.journal.end(write, [outcome]);
    const effects = new Map([[row.key.id, { kind: 'value' as const, text: JSON.stringify(item), item: {} }]]);
    this.publisher.ended(write, { rows: [row], outcomes: [outcome], effects, leavesByMs });
  }

  async pass(ms: number): Promise<void> {
    this.nowMs += ms;
    this.publisher.publish();
    await this.settle();
    this.journal.settle(this.nowMs);
  }

  async settle(): Promise<void> {
    for (let turn = 0; turn < 30; turn++) await Promise.resolve();
  }

  #expect(keyId: string): void {
    const { model: of, attributes } = keySpace.keyOfId(keyId);
    if (of?.changes) this.expected.add(JSON.stringify(attributes));
  }

  /** Without those that were refused, of which an instance that was lost may not have written that down. */
  told(): string[] {
    const keys = [...this.streams.values()].flatMap(({ told }) => told.map(({ key }) => key));
    expect(new Set(keys).size).toBe(keys.length);
    return keys.filter((key) => !this.refused.has(key)).toSorted();
  }
}

type Step =
  | { kind: 'begin'; prefix: string }
  | { kind: 'end'; which: number; outcome: KeyOutcome }
  | { kind: 'fault'; stream: string; moment: 'before' | 'after' }
  | { kind: 'pass'; ms: number }
  | { kind: 'restart' };

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('begin' as const), prefix: fc.constantFrom('a', 'b', 'quiet') }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('end' as const),
      which: fc.nat(5),
      outcome: fc.constantFrom<KeyOutcome[]>('applied', 'applied', 'applied', 'refused', 'unknown'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('fault' as const),
      stream: fc.constantFrom('changes/as', 'changes/bs'),
      moment: fc.constantFrom('before' as const, 'after' as const),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.constantFrom(1, 2_000, 20_000, 60_000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
);

async function take(world: World, taken: Step): Promise<void> {
  switch (taken.kind) {
    case 'begin':
      return world.begin(taken.prefix);
    case 'end':
      return world.end(taken.which, taken.outcome);
    case 'fault':
      return void world.stream(taken.stream).faults.push(taken.moment);
    case 'pass':
      return world.pass(taken.ms);
    case 'restart':
      return world.restart();
  }
}

test('every write that was applied, or may have been, is told once, whatever is lost on the way', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 120 }), async (sequence) => {
      const world = new World();
      for (const next of sequence) {
        await take(world, next);
        if (next.kind !== 'begin') await world.settle();
      }
      world.restart();
      for (let turn = 0; turn < 40; turn++) await world.pass(60_000);
      expect(world.told()).toEqual([...world.expected].toSorted());
      expect(world.journal.settle(world.nowMs)).toBeNull();
    }),
    { numRuns: Math.ceil(200 * scale) },
  );
});

test('a change that is too long for a stream is told without its item', async () => {
  const world = new World();
  for (const length of [400_000, 500_000]) {
    await world.begin('a');
    world.end(0, 'applied', { text: 'x'.repeat(length) });
    await world.pass(1);
  }
  expect(world.stream('changes/as').told.map(({ type }) => type)).toEqual(['put', 'refresh']);
});

test('a publisher that cannot reach a stream keeps a bounded part, and tells the rest as one change of everything', async () => {
  const world = new World();
  const stream = world.stream('changes/as');
  stream.faults = Array.from({ length: 100_000 }, () => 'before' as const);
  for (let n = 0; n < 21_000; n++) {
    await world.begin('a');
    world.end(0, 'applied');
  }
  await world.settle();
  world.restart();
  stream.faults = [];
  for (let turn = 0; turn < 10; turn++) await world.pass(60_000);
  const types = stream.told.map(({ type }) => type);
  expect(types.filter((type) => type === 'refresh').length).toBeGreaterThan(0);
  expect(stream.told[0]).toEqual({ type: 'refresh' });
  expect(types.length).toBeLessThan(20_001);
  expect(world.settings.size).toBe(0);
  await world.begin('a');
  world.end(0, 'applied');
  await world.pass(1);
  expect(stream.told.at(-1)?.type).toBe('put');
});
