import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { initModels, runWithBatchContext, sealCursor, TenantContext } from '../../src/bao/index.ts';
import type { BaoConfig, ModelManager, SearchPage } from '../../src/bao/index.ts';
import { addSearchIndex, SEARCH_MODELS } from './search-setup.ts';
import { openTestTable } from './setup.ts';
import type { TestTable } from './setup.ts';

let table: TestTable;
let manager: ModelManager<typeof SEARCH_MODELS>;

const COUNT = 40;
const KEYS = [{ id: 'k1', secret: new Uint8Array(32).fill(7) }];

beforeAll(async () => {
  table = await openTestTable();
  await addSearchIndex(table.tableName);
  manager = managerWith({});
  const { Article } = manager.models;
  await Promise.all(Array.from({ length: COUNT }, (_, at) => Article.create(article(at))));
  await Article.create({ articleId: 'payroll', title: 'Secret payroll' });
});
beforeEach(() => void table.store.takeOperations());
afterAll(() => table.drop());

const managerWith = (config: Partial<BaoConfig>) =>
  initModels({
    store: table.store,
    db: { tableName: table.tableName, iterationIndexName: 'iter_search_index' },
    logging: { level: 'ERROR' },
    ...config,
    models: SEARCH_MODELS,
  });

type AnyArticle = { getPrimaryId(): string };

const article = (at: number) => ({
  articleId: `a${String(at).padStart(2, '0')}`,
  title: `Alice, chapter ${at}`,
  body: at % 10 === 0 ? 'A rare word: Zebra!' : 'nothing rare',
  status: 'draft',
});
const ids = (items: readonly AnyArticle[]) => items.map((item) => item.getPrimaryId());
const allIds = Array.from({ length: COUNT }, (_, at) => article(at).articleId);

/** Every page of a search until there is no cursor. */
async function drain(search: (cursor: string | null) => PromiseLike<SearchPage<AnyArticle>>): Promise<string[][]> {
  const pages: string[][] = [];
  let cursor: string | null = null;
  do {
    const page: SearchPage<AnyArticle> = await search(cursor);
    pages.push(ids(page.items));
    cursor = page.cursor;
  } while (cursor !== null);
  return pages;
}

function decode(cursor: string | null): Record<string, unknown> {
  return JSON.parse(Buffer.from(cursor ?? '', 'base64url').toString()) as Record<string, unknown>;
}

function edit(cursor: string | null, changes: object): string {
  return Buffer.from(JSON.stringify({ ...decode(cursor), ...changes })).toString('base64url');
}

