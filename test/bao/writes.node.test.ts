import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  BaoModel,
  ConditionalError,
  ConfigurationError,
  fields,
  initModels,
  ItemNotFoundError,
  PrimaryKeyConfig,
  runWithBatchContext,
  UniqueConstraintConfig,
  ValidationError,
} from '../../src/bao/index.ts';
import type { ModelManager } from '../../src/bao/index.ts';
import { MODELS } from './models.ts';
import { openTestTable } from './setup.ts';
import type { TestTable } from './setup.ts';

class PenModel extends BaoModel {
  static override modelPrefix = 'pe';
  static override fields = { penId: fields.StringField({ required: true }), name: fields.StringField() };
  static override primaryKey = PrimaryKeyConfig('penId');
  static override uniqueConstraints = { uniqueName: UniqueConstraintConfig('name', '_uc1') };
}

let table: TestTable;
let manager: ModelManager<typeof MODELS>;

beforeAll(async () => {
  table = await openTestTable();
  manager = initModels({ models: MODELS, store: table.store, db: { tableName: table.tableName } });
});
beforeEach(() => void table.store.takeOperations());
afterAll(() => table.drop());

const indexKeys = async (id: string, index: string) => {
  const row = await table.row(`ta#${id}`, 'ta');
  return [row?.[`_${index}_pk`], row?.[`_${index}_sk`]].map((key) => (key && 'S' in key ? key.S : null));
};

describe('create', () => {
  it('stores defaults, keys and indexes in one write, and leaves its argument as it was', async () => {
    const data = { taskId: 'c1', title: '', kind: 'bug', rank: -1.5 };
    const task = await manager.models.Task.create(data);
    expect(data).toEqual({ taskId: 'c1', title: '', kind: 'bug', rank: -1.5 });
    expect(table.store.takeOperations()).toEqual(['PutItem']);
    expect([task.get('title'), task.get('isDone'), task.get('hits'), task.get('tags')]).toEqual(['', false, 0, new Set()]);
    expect(task.get('revision')).toMatch(/^[0-9A-Z]{26}$/);
    expect(await indexKeys('c1', 'gsi2')).toEqual(['ta#gsi2#bug', '4007ffffffffffff']);
    expect(await indexKeys('c1', 'gsi1')).toEqual([null, null]);
  });

  it('refuses a key that exists, also with a condition that holds', async () => {
    await manager.models.Task.create({ taskId: 'c2', title: 'first' });
    for (const options of [{}, { condition: { title: 'first' } }]) {
      const again = manager.models.Task.create({ taskId: 'c2', title: 'second' }, options);
      await expect(again).rejects.toMatchObject({ name: 'ConditionalError', code: 'conflict' });
    }
    expect((await manager.models.Task.find('c2')).exists()).toBe(true);
  });

  it.each([
    [{ title: 'no id' }, 'Field is required: taskId'],
    [{ taskId: '' }, 'Field is required: taskId'],
    [{ taskId: 'x', title: 5 }, 'title: expected a string, got 5'],
    [{ taskId: 'x', weight: 1.5 }, 'weight: expected a whole number'],
    [{ taskId: 'x', weight: 'abc' }, 'weight: expected a whole number, got "abc"'],
    [{ taskId: 'x', rank: Number.NaN }, 'rank: expected a finite number'],
    [{ taskId: 'x', dueAt: 'never' }, 'dueAt: expected a date, got "never"'],
    [{ taskId: 'x', isDone: 'yes' }, 'isDone: expected true or false'],
    [{ taskId: 'x', tags: [1] }, 'tags: expected members that are strings'],
    [{ taskId: 'x', title: '\ud800' }, 'title: expected a string'],
    [{ taskId: 'x'.repeat(2049) }, 'a primary id may have at most 2048 bytes'],
    [{ taskId: 'x', kind: 'k'.repeat(2100), rank: 1 }, 'kind: a value inside an index may have at most 2048 bytes'],
  ])('refuses %j before the store is asked', async (data, message) => {
    const creating = manager.models.Task.create(data as never);
    await expect(creating).rejects.toThrow(ValidationError);
    await expect(creating).rejects.toThrow(message);
    expect(table.store.takeOperations()).toEqual([]);
  });

  it('refuses fields that the model does not have', async () => {
    const creating = manager.models.Task.create({ taskId: 'x', nope: 1 } as never);
    await expect(creating).rejects.toThrow(ConfigurationError);
    await expect(creating).rejects.toMatchObject({ code: 'unknown_field', issues: [{ path: '/nope' }] });
    await expect(manager.models.Task.update('x', { nope: 1 } as never)).rejects.toMatchObject({ code: 'unknown_field' });
  });

  it('refuses an item over 400 KB before the store is asked', async () => {
    await expect(manager.models.Task.create({ taskId: 'x', blob: new Uint8Array(409_600) })).rejects.toMatchObject({
      code: 'item_too_large',
    });
    expect(table.store.takeOperations()).toEqual([]);
  });
});

