import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ItemStore, OperationResult } from '../../src/dynamo/item-store.ts';
import type { AttributeMap, OperationInput, OperationName, Operations } from '../../src/dynamo/types.ts';
import type { JournalRow } from '../../src/objects/tenant-store/journal-rows.ts';
import { KeyLines } from '../../src/objects/tenant-store/key-lines.ts';
import { unpackRow } from '../../src/objects/tenant-store/snapshot-rows.ts';
import { Snapshot } from '../../src/objects/tenant-store/snapshot.ts';
import { WriteJournal } from '../../src/objects/tenant-store/write-journal.ts';
import type { StoreCore } from '../../src/objects/tenant-store/store-core.ts';
import { isolatedCore } from './simulation/isolated-core.ts';
import { MemorySnapshot } from './simulation/memory-snapshot.ts';
import { VirtualTime } from './simulation/virtual-time.ts';

const keyOf = (id: string): AttributeMap => ({ _pk: { S: `[t]#k#${id}` }, _sk: { S: 'k' } });
const turn = () => new Promise(setImmediate);

/** A table of values by id, instances of a store one after the other on it, and what outlives them. */
class World {
  readonly time = new VirtualTime();
  readonly table = new Map<string, string>();
  readonly kept = new MemorySnapshot();
  readonly started = vi.fn<() => void>();
  core: StoreCore;
  reads = 0;
  /** what writes wait for before they are applied, while there is something */
  gate: Promise<void> | null = null;
  readonly #journal = new Map<number, JournalRow>();

  constructor() {
    this.core = this.#start();
  }

  /** The instance is lost with what it was doing. */
  restart(options: { cacheSec?: number } = {}): void {
    this.core = this.#start(options);
  }

  /** Everything that was being written is settled, and no trace of it left. */
  settle(): void {
    this.time.nowMs += 120_000;
    this.#journal.clear();
  }

  async read(id: string): Promise<{ value: string | null; cache: string }> {
    const reply = await this.core.execute({ operation: 'GetItem', input: { TableName: 'table', Key: keyOf(id) }, context: {} });
    const { output, meta } = JSON.parse(reply) as { output: { Item?: { value: { S: string } } }; meta: { cache: string } };
    return { value: output.Item?.value.S ?? null, cache: meta.cache };
  }

  async write(id: string, value: string): Promise<void> {
    await this.core.execute({
      operation: 'PutItem',
      input: { TableName: 'table', Item: { ...keyOf(id), value: { S: value } } },
      context: {},
    });
  }

  snapshot(): number | null {
    return this.core.control.takeSnapshot(this.time.nowMs);
  }

  #start({ cacheSec = 600 }: { cacheSec?: number } = {}): StoreCore {
    const nowMs = () => this.time.nowMs;
    const snapshot = new Snapshot({ storage: this.kept, nowMs, onStart: this.started });
    const storage = {
      load: () => [...this.#journal.values()],
      save: (row: JournalRow) => void this.#journal.set(row.slot, row),
      clear: () => this.#journal.clear(),
    };
    const journal = new WriteJournal({ storage, nowMs, onCommit: (ids) => snapshot.written(ids) });
    return isolatedCore(this.#store(), this.time, { snapshot, journal, defaultCacheSec: cacheSec });
  }

  #store(): ItemStore {
    const meta = { cache: 'bypass', calls: 1, keys: 1, readUnits: 0, writeUnits: 0 } as const;
    return {
      execute: async <Op extends OperationName>(operation: Op, input: OperationInput<Op>): Promise<OperationResult<Op>> => {
        if (operation !== 'PutItem') {
          this.reads++;
          const { RequestItems } = input as Operations['BatchGetItem']['input'];
          const names = RequestItems['table']?.Keys.map((key) => (key['_pk'] as { S: string }).S.slice('[t]#k#'.length)) ?? [];
          const found = names.flatMap((name) => {
            const value = this.table.get(name);
            return value === undefined ? [] : [{ ...keyOf(name), value: { S: value } }];
          });
          return { ok: true, output: { Responses: { table: found } }, meta };
        }
        const { Item } = input as Operations['PutItem']['input'];
        this.table.set((Item['_pk'] as { S: string }).S.slice('[t]#k#'.length), (Item['value'] as { S: string }).S);
        await this.gate;
        return { ok: true, output: {}, meta };
      },
    };
  }
}

