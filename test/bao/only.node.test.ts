import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  actions,
  BaoError,
  BaoModel,
  ConditionalError,
  fields,
  filteredFields,
  IndexConfig,
  initModels,
  ItemNotFoundError,
  PrimaryKeyConfig,
  transactWrite,
} from '../../src/bao/index.ts';
import type { StoredObject } from '../../src/bao/index.ts';
import { addSearchIndex } from './search-setup.ts';
import { openTestTable } from './setup.ts';
import type { TestTable } from './setup.ts';

class Note extends BaoModel {
  static override modelPrefix = 'no';
  static override keyEncoding = 'ordered' as const;
  static override iterable = true;
  static override iterationBuckets = 1;
  static override searchable = true;
  static override searchConfig = { fields: ['title'] };
  static override fields = {
    noteId: fields.StringField({ required: true }),
    ownerId: fields.StringField(),
    folder: fields.StringField(),
    title: fields.StringField(),
    pinned: fields.BooleanField(),
    createdAt: fields.CreateDateField(),
    address: fields.MapField({ city: fields.StringField() }),
  };
  static override primaryKey = PrimaryKeyConfig('noteId');
  static override indexes = {
    notesIn: IndexConfig('folder', 'noteId', 'gsi1'),
    keysIn: IndexConfig('folder', 'title', 'gsi2', { projection: 'KEYS_ONLY' }),
  };
}

const MODELS = { Note };
const MINE = { ownerId: 'me' };
let table: TestTable;

beforeAll(async () => {
  table = await openTestTable();
  await addSearchIndex(table.tableName);
  initModels({
    models: MODELS,
    store: table.store,
    db: { tableName: table.tableName, iterationIndexName: 'iter_search_index' },
    cursorKeys: [{ id: 'k', secret: new Uint8Array(32) }],
    logging: { level: 'ERROR' },
  });
});
beforeEach(() => void table.store.takeOperations());
afterAll(() => table.drop());

const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'done',
    (error: unknown) => (error instanceof BaoError ? error.code : error),
  );

describe('reads of only some objects', () => {
  beforeAll(async () => {
    for (const [noteId, ownerId] of Object.entries({ a: 'you', b: 'me', c: 'you', d: 'me' }))
      await Note.create({ noteId, ownerId, folder: 'f', title: `title ${noteId}` });
  });

  it('find them alone', async () => {
    expect((await Note.find('b', { only: MINE })).exists()).toBe(true);
    expect((await Note.find('a', { only: MINE })).exists()).toBe(false);
    expect((await Note.find('b', { only: MINE, fields: ['title'] })).exists()).toBe(true);
    expect(Object.keys((await Note.batchFind(['a', 'b', 'c'], { only: MINE })).items)).toEqual(['b']);
  });

  it('list and count them alone, by a condition that DynamoDB applies', async () => {
    const page = await Note.queryByIndex('notesIn', 'f', null, { only: MINE, fillPage: true, limit: 2 });
    expect(page.items.map(({ noteId }) => noteId)).toEqual(['b', 'd']);
    expect((await Note.queryByIndex('notesIn', 'f', null, { only: MINE, countOnly: true })).count).toBe(2);
    expect((await Note.queryByIndex('notesIn', 'f', null, { only: MINE, fields: ['title'] })).items.length).toBe(2);
    expect(JSON.stringify(table.store.requests.map(({ input }) => input))).toContain('FilterExpression');
  });

  it('list them by an index that does not say which they are, and refuse to count by it', async () => {
    const page = await Note.queryByIndex('keysIn', 'f', null, { only: MINE });
    expect(page.items.map(({ noteId }) => noteId)).toEqual(['b', 'd']);
    const held = await Note.queryByIndex('keysIn', 'f', null, { only: MINE, fields: ['noteId'] });
    expect(held.items.map(({ noteId }) => noteId)).toEqual(['b', 'd']);
    await expect(Note.queryByIndex('keysIn', 'f', null, { only: MINE, countOnly: true })).rejects.toThrow(/can not count.*ownerId/);
  });

  it('walk and search them alone', async () => {
    const walked: unknown[] = [];
    for await (const batch of Note.iterateAll({ only: MINE })) walked.push(...batch.map(({ noteId }) => noteId));
    expect(walked).toEqual(['b', 'd']);
    expect((await Note.searchAll(['title'], { only: MINE })).items.map(({ noteId }) => noteId)).toEqual(['b', 'd']);
  });

  it('have cursors that are good for the same objects only', async () => {
    const { cursor } = await Note.queryByIndex('notesIn', 'f', null, { only: MINE, limit: 2 });
    const found = await Note.searchAll(['title'], { only: MINE, limit: 1 });
    for (const only of [null, { ownerId: 'you' }]) {
      expect(await codeOf(Note.queryByIndex('notesIn', 'f', null, { only, cursor: cursor ?? '' }))).toBe('invalid_cursor');
      expect(await codeOf(Note.searchAll(['title'], { only, cursor: found.cursor }))).toBe('invalid_cursor');
    }
    expect(await codeOf(Note.queryByIndex('notesIn', 'f', null, { only: MINE, cursor: cursor ?? '' }))).toBe('done');
  });

  it('take null for objects without a value, and no field that there is not', async () => {
    await Note.create({ noteId: 'nobodys', folder: 'n' });
    expect((await Note.queryByIndex('notesIn', 'n', null, { only: { ownerId: null } })).items.length).toBe(1);
    await expect(Note.find('a', { only: { colour: 'red' } })).rejects.toThrow(/only: expected values of fields of Note, got colour/);
    await expect(Note.find('a', { only: { ownerId: undefined } })).rejects.toThrow(TypeError);
  });
});

