import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { actions, dryRun, initModels, relatedViaMap, runWithBatchContext, transactWrite } from '../../src/bao/index.ts';
import type { Middleware, ModelManager, StoreRequest } from '../../src/bao/index.ts';
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
  const store = new DynamoClient(localClientOptions(inject('dynamodbProxy')));
  manager = initModels({ models: MODELS, store, db: { tableName: table.tableName }, logging: { level: 'ERROR' } });
  await manager.models.Task.create({ taskId: 'known', title: 'one', kind: 'bug', rank: 1 });
});
beforeEach(() => control.reset());
afterAll(async () => {
  await control.reset();
  await table.drop();
});

describe('a signal', () => {
  it('ends a read at once, with and without a batch context', async () => {
    const { Task } = manager.models;
    await control.inject({ kind: 'hold', times: 10 });
    const calls = [
      (signal: AbortSignal) => Task.find('known', { signal }),
      (signal: AbortSignal) => Task.queryByIndex('tasksByKind', 'bug', null, { signal }),
      (signal: AbortSignal) => runWithBatchContext(() => Task.find('known', { signal })),
      (signal: AbortSignal) => runWithBatchContext(() => Task.batchFind(['known', 'other'], { signal })),
    ];
    for (const [at, call] of calls.entries()) {
      const controller = new AbortController();
      const calling = call(controller.signal);
      await control.whenHeld(at + 1);
      controller.abort();
      await expect(calling).rejects.toMatchObject({ code: 'deadline_exceeded' });
    }
  });

  it('ends the wait of its own caller alone where several wait for one read', async () => {
    const { Task } = manager.models;
    await control.inject({ kind: 'hold' });
    const controller = new AbortController();
    await runWithBatchContext(async () => {
      const [aborted, other] = [Task.find('known', { signal: controller.signal }), Task.find('known')];
      await control.whenHeld();
      controller.abort();
      await expect(aborted).rejects.toMatchObject({ code: 'deadline_exceeded' });
      await control.release();
      expect((await other).exists()).toBe(true);
    });
  });

  it('ends the loading of related objects, by itself and with a page', async () => {
    const { Task } = manager.models;
    const task = await Task.create({ taskId: 'related', ownerId: 'somebody', kind: 'related', rank: 1 });
    await control.inject({ kind: 'hold', operation: 'GetItem', times: 10 });
    const calls = [
      (signal: AbortSignal) => task.getOrLoadRelatedField('ownerId', null, { signal }),
      (signal: AbortSignal) => task.loadRelatedData(null, null, { signal }),
      (signal: AbortSignal) => Task.queryByIndex('tasksByKind', 'related', null, { signal, loadRelated: true }),
      (signal: AbortSignal) => relatedViaMap(Task, 'tasksByKind', 'related', 'ownerId', null, { signal }),
    ];
    for (const [at, call] of calls.entries()) {
      const controller = new AbortController();
      const calling = call(controller.signal);
      await control.whenHeld(at + 1);
      controller.abort();
      await expect(calling).rejects.toMatchObject({ code: 'deadline_exceeded' });
    }
  });

  it('sends nothing when it is aborted already, and says of a write that has left that nobody knows', async () => {
    const { Task } = manager.models;
    const signal = AbortSignal.abort();
    await expect(Task.create({ taskId: 'never' }, { signal })).rejects.toMatchObject({ code: 'deadline_exceeded' });
    await expect(transactWrite([actions.create(Task, { taskId: 'never' })], { signal })).rejects.toMatchObject({
      code: 'deadline_exceeded',
    });
    await expect(runWithBatchContext(() => Task.find('known', { signal }))).rejects.toMatchObject({ code: 'deadline_exceeded' });
    expect(await control.requests()).toEqual([]);
    await control.inject({ operation: 'UpdateItem', kind: 'hold', moment: 'after' });
    const controller = new AbortController();
    const writing = Task.update('known', { note: 'x' }, { signal: controller.signal });
    await control.whenHeld();
    controller.abort();
    await expect(writing).rejects.toMatchObject({ code: 'outcome_unknown' });
  });
});

describe('a deadline', () => {
  it('bounds a call with all of its requests', async () => {
    const { Task } = manager.models;
    await control.inject({ kind: 'hold', times: 10 });
    const startedAtMs = Date.now();
    await expect(Task.find('known', { deadlineMs: 60 })).rejects.toMatchObject({ code: 'deadline_exceeded' });
    await expect(runWithBatchContext(() => Task.find('known', { deadlineMs: 60 }))).rejects.toMatchObject({ code: 'deadline_exceeded' });
    // Needs the row first: both requests share the 60 ms.
    await expect(Task.update('known', { rank: 2 }, { deadlineMs: 60 })).rejects.toMatchObject({ code: 'deadline_exceeded' });
    expect(Date.now() - startedAtMs).toBeLessThan(3_000);
  });

  it('is the shorter one of the call and the batch context', async () => {
    const { Task } = manager.models;
    await control.inject({ kind: 'hold', times: 10 });
    const call = () => Task.queryByIndex('tasksByKind', 'bug', null, { deadlineMs: 60_000 });
    await expect(runWithBatchContext(call, { deadlineMs: 60 })).rejects.toMatchObject({ code: 'deadline_exceeded' });
  });
});