describe('update', () => {
  it('writes once without reading when no index needs the row, and returns the row as it is afterwards', async () => {
    await manager.models.Task.create({ taskId: 'u1', title: 'a', kind: 'bug', rank: 2 });
    table.store.takeOperations();
    const task = await manager.models.Task.update('u1', { isDone: true, title: 'b' });
    expect(table.store.takeOperations()).toEqual(['UpdateItem']);
    expect([task.get('title'), task.get('isDone'), task.get('kind')]).toEqual(['b', true, 'bug']);
  });

  it('recomputes an index from the row when only a part of its key changes', async () => {
    await manager.models.Task.create({ taskId: 'u2', kind: 'bug', rank: 2 });
    table.store.takeOperations();
    await manager.models.Task.update('u2', { rank: 3 });
    expect(table.store.takeOperations()).toEqual(['GetItem', 'UpdateItem']);
    expect(await indexKeys('u2', 'gsi2')).toEqual(['ta#gsi2#bug', 'c008000000000000']);
    await manager.models.Task.update('u2', { kind: null });
    expect(await indexKeys('u2', 'gsi2')).toEqual([null, null]);
    await manager.models.Task.update('u2', { kind: 'idea' });
    expect(await indexKeys('u2', 'gsi2')).toEqual(['ta#gsi2#idea', 'c008000000000000']);
  });

  it('corrects a stale guess of the row instead of writing a wrong index', async () => {
    const { Task } = manager.models;
    await Task.create({ taskId: 'u3', kind: 'bug', rank: 2 });
    await runWithBatchContext(async () => {
      await Task.find('u3');
      await runWithBatchContext(() => Task.update('u3', { kind: 'idea', rank: 5 }));
      const task = await Task.update('u3', { rank: 7 });
      expect(task.get('kind')).toBe('idea');
    });
    expect(await indexKeys('u3', 'gsi2')).toEqual(['ta#gsi2#idea', 'c01c000000000000']);
  });

  it('keeps every index whole while its parts are changed at the same time', async () => {
    const { Task } = manager.models;
    await Task.create({ taskId: 'u4', kind: 'k0', rank: 0 });
    const changes = Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? { kind: `k${at}` } : { rank: at }));
    const outcomes = await Promise.allSettled(changes.map((change) => Task.update('u4', change)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(0);
    const task = await Task.find('u4', { consistent: true });
    const page = await Task.queryByIndex('tasksByKind', task.exists() ? String(task.kind) : undefined);
    expect(page.items.map((item) => [item.getPrimaryId(), item.get('rank')])).toContainEqual(['u4', task.exists() && task.get('rank')]);
  });

  it('never makes a row that is not there', async () => {
    await expect(manager.models.Task.update('gone', { title: 'x' })).rejects.toThrow(ItemNotFoundError);
    await expect(manager.models.Task.update('gone', { rank: 1 })).rejects.toThrow(ItemNotFoundError);
    await expect(manager.models.Task.update('gone', {})).rejects.toThrow(ItemNotFoundError);
    expect(await table.row('ta#gone', 'ta')).toBeNull();
  });

  it('lets one of a hundred writers with the same version win, by a condition inside the write', async () => {
    const { Task } = manager.models;
    const task = await Task.create({ taskId: 'u5', title: 'start' });
    const condition = { revision: task.revision };
    table.store.takeOperations();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 100 }, (_, at) => Task.update('u5', { note: `writer ${at}` }, { condition })),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const losers = outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => reason as Error);
    expect(losers.every((error) => error instanceof ConditionalError)).toBe(true);
    expect(new Set(table.store.takeOperations())).toEqual(new Set(['UpdateItem']));
  });

  it('counts every one of a hundred increments', async () => {
    const { Task } = manager.models;
    await Task.create({ taskId: 'u6' });
    table.store.takeOperations();
    await Promise.all(Array.from({ length: 100 }, () => Task.update('u6', { views: '+2' })));
    expect(table.store.takeOperations()).toHaveLength(100);
    const task = await Task.find('u6', { consistent: true });
    expect(task.exists() && task.get('views')).toBe(300);
  });

  it('counts every increment of a counter that is part of an index, too', async () => {
    const { Task } = manager.models;
    await Task.create({ taskId: 'u10', kind: 'contended' });
    await Promise.all(Array.from({ length: 30 }, () => Task.update('u10', { hits: '+1' })));
    expect(await indexKeys('u10', 'gsi5')).toEqual(['ta#gsi5#contended', '00000000000000000030']);
  });

  it('counts from the initial value where a row has no counter yet', async () => {
    await table.putRow({ _pk: { S: 'ta#u11' }, _sk: { S: 'ta' }, taskId: { S: 'u11' } });
    expect((await manager.models.Task.update('u11', { views: '-1' })).get('views')).toBe(99);
  });

  it('keeps a counter inside an index in step with the index', async () => {
    const { Task } = manager.models;
    await Task.create({ taskId: 'u7', kind: 'counted', rank: 0 });
    await Task.update('u7', { hits: '+5' });
    expect(await indexKeys('u7', 'gsi5')).toEqual(['ta#gsi5#counted', '00000000000000000005']);
  });

  it('changes neither version nor date when there is nothing to change', async () => {
    const before = await manager.models.Task.create({ taskId: 'u8' });
    const after = await manager.models.Task.update('u8', {});
    expect(after.toJSON()).toEqual(before.toJSON());
  });

  it('refuses to change the key, and null for a required field', async () => {
    await manager.models.Owner.create({ ownerId: 'o1', name: 'n' });
    await expect(manager.models.Owner.update('o1', { ownerId: 'o2' } as never)).rejects.toThrow(
      'ownerId: a part of the primary key cannot be changed',
    );
    await expect(manager.models.Owner.update('o1', { name: null as never })).rejects.toThrow('Field is required: name');
    expect((await manager.models.Owner.update('o1', { ownerId: 'o1', name: 'm' } as never)).get('name')).toBe('m');
  });

  it('writes into the field that it names, whatever that is called', async () => {
    const { Task } = manager.models;
    await Task.create({ taskId: 'u9', title: 'n1', kind: 'a' });
    const task = await Task.update('u9', { title: 'changed' }, { condition: { $and: [{ title: 'n1' }, { kind: { $in: ['a', 'b'] } }] } });
    expect([task.get('title'), task.get('kind')]).toEqual(['changed', 'a']);
  });
});

