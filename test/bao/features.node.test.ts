import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  BaoModel,
  createDateField,
  dateTimeField,
  fields,
  IndexConfig,
  initModels,
  integerField,
  PrimaryKeyConfig,
  runWithBatchContext,
  stringField,
  ulidField,
} from '../../src/bao/core.ts';
import { openTestTable } from './setup.ts';
import type { TestTable } from './setup.ts';

class Note extends BaoModel {
  static override modelPrefix = 'no';
  static override keyEncoding = 'ordered' as const;
  static override fields: Record<string, ReturnType<typeof stringField>> = {
    noteId: ulidField({ autoAssign: true }),
    author: stringField({ required: true }),
    rank: integerField({ required: true }),
    text: stringField(),
    deletedAt: dateTimeField(),
    createdAt: createDateField(),
  };
  static override primaryKey = PrimaryKeyConfig('noteId');
  static override indexes = { notesByAuthor: IndexConfig('author', 'rank', 'gsi1') };
}

let table: TestTable;
beforeAll(async () => {
  table = await openTestTable();
});
afterAll(() => table.drop());

/** The model, with statics that ask for more; each test has a class and a tenant of its own. */
function configure(statics: Partial<Record<keyof typeof Note, unknown>>, settings: object = {}) {
  const model = class extends Note {};
  Object.defineProperty(model, 'name', { value: 'Note' });
  for (const [name, value] of Object.entries(statics)) Object.defineProperty(model, name, { value });
  const { store, tableName } = table;
  return initModels({ models: { Note: model }, store, db: { tableName }, tenantId: crypto.randomUUID(), ...settings }).models.Note;
}

describe('the core of the layer', () => {
  it('creates, reads, lists, changes and deletes', async () => {
    const model = configure({});
    const [first, second] = await Promise.all([1, 2].map((rank) => model.create({ author: 'ada', rank, text: `note ${rank}` })));
    const id = first?.getPrimaryId() ?? '';

    await model.update(id, { rank: { $add: 2 } }, { condition: { text: { $beginsWith: 'note' } } });
    const { items } = await model.queryByIndex('notesByAuthor', 'ada', { rank: { $gte: 2 } }, { filter: { text: { $exists: true } } });
    expect(items.map((note) => note.get('rank'))).toEqual([2, 3]);

    const found = await runWithBatchContext(() => model.batchFind([id, second?.getPrimaryId()]));
    expect(Object.keys(found.items)).toHaveLength(2);
    expect(JSON.parse(JSON.stringify(items[1]))).toMatchObject({ author: 'ada', rank: 3, text: 'note 1' });

    await model.delete(id);
    expect((await model.find(id)).exists()).toBe(false);
  });

  it('keeps the objects of later versions of a program from being misread', async () => {
    const model = configure({});
    const note = await model.create({ author: 'ada', rank: 1 });
    const [row] = (await table.rows()).filter(({ _pk }) => _pk && 'S' in _pk && _pk.S.endsWith(note.getPrimaryId()));
    await table.putRow({ ...row, _schemaVersion: { N: '2' } });

    await expect(model.find(note.getPrimaryId())).rejects.toThrow('a row of version 2 of Note, of which this program knows 1');
    await expect(model.update(note.getPrimaryId(), { rank: 2 })).rejects.toThrow('a row of version 2 of Note');
  });
});

describe('a part that the core leaves out', () => {
  it.each([
    ['soft-delete', { softDelete: 'deletedAt' }],
    ['iteration-keys', { iterable: true }],
    ['search-text', { searchable: true, searchConfig: { fields: ['text'] } }],
    ['schema-versions', { schemaVersion: 2, upcasters: { 1: (attributes: object) => attributes } }],
    ['index-projections', { indexes: { byAuthor: IndexConfig('author', 'rank', 'gsi1', { projection: 'KEYS_ONLY' }) } }],
  ])('is asked for by its import where a model needs %s, and then there', async (name, statics) => {
    expect(() => configure(statics)).toThrow(`import 'steamer/bao/${name}'`);

    await import(`../../src/bao/${name}.ts`);

    const model = configure(statics);
    const note = await model.create({ author: 'ada', rank: 1, text: 'Hello' });
    expect((await model.find(note.getPrimaryId())).exists()).toBe(true);
  });

  it.each([
    ['cursors', { cursorKeys: [{ id: 'k1', secret: new Uint8Array(32) }] }],
    ['logging', { logging: { level: 'ERROR' } }],
    ['middleware', { middleware: [(request: unknown, next: (request: unknown) => unknown) => next(request)] }],
  ])('is asked for by its import where the configuration needs %s, and then there', async (name, settings) => {
    expect(() => configure({}, settings)).toThrow(`import 'steamer/bao/${name}'`);

    await import(`../../src/bao/${name}.ts`);

    expect(await configure({}, settings).create({ author: 'ada', rank: 1 })).toMatchObject({ author: 'ada' });
  });

  it('is asked for where a value has another type than its field, and then stores it', async () => {
    class Tags extends fields.StringFieldClass {
      override toDy = () => new Set(['a', 'b']);
    }
    const create = () => configure({ fields: { ...Note.fields, text: new Tags() } }).create({ author: 'ada', rank: 1, text: 'a, b' });
    await expect(create()).rejects.toThrow(`import 'steamer/bao/attribute-types'`);

    await import('../../src/bao/attribute-types.ts');

    expect((await create()).get('text')).toEqual(new Set(['a', 'b']));
  });

  it('checks models that are written by hand: their checks', async () => {
    const indexes = { first: IndexConfig('author', 'rank', 'gsi1'), second: IndexConfig('rank', 'author', 'gsi1') };
    expect(() => configure({ indexes }).queryByIndex('first', 'ada')).not.toThrow();

    await import('../../src/bao/model-checks.ts');

    expect(() => configure({ indexes })).toThrow('indexes first and second both use gsi1');
  });

  it('is asked for where a save has constraints', async () => {
    const note = await configure({}).create({ author: 'ada', rank: 1 });
    const save = () => note.save({ constraints: { fieldMatches: 'rank' }, forceReindex: true });
    await expect(save()).rejects.toThrow(`import 'steamer/bao/save-constraints'`);

    await import('../../src/bao/save-constraints.ts');

    await expect(save()).resolves.toBe(note);
  });

  it("is not missed where DynamoDB says the same: an item's limit", async () => {
    const create = () => configure({}).create({ author: 'ada', rank: 1, text: 'x'.repeat(410_000) });
    await expect(create()).rejects.toMatchObject({ code: 'item_too_large' });
    table.store.takeOperations();

    await import('../../src/bao/item-limits.ts');

    await expect(create()).rejects.toMatchObject({ code: 'item_too_large' });
    expect(table.store.takeOperations()).toEqual([]);
  });

  it('is asked for where a field has a schema', async () => {
    const schema = { '~standard': { version: 1 as const, vendor: 'test', validate: () => ({ issues: [{ message: 'never' }] }) } };
    expect(() => stringField({ schema })).toThrow(`import 'steamer/bao/standard-schemas'`);

    await import('../../src/bao/standard-schemas.ts');

    expect(() => stringField({ schema }).validate('text')).toThrow('never');
  });
});
