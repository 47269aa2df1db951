import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { describeModel, initModels, type ModelManager, TenantContext } from '../../../src/bao/index.ts';
import { DynamoClient } from '../../../src/dynamo/dynamo-client.ts';
import { createTestTable, deleteTestTable, localClientOptions } from '../../setup/tables.ts';
import { type GeneratedFolder, generateInto } from './generated-folder.ts';

const endpoint = inject('dynamodbEndpoint');
let folder: GeneratedFolder;
let tableName: string;
// The classes exist only after generation, so their types can not be known here; types.node.test.ts checks them.
// oxlint-disable-next-line typescript/no-explicit-any
let models: Record<string, any>;
let manager: ModelManager<object>;
let manifest: { default: object; tableProfile: { models: Record<string, unknown> }; modelOptions: unknown };

beforeAll(async () => {
  folder = await generateInto('blog.yaml');
  tableName = await createTestTable(endpoint);
  manifest = await import(/* @vite-ignore */ pathToFileURL(join(folder.path, 'models.ts')).href);
  manager = initModels({ models: manifest.default, store: new DynamoClient(localClientOptions(endpoint)), db: { tableName } });
  models = manager.models as typeof models; // see above
});

afterAll(async () => {
  await deleteTestTable(endpoint, tableName);
  await folder.remove();
});

/** Runs as a tenant of its own. */
function asTenant<Result>(tenant: string, action: () => Promise<Result>): Promise<Result> {
  return TenantContext.runWithTenant(tenant, action);
}

describe('generated models', () => {
  it('store and find objects with the defaults of their definitions', async () => {
    await asTenant('defaults', async () => {
      const author = await models['Author'].create({ email: 'a@b.c' });
      expect(author.name).toBe('O\'Reilly "x" \\ </script> ${1} \u2028');
      const post = await models['Post'].create({ postId: 'p1', authorId: author, rating: 1.005 });
      const found = await models['Post'].find('p1');
      expect(found.toJSON()).toEqual(post.toJSON());
      expect([found.number, found.rating, found.isDraft, found.publishedAt]).toEqual([0, 1, true, new Date('2026-01-01')]);
    });
  });

  it('find by a unique value', async () => {
    await asTenant('unique', async () => {
      const author = await models['Author'].create({ email: 'one@b.c' });
      expect((await models['Author'].findByEmail('one@b.c')).authorId).toBe(author.authorId);
      expect((await models['Author'].findByEmail('two@b.c')).exists()).toBe(false);
      const part = await models['Author'].findByEmail('one@b.c', { fields: ['email'], consistent: true });
      expect(part.toJSON()).toEqual({ authorId: author.authorId, email: 'one@b.c' });
      await expect(models['Author'].create({ email: 'one@b.c' })).rejects.toThrow('must be unique');
    });
  });

  it('list all objects of a model, by an index and by the primary key', async () => {
    await asTenant('lists', async () => {
      for (const born of ['1970-01-01', '1815-12-10', '1912-06-23']) await models['Author'].create({ email: `${born}@b.c`, born });
      const { items } = await models['Author'].queryAllAuthors({ born: { $lt: '1970-01-01' } });
      expect(items.map((author: { born: Date }) => author.born.getUTCFullYear())).toEqual([1815, 1912]);
      await models['Tag'].create({ tagId: 'ada' });
      expect((await models['Tag'].queryAllTags({ tagId: { $beginsWith: 'ad' } })).count).toBe(1);
    });
  });

  it('follow relations in both directions, to the model itself too', async () => {
    await asTenant('relations', async () => {
      const mentor = await models['Author'].create({ email: 'mentor@b.c' });
      const student = await models['Author'].create({ email: 'student@b.c', mentorId: mentor });
      for (const number of [10, 9, -1]) await models['Post'].create({ postId: `p${number}`, authorId: student, number });
      expect((await student.getMentor()).authorId).toBe(mentor.authorId);
      expect((await student.getMentor({ fields: ['email'] })).toJSON()).toEqual({ authorId: mentor.authorId, email: 'mentor@b.c' });
      expect(await mentor.getMentor()).toBeNull();
      expect((await mentor.queryStudents()).items[0].email).toBe('student@b.c');
      const { items } = await student.queryPosts({ number: { $gte: -1, $lt: 10 } });
      expect(items.map((post: { postId: string }) => post.postId)).toEqual(['p-1', 'p9']);
    });
  });

  it('list what a mapping model joins, page by page, without what no longer exists', async () => {
    await asTenant('mapping', async () => {
      for (const tagId of ['a', 'b', 'c']) await models['Tag'].create({ tagId: `mapping-${tagId}` });
      const post = await models['Post'].create({ postId: 'p', authorId: 'nobody' });
      for (const tagId of ['a', 'b', 'c']) await models['PostTag'].create({ postId: post, tagId: `mapping-${tagId}` });
      await models['Tag'].delete('mapping-b');
      const first = await post.getTags(null, 2, 'DESC');
      expect(first.items.map((tag: { tagId: string }) => tag.tagId)).toEqual(['mapping-c']);
      const second = await post.getTags(null, 2, 'DESC', first.lastEvaluatedKey);
      expect(second.items.map((tag: { tagId: string }) => tag.tagId)).toEqual(['mapping-a']);
      const options = { limit: 1, consistent: true, filter: { tagId: { $ne: 'mapping-a' } }, fillPage: true };
      expect((await post.getTags(null, null, 'DESC', null, options)).items[0].tagId).toBe('mapping-c');
      const tag = await models['Tag'].find('mapping-a');
      expect((await tag.getPosts()).items[0].postId).toBe('p');
      expect((await tag.queryPosts()).items[0].tagId).toBe('mapping-a');
    });
  });
});

it('describes storage and routes as the models describe themselves', () => {
  const { tableProfile, modelOptions } = manifest;
  expect(Object.keys(tableProfile.models)).toEqual(['au', 'po', 'ta', 'pt']);
  for (const model of manager.getModels()) {
    const { prefix, name, path, fields, indexes } = describeModel(model);
    const kinds = Object.entries(fields).map(([field, { kind }]) => [field, kind]);
    const indexIds = Object.values(indexes).flatMap(({ indexId }) => indexId ?? []);
    expect(tableProfile.models[prefix]).toMatchObject({
      name,
      fields: Object.fromEntries(kinds),
      indexes: expect.arrayContaining(indexIds),
    });
    expect(path).toBe(name === 'Author' ? 'writers' : `${name.replace('PostTag', 'post-tag').toLowerCase()}s`);
  }
  expect(tableProfile.models['au']).toMatchObject({
    cacheSec: 0,
    hasTenantPrefix: true,
    indexes: ['gsi1', 'gsi2', 'iter_index', 'iter_search_index'],
  });
  expect(tableProfile.models['ta']).toMatchObject({ cacheSec: 300, hasTenantPrefix: false, indexes: [] });
  expect(modelOptions).toMatchObject({
    Author: { access: 'read-only', cacheControl: 'private, max-age=60' },
    Post: { access: 'read-write', cacheControl: null },
  });
});