let world: World;
beforeEach(() => void (world = new World()));
afterEach(() => void vi.restoreAllMocks());

async function fill(count: number): Promise<void> {
  for (let id = 0; id < count; id++) {
    world.table.set(`${id}`, 'old');
    await world.read(`${id}`);
  }
}

describe('an instance that starts with a snapshot', () => {
  test('has in memory what was hot, for as long as it would have been there', async () => {
    await fill(20);
    world.snapshot();
    world.time.nowMs += 590_000;
    world.restart();
    expect(await world.read('7')).toEqual({ value: 'old', cache: 'hit' });
    world.time.nowMs += 20_000;
    expect((await world.read('7')).cache).toBe('miss');
  });

  test('has nothing that was written after it, also when that was long ago', async () => {
    await fill(3);
    world.snapshot();
    await world.write('1', 'new');
    world.settle();
    world.restart();
    expect([await world.read('0'), await world.read('1')]).toEqual([
      { value: 'old', cache: 'hit' },
      { value: 'new', cache: 'miss' },
    ]);
  });

  test('has nothing of a write that was lost under way, and settled with the next instance', async () => {
    await fill(3);
    world.snapshot();
    world.gate = new Promise(() => {});
    void world.write('1', 'new'); // its answer is lost with the instance
    await turn();
    world.restart();
    world.settle();
    world.restart();
    expect(await world.read('1')).toEqual({ value: 'new', cache: 'miss' });
  });

  test('has nothing of a write that was under way when the snapshot was taken', async () => {
    await fill(3);
    world.gate = new Promise(() => {});
    void world.write('1', 'new'); // its answer is lost with the instance
    await turn();
    world.snapshot();
    world.restart();
    world.settle();
    world.restart();
    expect([(await world.read('0')).cache, await world.read('1')]).toEqual(['hit', { value: 'new', cache: 'miss' }]);
  });

  test('has nothing that another writer was seen to have changed, by a record or past the cache', async () => {
    await fill(4);
    world.snapshot();
    for (const id of ['1', '2']) world.table.set(id, 'theirs');
    world.core.control.applyChanges([{ table: 'table', key: keyOf('1'), row: { ...keyOf('1'), value: { S: 'theirs' } } }]);
    world.core.control.flush({ kind: 'row', table: 'table', key: keyOf('2') });
    await turn();
    world.restart();
    expect([(await world.read('0')).cache, await world.read('1'), await world.read('2')]).toEqual([
      'hit',
      { value: 'theirs', cache: 'miss' },
      { value: 'theirs', cache: 'miss' },
    ]);
  });

  test('has nothing of a key that was dropped from memory and read again, and so shown as something newer', async () => {
    await fill(2);
    world.snapshot();
    world.restart();
    // Another writer, of whom nobody tells: what was read is at most as old as its time to live, and never older than what was shown.
    world.table.set('1', 'theirs');
    world.core.control.flush({ kind: 'row', table: 'table', key: keyOf('1') });
    expect((await world.read('1')).value).toBe('theirs');
    world.restart();
    expect((await world.read('1')).value).toBe('theirs');
  });

  test('has nothing after a flush of a tenant or a model, whether or not it was in memory', async () => {
    await fill(2);
    world.snapshot();
    world.restart();
    world.core.control.flush({ kind: 'tenant' });
    world.restart();
    expect((await world.read('0')).cache).toBe('miss');
  });

  test('keeps nothing longer than models are cached by then', async () => {
    await fill(2);
    world.snapshot();
    world.time.nowMs += 1_000;
    world.restart({ cacheSec: 0 });
    expect((await world.read('0')).cache).toBe('miss');
    world.restart({ cacheSec: 5 });
    expect((await world.read('1')).cache).toBe('hit');
    world.time.nowMs += 6_000;
    expect((await world.read('1')).cache).toBe('miss');
  });

  test('can be followed by others: each snapshot replaces the one before, with what was made cold of it', async () => {
    await fill(3);
    world.snapshot();
    await world.write('1', 'new');
    world.snapshot();
    world.settle();
    world.restart();
    expect(await world.read('1')).toEqual({ value: 'new', cache: 'hit' });
    await world.write('2', 'newer');
    world.settle();
    world.restart();
    expect(await world.read('2')).toEqual({ value: 'newer', cache: 'miss' });
    expect(await world.read('1')).toEqual({ value: 'new', cache: 'hit' });
  });
});

