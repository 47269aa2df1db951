import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  actions,
  BaoModel,
  ConfigurationError,
  fields,
  IndexConfig,
  initModels,
  PrimaryKeyConfig,
  restore,
  runWithBatchContext,
  transactWrite,
  UniqueConstraintConfig,
} from '../../src/bao/index.ts';
import type { ModelManager } from '../../src/bao/index.ts';
import { openTestTable } from './setup.ts';
import type { TestTable } from './setup.ts';

class Session extends BaoModel {
  static override modelPrefix = 'ss';
  static override keyEncoding = 'ordered' as const;
  static override iterable = true;
  static override iterationBuckets = 1;
  static override fields = {
    sessionId: fields.StringField({ required: true }),
    owner: fields.StringField(),
    token: fields.StringField(),
    ttl: fields.TtlField(),
  };
  static override primaryKey = PrimaryKeyConfig('sessionId');
  static override indexes = { sessionsOf: IndexConfig('owner', 'sessionId', 'gsi1') };
  static override uniqueConstraints = { uniqueToken: UniqueConstraintConfig('token', '_uc1') };
}

class Document extends BaoModel {
  static override modelPrefix = 'do';
  static override keyEncoding = 'ordered' as const;
  static override iterable = true;
  static override iterationBuckets = 1;
  static override softDelete = 'deletedAt';
  static override fields = {
    documentId: fields.StringField({ required: true }),
    folder: fields.StringField(),
    slug: fields.StringField(),
    title: fields.StringField(),
    deletedAt: fields.DateTimeField(),
    revision: fields.VersionField(),
  };
  static override primaryKey = PrimaryKeyConfig('documentId');
  static override indexes = { documentsIn: IndexConfig('folder', 'documentId', 'gsi1') };
  static override uniqueConstraints = { uniqueSlug: UniqueConstraintConfig('slug', '_uc1') };
}

const MODELS = { Session, Document };
let table: TestTable;
let manager: ModelManager<typeof MODELS>;

beforeAll(async () => {
  table = await openTestTable();
  manager = initModels({ models: MODELS, store: table.store, db: { tableName: table.tableName }, logging: { level: 'ERROR' } });
});
beforeEach(() => void table.store.takeOperations());
afterEach(() => vi.restoreAllMocks());
afterAll(() => table.drop());

const PAST = new Date(Date.now() - 60_000);
const FUTURE = new Date(Date.now() + 60_000);
const collect = async <Item>(pages: AsyncIterable<Item[]>): Promise<Item[]> => {
  const items: Item[] = [];
  for await (const page of pages) items.push(...page);
  return items;
};

describe('a row whose ttl has passed', () => {
  beforeAll(async () => {
    await manager.models.Session.create({ sessionId: 'past', owner: 'a', token: 'p', ttl: PAST });
    await manager.models.Session.create({ sessionId: 'future', owner: 'a', token: 'f', ttl: FUTURE });
    await manager.models.Session.create({ sessionId: 'never', owner: 'a' });
  });

  it('is not found, in a batch context or outside, unless it is asked for', async () => {
    const look = async () => {
      const { Session: model } = manager.models;
      const shown = await Promise.all(['past', 'future', 'never'].map(async (id) => (await model.find(id)).exists()));
      const { items } = await model.batchFind(['past', 'future']);
      const all = await model.find('past', { includeExpired: true });
      const byToken = await model.findByUniqueConstraint('uniqueToken', 'p');
      return [shown, Object.keys(items), all.exists(), byToken.exists(), (await model.find('past', { fields: ['owner'] })).exists()];
    };
    const expected = [[false, true, true], ['future'], true, false, false];
    expect(await look()).toEqual(expected);
    expect(await runWithBatchContext(look)).toEqual(expected);
  });

  it('is in no list and no count', async () => {
    const list = async (options: object) => {
      const page = await manager.models.Session.queryByIndex('sessionsOf', 'a', null, options);
      return [page.items.map(({ sessionId }) => sessionId), page.count];
    };
    expect(await list({})).toEqual([['future', 'never'], 2]);
    expect(await list({ filter: { token: { $exists: true } } })).toEqual([['future'], 1]);
    expect(await list({ countOnly: true })).toEqual([[], 2]);
    expect(await list({ includeExpired: true })).toEqual([['future', 'never', 'past'], 3]);
    const ids = async (options: object) => (await collect(manager.models.Session.iterateAll(options))).map((one) => one.getPrimaryId());
    expect(await ids({})).toEqual(['future', 'never']);
    expect(await ids({ includeExpired: true })).toEqual(['future', 'never', 'past']);
  });

  it('pages on with the cursor of an earlier moment', async () => {
    const first = await manager.models.Session.queryByIndex('sessionsOf', 'a', null, { limit: 1 });
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 5000);
    const second = await manager.models.Session.queryByIndex('sessionsOf', 'a', null, { startKey: first.lastEvaluatedKey ?? null });
    expect(second.items.map(({ sessionId }) => sessionId)).toEqual(['never']);
  });

  it('cannot be updated, unless it is asked for', async () => {
    const { Session: model } = manager.models;
    await model.create({ sessionId: 'late', owner: 'c', ttl: PAST });
    await expect(model.update('late', { owner: 'd' })).rejects.toMatchObject({ code: 'not_found' });
    await expect(model.update('late', { owner: 'd' }, { condition: { owner: 'c' } })).rejects.toMatchObject({ code: 'not_found' });
    await model.update('late', { ttl: FUTURE }, { includeExpired: true });
    expect((await model.update('late', { owner: 'd' })).owner).toBe('d');
  });

  it('makes way for an upsert', async () => {
    await manager.models.Session.create({ sessionId: 'window', owner: 'old', ttl: PAST });
    const { item, created } = await manager.models.Session.upsert({ sessionId: 'window', ttl: FUTURE });
    expect([created, item.owner]).toEqual([true, null]);
  });

  it('gives its key to a new object, and its unique values with it', async () => {
    await manager.models.Session.create({ sessionId: 'reused', token: 'old', ttl: PAST });
    const again = await manager.models.Session.create({ sessionId: 'reused', token: 'new', owner: 'b' });
    expect(again.toJSON()).toEqual({ sessionId: 'reused', token: 'new', owner: 'b' });
    await manager.models.Session.create({ sessionId: 'other', token: 'old' });
    await expect(manager.models.Session.create({ sessionId: 'reused' })).rejects.toMatchObject({ code: 'conflict' });
  });
});

