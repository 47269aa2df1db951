import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import {
  actions,
  ActionsError,
  ConditionalError,
  ConfigurationError,
  initModels,
  ItemNotFoundError,
  runWithBatchContext,
  transactGet,
  transactWrite,
  ValidationError,
} from '../../src/bao/index.ts';
import type { ModelManager } from '../../src/bao/index.ts';
import { DynamoClient } from '../../src/dynamo/index.ts';
import { proxyControl } from '../setup/proxy-control.ts';
import { localClientOptions } from '../setup/tables.ts';
import { MODELS } from './models.ts';
import { openTestTable } from './setup.ts';
import type { TestTable } from './setup.ts';

let table: TestTable;
let manager: ModelManager<typeof MODELS>;

beforeAll(async () => {
  table = await openTestTable();
  manager = initModels({ models: MODELS, store: table.store, db: { tableName: table.tableName }, logging: { level: 'ERROR' } });
});
beforeEach(() => void table.store.takeOperations());
afterAll(() => table.drop());

/** The errors of a transaction that has to fail. */
async function errorsOf(writing: Promise<unknown>): Promise<ActionsError> {
  const error = await writing.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ActionsError);
  return error as ActionsError; // just checked
}

describe('transactWrite', () => {
  it('writes objects of several models in one request, and returns those that it knows whole', async () => {
    const { Owner, Task, Vote, Setting } = manager.models;
    await Owner.create({ ownerId: 'w1', name: 'Ada' });
    await Task.create({ taskId: 'w1', note: 'old', views: 5 });
    await Vote.create({ topic: 'w1', round: 1 });
    table.store.takeOperations();
    const results = await transactWrite([
      actions.create(Task, { taskId: 'w1b', title: 'new', kind: 'bug', rank: 2 }),
      actions.update(Task, 'w1', { views: { $add: 2 }, note: 'changed' }, { condition: { note: 'old' } }),
      actions.replace(Setting, { name: 'w1', value: 'on' }),
      actions.delete(Vote, { topic: 'w1', round: 1 }),
      actions.check(Owner, 'w1', { name: 'Ada' }),
      actions.missing(Owner, 'w1b'),
    ]);
    expect(table.store.takeOperations()).toEqual(['TransactWriteItems']);
    expect(results.map((result) => result && result.getPrimaryId())).toEqual(['w1b', null, 'w1', null, null, null]);
    const task = await Task.find('w1');
    expect(task.exists() && [task.views, task.note]).toEqual([7, 'changed']);
    expect((await Vote.find({ topic: 'w1', round: 1 })).exists()).toBe(false);
    expect((await Task.queryByIndex('tasksByKind', 'bug', { rank: 2 })).count).toBe(1);
  });

  it('writes nothing when one action is refused, and says why for each', async () => {
    const { Owner, Task } = manager.models;
    await Task.create({ taskId: 'w2', title: 'old' });
    const error = await errorsOf(
      transactWrite([
        actions.create(Owner, { ownerId: 'w2', name: 'Ada' }),
        actions.create(Task, { taskId: 'w2', title: 'again' }),
        actions.update(Task, 'w2-none', { note: 'x' }),
      ]),
    );
    expect(error.errors.map((one) => one?.name ?? null)).toEqual([null, 'ConditionalError', 'ItemNotFoundError']);
    expect(error).toMatchObject({ code: 'conflict', message: 'Action 2 (create of Task): Condition check failed' });
    expect((await Owner.find('w2')).exists()).toBe(false);
  });

  it('refuses what does not fit the models before the store is asked, with the place of each issue', async () => {
    const { Task } = manager.models;
    const error = await errorsOf(
      transactWrite([
        actions.create(Task, { taskId: 'w3' }),
        // @ts-expect-error not a number
        actions.update(Task, 'w3', { weight: 'heavy' }),
      ]),
    );
    expect(error.errors[1]).toBeInstanceOf(ValidationError);
    expect(error.issues).toEqual([{ path: '/1/weight', reason: expect.stringContaining('expected a whole number') }]);
    expect(table.store.takeOperations()).toEqual([]);
  });

  it('holds a condition on a row that it does not write', async () => {
    const { Owner, Task } = manager.models;
    await Owner.create({ ownerId: 'w4', name: 'Ada' });
    const write = (name: string) =>
      transactWrite([actions.check(Owner, 'w4', { name }), actions.create(Task, { taskId: `w4-${name}`, title: name })]);
    const error = await errorsOf(write('Bob'));
    expect(error.errors[0]).toBeInstanceOf(ConditionalError);
    expect(error.code).toBe('precondition_failed');
    await write('Ada');
    expect((await Task.find('w4-Ada')).exists()).toBe(true);
    expect((await errorsOf(transactWrite([actions.check(Owner, 'w4-none')]))).errors[0]).toBeInstanceOf(ItemNotFoundError);
    expect((await errorsOf(transactWrite([actions.missing(Owner, 'w4')]))).code).toBe('conflict');
  });

  it('plans anew when a row that index keys depend on has changed meanwhile', async () => {
    const { Task } = manager.models;
    await Task.create({ taskId: 'w5', kind: 'bug', rank: 1 });
    // The other part of the index key changes between the read and the transaction.
    const changing = table.store.execute.bind(table.store);
    let isFirst = true;
    table.store.execute = async (operation, input, context) => {
      const result = await changing(operation, input, context);
      if (operation === 'GetItem' && isFirst) {
        isFirst = false;
        await Task.update('w5', { kind: 'chore', rank: 1 });
      }
      return result;
    };
    try {
      await transactWrite([actions.update(Task, 'w5', { rank: 9 })]);
    } finally {
      table.store.execute = changing;
    }
    expect((await Task.queryByIndex('tasksByKind', 'chore', { rank: 9 })).count).toBe(1);
    expect((await Task.queryByIndex('tasksByKind', 'bug')).items.map((task) => task.getPrimaryId())).not.toContain('w5');
  });

  it('takes and releases unique values with the rows', async () => {
    const { Account } = manager.models;
    const [first, second] = await transactWrite([
      actions.create(Account, { email: 'a@w6', number: 61 }),
      actions.create(Account, { email: 'b@w6', number: 62 }),
    ]);
    await transactWrite([actions.update(Account, first.accountId, { email: 'c@w6' }), actions.delete(Account, second.accountId)]);
    const found = await Promise.all(['a@w6', 'b@w6', 'c@w6'].map((email) => Account.findByUniqueConstraint('uniqueEmail', email)));
    expect(found.map((account) => account.exists())).toEqual([false, false, true]);
    const taken = await errorsOf(transactWrite([actions.create(Account, { email: 'd@w6' }), actions.create(Account, { email: 'c@w6' })]));
    expect(taken.errors[1]).toMatchObject({ operation: 'unique_constraint', code: 'conflict', message: 'email must be unique' });
    expect((await Account.findByUniqueConstraint('uniqueEmail', 'd@w6')).exists()).toBe(false);
  });

  it('hands a unique value from one object to another, both ways at once', async () => {
    const { Account } = manager.models;
    const one = await Account.create({ email: 'one@w7' });
    const two = await Account.create({ email: 'two@w7' });
    await transactWrite([
      actions.update(Account, one.accountId, { email: 'two@w7' }),
      actions.update(Account, two.accountId, { email: 'one@w7' }),
    ]);
    const found = await Account.findByUniqueConstraint('uniqueEmail', 'two@w7');
    expect(found.exists() && found.accountId).toBe(one.accountId);
    const both = transactWrite([actions.create(Account, { email: 'x@w7' }), actions.create(Account, { email: 'x@w7' })]);
    expect((await errorsOf(both)).errors.map((error) => error?.message ?? null)).toEqual([null, 'email must be unique']);
  });

  it('refuses two actions about one object, and more rows than DynamoDB takes', async () => {
    const { Task, Account } = manager.models;
    const twice = transactWrite([actions.delete(Task, 'w8'), actions.create(Task, { taskId: 'w8' })]);
    await expect(twice).rejects.toThrow('actions 1 and 2 are about the same object');
    const many = Array.from({ length: 51 }, (_, at) => actions.create(Account, { email: `${at}@w8` }));
    await expect(transactWrite(many)).rejects.toThrow('at most 100 rows, those of unique values included; got 102');
    expect(await transactWrite([])).toEqual([]);
    expect(table.store.takeOperations()).toEqual([]);
  });

  it('refuses models of another configuration', async () => {
    const other = initModels({
      models: { Owner: MODELS.Owner },
      store: table.store,
      db: { tableName: table.tableName },
      logging: { level: 'ERROR' },
    });
    const writing = transactWrite([
      actions.create(other.models.Owner, { ownerId: 'w9', name: 'Ada' }),
      actions.create(manager.models.Task, { taskId: 'w9' }),
    ]);
    await expect(writing).rejects.toThrow(ConfigurationError);
  });

  it('counts once with an idempotency token, and refuses the token for other contents', async () => {
    const { Owner, Vote } = manager.models;
    await Owner.create({ ownerId: 'w10', name: 'Ada' });
    const idempotencyToken = crypto.randomUUID();
    const write = (answer: string) =>
      transactWrite([actions.update(Vote, { topic: 'w10', round: 1 }, { answer }), actions.check(Owner, 'w10')], { idempotencyToken });
    await Vote.create({ topic: 'w10', round: 1, answer: 'none' });
    await write('yes');
    await Vote.update({ topic: 'w10', round: 1 }, { answer: 'changed since' });
    await write('yes');
    const vote = await Vote.find({ topic: 'w10', round: 1 }, { consistent: true });
    expect(vote.exists() && vote.answer).toBe('changed since');
    await expect(write('no')).rejects.toMatchObject({ code: 'idempotency_mismatch' });
    await expect(transactWrite([actions.check(Owner, 'w10')], { idempotencyToken: 'x'.repeat(37) })).rejects.toThrow(ValidationError);
  });

  it('is seen by later finds of the batch context, and runs hooks', async () => {
    const calls: string[] = [];
    class Hooked extends MODELS.Vote {
      static override modelPrefix = 'hk';
    }
    Hooked.registerPlugin({
      beforeSave: (changes) => void calls.push(`before ${Object.keys(changes).join()}`),
      afterSave: (instance) => void calls.push(`after ${String((instance as Hooked).get('answer'))}`),
      beforeDelete: () => void calls.push('before delete'),
      afterDelete: () => void calls.push('after delete'),
    });
    const hooked = initModels({ models: { Hooked }, store: table.store, db: { tableName: table.tableName }, logging: { level: 'ERROR' } })
      .models.Hooked;
    await runWithBatchContext(async () => {
      const known = await hooked.find({ topic: 'w11', round: 1 });
      expect(known.exists()).toBe(false);
      const [created] = await transactWrite([actions.create(hooked, { topic: 'w11', round: 1, answer: 'a' })]);
      expect(await hooked.find({ topic: 'w11', round: 1 })).toBe(created);
      await transactWrite([actions.update(hooked, { topic: 'w11', round: 1 }, { answer: 'b' })]);
      const changed = await hooked.find({ topic: 'w11', round: 1 });
      expect(changed.exists() && changed.get('answer')).toBe('b');
      await transactWrite([actions.delete(hooked, { topic: 'w11', round: 1 })]);
      expect((await hooked.find({ topic: 'w11', round: 1 })).exists()).toBe(false);
    });
    expect(calls).toEqual(['before topic,round,answer', 'after a', 'before answer', 'after b', 'before delete', 'after delete']);
  });

  it('survives an answer that was lost: the transaction is sent again under its token, and applied once', async () => {
    const control = proxyControl(inject('dynamodbProxy'), table.tableName);
    await control.reset();
    const store = new DynamoClient(localClientOptions(inject('dynamodbProxy')));
    const { Task } = initModels({
      models: { Task: MODELS.Task },
      store,
      db: { tableName: table.tableName },
      logging: { level: 'ERROR' },
    }).models;
    await Task.create({ taskId: 'w12', views: 1 });
    await control.inject({ operation: 'TransactWriteItems', kind: 'drop', moment: 'after' });
    await transactWrite([actions.update(Task, 'w12', { views: { $add: 1 } })]);
    const task = await Task.find('w12', { consistent: true });
    expect(task.exists() && task.views).toBe(2);
    expect((await control.counts())['TransactWriteItems']).toBe(2);
    await control.reset();
  });
});