describe('searchAll', () => {
  it('finds what has the terms in it, whatever their case and punctuation', async () => {
    const { Article } = manager.models;
    expect(ids((await Article.searchAll(['ZEBRA!'])).items).toSorted()).toEqual(['a00', 'a10', 'a20', 'a30']);
    expect(ids((await Article.searchAll(['zebra', 'chapter 2'])).items)).toEqual(['a20']);
    expect(ids((await Article.searchAll(['payroll', 'chapter 30'], { operator: '$or' })).items).toSorted()).toEqual(['a30', 'payroll']);
    expect(await Article.searchAll(['no such words'])).toEqual({ items: [], cursor: null });
  });

  it.each([true, false])('gives every hit once over its pages, whatever their size (parallel: %s)', async (parallel) => {
    const { Article } = manager.models;
    for (const limit of [1, 7, COUNT, Infinity]) {
      for (const batchSize of [3, 100]) {
        const pages = await drain((cursor) => Article.searchAll(['alice'], { limit, batchSize, parallel, cursor }));
        expect(pages.flat().toSorted()).toEqual(allIds);
        expect(pages.slice(0, -1).every((page) => page.length === limit)).toBe(true);
      }
    }
  });

  it('gives the hits of a bucket in the order of their ids', async () => {
    const { Article } = manager.models;
    for (const bucket of [0, 1, 2, 3]) {
      const { items } = await Article.searchBucket(bucket, ['alice']);
      expect(ids(items)).toEqual(ids(items).toSorted());
    }
    const sequential = await drain((cursor) => Article.searchAll(['alice'], { parallel: false, cursor, limit: 9 }));
    const buckets = await Promise.all([0, 1, 2, 3].map((bucket) => Article.searchBucket(bucket, ['alice'])));
    expect(sequential.flat()).toEqual(buckets.flatMap(({ items }) => ids(items)));
  });

  it('goes over all pages with for await', async () => {
    const { Article } = manager.models;
    const batches: string[][] = [];
    for await (const batch of Article.searchAll(['alice'], { limit: 15 })) batches.push(ids(batch));
    expect(batches.map(({ length }) => length)).toEqual([15, 15, 10]);
    expect(batches.flat().toSorted()).toEqual(allIds);
    const perBucket = await Promise.all(
      [0, 1, 2, 3].map(async (bucket) => {
        const found: string[] = [];
        for await (const batch of Article.searchBucket(bucket, ['alice'], { limit: 2 })) found.push(...ids(batch));
        return found;
      }),
    );
    expect(perBucket.flat().toSorted()).toEqual(allIds);
  });

  it('reads the objects that it returns and no others, and has a short cursor', async () => {
    const { cursor } = await manager.models.Article.searchAll(['alice'], { limit: 5 });
    const reads = table.store.requests.filter(({ operation }) => operation === 'BatchGetItem').map(({ input }) => input);
    expect(table.store.takeOperations().toSorted()).toEqual(['BatchGetItem', 'Query', 'Query', 'Query', 'Query']);
    expect(reads).toMatchObject([{ RequestItems: { [table.tableName]: { Keys: { length: 5 } } } }]);
    expect(cursor?.length).toBeLessThan(600);
  });

  it('needs one request per page in sequence, for terms that many rows have', async () => {
    await manager.models.Article.searchAll(['alice'], { limit: 5, parallel: false });
    expect(table.store.takeOperations()).toEqual(['Query', 'BatchGetItem']);
  });

  it('ends a page of rare terms when each bucket was asked often enough, and goes on there', async () => {
    const { Article } = manager.models;
    const first = await Article.searchAll(['zebra'], { batchSize: 2, maxQueriesPerBucket: 1 });
    expect(first.cursor).not.toBeNull();
    expect(table.store.takeOperations().filter((operation) => operation === 'Query')).toHaveLength(4);
    const pages = await drain((cursor) => Article.searchAll(['zebra'], { batchSize: 2, maxQueriesPerBucket: 1, cursor }));
    expect(pages.flat().toSorted()).toEqual(['a00', 'a10', 'a20', 'a30']);
  });

  it('asks no oftener for a page than it may, in all buckets together', async () => {
    const { Article } = manager.models;
    const options = { batchSize: 2, maxQueries: 5 };
    await Article.searchAll(['zebra'], options);
    expect(table.store.takeOperations().filter((operation) => operation === 'Query')).toHaveLength(5);
    const pages = await drain((cursor) => Article.searchAll(['zebra'], { ...options, cursor }));
    expect(pages.flat().toSorted()).toEqual(['a00', 'a10', 'a20', 'a30']);
  });

  it('leaves out rows that were deleted or rewritten since the index saw them', async () => {
    const { Article } = manager.models;
    await Article.create({ articleId: 'gone', title: 'quokka one' });
    await Article.create({ articleId: 'changed', title: 'quokka two' });
    const found = await runWithBatchContext(async () => {
      const indexed = await table.row('ar#changed', 'ar');
      await Article.update('changed', { title: 'something else' });
      await Article.delete('gone');
      // The index of the local DynamoDB is never behind. What the context has written is ahead of a row that is put back.
      await table.putRow(indexed ?? {});
      return ids((await Article.searchAll(['quokka'])).items);
    });
    expect(found).toEqual([]);
    await Article.delete('changed');
  });

  it('gives the very object that the batch context has, with what was written to it', async () => {
    const { Article } = manager.models;
    await runWithBatchContext(async () => {
      const known = await Article.find('a00');
      const { items } = await Article.searchAll(['zebra']);
      expect(items.find((item) => item.getPrimaryId() === 'a00')).toBe(known);
    });
  });

  it('takes a filter on the search text, and none on what the index does not have', async () => {
    const { Article } = manager.models;
    const filter = { _searchText: { $contains: 'Chapter 1' } };
    expect(ids((await Article.searchAll(['zebra'], { filter })).items)).toEqual(['a10']);
    const several = { $or: [filter, { _searchText: { $contains: 'chapter 3' } }] };
    expect(ids((await Article.searchAll(['zebra', 'word'], { filter: several })).items).toSorted()).toEqual(['a10', 'a30']);
    table.store.takeOperations();
    const bad = Article.searchAll(['zebra'], { filter: { status: 'draft' } as never });
    await expect(bad).rejects.toThrow("Filter on 'iter_search_index' references attribute(s) that aren't projected: [status]. ");
    await expect(Article.searchAll(['zebra'], { filter: { nope: 1 } as never })).rejects.toThrow('Unknown field in filter: nope');
    expect(table.store.takeOperations()).toEqual([]);
  });

  it('keeps tenants apart', async () => {
    const { Article } = manager.models;
    const acme = () => Article.create({ articleId: 'x', title: 'Alice of Acme' });
    await TenantContext.runWithTenant('acme', acme);
    const found = await TenantContext.runWithTenant('acme', () => Article.searchAll(['alice']));
    expect(ids(found.items)).toEqual(['x']);
    expect((await Article.searchAll(['acme'])).items).toEqual([]);
  });

  it('searches composite keys, with every option of the configuration', async () => {
    const { Chapter } = manager.models;
    await Chapter.create({ book: 'b', number: 1, title: 'An Ox an Ox and a Fox Fox' });
    expect((await table.row('ch#b', '00000000000000000001'))?.['_searchText']).toEqual({ S: 'and Fox' });
    expect(ids((await Chapter.searchAll(['Fox', 'ox'])).items)).toEqual(['b##__SK__##00000000000000000001']);
    expect((await Chapter.searchAll(['fox'])).items).toEqual([]);
    await expect(Chapter.searchAll(['ox', 'a'])).rejects.toThrow('at least one non-empty term');
  });
});

