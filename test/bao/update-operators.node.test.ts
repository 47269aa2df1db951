import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BaoModel, fields, initModels, PrimaryKeyConfig, runWithBatchContext, ValidationError } from '../../src/bao/index.ts';
import type { ModelManager } from '../../src/bao/index.ts';
import { MODELS } from './models.ts';
import { openTestTable } from './setup.ts';
import type { TestTable } from './setup.ts';

class Cart extends BaoModel {
  static override modelPrefix = 'ca';
  static override fields = {
    cartId: fields.StringField({ required: true }),
    items: fields.ListField(fields.StringField()),
    total: fields.FloatField({ precision: 2 }),
    points: fields.IntegerField({ defaultValue: 10 }),
    labels: fields.StringSetField({ maxMemberCount: 2 }),
    owners: fields.StringSetField({ required: true }),
  };
  static override primaryKey = PrimaryKeyConfig('cartId');
}

let table: TestTable;
let manager: ModelManager<typeof MODELS & { Cart: typeof Cart }>;

beforeAll(async () => {
  table = await openTestTable();
  const db = { tableName: table.tableName };
  manager = initModels({ models: { ...MODELS, Cart }, store: table.store, db, logging: { level: 'ERROR' } });
});
beforeEach(() => void table.store.takeOperations());
afterAll(() => table.drop());

describe('operators in updates', () => {
  it('are applied by DynamoDB to the value of that moment, without a read', async () => {
    const { Cart: Carts } = manager.models;
    await Carts.create({ cartId: 'o1', items: ['b'], owners: ['ada'] });
    table.store.takeOperations();
    await Carts.update('o1', { total: { $add: 1.5 }, points: { $add: -3 }, items: { $append: ['c'] } });
    await Carts.update('o1', { total: { $add: 1 }, items: { $prepend: ['a'] }, owners: { $add: ['bob', 'eve'] } });
    const cart = await Carts.update('o1', { items: { $remove: [1] } });
    expect(table.store.takeOperations()).toEqual(['UpdateItem', 'UpdateItem', 'UpdateItem']);
    expect([cart.total, cart.points, cart.items, cart.owners]).toEqual([2.5, 7, ['a', 'c'], new Set(['ada', 'bob', 'eve'])]);
  });

  it('lose nothing when many are applied at once', async () => {
    const { Task } = manager.models;
    await Task.create({ taskId: 'o2', tags: ['seed'] });
    await Promise.all(Array.from({ length: 30 }, (_, at) => Task.update('o2', { views: { $add: 1 }, tags: { $add: [`t${at}`] } })));
    const task = await Task.find('o2', { consistent: true });
    expect(task.exists() && [task.views, task.tags.size]).toEqual([130, 31]);
  });

  it('keep index keys right when the value is a part of one', async () => {
    const { Task } = manager.models;
    await Task.create({ taskId: 'o3', kind: 'o3', rank: 0.1, hits: 1, weight: 5 });
    await Promise.all([
      ...Array.from({ length: 10 }, () => Task.update('o3', { rank: { $add: 0.2 } })),
      ...Array.from({ length: 10 }, () => Task.update('o3', { hits: { $add: 1 }, weight: { $add: -1 } })),
    ]);
    const { items } = await Task.queryByIndex('tasksByHits', 'o3', { hits: 11 });
    expect(items.map(({ hits, weight }) => [hits, weight])).toEqual([[11, -5]]);
    const rank = Number(items[0]?.rank);
    expect(rank).toBeCloseTo(2.1, 10);
    expect((await Task.queryByIndex('tasksByKind', 'o3', { rank })).count).toBe(1);
  });

  it('change unique values with their guard rows', async () => {
    const { Account } = manager.models;
    const { accountId } = await Account.create({ email: 'a@o4', number: 40 });
    await Account.update(accountId, { number: { $add: 2 } });
    const [old, now] = await Promise.all([40, 42].map((number) => Account.findByUniqueConstraint('uniqueNumber', number)));
    expect([old?.exists(), now?.exists()]).toEqual([false, true]);
  });

  it('count from the default of a field that is unset, and of a row that was written without it', async () => {
    const { Cart: Carts, Task } = manager.models;
    await table.putRow({ _pk: { S: 'ca#o5' }, _sk: { S: 'ca' }, cartId: { S: 'o5' } });
    const cart = await Carts.update('o5', { points: { $add: 1 }, total: { $add: 2.25 }, items: { $append: ['x'] } });
    expect([cart.points, cart.total, cart.items]).toEqual([11, 2.25, ['x']]);
    await Task.create({ taskId: 'o5', weight: 9_007_199_254_740_991 });
    expect((await Task.update('o5', { weight: { $add: 4n } })).weight).toBe(9_007_199_254_740_995n);
  });

  it('keep the digits of a float to its precision, and a large one a float', async () => {
    const { Cart: Carts, Task } = manager.models;
    await Carts.create({ cartId: 'digits', total: 1, owners: ['ada'] });
    expect((await Carts.update('digits', { total: { $add: 0.016 } })).total).toBe(1.02);
    await Task.create({ taskId: 'digits', kind: 'digits', rank: 1e16 });
    expect((await Task.update('digits', { rank: { $add: 2 } })).rank).toBe(10_000_000_000_000_002);
  });

  it('respect what the field limits as a whole', async () => {
    const { Cart: Carts } = manager.models;
    await Carts.create({ cartId: 'o6', labels: ['a'], owners: ['ada'] });
    await Carts.update('o6', { labels: { $add: ['b'] } });
    await expect(Carts.update('o6', { labels: { $add: ['c'] } })).rejects.toThrow('at most 2 members');
    await expect(Carts.update('o6', { owners: { $delete: ['ada'] } })).rejects.toThrow('Field is required: owners');
    const cart = await Carts.update('o6', { labels: { $delete: ['a', 'b'] } });
    expect(cart.labels).toEqual(new Set());
  });

  it('work on an object that is saved', async () => {
    const { Task } = manager.models;
    await runWithBatchContext(async () => {
      const task = await Task.create({ taskId: 'o7', tags: ['a'] });
      Object.assign(task, { views: { $add: 1 }, tags: { $add: ['b'] } });
      await task.save();
      expect([task.views, task.tags]).toEqual([101, new Set(['a', 'b'])]);
    });
  });

  it.each([
    [{ views: { $add: 'x' } }, ValidationError, 'views: $add expects'],
    [{ weight: { $add: 1.5 } }, ValidationError, 'weight: $add expects a whole number'],
    [{ views: { $append: [1] } }, ValidationError, 'Invalid operator $append for field views'],
    [{ note: { $add: 1 } }, ValidationError, 'Invalid operator $add for field note'],
    [{ tags: { $add: [] } }, ValidationError, 'tags: $add expects members'],
    [{ tags: { $add: [1] } }, ValidationError, 'tags: $add expects members that are strings'],
    [{ tags: { $add: ['a'], $delete: ['b'] } }, ValidationError, 'tags: expected one operator, got 2'],
    [{ taskId: { $add: 1 } }, ValidationError, 'taskId'],
  ])('refuse %j before the store is asked', async (changes, kind, message) => {
    const updating = manager.models.Task.update('o8', changes as object);
    await expect(updating).rejects.toThrow(kind);
    await expect(updating).rejects.toThrow(message);
    expect(table.store.takeOperations()).toEqual([]);
  });

  it('are no values of new objects', async () => {
    // @ts-expect-error an operator
    await expect(manager.models.Task.create({ taskId: 'o9', weight: { $add: 1 } })).rejects.toThrow(ValidationError);
  });
});

