import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { initModels, runWithBatchContext } from '../../src/bao/index.ts';
import type { IterateOptions, ModelManager } from '../../src/bao/index.ts';
import { addSearchIndex, SEARCH_MODELS } from './search-setup.ts';
import { openTestTable } from './setup.ts';
import type { TestTable } from './setup.ts';

let table: TestTable;
let manager: ModelManager<typeof SEARCH_MODELS>;

const COUNT = 60;
const allIds = Array.from({ length: COUNT }, (_, at) => `e${String(at).padStart(2, '0')}`);

beforeAll(async () => {
  table = await openTestTable();
  await addSearchIndex(table.tableName);
  manager = managerWith('iter_index');
  await Promise.all(allIds.map((entryId, count) => manager.models.Entry.create({ entryId, count })));
});
beforeEach(() => void table.store.takeOperations());
afterAll(() => table.drop());

const managerWith = (iterationIndexName: string, tableName = table.tableName) =>
  initModels({ models: SEARCH_MODELS, store: table.store, db: { tableName, iterationIndexName }, logging: { level: 'ERROR' } });
const ids = (items: readonly { getPrimaryId(): string }[]) => items.map((item) => item.getPrimaryId());

async function collect<Item>(pages: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const page of pages) all.push(page);
  return all;
}