describe('transactGet', () => {
  it('reads objects of several models in one request, some of them in part', async () => {
    const { Owner, Task } = manager.models;
    await Owner.create({ ownerId: 'g1', name: 'Ada' });
    await Task.create({ taskId: 'g1', title: 'one', note: 'long' });
    table.store.takeOperations();
    const [owner, task, part, missing] = await transactGet([
      actions.find(Owner, 'g1'),
      actions.find(Task, 'g1'),
      actions.find(Task, 'g1', { fields: ['title'] }),
      actions.find(Task, 'g1-none', { fields: ['title'] }),
    ]);
    expect(table.store.takeOperations()).toEqual(['TransactGetItems']);
    expect([owner.exists() && owner.name, task.exists() && task.note, part.exists() && part.title, missing.exists()]).toEqual([
      'Ada',
      'long',
      'one',
      false,
    ]);
    if (part.exists()) await expect(part.save()).rejects.toThrow('read in part');
    await expect(transactGet(Array.from({ length: 101 }, (_, at) => actions.find(Task, `g1-${at}`)))).rejects.toThrow(
      'at most 100 objects',
    );
    expect(await transactGet([])).toEqual([]);
  });

  it('sees all of a transaction or nothing of it', async () => {
    const { Task } = manager.models;
    await Task.create({ taskId: 'g2a', weight: 0 });
    await Task.create({ taskId: 'g2b', weight: 0 });
    const weights = Array.from({ length: 20 }, (_, at) => at + 1);
    const writing = (async () => {
      for (const weight of weights) await transactWrite([actions.update(Task, 'g2a', { weight }), actions.update(Task, 'g2b', { weight })]);
    })();
    const seen: unknown[] = [];
    for (const _weight of weights) {
      const [a, b] = await transactGet([actions.find(Task, 'g2a'), actions.find(Task, 'g2b')]);
      seen.push([a, b].map((task) => task.exists() && task.weight));
    }
    await writing;
    expect(seen.filter((pair) => Array.isArray(pair) && pair[0] !== pair[1])).toEqual([]);
  });
});
