import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BaoModel, fields, IndexConfig, initModels, PrimaryKeyConfig, relatedViaMap } from '../../src/bao/index.ts';
import { openTestTable } from './setup.ts';
import type { TestTable } from './setup.ts';

class Tag extends BaoModel {
  static override modelPrefix = 'tg';
  static override fields = { tagId: fields.StringField({ required: true }) };
  static override primaryKey = PrimaryKeyConfig('tagId');
}

class Post extends BaoModel {
  static override modelPrefix = 'po';
  static override fields = {
    postId: fields.StringField({ required: true }),
    title: fields.StringField(),
    deletedAt: fields.DateTimeField(),
  };
  static override softDelete = 'deletedAt';
  static override primaryKey = PrimaryKeyConfig('postId');
}

class TaggedPost extends BaoModel {
  static override modelPrefix = 'tp';
  static override fields = {
    tagId: fields.RelatedField('Tag', { required: true }),
    postId: fields.RelatedField('Post', { required: true }),
    rank: fields.IntegerField({ defaultValue: 0 }),
  };
  static override primaryKey = PrimaryKeyConfig('tagId', 'postId');
  static override indexes = { postsForTag: this.primaryKey, rankedPostsForTag: IndexConfig('tagId', 'rank', 'gsi1') };
}

const MODELS = { Tag, Post, TaggedPost };

let table: TestTable;

beforeAll(async () => {
  table = await openTestTable();
  initModels({ models: MODELS, store: table.store, db: { tableName: table.tableName }, logging: { level: 'ERROR' } });
  await Promise.all([1, 2, 3, 4].map((at) => Post.create({ postId: `p${at}`, title: `Post ${at}` })));
  // The last row names a post that does not exist.
  await Promise.all([1, 2, 3, 4, 5].map((at) => TaggedPost.create({ tagId: 't', postId: `p${at}`, rank: 10 - at })));
});
afterAll(() => table.drop());

const ids = ({ items }: { items: readonly object[] }) => items.map((item) => (item as Post).getPrimaryId()); // only posts are related

describe('getRelatedObjectsViaMap', () => {
  it('gives the related objects in the order of the rows that name them, without those that are gone', async () => {
    expect(ids(await TaggedPost.getRelatedObjectsViaMap('postsForTag', 't', 'postId'))).toEqual(['p1', 'p2', 'p3', 'p4']);
    expect(ids(await TaggedPost.getRelatedObjectsViaMap('rankedPostsForTag', 't', 'postId'))).toEqual(['p4', 'p3', 'p2', 'p1']);
    expect(await TaggedPost.getRelatedObjectsViaMap('postsForTag', 'none', 'postId')).toMatchObject({ items: [], count: 0 });
  });

  it('is what queryByIndex gives with relatedOnly', async () => {
    const options = { loadRelated: true, relatedOnly: true, relatedFields: ['postId'], limit: 0 };
    expect(ids(await TaggedPost.queryByIndex('postsForTag', 't', null, options))).toEqual(['p1', 'p2', 'p3', 'p4']);
    const refused = [
      [{ ...options, relatedFields: [] }, 'relatedOnly requires a single entry in relatedFields'],
      [{ ...options, loadRelated: false }, 'relatedOnly requires loadRelated to be true'],
    ] as const;
    for (const [wrong, reason] of refused) await expect(TaggedPost.queryByIndex('postsForTag', 't', null, wrong)).rejects.toThrow(reason);
  });

  it('reads the objects of a page together', async () => {
    table.store.takeOperations();
    await TaggedPost.getRelatedObjectsViaMap('postsForTag', 't', 'postId');
    expect(table.store.takeOperations()).toEqual(['Query', 'BatchGetItem']);
  });

  it('takes a condition on the rows, a limit, a direction and where to start', async () => {
    const ranked = { rank: { $gte: 7 } };
    expect(ids(await TaggedPost.getRelatedObjectsViaMap('rankedPostsForTag', 't', 'postId', ranked))).toEqual(['p3', 'p2', 'p1']);
    const first = await TaggedPost.getRelatedObjectsViaMap('postsForTag', 't', 'postId', null, 2, 'ASC');
    expect(ids(first)).toEqual(['p1', 'p2']);
    const second = await TaggedPost.getRelatedObjectsViaMap('postsForTag', 't', 'postId', null, 2, 'ASC', first.lastEvaluatedKey ?? null);
    expect(ids(second)).toEqual(['p3', 'p4']);
    expect(ids(await TaggedPost.getRelatedObjectsViaMap('postsForTag', 't', 'postId', null, 3, 'DESC'))).toEqual(['p4', 'p3']);
  });

  it.each([
    ['postsForTag', [true, true]],
    ['rankedPostsForTag', [false, true]],
  ])('by %s reads as strongly as there is an answer', async (index, strong) => {
    table.store.requests.length = 0;
    await relatedViaMap(TaggedPost, index, 't', 'postId', null, { consistent: true });
    const [query, batch] = table.store.requests.map(({ input }) => input);
    const ofBatch = Object.values((batch as { RequestItems: object }).RequestItems)[0];
    expect([query, ofBatch].map((input) => input?.ConsistentRead ?? false)).toEqual(strong);
  });

  it('reads some fields of the related objects, of rows that a filter lets pass', async () => {
    const options = { fields: ['title'], filter: { rank: { $lt: 9 } }, limit: 2, fillPage: true };
    const { items } = await relatedViaMap(TaggedPost, 'postsForTag', 't', 'postId', null, options);
    expect(items.map((item) => (item as Post).toJSON())).toEqual([
      { postId: 'p2', title: 'Post 2' },
      { postId: 'p3', title: 'Post 3' },
    ]);
  });

  it('refuses an index that there is not', async () => {
    await expect(TaggedPost.getRelatedObjectsViaMap('nope', 't', 'postId')).rejects.toThrow('nope');
  });
});