describe('upsert', () => {
  it('creates what is not there, with defaults, and changes what is, leaving the rest', async () => {
    const { Task } = manager.models;
    const first = await Task.upsert({ taskId: 'u1', title: 'one', note: 'kept' });
    expect([first.created, first.item.isDone, first.item.views]).toEqual([true, false, 100]);
    table.store.takeOperations();
    const second = await Task.upsert({ taskId: 'u1', views: 7 });
    expect(table.store.takeOperations()).toEqual(['UpdateItem']);
    expect([second.created, second.item.title, second.item.note, second.item.views]).toEqual([false, 'one', 'kept', 7]);
    expect(second.item.createdAt).toEqual(first.item.createdAt);
  });

  it('takes other changes for an object that exists, and counts once for each call', async () => {
    const { Task } = manager.models;
    const results = await Promise.all(
      Array.from({ length: 12 }, () => Task.upsert({ taskId: 'u2', views: 1 }, { update: { views: { $add: 1 } } })),
    );
    expect(results.filter(({ created }) => created)).toHaveLength(1);
    const task = await Task.find('u2', { consistent: true });
    expect(task.exists() && task.views).toBe(12);
  });

  it('takes operators in the place of values, which change the defaults of an object that is not there', async () => {
    const { Cart: Carts } = manager.models;
    const change = { items: { $append: ['x'] }, points: { $add: 5 }, total: { $add: 1.5 }, owners: { $add: ['ada'] } };
    const outcomes = await Promise.all([1, 2].map(() => Carts.upsert({ cartId: 'u5', ...change })));
    expect(outcomes.filter(({ created }) => created)).toHaveLength(1);
    const cart = await Carts.find('u5', { consistent: true });
    expect(cart.exists() && [cart.items, cart.points, cart.total, cart.owners]).toEqual([['x', 'x'], 20, 3, new Set(['ada'])]);
    table.store.takeOperations();
    await expect(Carts.upsert({ cartId: 'u6', owners: { $delete: ['ada'] } })).rejects.toThrow('Field is required: owners');
    expect(table.store.takeOperations()).toEqual([]);
  });

  it('holds its condition for an object that exists', async () => {
    const { Task } = manager.models;
    expect((await Task.upsert({ taskId: 'u3', note: 'a' }, { condition: { note: 'z' } })).created).toBe(true);
    await expect(Task.upsert({ taskId: 'u3', note: 'b' }, { condition: { note: 'z' } })).rejects.toMatchObject({
      code: 'precondition_failed',
    });
    expect((await Task.upsert({ taskId: 'u3', note: 'b' }, { condition: { note: 'a' } })).item.note).toBe('b');
  });

  it('keeps unique values, and refuses data that is no whole object before the store is asked', async () => {
    const { Account } = manager.models;
    const { accountId } = (await Account.upsert({ accountId: '01HF0000000000000000000001', email: 'a@u4' })).item;
    await Account.upsert({ accountId, email: 'b@u4' });
    await expect(Account.create({ email: 'b@u4' })).rejects.toThrow('email must be unique');
    await Account.create({ email: 'a@u4' });
    table.store.takeOperations();
    // @ts-expect-error an email is required
    await expect(Account.upsert({ accountId })).rejects.toThrow('Field is required: email');
    expect(table.store.takeOperations()).toEqual([]);
  });
});
