import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { initModels, TenantContext } from '../../../src/bao/index.ts';
import { MODELS } from './models.ts';
import { connection, errorOf, openBao, read } from './setup.ts';
import type { Bao } from './setup.ts';

let bao: Bao<typeof MODELS>;

beforeAll(async () => {
  bao = await openBao(MODELS);
});
beforeEach(() => bao.control.reset());
afterAll(() => bao.drop());

const day = (at: number) => new Date(Date.UTC(2024, 0, at));

/** Articles of one author, the nth published on the nth of January. */
async function createArticles(author: string, count: number): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, (_, at) =>
      bao.models.Article.create({
        articleId: `${author}${String(at + 1).padStart(3, '0')}`,
        authorId: author,
        topic: author,
        rank: at + 1,
        rating: (at + 1) / 2,
        publishedAt: day(at + 1),
      }),
    ),
  );
}

const ranks = (page: { items: object[] }) => page.items.map((item) => read(item, 'rank'));

describe('sort conditions', () => {
  it('W41 both ends of a range count', async () => {
    await createArticles('w41', 4);
    const { Article } = bao.models;
    expect(ranks(await Article.queryByIndex('articlesForUser', 'w41', { publishedAt: { $gte: day(1), $lt: day(3) } }))).toEqual([1, 2]);
    expect(ranks(await Article.queryByIndex('articlesByTopic', 'w41', { rank: { $gt: 1, $lte: 3 } }))).toEqual([2, 3]);
  });

  it('W48 a primary key with a name is queried by numbers', async () => {
    const { Month } = bao.models;
    for (const month of [1, 2, 10]) await Month.create({ year: 2024, month, total: month });
    const page = await Month.queryByIndex('months', 2024, { month: { $gte: 2 } });
    expect(page.items.map((item) => read(item, 'total'))).toEqual([2, 10]);
  });

  it('W49 a model whose objects share one partition is listed', async () => {
    const { Setting } = bao.models;
    for (const name of ['b', 'a']) await Setting.create({ name, value: name });
    const page = await Setting.queryByIndex('allSettings', 's');
    expect(page.items.map((setting) => read(setting, 'name'))).toEqual(['a', 'b']);
  });

  it('W50 queryByPrimaryKey takes a sort condition, and conditions take $eq and dates', async () => {
    await createArticles('w50', 3);
    const { Article, Round } = bao.models;
    for (const number of [1, 2]) await Round.create({ game: 'w50', number, winner: 'ada' });
    expect((await Round.queryByPrimaryKey('w50', { number: 2 })).count).toBe(1);
    expect(ranks(await Article.queryByIndex('articlesByTopic', 'w50', { rank: { $eq: 2 } }))).toEqual([2]);
    expect(ranks(await Article.queryByIndex('articlesForUser', 'w50', { publishedAt: day(3) }))).toEqual([3]);
  });

  it('W51 negative numbers and fractions are in order', async () => {
    const { Article } = bao.models;
    for (const number of [-10, -9.5, -1, 0, 0.5, 9, 10])
      await Article.create({
        articleId: `w51 ${number}`,
        authorId: 'w51',
        topic: 'w51',
        rank: Math.trunc(number),
        rating: number,
        publishedAt: day(1),
      });
    const byRating = await Article.queryByIndex('articlesByRating', 'a', { rating: { $gte: -100 } }, { filter: { topic: 'w51' } });
    expect(byRating.items.map((article) => read(article, 'rating'))).toEqual([-10, -9.5, -1, 0, 0.5, 9, 10]);
    const byRank = await Article.queryByIndex('articlesByTopic', 'w51', { rank: { $lt: 0 } });
    expect(ranks(byRank)).toEqual([-10, -9, -1]);
  });
});