describe('the object that a RelatedField names', () => {
  const row = async () => (await TaggedPost.find({ tagId: 't', postId: 'p1' })) as TaggedPost; // it is there
  const title = (object: object | null) => (object as Post | null)?.toJSON()['title'] ?? null;
  const readsOf = async (work: () => Promise<unknown>) => {
    table.store.requests.length = 0;
    await work();
    return table.store.requests.map(({ input }) => (input as { ConsistentRead?: boolean }).ConsistentRead ?? false);
  };

  it('is loaded once, and again where a newer one is asked for', async () => {
    const tagged = await row();
    const load = (options: object) => () => tagged.getOrLoadRelatedField('postId', null, options);
    expect(await readsOf(load({}))).toHaveLength(1);
    expect(await readsOf(load({}))).toEqual([]);
    expect(await readsOf(load({ bypassCache: true }))).toEqual([false]);
    expect(await readsOf(load({ consistent: true }))).toEqual([true]);
    expect(await readsOf(load({}))).toEqual([]);
  });

  it('is whole for who asks for no fields, whatever others have asked for', async () => {
    const tagged = await row();
    expect(title(await tagged.getOrLoadRelatedField('postId', null, { fields: ['postId'] }))).toBeNull();
    expect(tagged.getRelated('postId')).toBeUndefined();
    expect(title(await tagged.getOrLoadRelatedField('postId'))).toBe('Post 1');
    await tagged.loadRelatedData(['postId'], null, { fields: ['postId'] });
    expect(title(tagged.getRelated('postId') ?? null)).toBeNull();
    expect(title(await tagged.getOrLoadRelatedField('postId'))).toBe('Post 1');
  });

  it('is shown for this once where it was deleted softly', async () => {
    await Post.create({ postId: 'gone', title: 'Gone' });
    const tagged = await TaggedPost.create({ tagId: 'u', postId: 'gone' });
    await Post.delete('gone');
    expect(title(await tagged.getOrLoadRelatedField('postId', null, { includeDeleted: true }))).toBe('Gone');
    expect((await tagged.getOrLoadRelatedField('postId'))?.exists()).toBe(false);
  });

  it('comes with a page as the page asks for it', async () => {
    const options = { loadRelated: true, relatedFields: ['postId'], relatedOptions: { fields: ['title'], consistent: true } };
    const { items } = await TaggedPost.queryByIndex('postsForTag', 't', null, { ...options, limit: 1 });
    expect(items[0]?.getRelated('postId')).toMatchObject({ title: 'Post 1' });
    expect(title(items[0]?.getRelated('postId') ?? null)).toBe('Post 1');
  });
});