describe('refuses before any request', () => {
  afterEach(() => expect(table.store.takeOperations()).toEqual([]));

  it('a model that is not searchable, not iterable, or whose index is another one', async () => {
    const { Article, Entry, Note } = manager.models;
    await expect(Entry.searchAll(['x'])).rejects.toThrow('Model Entry is not configured as searchable. ');
    await expect(Note.searchAll(['x'])).rejects.toThrow('searchAll requires iterable: true. ');
    const other = managerWith({ db: { tableName: table.tableName } });
    await expect(other.models.Article.searchAll(['x'])).rejects.toThrow(
      "searchAll requires the 'iter_search_index' GSI. Current config resolves the iteration index to 'iter_index'.",
    );
    await expect(Article.searchBucket(4, ['x'])).rejects.toThrow('Invalid bucket number 4. Must be 0-3');
    await expect(Article.searchBucket(-1, ['x'])).rejects.toThrow('Invalid bucket number -1. Must be 0-3');
  });

  it.each([
    [{ limit: 0 }, 'limit must be a positive integer or Infinity.'],
    [{ limit: 1.5 }, 'limit must be a positive integer or Infinity.'],
    [{ limit: Number.NaN }, 'limit must be a positive integer or Infinity.'],
    [{ limit: '10' as never }, 'limit must be a positive integer or Infinity.'],
    [{ maxQueriesPerBucket: 0 }, 'maxQueriesPerBucket must be a positive integer.'],
    [{ maxQueries: 0.5 }, 'maxQueries must be a positive integer or Infinity.'],
    [{ batchSize: -1 }, 'batchSize must be a positive integer.'],
    [{ operator: 'AND' as never }, 'operator must be one of: $and, $or.'],
  ])('the options %j', async (options, message) => {
    await expect(manager.models.Article.searchAll(['x'], options)).rejects.toThrow(message);
  });

  it('terms that are none', async () => {
    const { Article } = manager.models;
    await expect(Article.searchAll('x' as never)).rejects.toThrow('terms must be an array of strings.');
    await expect(Article.searchAll([' '])).rejects.toThrow('searchAll requires at least one non-empty term.');
  });
});