describe('a unique value whose object is over', () => {
  const create = (sessionId: string, token: string, ttl: Date | null = null) => manager.models.Session.create({ sessionId, token, ttl });
  const owner = async (token: string) => {
    const found = await manager.models.Session.findByUniqueConstraint('uniqueToken', token);
    return found.exists() ? found.sessionId : null;
  };
  /** what DynamoDB does with a row whose time has come */
  const removeRow = async (sessionId: string) => {
    const Key = { _pk: { S: `ss#${sessionId}` }, _sk: { S: 'ss' } };
    expect(await table.client.execute('DeleteItem', { TableName: table.tableName, Key })).toMatchObject({ ok: true });
  };

  it('is free for a new object, when DynamoDB has removed the row and when it has not', async () => {
    await create('over1', 'removed', PAST);
    await removeRow('over1');
    await create('over2', 'expired', PAST);
    await create('next1', 'removed');
    await create('next2', 'expired');
    expect([await owner('removed'), await owner('expired')]).toEqual(['next1', 'next2']);
    await expect(create('next3', 'expired')).rejects.toMatchObject({ code: 'conflict', operation: 'unique_constraint' });
  });

  it('is free for an update, a save and a transaction', async () => {
    const { Session: model } = manager.models;
    for (const name of ['u', 's', 't1', 't2']) await create(`over-${name}`, `of-${name}`, PAST);
    await removeRow('over-s');
    await removeRow('over-t2');
    const saved = await create('saved', 'saved');
    saved.token = 'of-s';
    await saved.save();
    await create('updated', 'updated');
    await model.update('updated', { token: 'of-u' });
    await transactWrite([
      actions.create(model, { sessionId: 'first', token: 'of-t1' }),
      actions.update(model, 'updated', { owner: 'x' }),
      actions.create(model, { sessionId: 'second', token: 'of-t2' }),
    ]);
    expect(await Promise.all(['u', 's', 't1', 't2'].map((name) => owner(`of-${name}`)))).toEqual(['updated', 'saved', 'first', 'second']);
  });

  it('goes to one of those who want it at once', async () => {
    await create('over-race', 'wanted', PAST);
    const tries = await Promise.allSettled(Array.from({ length: 6 }, (_, at) => create(`racer${at}`, 'wanted')));
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await owner('wanted')).toBe(`racer${tries.findIndex(({ status }) => status === 'fulfilled')}`);
  });

  it('stays with an object that is brought back to life at the same moment', async () => {
    await create('revived', 'kept', PAST);
    const { execute } = table.store;
    const reviving = vi.spyOn(table.store, 'execute').mockImplementation(async function (
      this: typeof table.store,
      operation,
      input,
      context,
    ) {
      const result = await execute.call(this, operation, input, context);
      const isOwnersRow = operation === 'GetItem' && JSON.stringify(input).includes('ss#revived');
      if (isOwnersRow) {
        reviving.mockRestore();
        await manager.models.Session.update('revived', { ttl: FUTURE }, { includeExpired: true });
      }
      return result;
    });
    await expect(create('thief', 'kept')).rejects.toMatchObject({ operation: 'unique_constraint' });
    expect(await owner('kept')).toBe('revived');
  });

  it('goes with the expired row, which cannot be brought back without it', async () => {
    const { Session: model } = manager.models;
    await create('lapsed', 'lapsed', PAST);
    await create('heir', 'lapsed');
    const revival = model.update('lapsed', { ttl: FUTURE }, { includeExpired: true });
    await expect(revival).rejects.toMatchObject({ code: 'not_found' });
    await create('lapsed', 'another');
    expect([await owner('lapsed'), await owner('another')]).toEqual(['heir', 'lapsed']);
  });

  it('is free when an object of the same id has come to have another one', async () => {
    await create('reborn', 'first life', PAST);
    await removeRow('reborn');
    await create('reborn', 'second life');
    await create('stranger', 'first life');
    expect([await owner('first life'), await owner('second life')]).toEqual(['stranger', 'reborn']);
  });
});

