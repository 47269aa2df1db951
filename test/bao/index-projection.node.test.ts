import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { BaoModel, fields, IndexConfig, initModels, PrimaryKeyConfig, QueryError } from '../../src/bao/index.ts';
import { DynamoClient, ensureTable, TABLE_INDEXES } from '../../src/dynamo/index.ts';
import { deleteTestTable, localClientOptions } from '../setup/tables.ts';
import { RecordingStore } from './setup.ts';

class Note extends BaoModel {
  static override modelPrefix = 'n';
  static override softDelete = 'deletedAt';
  static override fields = {
    noteId: fields.StringField(),
    kind: fields.StringField(),
    text: fields.StringField(),
    length: fields.IntegerField(),
    deletedAt: fields.DateTimeField(),
  };
  static override primaryKey = PrimaryKeyConfig('noteId');
  static override indexes = {
    byKind: IndexConfig('kind', 'length', 'gsi1', { projection: 'KEYS_ONLY' }),
    byText: IndexConfig('text', 'length', 'gsi2', { projection: ['noteId', 'text', 'deletedAt'] }),
  };
}

const endpoint = inject('dynamodbEndpoint');
const options = localClientOptions(endpoint);
const tableName = `test-${crypto.randomUUID()}`;
const store = new RecordingStore(new DynamoClient(options));
const { models } = initModels({ models: { Note }, store, db: { tableName }, logging: { level: 'ERROR' } });

beforeAll(async () => {
  const { gsi1, gsi2 } = TABLE_INDEXES;
  if (gsi1 === undefined || gsi2 === undefined) throw new Error('the layout has no gsi1 and gsi2');
  const projection = ['noteId', 'text', 'deletedAt'];
  await ensureTable(options, tableName, { gsi1: { ...gsi1, projection: 'KEYS_ONLY' }, gsi2: { ...gsi2, projection } });
  for (let length = 1; length <= 5; length += 1) await models.Note.create({ noteId: `n${length}`, kind: 'a', text: 'same', length });
  await models.Note.delete('n2');
});

afterAll(() => deleteTestTable(endpoint, tableName));

describe('an index that holds a part of each row', () => {
  it('answers with whole objects, read from the table', async () => {
    store.takeOperations();
    const { items, count } = await models.Note.queryByIndex('byKind', 'a', { length: { $gte: 2 } }, { direction: 'DESC' });
    expect(items.map(({ noteId, text, length }) => [noteId, text, length])).toEqual([
      ['n5', 'same', 5],
      ['n4', 'same', 4],
      ['n3', 'same', 3],
    ]);
    expect(count).toBe(3);
    expect(store.takeOperations()).toEqual(['Query', 'BatchGetItem']);
    items[0]!.text = 'changed';
    await items[0]!.save();
    expect(await models.Note.find('n5')).toMatchObject({ text: 'changed', kind: 'a' });
  });

  it('needs no table for fields that it holds', async () => {
    store.takeOperations();
    const { items } = await models.Note.queryByIndex('byText', 'same', null, { fields: ['text'] });
    expect(items.map(({ noteId, text }) => [noteId, text])).toContainEqual(['n1', 'same']);
    expect(store.takeOperations()).toEqual(['Query']);
    expect((await models.Note.queryByIndex('byText', 'same', null, { fields: ['kind'] })).items[0]).toMatchObject({
      noteId: 'n1',
      kind: 'a',
    });
    expect(store.takeOperations()).toEqual(['Query', 'BatchGetItem']);
  });

  it('goes on from page to page', async () => {
    const first = await models.Note.queryByIndex('byKind', 'a', null, { limit: 3 });
    const second = await models.Note.queryByIndex('byKind', 'a', null, { limit: 3, startKey: first.lastEvaluatedKey ?? null });
    expect([...first.items, ...second.items].map(({ noteId }) => noteId)).toEqual(['n1', 'n3', 'n4', 'n5']);
  });

  it('counts only where it can tell which objects are hidden', async () => {
    expect((await models.Note.queryByIndex('byText', 'same', null, { countOnly: true })).count).toBe(3);
    await expect(models.Note.queryByIndex('byKind', 'a', null, { countOnly: true })).rejects.toThrow('it does not hold deletedAt');
    expect((await models.Note.queryByIndex('byKind', 'a', null, { countOnly: true, includeDeleted: true })).count).toBe(5);
  });

  it('refuses a filter over what it does not hold, before DynamoDB is asked', async () => {
    store.takeOperations();
    const filtering = models.Note.queryByIndex('byKind', 'a', null, { filter: { text: 'same' } });
    await expect(filtering).rejects.toThrow(QueryError);
    await expect(filtering).rejects.toThrow("Filter on 'byKind' references attribute(s) that aren't projected: [text]");
    expect(store.takeOperations()).toEqual([]);
    expect((await models.Note.queryByIndex('byText', 'same', null, { filter: { text: 'same' } })).count).toBeGreaterThan(0);
  });
});