describe('search cursors', () => {
  it('are good for the same search, model, tenant and buckets', async () => {
    const { Article } = manager.models;
    const { cursor } = await Article.searchAll(['alice', 'zebra'], { operator: '$or', limit: 3 });
    const go = (terms: string[], options: object) => Article.searchAll(terms, { operator: '$or', cursor, ...options });
    await expect(go(['alice'], {})).rejects.toThrow('Cursor was generated for a different query (terms/operator/searchConfig changed).');
    await expect(go(['alice', 'zebra'], { operator: '$and' })).rejects.toMatchObject({ code: 'invalid_cursor' });
    const inTenant = TenantContext.runWithTenant('acme', () => go(['alice', 'zebra'], {}));
    await expect(inTenant).rejects.toThrow('Cursor was generated under tenant "null", not "acme".');
    const bucket = Article.searchBucket(1, ['alice', 'zebra'], { operator: '$or', cursor });
    await expect(bucket).rejects.toThrow(
      'Cursor scope mismatch. Cursor was generated for buckets [0, 1, 2, 3], but this call covers [1]. ' +
        'Resume the cursor with the same API call (searchAll or searchBucket) that produced it.',
    );
    const foreign = Article.searchAll(['alice', 'zebra'], { operator: '$or', cursor: edit(cursor, { modelPrefix: 'zz' }) });
    await expect(foreign).rejects.toThrow('Cursor was generated for model "zz", not "ar".');
    expect((await go(['ALICE', 'zebra!'], {})).items).toHaveLength(COUNT - 3);
  });

  it.each([
    ['$$$', 'Invalid cursor: not valid base64url.'],
    ['abc.def', 'Invalid cursor: not sealed by a key of this service.'],
    [Buffer.from('not json').toString('base64url'), 'Invalid cursor: payload is not valid JSON.'],
    [Buffer.from('"text"').toString('base64url'), 'Invalid cursor: payload is not an object.'],
    [Buffer.from('{}').toString('base64url'), 'Invalid cursor: missing required field "bucketCursors".'],
    [7 as never, 'Invalid cursor: must be a non-empty string.'],
  ])('are refused when they are %j', async (cursor, message) => {
    await expect(manager.models.Article.searchAll(['alice'], { cursor })).rejects.toThrow(message);
    await expect(manager.models.Article.searchAll(['alice'], { cursor })).rejects.toMatchObject({ code: 'invalid_cursor' });
  });

  it('cannot be edited to lead out of the bucket, model or tenant', async () => {
    const { Article } = manager.models;
    const { cursor } = await Article.searchAll(['alice'], { limit: 1 });
    const position = (decode(cursor)['bucketCursors'] as Record<string, Record<string, string>>)['0'] ?? {};
    const bad = [
      { ...position, _iter_pk: 'ar#iter#001' },
      { ...position, _iter_pk: '[acme]#ar#iter#000' },
      { ...position, _iter_pk: 'ch#iter#000' },
      { ...position, _pk: 'ar#payroll' },
      { ...position, _sk: 'other' },
      { ...position, _iter_sk: '' },
      { ...position, more: 'x' },
      { _iter_sk: position['_iter_sk'] },
      'a00',
      7,
    ];
    for (const edited of bad) {
      const search = Article.searchAll(['alice'], { cursor: edit(cursor, { bucketCursors: { 0: edited } }) });
      await expect(search).rejects.toThrow('Invalid cursor: bucket 0 has no such position.');
    }
    const outside = edit(cursor, { bucketCursors: { 0: null, 9: null } });
    await expect(Article.searchAll(['alice'], { cursor: outside })).rejects.toThrow('names buckets outside of its scope');
  });

  it('that dynamo-bao has made are good, and their ids are no way to other objects', async () => {
    const { Article } = manager.models;
    const { cursor } = await Article.searchAll(['alice'], { limit: 1 });
    const pendingItemKeys = ['a10', 'payroll', 'a11', 'a10', 'nope', '', 'a12'];
    const edited = edit(cursor, { bucketCursors: {}, pendingItemKeys });
    const pages = await drain((next) => Article.searchAll(['alice'], { cursor: next ?? edited, limit: 2 }));
    expect(pages).toEqual([['a10', 'a11'], ['a12']]);
    const tooMany = edit(cursor, { pendingItemKeys: Array.from({ length: 1001 }, () => 'a10') });
    await expect(Article.searchAll(['alice'], { cursor: tooMany })).rejects.toThrow('Invalid cursor: pendingItemKeys');
    const filtered = Article.searchAll(['alice'], { cursor: edited, filter: { _searchText: { $contains: 'x' } } });
    await expect(filtered).rejects.toThrow('Invalid cursor: pendingItemKeys go with no filter.');
  });

  it('of one bucket lead to no ids of another', async () => {
    const { Article } = manager.models;
    const { items } = await Article.searchBucket(1, ['alice']);
    const { cursor } = await Article.searchBucket(0, ['alice'], { limit: 1 });
    const edited = edit(cursor, { bucketCursors: {}, pendingItemKeys: ids(items) });
    expect(await Article.searchBucket(0, ['alice'], { cursor: edited })).toEqual({ items: [], cursor: null });
  });

  it('are sealed where there are keys, and hold nothing that can be read', async () => {
    const sealed = managerWith({ cursorKeys: KEYS });
    const { Article } = sealed.models;
    const { cursor } = await Article.searchAll(['alice'], { limit: 3 });
    expect(cursor).toMatch(/^k1\.[\w-]+$/);
    expect(Buffer.from(cursor?.slice(3) ?? '', 'base64url').toString('latin1')).not.toContain('iter');
    const pages = await drain((next) => Article.searchAll(['alice'], { cursor: next, limit: 9 }));
    expect(pages.flat().toSorted()).toEqual(allIds);
    const flipped = `${cursor?.slice(0, -2)}${cursor?.endsWith('AA') ? 'BB' : 'AA'}`;
    await expect(Article.searchAll(['alice'], { cursor: flipped })).rejects.toThrow('Invalid cursor');
    await expect(manager.models.Article.searchAll(['alice'], { cursor })).rejects.toThrow('Invalid cursor');
  });

  it('of 1,000 buckets are short where they are sealed', async () => {
    const { Message } = managerWith({ cursorKeys: KEYS }).models;
    const created = await Promise.all(Array.from({ length: 60 }, () => Message.create({ text: 'hello' })));
    const cursors: (string | null)[] = [];
    const found = await drain(async (cursor) => {
      const page = await Message.searchAll(['hello'], { limit: 25, cursor });
      cursors.push(page.cursor);
      return page;
    });
    expect(found.flat().toSorted()).toEqual(ids(created).toSorted());
    expect(found.length).toBe(3);
    for (const cursor of cursors) expect(cursor?.length ?? 0).toBeLessThan(1_000);
  });

  it('that were sealed with every bucket written out are good, too', async () => {
    const { Article } = managerWith({ cursorKeys: KEYS }).models;
    const { cursor } = await manager.models.Article.searchAll(['alice'], { limit: 15 });
    const sealed = await sealCursor({ walk: JSON.stringify(decode(cursor)) }, 'bao walk', KEYS);
    const rest = await drain((next) => Article.searchAll(['alice'], { cursor: next ?? sealed }));
    expect(rest.flat()).toHaveLength(COUNT - 15);
  });
});