describe('iterateAll', () => {
  it.each([1, 2, 5, 100])('gives every object once, %s buckets at a time', async (concurrency) => {
    const { Entry } = manager.models;
    for (const batchSize of [1, 4, 100]) {
      const batches = await collect(Entry.iterateAll({ batchSize, concurrency }));
      expect(batches.flatMap(ids).toSorted()).toEqual(allIds);
      expect(batches.every(({ length }) => length > 0 && length <= batchSize)).toBe(true);
    }
  });

  it('goes through the buckets in their order, and through each in the order of ids', async () => {
    const { Entry } = manager.models;
    const buckets = await Promise.all([0, 1, 2, 3, 4].map((bucket) => collect(Entry.iterateBucket(bucket, { batchSize: 3 }))));
    for (const bucket of buckets) expect(bucket.flatMap(ids)).toEqual(bucket.flatMap(ids).toSorted());
    expect((await collect(Entry.iterateAll())).flatMap(ids)).toEqual(buckets.flat().flatMap(ids));
  });

  it('holds one page for each bucket that is read at the same time', async () => {
    const { Entry } = manager.models;
    const pages = Entry.iterateAll({ batchSize: 1, concurrency: 3 });
    await pages.next();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(table.store.takeOperations().filter((operation) => operation === 'Query')).toHaveLength(3);
    await pages.return(undefined);
  });

  it('reads nothing ahead of the caller by default', async () => {
    const { Entry } = manager.models;
    for await (const [first] of Entry.iterateAll({ batchSize: 1 })) {
      expect(first).toBeDefined();
      break;
    }
    expect(table.store.takeOperations()).toEqual(['Query', 'GetItem']);
  });

  it('refuses models that are not iterable, buckets that are none, and options that are none', async () => {
    const { Entry, Note } = manager.models;
    await expect(Note.iterateAll().next()).rejects.toThrow('Model Note is not configured as iterable');
    await expect(Note.iterateBucket(0).next()).rejects.toThrow('not configured as iterable');
    await expect(Entry.iterateBucket(5).next()).rejects.toThrow('Invalid bucket number 5. Must be 0-4');
    await expect(Entry.iterateAll({ batchSize: 0 }).next()).rejects.toThrow('batchSize must be a positive integer.');
    await expect(Entry.iterateAll({ concurrency: 0.5 }).next()).rejects.toThrow('concurrency must be a positive integer.');
    expect([Entry.getIterationBuckets(), Note.getIterationBuckets()]).toEqual([5, 1]);
    expect(table.store.takeOperations()).toEqual([]);
  });

  it('refuses filters on what the index does not have, and takes one on the search text where it does', async () => {
    const { Article } = manager.models;
    const filter = { _searchText: { $contains: 'Banana!' } };
    await expect(Article.iterateAll({ filter }).next()).rejects.toThrow(
      "Filter on 'iter_index' references attribute(s) that aren't projected: [_searchText]. ",
    );
    await expect(Article.iterateAll({ filter: { title: 'x', body: 'y' } as never }).next()).rejects.toThrow('projected: [title, body]. ');
    expect(table.store.takeOperations()).toEqual([]);
    const { Article: Searched } = managerWith('iter_search_index').models;
    await Searched.create({ articleId: 'b1', title: 'A banana split' });
    await Searched.create({ articleId: 'b2', title: 'A carrot cake' });
    expect((await collect(Searched.iterateAll({ filter }))).flatMap(ids)).toEqual(['b1']);
    expect((await collect(Searched.iterateAll({ filter: {} }))).flatMap(ids).toSorted()).toEqual(['b1', 'b2']);
  });

  it('says which command adds an index that the table lacks', async () => {
    const bare = await openTestTable();
    const { Entry } = managerWith('iter_search_index', bare.tableName).models;
    await expect(Entry.iterateAll().next()).rejects.toThrow(
      `Index 'iter_search_index' is missing on table '${bare.tableName}'. Run 'bao-update-table' to add it.`,
    );
    await bare.drop();
    const { Entry: Nowhere } = managerWith('iter_index', 'no-such-table').models;
    await expect(Nowhere.iterateAll().next()).rejects.toThrow('The table does not exist');
  });

  it('ends when its signal is aborted, or its time is over', async () => {
    const { Entry } = manager.models;
    const controller = new AbortController();
    const pages = Entry.iterateAll({ batchSize: 1, signal: controller.signal });
    await pages.next();
    controller.abort();
    await expect(pages.next()).rejects.toMatchObject({ code: 'deadline_exceeded' });
    const late = Entry.iterateAll({ batchSize: 1, deadlineMs: 60_000 });
    await late.next();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
    try {
      await expect(late.next()).rejects.toMatchObject({ code: 'deadline_exceeded' });
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('iteratePages', () => {
  it.each([1, 3])('goes on after any page by its cursor, %s buckets at a time', async (concurrency) => {
    const { Entry } = manager.models;
    const options: IterateOptions = { batchSize: 7, concurrency };
    for (const stopAfter of [1, 2, 5, 9]) {
      const seen: string[] = [];
      let cursor: string | null = null;
      let pages = 0;
      for await (const page of Entry.iteratePages(options)) {
        seen.push(...ids(page.items));
        cursor = page.cursor;
        if (++pages === stopAfter) break;
      }
      expect(cursor).not.toBeNull();
      const rest = await collect(Entry.iteratePages({ ...options, cursor }));
      seen.push(...rest.flatMap(({ items }) => ids(items)));
      expect(seen.toSorted()).toEqual(allIds);
      expect(rest.at(-1)?.cursor).toBeNull();
    }
  });

  it('says how far it looked, also on pages where a filter left nothing', async () => {
    const { Article } = managerWith('iter_search_index').models;
    const pages = await collect(Article.iteratePages({ filter: { _searchText: { $contains: 'nothing like it' } } }));
    expect(pages.map(({ bucket }) => bucket)).toEqual([0, 1, 2, 3]);
    expect(pages.every(({ items }) => items.length === 0)).toBe(true);
    expect(pages.reduce((sum, { scanned }) => sum + scanned, 0)).toBeGreaterThan(0);
  });

  it('takes a filter of several words on the search text', async () => {
    const { Article } = managerWith('iter_search_index').models;
    for (const [articleId, title] of Object.entries({ f1: 'plum jam', f2: 'plum', f3: 'jam' })) await Article.create({ articleId, title });
    const words = ['plum', 'jam'].map((word) => ({ _searchText: { $contains: word } }));
    const both = (await collect(Article.iterateAll({ filter: { $and: words } }))).flatMap(ids);
    const either = (await collect(Article.iterateAll({ filter: { $or: words } }))).flatMap(ids);
    expect([both, either.toSorted()]).toEqual([['f1'], ['f1', 'f2', 'f3']]);
  });

  it('does not take the cursor of a search, of one bucket, of another model or filter', async () => {
    const { Article, Entry } = managerWith('iter_search_index').models;
    await Article.create({ articleId: 'c1', title: 'kumquat' });
    await Article.create({ articleId: 'c2', title: 'kumquat' });
    const { cursor } = await Article.searchAll(['kumquat'], { limit: 1 });
    expect(cursor).not.toBeNull();
    await expect(Article.iteratePages({ cursor }).next()).rejects.toMatchObject({ code: 'invalid_cursor' });
    const ofEntries = (await Entry.iteratePages({ batchSize: 1 }).next()).value as { cursor: string };
    await expect(Article.iteratePages(ofEntries).next()).rejects.toThrow('Cursor was generated for model "en", not "ar".');
    await expect(Entry.iterateBucket(0, ofEntries).next()).rejects.toThrow('Cursor scope mismatch.');
    const filtered = Article.iteratePages({ batchSize: 1, filter: { _searchText: { $contains: 'kumquat' } } });
    const ofFilter = (await filtered.next()).value as { cursor: string };
    await expect(Article.iteratePages(ofFilter).next()).rejects.toThrow('Cursor was generated for a different query');
  });
});

describe('a walk inside of a batch context', () => {
  it('gives the very objects that the context has, and skips those that it has deleted', async () => {
    const { Entry } = manager.models;
    await Entry.create({ entryId: 'z-deleted', count: 1 });
    await runWithBatchContext(async () => {
      const known = await Entry.find('e07');
      await Entry.delete('z-deleted');
      table.store.takeOperations();
      const walked = (await collect(Entry.iterateAll())).flat();
      expect(walked.find((entry) => entry.getPrimaryId() === 'e07')).toBe(known);
      expect(ids(walked).toSorted()).toEqual(allIds);
      const keys = table.store.requests.flatMap(({ input }) =>
        'RequestItems' in input ? Object.values(input.RequestItems).flatMap((t) => ('Keys' in t ? t.Keys : [])) : [],
      );
      expect(JSON.stringify(keys)).not.toContain('e07');
    });
  });

  it('gives what the caller has written to rows that were read ahead', async () => {
    const { Entry } = manager.models;
    await runWithBatchContext(async () => {
      const counts = new Map<string, unknown>();
      let isFirst = true;
      for await (const batch of Entry.iterateAll({ concurrency: 5 })) {
        if (isFirst) {
          await new Promise((resolve) => setTimeout(resolve, 50)); // the pages of the other buckets have arrived
          await Promise.all(allIds.map((id, at) => Entry.update(id, { count: at + 1000 })));
        }
        for (const entry of batch) if (!isFirst) counts.set(entry.getPrimaryId(), entry.get('count'));
        isFirst = false;
      }
      expect(counts.size).toBeGreaterThan(0);
      for (const [id, count] of counts) expect(count).toBe(allIds.indexOf(id) + 1000);
    });
  });

  it('lets go of what was saved on the way, and reads it strongly when the caller comes back to it', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void; // the flag has just made it
    const { Entry } = manager.models;
    const passed: WeakRef<object>[] = [];
    await runWithBatchContext(async () => {
      for await (const batch of Entry.iterateAll({ batchSize: 5 })) {
        for (const entry of batch) {
          Object.assign(entry, { count: 5 });
          await entry.save();
          passed.push(new WeakRef(entry));
        }
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
      collectGarbage();
      expect(passed).toHaveLength(COUNT);
      expect(passed.slice(0, -5).every((entry) => entry.deref() === undefined)).toBe(true);
      table.store.requests.length = 0;
      const again = await Entry.find('e00');
      expect(again.exists() && again.get('count')).toBe(5);
      expect(table.store.requests).toMatchObject([{ input: { ConsistentRead: true } }]);
    });
  });
});
