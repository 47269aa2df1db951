import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { actions, ActionsError, batchWrite, initModels, runWithBatchContext, ValidationError } from '../../src/bao/index.ts';
import type { ModelManager } from '../../src/bao/index.ts';
import { DynamoClient } from '../../src/dynamo/index.ts';
import { proxyControl } from '../setup/proxy-control.ts';
import type { ProxyControl } from '../setup/proxy-control.ts';
import { localClientOptions } from '../setup/tables.ts';
import { MODELS } from './models.ts';
import { openTestTable, RecordingStore } from './setup.ts';
import type { TestTable } from './setup.ts';

let table: TestTable;
let store: RecordingStore;
let control: ProxyControl;
let manager: ModelManager<typeof MODELS>;

beforeAll(async () => {
  table = await openTestTable();
  control = proxyControl(inject('dynamodbProxy'), table.tableName);
  // Waits pass at once, and are over by its clock: a deadline ends after the same tries on a slow machine as on a fast one.
  let nowMs = Date.now();
  const sleep = async (waitMs: number) => void (nowMs += waitMs);
  store = new RecordingStore(new DynamoClient({ ...localClientOptions(inject('dynamodbProxy')), nowMs: () => nowMs, sleep }));
  manager = initModels({ models: MODELS, store, db: { tableName: table.tableName }, logging: { level: 'ERROR' } });
});
beforeEach(async () => {
  store.takeOperations();
  await control.reset();
});
afterAll(async () => {
  await control.reset();
  await table.drop();
});

describe('batchWrite', () => {
  it('puts and deletes objects of several models, 25 to a request', async () => {
    const { Task, Vote } = manager.models;
    await Vote.create({ topic: 'b1', round: 1 });
    store.takeOperations();
    const puts = Array.from({ length: 60 }, (_, at) => actions.put(Task, { taskId: `b1-${at}`, kind: 'b1', rank: at }));
    const { items, errors } = await batchWrite([
      ...puts,
      actions.delete(Vote, { topic: 'b1', round: 1 }),
      actions.delete(Vote, { topic: 'b1', round: 2 }),
    ]);
    expect(store.takeOperations()).toEqual(['BatchWriteItem', 'BatchWriteItem', 'BatchWriteItem']);
    expect(items.slice(58).map((item) => item?.getPrimaryId() ?? null)).toEqual(['b1-58', 'b1-59', null, null]);
    expect(errors.every((error) => error === null)).toBe(true);
    expect((await Task.queryByIndex('tasksByKind', 'b1', { rank: { $gte: 30 } })).count).toBe(30);
    expect((await Vote.find({ topic: 'b1', round: 1 })).exists()).toBe(false);
    expect(await batchWrite([])).toEqual({ items: [], errors: [] });
  });

  it('sends again what DynamoDB left undone', async () => {
    const { Task } = manager.models;
    await control.inject({ operation: 'BatchWriteItem', kind: 'unprocessed', done: 3 });
    await batchWrite(Array.from({ length: 10 }, (_, at) => actions.put(Task, { taskId: `b2-${at}` })));
    expect((await control.counts())['BatchWriteItem']).toBe(2);
    expect(Object.keys((await Task.batchFind(Array.from({ length: 10 }, (_, at) => `b2-${at}`))).items)).toHaveLength(10);
  });

  it('says for each action whether it is done when DynamoDB leaves some undone to the end', async () => {
    const { Task } = manager.models;
    const list = Array.from({ length: 4 }, (_, at) => actions.put(Task, { taskId: `b3-${at}` }));
    await control.inject({ operation: 'BatchWriteItem', kind: 'unprocessed', done: 2 });
    await control.inject({ operation: 'BatchWriteItem', kind: 'unprocessed', done: 0, times: 1_000 });
    const { items, errors } = await batchWrite(list, { partial: true, deadlineMs: 5_000 });
    expect(items.map((item) => item !== null)).toEqual([true, true, false, false]);
    expect(errors.map((error) => error && 'code' in error && error.code)).toEqual([null, null, 'throttled', 'throttled']);
    await expect(batchWrite(list, { deadlineMs: 5_000 })).rejects.toMatchObject({
      code: 'throttled',
      message: expect.stringContaining('Action 1'),
    });
  });

  it('keeps the unique values of models that have some, and reports those that are taken', async () => {
    const { Account } = manager.models;
    const kept = await Account.create({ email: 'a@b4' });
    const { items, errors } = await batchWrite(
      [
        actions.put(Account, { email: 'b@b4' }),
        actions.put(Account, { email: 'a@b4' }),
        actions.delete(Account, kept.accountId),
        actions.delete(Account, '01HF0000000000000000000099'),
      ],
      { partial: true },
    );
    expect(items[0]?.email).toBe('b@b4');
    expect(errors[0]).toBeNull();
    expect(errors.slice(2)).toEqual([null, null]);
    expect((await Account.findByUniqueConstraint('uniqueEmail', 'b@b4')).exists()).toBe(true);
  });

  it('does what it can and throws one error for the rest', async () => {
    const { Task } = manager.models;
    // @ts-expect-error not a number
    const writing = batchWrite([actions.put(Task, { taskId: 'b5' }), actions.put(Task, { taskId: 'b5-bad', weight: 'x' })]);
    const error = await writing.then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(ActionsError);
    expect(error).toMatchObject({ code: 'invalid_input', issues: [{ path: '/1/weight' }] });
    expect((await Task.find('b5')).exists()).toBe(true);
  });

  it('refuses conditions, and two actions about one object', async () => {
    const { Task } = manager.models;
    await expect(batchWrite([actions.delete(Task, 'b6', { condition: { title: 'x' } })])).rejects.toThrow('a batch takes no conditions');
    const twice = batchWrite([actions.put(Task, { taskId: 'b6' }), actions.delete(Task, 'b6')]);
    await expect(twice).rejects.toThrow(ValidationError);
    expect(store.takeOperations()).toEqual([]);
  });

  it('is seen by later finds of the batch context', async () => {
    const { Task } = manager.models;
    await runWithBatchContext(async () => {
      expect((await Task.find('b7')).exists()).toBe(false);
      const { items } = await batchWrite([actions.put(Task, { taskId: 'b7', title: 'x' })]);
      expect(await Task.find('b7')).toBe(items[0]);
      await batchWrite([actions.delete(Task, 'b7')]);
      expect((await Task.find('b7')).exists()).toBe(false);
    });
  });
});