describe('replace', () => {
  it('creates what is not there and says so', async () => {
    const { item, created } = await manager.models.Task.replace({ taskId: 'r1', title: 'a', kind: 'bug', rank: 1 });
    expect([created, item.get('title')]).toEqual([true, 'a']);
  });

  it('leaves nothing of the old object but its creation date', async () => {
    const { Task } = manager.models;
    const first = await Task.create({ taskId: 'r2', title: 'a', kind: 'bug', rank: 1, createdAt: new Date('2020-01-01T00:00:00Z') });
    const { item, created } = await Task.replace({ taskId: 'r2', weight: 3 });
    expect(created).toBe(false);
    expect(item.get('createdAt')).toEqual(first.get('createdAt'));
    expect(item.get('revision')).not.toBe(first.get('revision'));
    expect([item.get('title'), item.get('kind')]).toEqual([null, null]);
    expect(await indexKeys('r2', 'gsi2')).toEqual([null, null]);
    expect(await indexKeys('r2', 'gsi3')).toEqual(['ta#gsi3#ta', '00000000000000000003']);
  });

  it('needs one write and no read where nothing is kept', async () => {
    const { Owner } = manager.models;
    expect((await Owner.replace({ ownerId: 'r3', name: 'a' })).created).toBe(true);
    expect((await Owner.replace({ ownerId: 'r3', name: 'b' })).created).toBe(false);
    expect(table.store.takeOperations()).toEqual(['PutItem', 'PutItem']);
  });

  it('lets one of many with the same condition win', async () => {
    const { Task } = manager.models;
    const task = await Task.create({ taskId: 'r4' });
    const condition = { revision: task.revision };
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, at) => Task.replace({ taskId: 'r4', title: `${at}` }, { condition })),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome.status === 'rejected' && outcome.reason instanceof ConditionalError)).toHaveLength(19);
  });

  it('needs the whole key', async () => {
    await expect(manager.models.Vote.replace({ topic: 't' } as never)).rejects.toThrow('Field is required: round');
  });
});