describe('an object that is deleted softly', () => {
  it('stays as a row, and is found by those who ask for it', async () => {
    const { Document: model } = manager.models;
    await model.create({ documentId: 'd1', folder: 'f', title: 'one' });
    await model.create({ documentId: 'd2', folder: 'f', title: 'two' });
    const deleted = await model.delete('d1');
    expect(deleted.deletedAt).toBeInstanceOf(Date);
    expect(await table.row('do#d1', 'do')).toMatchObject({ title: { S: 'one' } });
    expect((await model.find('d1')).exists()).toBe(false);
    expect((await model.find('d1', { includeDeleted: true })).exists()).toBe(true);
    const ids = async (options: object) => (await model.queryByIndex('documentsIn', 'f', null, options)).items.map((one) => one.documentId);
    expect([await ids({}), await ids({ includeDeleted: true })]).toEqual([['d2'], ['d1', 'd2']]);
    expect((await collect(model.iterateAll())).map((one) => one.getPrimaryId())).toEqual(['d2']);
    expect((await collect(model.scanAll({ segments: 1 }))).map((one) => one.getPrimaryId())).toEqual(['d2']);
  });

  it('is no longer found in the batch context that deleted it', async () => {
    await runWithBatchContext(async () => {
      await manager.models.Document.create({ documentId: 'd3' });
      await manager.models.Document.delete('d3');
      expect((await manager.models.Document.find('d3')).exists()).toBe(false);
    });
  });

  it('cannot be changed or deleted again, and can be restored', async () => {
    const { Document: model } = manager.models;
    const created = await model.create({ documentId: 'd4', title: 'kept', slug: 's4' });
    await model.delete('d4');
    await expect(model.update('d4', { title: 'x' })).rejects.toMatchObject({ code: 'not_found' });
    await expect(model.delete('d4')).rejects.toMatchObject({ code: 'not_found' });
    await expect(model.create({ documentId: 'd4' })).rejects.toMatchObject({ code: 'conflict' });
    await expect(model.create({ documentId: 'd5', slug: 's4' })).rejects.toMatchObject({ code: 'conflict' });
    created.title = 'changed meanwhile';
    await expect(created.save()).rejects.toMatchObject({ code: 'not_found' });
    const restored = await restore(model, 'd4');
    expect(restored.toJSON()).toMatchObject({ documentId: 'd4', title: 'kept', slug: 's4' });
    expect((await model.findByUniqueConstraint('uniqueSlug', 's4')).exists()).toBe(true);
    expect((await model.update('d4', { title: 'y' })).title).toBe('y');
  });

  it('obeys conditions', async () => {
    const { Document: model } = manager.models;
    const created = await model.create({ documentId: 'd6', title: 'one' });
    await expect(model.delete('d6', { condition: { title: 'two' } })).rejects.toThrow('Delete condition not met');
    expect((await model.delete('d6', { condition: { revision: created.revision } })).deletedAt).not.toBeNull();
  });

  it('is gone after a hard delete, with its unique values', async () => {
    const { Document: model } = manager.models;
    await model.create({ documentId: 'd7', slug: 's7' });
    await model.delete('d7');
    await model.delete('d7', { hard: true });
    expect(await table.row('do#d7', 'do')).toBeNull();
    await model.create({ documentId: 'd8', slug: 's7' });
  });

  it('lives again when it is replaced or upserted', async () => {
    const { Document: model } = manager.models;
    await model.create({ documentId: 'd11', title: 'kept' });
    await model.delete('d11');
    const { item, created } = await model.upsert({ documentId: 'd11', folder: 'g' });
    expect([created, item.title, item.deletedAt]).toEqual([false, 'kept', null]);
    await model.create({ documentId: 'd9', slug: 's9' });
    await model.delete('d9');
    expect((await model.replace({ documentId: 'd9', title: 'new' })).created).toBe(false);
    expect((await model.find('d9')).exists()).toBe(true);
    await model.create({ documentId: 'd10', slug: 's9' });
  });

  it('needs an optional DateTimeField, and a model that has it', () => {
    class Wrong extends BaoModel {
      static override modelPrefix = 'wr';
      static override fields = { id: fields.StringField(), gone: fields.BooleanField() };
      static override primaryKey = PrimaryKeyConfig('id');
      static override softDelete = 'gone';
    }
    expect(() => initModels({ models: { Wrong } })).toThrow('softDelete needs an optional DateTimeField');
    expect(() => restore(manager.models.Session, 'x')).toThrow(ConfigurationError);
  });
});
