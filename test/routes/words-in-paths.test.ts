import { beforeAll, describe, expect, it } from 'vitest';
import { BaoModel, fields, IndexConfig, PrimaryKeyConfig, UniqueConstraintConfig } from '../../src/bao/index.ts';
import { SEARCH_INDEX, TABLE_INDEXES, TABLE_KEY } from '../../src/dynamo/index.ts';
import { createService } from '../../src/service.ts';
import { clientOf, createTenant } from '../setup/rest-client.ts';
import type { RestClient } from '../setup/rest-client.ts';

/** Every word of the routes is a relation of it, too. */
class Entry extends BaoModel {
  static override modelPrefix = 'wp';
  static override keyEncoding = 'ordered' as const;
  static override iterable = true;
  static override searchable = true;
  static override searchConfig = { fields: ['title'] };
  static override fields = {
    id: fields.StringField({ required: true }),
    title: fields.StringField({ required: true }),
    by: fields.RelatedField('Entry'),
    search: fields.RelatedField('Entry'),
    exportId: fields.RelatedField('Entry'),
  };
  static override primaryKey = PrimaryKeyConfig('id');
  static override indexes = { schemaForEntry: IndexConfig('by', 'title', 'gsi1') };
  static override uniqueConstraints = { search: UniqueConstraintConfig('title', '_uc1') };
}

const tableProfile = { key: TABLE_KEY, indexes: { ...TABLE_INDEXES, ...SEARCH_INDEX }, ttlAttribute: 'ttl', models: {} };
let acme: RestClient;

beforeAll(async () => {
  acme = clientOf(createService({ models: { Entry }, tableProfile }), await createTenant());
  for (const id of ['a', 'b']) await acme.call('PUT', `/entries/${id}`, { title: `entry ${id}`, by: 'a', search: 'b', exportId: 'b' });
});

describe('relations that are called as routes are', () => {
  it('stand under an item, and the routes under the collection', async () => {
    const ids = async (path: string) => {
      const { body } = await acme.call('GET', path);
      const items = Array.isArray(body) ? body : (body.items ?? [body]);
      return items.flatMap((item: { id?: string }) => item.id ?? []).toSorted();
    };
    expect(await ids('/entries/a/by')).toEqual(['a']);
    expect(await ids('/entries/a/search')).toEqual(['b']);
    expect(await ids('/entries/a/export')).toEqual(['b']);
    expect(await ids('/entries/a/schema')).toEqual(['a', 'b']);
    expect(await ids('/entries/search?q=entry')).toEqual(['a', 'b']);
    expect(await ids('/entries/export')).toEqual(['a', 'b']);
    expect(await ids('/entries/by/search/entry%20b')).toEqual(['b']);
    expect((await acme.call('GET', '/entries/a?include=by,search')).body).toMatchObject({ by: { id: 'a' }, search: { id: 'b' } });
  });
});
