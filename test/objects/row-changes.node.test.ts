import fc from 'fast-check';
import { expect, inject, test, vi } from 'vitest';
import type { ItemStore, OperationResult } from '../../src/dynamo/item-store.ts';
import type { AttributeMap, OperationInput, OperationName, Operations } from '../../src/dynamo/types.ts';
import { MemoryBudget } from '../../src/lib/memory-budget.ts';
import type { RowChange } from '../../src/objects/tenant-store/invalidations.ts';
import { StoreCore } from '../../src/objects/tenant-store/store-core.ts';
import { Snapshot } from '../../src/objects/tenant-store/snapshot.ts';
import { WriteJournal } from '../../src/objects/tenant-store/write-journal.ts';
import { MemorySnapshot } from './simulation/memory-snapshot.ts';

vi.setConfig({ testTimeout: 60_000 * Math.max(1, inject('testScale')) });

const KEY: AttributeMap = { _pk: { S: '[t]#k#1' }, _sk: { S: 'k' } };

/** One row whose writes are applied and answered when the test says so, and the records of its stream. */
class Row {
  value: string | null = null;
  onRecord: (change: RowChange) => void = () => {};
  readonly core: StoreCore;
  readonly #steps: PromiseWithResolvers<void>[] = [];
  #records = 0;

  constructor() {
    const settings = new Map<string, string>();
    this.core = new StoreCore({
      tenant: 't',
      profile: { key: { partitionKey: '_pk', sortKey: '_sk' }, indexes: {}, ttlAttribute: 'ttl', models: {} },
      store: this.#store(),
      nowMs: () => 1_000_000,
      sleep: () => Promise.resolve(),
      journal: new WriteJournal({ storage: { load: () => [], save: () => {}, clear: () => {} }, nowMs: () => 1_000_000 }),
      newToken: () => 'again',
      doubtful: { load: () => null, save: () => {}, remove: () => {} },
      settings: { load: (name) => settings.get(name), save: (name, value) => void (value !== null && settings.set(name, value)) },
      snapshot: new Snapshot({ storage: new MemorySnapshot(), nowMs: () => 1_000_000, onStart: () => {} }),
      memory: new MemoryBudget(1_000_000),
    });
    this.core.control.applyChanges([]);
  }

  async write(value: string): Promise<void> {
    void this.core.execute({ operation: 'PutItem', input: { TableName: 'table', Item: itemOf(value) }, context: {} }); // its end shows in the reads
    await new Promise(setImmediate);
  }

  async read(): Promise<string | null> {
    const reply = await this.core.execute({ operation: 'GetItem', input: { TableName: 'table', Key: KEY }, context: {} });
    return (JSON.parse(reply) as { output: { Item?: { value: { S: string } } } }).output.Item?.value.S ?? null;
  }

  /** Lets the running write go on to its application, or from there to its answer. */
  async step(): Promise<void> {
    this.#steps.shift()?.resolve();
    await new Promise(setImmediate);
  }

  /** DynamoDB tells nothing of a write that changes nothing. */
  apply(value: string): void {
    if (this.value === value) return;
    this.value = value;
    this.onRecord({ table: 'table', key: KEY, row: itemOf(value), sequence: String(++this.#records) });
  }

  #store(): ItemStore {
    const meta = { cache: 'bypass', calls: 1, keys: 1, readUnits: 0, writeUnits: 0 } as const;
    return {
      execute: async <Op extends OperationName>(operation: Op, input: OperationInput<Op>): Promise<OperationResult<Op>> => {
        let output: object = { Responses: { table: this.value === null ? [] : [itemOf(this.value)] } };
        if (operation === 'PutItem') {
          await this.#nextStep();
          this.apply(((input as Operations['PutItem']['input']).Item['value'] as { S: string }).S);
          await this.#nextStep();
          output = {};
        }
        return { ok: true, output, meta };
      },
    };
  }

  #nextStep(): Promise<void> {
    const step = Promise.withResolvers<void>();
    this.#steps.push(step);
    return step.promise;
  }
}

function itemOf(value: string): AttributeMap {
  return { ...KEY, value: { S: value } };
}

/** `own`: a write through the store, from its start to its answer; `start` and `step` are parts of one. `deliver`: a record that has not come yet. */
type Step = { do: 'own' | 'start' | 'other'; value: string } | { do: 'step' | 'read' | 'again' } | { do: 'deliver'; which: number };

const value = fc.constantFrom('a', 'b', 'c');
const deliver = fc.record({ do: fc.constant('deliver' as const), which: fc.nat(100) });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('own' as const, 'start' as const, 'other' as const), value }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('step' as const, 'step' as const, 'read' as const, 'again' as const) }) },
  { weight: 4, arbitrary: deliver },
);

async function take(row: Row, undelivered: RowChange[], delivered: RowChange[], next: Step): Promise<void> {
  switch (next.do) {
    case 'own':
    case 'start':
      await row.write(next.value);
      for (let part = 0; next.do === 'own' && part < 2; part++) await row.step();
      return;
    case 'other':
      return row.apply(next.value);
    case 'step':
      return row.step();
    case 'read':
      void row.read(); // what it leaves in memory is what matters
      return;
    case 'again':
      return void row.core.control.applyChanges(delivered.slice(-1));
    case 'deliver': {
      const changes = undelivered.splice(next.which % Math.max(1, undelivered.length), 1);
      row.core.control.applyChanges(changes);
      delivered.push(...changes);
    }
  }
}

test('when every record has come, in whatever order and how often, a read sees the row as it is, also one that was the same before', async () => {
  const lists = fc.array(step, { maxLength: 20, size: 'max' });
  const order = fc.infiniteStream(fc.nat(100));
  await fc.assert(
    fc.asyncProperty(lists, order, async (list, places) => {
      const row = new Row();
      const undelivered: RowChange[] = [];
      const delivered: RowChange[] = [];
      row.onRecord = (change) => undelivered.push(change);
      for (const next of list) {
        await take(row, undelivered, delivered, next);
        await new Promise(setImmediate);
      }
      for (let count = 0; count < 2 * list.length; count++) await row.step();
      while (undelivered.length > 0) await take(row, undelivered, delivered, { do: 'deliver', which: places.next().value });
      expect(await row.read()).toBe(row.value);
    }),
    { numRuns: 4_000 * inject('testScale') },
  );
});

test('a record that tells what is cached is not believed while a write runs, which it may have come after', async () => {
  const row = new Row();
  const records: RowChange[] = [];
  row.onRecord = (change) => records.push(change);
  row.apply('a');
  expect(await row.read()).toBe('a');
  row.core.control.applyChanges(records.splice(0));
  await row.write('b');
  await row.step();
  row.apply('a');
  const [ofWrite, ofOther] = records;
  row.core.control.applyChanges([ofOther!]);
  await row.step();
  row.core.control.applyChanges([ofWrite!]);
  expect(await row.read()).toBe('a');
});