describe('filters', () => {
  it('W43 $not negates all of what it is given', async () => {
    await createArticles('w43', 3);
    const filter = { $not: { topic: 'w43', rank: 2 } };
    expect(ranks(await bao.models.Article.queryByIndex('articlesByTopic', 'w43', null, { filter }))).toEqual([1, 3]);
  });

  it('W44 a modified date is compared with what is given', async () => {
    await createArticles('w44', 1);
    const { Article } = bao.models;
    const filter = { updatedAt: { $gt: new Date('2000-01-01T00:00:00Z') } };
    expect((await Article.queryByIndex('articlesByTopic', 'w44', null, { filter })).count).toBe(1);
  });
});

describe('pages', () => {
  it('W42 a count is that of all pages', async () => {
    await createArticles('w42', 250);
    expect((await bao.models.Article.queryByIndex('articlesByTopic', 'w42', null, { countOnly: true })).count).toBe(250);
  });

  it('W52 a page of a filtered query can be filled up', async () => {
    await createArticles('w52', 40);
    const page = await bao.models.Article.queryByIndex('articlesByTopic', 'w52', null, {
      limit: 5,
      filter: { rank: { $gt: 30 } },
      fillPage: true,
    });
    expect(ranks(page)).toEqual([31, 32, 33, 34, 35]);
  });

  it('W53 where a page ended can leave the program: sealed, and of use for its own query only', async () => {
    await createArticles('w53', 5);
    await createArticles('w53b', 5);
    const cursorKeys = [{ id: 'k', secret: new Uint8Array(32).fill(7) }];
    const { models } = initModels({ ...connection(bao.table.tableName), models: MODELS, cursorKeys });
    const first = await models.Article.queryByIndex('articlesByTopic', 'w53', null, { limit: 2 });
    const cursor = String(first.cursor);
    expect(cursor).not.toContain('w53');
    expect(atob((cursor.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/'))).not.toContain('w53');
    expect(ranks(await models.Article.queryByIndex('articlesByTopic', 'w53', null, { limit: 2, cursor }))).toEqual([3, 4]);
    await errorOf(models.Article.queryByIndex('articlesByTopic', 'w53b', null, { limit: 2, cursor }));
    await errorOf(models.Article.queryByIndex('articlesByTopic', 'w53', null, { limit: 2, cursor: `${cursor.slice(0, -4)}AAAA` }));
  });

  it('W53 the raw key of another partition or tenant is no place to start from', async () => {
    await createArticles('w53c', 3);
    const { Article } = bao.models;
    const { lastEvaluatedKey } = await Article.queryByIndex('articlesByTopic', 'w53c', null, { limit: 2 });
    await errorOf(Article.queryByIndex('articlesByTopic', 'w53d', null, { startKey: lastEvaluatedKey ?? null }));
    await errorOf(
      TenantContext.runWithTenant('a', () => Article.queryByIndex('articlesByTopic', 'w53c', null, { startKey: lastEvaluatedKey ?? null })),
    );
    const other = { ...lastEvaluatedKey, _pk: 'u#someone' };
    expect((await errorOf(Article.queryByIndex('articlesByTopic', 'w53c', null, { startKey: other }))).message).toContain('startKey');
  });

  it('W54 the related objects of a page are one request, outside of a context too', async () => {
    const { Article, User } = bao.models;
    for (let at = 1; at <= 9; at += 1) {
      await User.create({ userId: `w54-${at}`, name: `User ${at}` });
      await Article.create({ articleId: `w54-${at}`, authorId: `w54-${at}`, topic: 'w54', rank: at, rating: at, publishedAt: day(at) });
    }
    await bao.control.reset();
    const { items } = await Article.queryByIndex('articlesByTopic', 'w54', null, { loadRelated: true });
    expect(items.map((item) => read(item.getRelated('authorId'), 'name'))).toEqual(Array.from({ length: 9 }, (_, at) => `User ${at + 1}`));
    expect(await bao.takeOperations()).toEqual(['Query', 'BatchGetItem']);
  });
});
