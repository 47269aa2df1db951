import { afterAll, beforeAll, beforeEach, expect, inject, it } from 'vitest';
import { initModels, runWithBatchContext } from '../../src/bao/index.ts';
import type { ModelManager } from '../../src/bao/index.ts';
import { DynamoClient } from '../../src/dynamo/index.ts';
import { proxyControl } from '../setup/proxy-control.ts';
import type { ProxyControl } from '../setup/proxy-control.ts';
import { localClientOptions } from '../setup/tables.ts';
import { MODELS } from './models.ts';
import { openTestTable } from './setup.ts';
import type { TestTable } from './setup.ts';

let table: TestTable;
let control: ProxyControl;
let manager: ModelManager<typeof MODELS>;

beforeAll(async () => {
  table = await openTestTable();
  control = proxyControl(inject('dynamodbProxy'), table.tableName);
  const store = new DynamoClient({ ...localClientOptions(inject('dynamodbProxy')), maxAttempts: 2 });
  manager = initModels({ models: MODELS, store, db: { tableName: table.tableName } });
});
beforeEach(() => control.reset());
afterAll(() => table.drop());

it('reads a row again after a write whose answer was lost', async () => {
  const { Task } = manager.models;
  await runWithBatchContext(async () => {
    const task = await Task.create({ taskId: 'lost', views: 1 });
    await control.inject({ kind: 'error', name: null, status: 500, moment: 'after', operation: 'UpdateItem' });
    await expect(Task.update('lost', { views: '+1' })).rejects.toMatchObject({ code: 'outcome_unknown' });
    const found = await Task.find('lost');
    expect(found).not.toBe(task);
    expect(found.exists() && found.get('views')).toBe(2);
  });
  expect(await control.counts()).toEqual({ PutItem: 1, UpdateItem: 1, GetItem: 1 });
});

it('gives throttling and outages their codes, and says when to come back', async () => {
  const { Task } = manager.models;
  await control.inject({ kind: 'error', name: 'ThrottlingException', times: 10 });
  await expect(Task.find('x')).rejects.toMatchObject({ name: 'ThrottlingException', statusCode: 400, code: 'throttled' });
  await control.reset();
  await control.inject({ kind: 'drop', times: 10 });
  await expect(Task.queryByIndex('allTasks')).rejects.toMatchObject({ code: 'unavailable' });
});

it('tells nobody what DynamoDB said, except in the cause', async () => {
  const { Task } = manager.models;
  await control.inject({ kind: 'error', name: 'ValidationException', fields: { message: 'secret key [acme]#ta#x' } });
  const error = await Task.find('x').catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'internal', message: 'DynamoDB refused the request', cause: { name: 'ValidationException' } });
});

it("refuses an update that makes the row too large, by DynamoDB's own count", async () => {
  const { Task } = manager.models;
  await Task.create({ taskId: 'large', blob: new Uint8Array(300_000) });
  await expect(Task.update('large', { note: 'x'.repeat(120_000) })).rejects.toMatchObject({ code: 'item_too_large' });
  await control.reset();
  await expect(Task.update('large', { note: 'x'.repeat(410_000) })).rejects.toMatchObject({ code: 'item_too_large' });
  expect(await control.counts()).toEqual({});
});