describe('a dry run', () => {
  it('returns the requests, and writes nothing', async () => {
    const { Task, Account } = manager.models;
    const before = await table.rows();
    const requests = await dryRun(async () => {
      await Task.create({ taskId: 'dry', title: 'x' });
      await Task.update('known', { note: 'dry' });
      await Task.update('known', { rank: 5 }); // takes the other part of the index key from what the first update answered
      await Account.create({ email: 'dry@x' });
      await transactWrite([actions.delete(Task, 'known')]);
    });
    expect(requests.map(({ operation }) => operation)).toEqual([
      'PutItem',
      'UpdateItem',
      'UpdateItem',
      'TransactWriteItems',
      'TransactWriteItems',
    ]);
    expect(requests[0]?.input).toMatchObject({ TableName: table.tableName, Item: { _pk: { S: 'ta#dry' }, title: { S: 'x' } } });
    const expression = JSON.stringify(requests[2]?.input);
    expect(expression).toContain('_gsi2_pk');
    expect(await table.rows()).toEqual(before);
    expect(Object.keys(await control.counts())).toEqual(['GetItem']);
  });

  it('sends no reads when told so', async () => {
    const { Task } = manager.models;
    const requests = await dryRun(() => Task.queryByIndex('tasksByKind', 'bug', { rank: { $gt: 1 } }, { filter: { note: 'x' } }), {
      reads: false,
    });
    expect(requests).toEqual([
      {
        operation: 'Query',
        input: expect.objectContaining({
          IndexName: 'gsi2',
          KeyConditionExpression: '#n1 = :v1 AND #n2 > :v2',
          FilterExpression: '#n3 = :v3',
        }),
      },
    ]);
    expect(await control.requests()).toEqual([]);
  });

  it('rejects as the operations would', async () => {
    const { Task } = manager.models;
    await expect(dryRun(() => Task.create({ taskId: '' }))).rejects.toThrow('Field is required: taskId');
    await expect(dryRun(() => Task.update('none', { rank: 1 }))).rejects.toThrow('Item not found');
  });
});

describe('middleware', () => {
  const withMiddleware = (...middleware: Middleware[]) =>
    initModels({
      models: { Task: MODELS.Task },
      store: table.store,
      db: { tableName: table.tableName },
      logging: { level: 'ERROR' },
      tenantId: 'acme',
      middleware,
    }).models.Task;

  it('sees every request with its tenant and answer, the first one outermost', async () => {
    const seen: string[] = [];
    const log =
      (name: string): Middleware =>
      async (request, next) => {
        seen.push(`${name} ${request.operation} ${request.tenant}`);
        const answer = await next();
        seen.push(`${name} ${answer.ok}`);
        return answer;
      };
    const Task = withMiddleware(log('outer'), log('inner'));
    await runWithBatchContext(() => Promise.all([Task.find('m1'), Task.find('m2')]));
    expect(seen).toEqual(['outer BatchGetItem acme', 'inner BatchGetItem acme', 'inner true', 'outer true']);
  });

  it('may change a request, repeat it, answer it, and refuse it', async () => {
    const strong: Middleware = (request, next) => {
      const changed: StoreRequest = { ...request, context: { ...request.context, read: 'strong' } };
      return next(changed);
    };
    const Strong = withMiddleware(strong);
    table.store.takeOperations();
    await Strong.find('m3');
    expect(table.store.requests.at(-1)?.context).toMatchObject({ read: 'strong' });

    const again: Middleware = async (_request, next) => {
      await next();
      return next();
    };
    table.store.takeOperations();
    await withMiddleware(again).find('m3');
    expect(table.store.takeOperations()).toEqual(['GetItem', 'GetItem']);

    const meta = { cache: 'hit', calls: 0, keys: 0, readUnits: 0, writeUnits: 0 } as const;
    const row = { _pk: { S: '[acme]#ta#m4' }, _sk: { S: 'ta' }, taskId: { S: 'm4' }, title: { S: 'made up' } };
    const answered = await withMiddleware(async () => ({ ok: true, output: { Item: row }, meta })).find('m4');
    expect(answered.exists() && answered.title).toBe('made up');
    const refusing = withMiddleware(() => Promise.reject(new Error('not today')));
    await expect(refusing.create({ taskId: 'm5' })).rejects.toThrow('not today');
  });
});
