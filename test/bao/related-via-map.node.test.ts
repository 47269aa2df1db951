import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BaoModel, fields, IndexConfig, initModels, PrimaryKeyConfig } from '../../src/bao/index.ts';
import { openTestTable } from './setup.ts';
import type { TestTable } from './setup.ts';

class Tag extends BaoModel {
  static override modelPrefix = 'tg';
  static override fields = { tagId: fields.StringField({ required: true }) };
  static override primaryKey = PrimaryKeyConfig('tagId');
}

class Post extends BaoModel {
  static override modelPrefix = 'po';
  static override fields = { postId: fields.StringField({ required: true }), title: fields.StringField() };
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

  it('refuses an index that there is not', async () => {
    await expect(TaggedPost.getRelatedObjectsViaMap('nope', 't', 'postId')).rejects.toThrow('nope');
  });
});