describe('delete', () => {
  it('returns the object as it was', async () => {
    await manager.models.Task.create({ taskId: 'd1', title: 'last words' });
    table.store.takeOperations();
    expect((await manager.models.Task.delete('d1')).get('title')).toBe('last words');
    expect(table.store.takeOperations()).toEqual(['DeleteItem']);
    await expect(manager.models.Task.delete('d1')).rejects.toThrow(ItemNotFoundError);
  });

  it('keeps an object whose condition does not hold', async () => {
    await manager.models.Task.create({ taskId: 'd2', title: 'stay' });
    await expect(manager.models.Task.delete('d2', { condition: { title: { $exists: false } } })).rejects.toThrow(
      'Delete condition not met',
    );
    expect((await manager.models.Task.delete('d2', { condition: { title: { $exists: true } } })).get('title')).toBe('stay');
  });
});

describe('save', () => {
  it('creates a new object and writes only what changed of a loaded one', async () => {
    const { Task } = manager.models;
    const task = new Task({ taskId: 's1', title: 'a', kind: 'bug' });
    expect([task.isLoaded(), task.get('hits')]).toEqual([false, 0]);
    await task.save();
    expect([task.isLoaded(), task.hasChanges()]).toEqual([true, false]);
    Object.assign(task, { title: 'b' });
    expect(task.hasChanges()).toBe(true);
    await Task.update('s1', { kind: 'idea' });
    await task.save();
    expect(task.get('kind')).toBe('idea');
    table.store.takeOperations();
    await task.save();
    expect(table.store.takeOperations()).toEqual([]);
  });

  it("adds a counter's increment to what others counted meanwhile", async () => {
    const { Task } = manager.models;
    const task = await Task.create({ taskId: 's2', hits: 5 });
    await Task.update('s2', { hits: '+10' });
    Object.assign(task, { hits: '+1' });
    await task.save();
    expect(task.get('hits')).toBe(16);
  });

  it('adds and removes members of a set and keeps what others added', async () => {
    const { Task } = manager.models;
    const task = await Task.create({ taskId: 's3', tags: ['a', 'b'] });
    const other = await Task.find('s3');
    const [tags, otherTags] = [task.get('tags'), other.exists() && other.get('tags')] as [Set<string>, Set<string>];
    otherTags.add('c');
    if (other.exists()) await other.save();
    tags.delete('a');
    expect(task.hasChanges()).toBe(true);
    await task.save();
    expect(task.get('tags')).toEqual(new Set(['b', 'c']));
    (task.get('tags') as Set<string>).clear();
    await task.save();
    expect(task.get('tags')).toEqual(new Set());
  });

  it('does not bring a deleted object back', async () => {
    const { Task } = manager.models;
    const task = await Task.create({ taskId: 's4', title: 'a' });
    await Task.delete('s4');
    Object.assign(task, { title: 'b' });
    await expect(task.save()).rejects.toThrow(ItemNotFoundError);
  });
});