describe('these tests see', () => {
  const stale = async () => (await world.read('1')).value;

  test('a write that makes nothing cold before it leaves', async () => {
    vi.spyOn(Snapshot.prototype, 'written').mockReturnValue();
    await fill(2);
    world.snapshot();
    world.gate = new Promise(() => {});
    void world.write('1', 'new'); // its answer is lost with the instance
    await turn();
    world.restart();
    world.settle();
    world.restart();
    expect(await stale()).toBe('old');
  });

  test('a snapshot of what writes are changing', async () => {
    vi.spyOn(KeyLines.prototype, 'isBusy').mockReturnValue(false);
    await fill(2);
    world.gate = new Promise(() => {});
    void world.write('1', 'new'); // its answer is lost with the instance
    await turn();
    world.snapshot();
    world.restart();
    world.settle();
    world.restart();
    expect(await stale()).toBe('old');
  });
});

describe('snapshots', () => {
  test('are begun by the first item that is cached, taken while something changes, and end by themselves', async () => {
    expect(world.started).not.toHaveBeenCalled();
    await fill(2);
    expect(world.started).toHaveBeenCalledTimes(1);
    expect(world.snapshot()).toBe(world.time.nowMs + 5_000);
    await fill(3);
    expect(world.snapshot()).toBe(world.time.nowMs + 5_000);
    // Nothing has changed: it is kept until its last entry expires, and removed then.
    const expiresAtMs = world.snapshot();
    expect(expiresAtMs).toBe(world.time.nowMs + 600_000);
    world.time.nowMs = expiresAtMs ?? 0;
    expect(world.snapshot()).toBeNull();
    expect(world.kept.rows).toEqual([]);
    await world.read('2');
    expect(world.started).toHaveBeenCalledTimes(2);
  });

  test('are begun again by what is cached while one waits for its last entry to expire', async () => {
    await fill(2);
    world.snapshot();
    expect(world.snapshot()).toBe(world.time.nowMs + 600_000);
    await world.read('2');
    expect(world.started).toHaveBeenCalledTimes(2);
    expect(world.snapshot()).toBe(world.time.nowMs + 5_000);
  });

  test('are taken again when the instance is twice as old, and every five minutes in the end', async () => {
    const startedAtMs = world.time.nowMs;
    for (const ageMs of [20_000, 40_000, 600_000]) {
      world.time.nowMs = startedAtMs + ageMs;
      await fill(ageMs / 10_000);
      expect(world.snapshot()).toBe(world.time.nowMs + Math.min(ageMs, 300_000));
    }
  });

  test('are restored so that what was hot is evicted last', async () => {
    await fill(30);
    world.snapshot();
    const restored: string[] = [];
    new Snapshot({ storage: world.kept, nowMs: () => world.time.nowMs, onStart: () => {} }).restore(({ id }) => void restored.push(id));
    const [row] = world.kept.rows;
    if (row === undefined) throw new Error('expected a row');
    expect(restored.toReversed()).toEqual([...unpackRow(row, () => true)].map(({ id }) => id));
    expect(restored).toHaveLength(30);
  });

  test('write one row for what becomes cold in one turn, and none for what is cold already or was not kept', async () => {
    await fill(50);
    world.snapshot();
    const saveCold = vi.spyOn(world.kept, 'saveCold');
    await Promise.all(Array.from({ length: 50 }, (_, id) => world.write(`${id}`, 'new')));
    await Promise.all(Array.from({ length: 50 }, (_, id) => world.write(`${id}`, 'newer')));
    await world.write('elsewhere', 'new');
    expect(saveCold).toHaveBeenCalledTimes(1);
  });
});