describe('writes to only some objects', () => {
  beforeEach(async () => {
    await Note.replace({ noteId: 'theirs', ownerId: 'you', title: 'old' });
    await Note.replace({ noteId: 'mine', ownerId: 'me', title: 'old' });
  });

  it('find no others, whatever else is demanded of them', async () => {
    for (const condition of [null, { title: 'old' }, { title: 'new' }]) {
      await expect(Note.update('theirs', { title: 'x' }, { only: MINE, condition })).rejects.toThrow(ItemNotFoundError);
      await expect(Note.delete('theirs', { only: MINE, condition })).rejects.toThrow(ItemNotFoundError);
      await expect(Note.update('nobodys', { title: 'x' }, { only: MINE, condition })).rejects.toThrow(ItemNotFoundError);
      for (const id of ['theirs', 'nothing'])
        expect(await codeOf(transactWrite([actions.check(Note, id, condition, { only: MINE })])), id).toBe('not_found');
    }
    const theirs = await Note.find('theirs');
    expect(theirs.exists() && theirs.title).toBe('old');
    expect((await Note.update('mine', { title: 'x' }, { only: MINE })).title).toBe('x');
    await Note.delete('mine', { only: MINE });
  });

  it('are one request each', async () => {
    table.store.takeOperations();
    await Note.update('mine', { pinned: true }, { only: MINE });
    await Note.delete('mine', { only: MINE });
    expect(table.store.takeOperations()).toEqual(['UpdateItem', 'DeleteItem']);
  });

  it('hold in a transaction, where others are as good as missing', async () => {
    expect(await codeOf(transactWrite([actions.update(Note, 'theirs', { title: 'x' }, { only: MINE })]))).toBe('not_found');
    expect(await codeOf(transactWrite([actions.delete(Note, 'theirs', { only: MINE })]))).toBe('not_found');
    expect(await codeOf(transactWrite([actions.missing(Note, 'theirs', { only: MINE })]))).toBe('done');
    expect(await codeOf(transactWrite([actions.missing(Note, 'mine', { only: MINE })]))).toBe('conflict');
    expect(await codeOf(transactWrite([actions.missing(Note, 'theirs')]))).toBe('conflict');
  });

  it('upsert no object that is not among them', async () => {
    expect(await codeOf(Note.upsert({ noteId: 'theirs', ownerId: 'me', title: 'x' }, { only: MINE }))).toBe('conflict');
    expect((await Note.upsert({ noteId: 'mine', title: 'x' }, { only: MINE })).created).toBe(false);
  });
});