describe('unique values', () => {
  it('are had by one of ten objects that are created with them at once', async () => {
    const { Account } = manager.models;
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => Account.create({ email: 'same@example.com' })));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const codes = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [(outcome.reason as { code: string }).code] : []));
    expect(codes.filter((code) => code === 'conflict' || code === 'throttled')).toHaveLength(9);
  });

  it('move with an update, and are free after it and after a delete', async () => {
    const { Account } = manager.models;
    const first = await Account.create({ email: 'a@example.com', number: 0, since: new Date(0) });
    await expect(Account.create({ email: 'a@example.com' })).rejects.toThrow('email must be unique');
    const found = await Account.findByUniqueConstraint('uniqueNumber', 0);
    expect(found.exists() && found.getPrimaryId()).toBe(first.getPrimaryId());
    expect((await Account.findByUniqueConstraint('uniqueSince', new Date(0))).exists()).toBe(true);
    const moved = await Account.update(first.getPrimaryId(), { email: 'b@example.com', number: null });
    expect([moved.get('email'), moved.get('number')]).toEqual(['b@example.com', null]);
    const second = await Account.create({ email: 'a@example.com', number: 0 });
    await Account.delete(second.getPrimaryId());
    await Account.delete(first.getPrimaryId());
    const left = (await table.rows()).filter(
      ({ _sk, relatedId }) =>
        _sk &&
        'S' in _sk &&
        _sk.S === '_raft_uc' &&
        relatedId &&
        'S' in relatedId &&
        [first, second].some((account) => account.getPrimaryId() === relatedId.S),
    );
    expect(left).toEqual([]);
  });

  it('may be the empty text of an optional field, which is found as any other; no value at all is not looked for', async () => {
    const { Pen, Account } = initModels({
      models: { ...MODELS, Pen: PenModel },
      store: table.store,
      db: { tableName: table.tableName },
    }).models;
    await Pen.create({ penId: 'p1', name: '' });
    await expect(Pen.create({ penId: 'p2', name: '' })).rejects.toThrow('name must be unique');
    const found = await Pen.findByUniqueConstraint('uniqueName', '');
    expect(found.exists() && found.penId).toBe('p1');
    await Pen.delete('p1');
    expect((await Pen.findByUniqueConstraint('uniqueName', '')).exists()).toBe(false);
    table.store.takeOperations();
    await expect(Account.findByUniqueConstraint('uniqueEmail', '')).rejects.toThrow('email value is required');
    await expect(Pen.findByUniqueConstraint('uniqueName', null as never)).rejects.toThrow('name value is required');
    expect(table.store.takeOperations()).toEqual([]);
  });

  it('are updated and deleted in one context, also after another writer changed them', async () => {
    const { Account } = manager.models;
    await runWithBatchContext(async () => {
      const account = await Account.create({ email: 'c@example.com' });
      await Account.update(account.getPrimaryId(), { email: 'd@example.com' });
      await runWithBatchContext(() => Account.update(account.getPrimaryId(), { email: 'e@example.com' }));
      await Account.update(account.getPrimaryId(), { email: 'f@example.com' });
      await Account.delete(account.getPrimaryId());
    });
    for (const letter of 'cdef')
      expect((await Account.findByUniqueConstraint('uniqueEmail', `${letter}@example.com`)).exists()).toBe(false);
  });

  it('survive a replace', async () => {
    const { Account } = manager.models;
    const account = await Account.create({ email: 'g@example.com' });
    const { item, created } = await Account.replace({ accountId: account.getPrimaryId(), email: 'h@example.com' });
    expect([created, item.get('email')]).toEqual([false, 'h@example.com']);
    expect((await Account.findByUniqueConstraint('uniqueEmail', 'g@example.com')).exists()).toBe(false);
    expect((await Account.findByUniqueConstraint('uniqueEmail', 'h@example.com')).exists()).toBe(true);
  });
});

describe('what an object gives out', () => {
  it('is a copy of a date or of bytes at each read: only what is assigned is saved', async () => {
    const { Task } = manager.models;
    await Task.create({ taskId: 'copies', dueAt: new Date(1000), blob: new Uint8Array([1]), tags: ['a'] });
    const task = await Task.find('copies');
    if (!task.exists()) return expect.unreachable();
    task.dueAt?.setTime(5000);
    task.blob?.fill(5);
    task.tags.add('b');
    expect([task.dueAt, task.blob, task.tags]).toEqual([new Date(1000), new Uint8Array([1]), new Set(['a', 'b'])]);
    await task.save();
    task.dueAt = new Date(5000);
    await task.save();
    const stored = await Task.find('copies');
    expect(stored.exists() && [stored.dueAt, stored.blob, stored.tags]).toEqual([new Date(5000), new Uint8Array([1]), new Set(['a', 'b'])]);
  });
});