describe('a replace with a basis', () => {
  const keepOwner = (stored: StoredObject | null): Record<string, unknown> => (stored ? { ownerId: stored.get('ownerId') } : {});

  it('writes what is decided from what there is', async () => {
    await Note.create({ noteId: 'kept', ownerId: 'me', title: 'old' });
    const basis = { fields: ['ownerId'], decide: keepOwner };
    const { item, created } = await Note.replace({ noteId: 'kept', title: 'new' }, { basis });
    expect([created, item.ownerId, item.title]).toEqual([false, 'me', 'new']);
    expect((await Note.replace({ noteId: 'fresh', title: 'new' }, { basis })).created).toBe(true);
    const [{ ownerId }] = await transactWrite([actions.replace(Note, { noteId: 'kept', title: 'newer' }, { basis })]);
    expect(ownerId).toBe('me');
  });

  it('decides anew when what it depends on has changed meanwhile', async () => {
    await Note.create({ noteId: 'moving', ownerId: 'me', title: 'old' });
    // The owner changes between the read and the write.
    const execute = table.store.execute.bind(table.store);
    table.store.execute = async (operation, input, context) => {
      const result = await execute(operation, input, context);
      table.store.execute = execute;
      await Note.update('moving', { ownerId: 'you' });
      return result;
    };
    const seen: unknown[] = [];
    const decide = (stored: StoredObject | null): Record<string, unknown> => {
      seen.push(stored?.get('ownerId'));
      return keepOwner(stored);
    };
    const { item } = await Note.replace({ noteId: 'moving', title: 'new' }, { basis: { fields: ['ownerId'], decide } });
    expect([seen, item.ownerId, item.title]).toEqual([['me', 'you'], 'you', 'new']);
  });

  it('writes nothing when it throws', async () => {
    await Note.create({ noteId: 'refused', title: 'old' });
    const basis = {
      fields: [],
      decide: () => {
        throw new ConditionalError('not this one');
      },
    };
    await expect(Note.replace({ noteId: 'refused', title: 'new' }, { basis })).rejects.toThrow('not this one');
    const refused = await Note.find('refused');
    expect(refused.exists() && refused.title).toBe('old');
  });

  it('compares given values with stored ones', async () => {
    await Note.create({ noteId: 'compared', ownerId: 'me', address: { city: 'Bern' } });
    let stored: StoredObject | null = null;
    const basis = { fields: ['ownerId'], decide: (found: StoredObject | null) => ((stored = found), {}) };
    await Note.replace({ noteId: 'compared' }, { basis });
    const held = (name: string, value: unknown) => stored?.holds(name, value);
    expect([held('ownerId', 'me'), held('ownerId', 'you'), held('ownerId', null), held('title', null)]).toEqual([true, false, false, true]);
    expect([held('address', { city: 'Bern' }), held('address', { city: 'Basel' })]).toEqual([true, false]);
  });
});

describe('the fields of a filter', () => {
  it.each([
    [{}, []],
    [{ title: 'x', ownerId: { $exists: true } }, ['title', 'ownerId']],
    [{ $and: [{ title: 'x' }, { $or: [{ folder: 'f' }] }], $not: { pinned: true } }, ['title', 'folder', 'pinned']],
    [{ 'address.city': 'Bern' }, ['address']],
    [{ _searchText: { $contains: 'x' } }, ['title']],
    [{ colour: 'red' }, ['colour']],
    [null, []],
  ])('of %j are %j', (filter, expected) => {
    expect([...filteredFields(Note, filter)]).toEqual(expected);
  });
});
