import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { DynamoClient } from '../../src/dynamo/index.ts';
import type { BatchGetItemInput, ItemStore } from '../../src/dynamo/index.ts';
import {
  getBatchContextCapacity,
  getBatchContextUsage,
  initModels,
  ObjectNotFound,
  runWithBatchContext,
  TenantContext,
} from '../../src/bao/index.ts';
import type { BaoModel, ModelManager } from '../../src/bao/index.ts';
import { eventually } from '../setup/eventually.ts';
import { proxyControl } from '../setup/proxy-control.ts';
import { localClientOptions } from '../setup/tables.ts';
import { MODELS } from './models.ts';
import { openTestTable } from './setup.ts';
import type { TestTable } from './setup.ts';

let table: TestTable;
let manager: ModelManager<typeof MODELS>;

beforeAll(async () => {
  table = await openTestTable();
  manager = initModels({ models: MODELS, store: table.store, db: { tableName: table.tableName } });
  const { Owner, Vote } = manager.models;
  await Promise.all(Array.from({ length: 250 }, (_, at) => Owner.create({ ownerId: `o${at}`, name: `Owner ${at}` })));
  await Vote.create({ topic: 'same', round: 1, answer: 'yes' });
});
beforeEach(() => void table.store.takeOperations());
afterAll(() => table.drop());

const nameOf = (found: BaoModel | ObjectNotFound) => (found.exists() ? found.get('name') : null);

describe('finds inside a batch context', () => {
  it('of one tick become one request per hundred keys, all sent at once', async () => {
    const { Owner } = manager.models;
    const found = await runWithBatchContext(() => Promise.all(Array.from({ length: 250 }, (_, at) => Owner.find(`o${at}`))));
    expect(found.map(nameOf)).toEqual(Array.from({ length: 250 }, (_, at) => `Owner ${at}`));
    expect(table.store.takeOperations()).toEqual(['BatchGetItem', 'BatchGetItem', 'BatchGetItem']);
  });

  it('are joined when their callers await something first', async () => {
    const { Owner } = manager.models;
    await runWithBatchContext(() =>
      Promise.all(
        Array.from({ length: 10 }, async (_, at) => {
          for (let turn = 0; turn < at % 4; turn += 1) await Promise.resolve();
          return Owner.find(`o${at}`);
        }),
      ),
    );
    expect(table.store.takeOperations()).toEqual(['BatchGetItem']);
  });

  it('give the same object for the same key, however it is spelled', async () => {
    const { Vote, Owner } = manager.models;
    await runWithBatchContext(async () => {
      const [one, two] = await Promise.all([Vote.find({ topic: 'same', round: 1 }), Vote.find('same##__SK__##00000000000000000001')]);
      expect(one.exists()).toBe(true);
      expect(two).toBe(one);
      expect(await Owner.find('o1')).toBe(await Owner.find({ ownerId: 'o1' }));
    });
    expect(table.store.takeOperations()).toEqual(['GetItem', 'GetItem']);
  });

  it('never mix models or tenants that use the same id', async () => {
    const { Owner, Task } = manager.models;
    for (const tenant of ['t1', 't2']) await TenantContext.runWithTenant(tenant, () => Owner.create({ ownerId: 'same', name: tenant }));
    await Task.create({ taskId: 'same', title: 'a task' });
    await runWithBatchContext(async () => {
      const names = await Promise.all(['t1', 't2', null].map((tenant) => TenantContext.runWithTenant(tenant, () => Owner.find('same'))));
      expect(names.map(nameOf)).toEqual(['t1', 't2', null]);
      expect((await Task.find('same')).exists()).toBe(true);
    });
  });

  it('answer what was written in the context, before and after it was loaded', async () => {
    const { Owner } = manager.models;
    await runWithBatchContext(async () => {
      expect((await Owner.find('w1')).exists()).toBe(false);
      const created = await Owner.create({ ownerId: 'w1', name: 'a' });
      expect(await Owner.find('w1')).toBe(created);
      const updated = await Owner.update('w1', { name: 'b' });
      expect(await Owner.find('w1')).toBe(updated);
      Object.assign(updated, { name: 'c' });
      await updated.save();
      expect(nameOf(await Owner.find('w1'))).toBe('c');
      await Owner.replace({ ownerId: 'w1', name: 'd' });
      expect(nameOf(await Owner.find('w1'))).toBe('d');
      await Owner.delete('w1');
      expect((await Owner.find('w1')).exists()).toBe(false);
    });
  });

  it('do not remember what a load brought back after a write overtook it', async () => {
    const { Owner } = manager.models;
    await Owner.create({ ownerId: 'race', name: 'old' });
    await runWithBatchContext(async () => {
      const loading = Owner.find('race');
      await Owner.update('race', { name: 'new' });
      await loading;
      expect(nameOf(await Owner.find('race'))).toBe('new');
    });
  });

  it('read again what several writes at once have written, since their answers may come in another order', async () => {
    const { Owner } = manager.models;
    await Owner.create({ ownerId: 'several', name: 'old' });
    const second = Promise.withResolvers<void>();
    const store: ItemStore = {
      async execute(operation, input, context) {
        const result = await table.store.execute(operation, input, context);
        if (JSON.stringify(input).includes('first')) await second.promise;
        return result;
      },
    };
    const { models } = initModels({ models: MODELS, store, db: { tableName: table.tableName } });
    await runWithBatchContext(async () => {
      const first = models.Owner.update('several', { name: 'first' });
      await eventually(() => expect(table.store.requests.some(({ operation }) => operation === 'UpdateItem')).toBe(true));
      await models.Owner.update('several', { name: 'second' });
      second.resolve();
      await first;
      expect(nameOf(await models.Owner.find('several'))).toBe(nameOf(await Owner.find('several', { bypassCache: true })));
      const alone = await models.Owner.update('several', { name: 'third' });
      expect(await models.Owner.find('several')).toBe(alone);
    });
  });

  it('are answered each for itself: a bad id fails nobody else', async () => {
    const { Owner } = manager.models;
    const outcomes = await runWithBatchContext(() =>
      Promise.allSettled([
        Owner.find('o1'),
        Owner.find(undefined as never),
        Owner.find('x'.repeat(3000)),
        Owner.find(''),
        Owner.find('o2'),
      ]),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected', 'fulfilled']);
  });

  it('wait for others as long as batchDelay says, or not at all', async () => {
    const { Owner } = manager.models;
    await runWithBatchContext(async () => {
      const first = Owner.find('o3', { batchDelay: 20 });
      await new Promise((resolve) => setTimeout(resolve, 2));
      await Promise.all([first, Owner.find('o4', { batchDelay: 20 })]);
      await Promise.all([Owner.find('o5', { batchDelay: 0 }), Owner.find('o6', { batchDelay: 0 })]);
    });
    expect(table.store.takeOperations()).toEqual(['BatchGetItem', 'GetItem', 'GetItem']);
  });

  it('ask again with bypassCache, and see all writes with consistent', async () => {
    const { Owner } = manager.models;
    await runWithBatchContext(async () => {
      const first = await Owner.find('o7');
      const again = await Owner.find('o7', { bypassCache: true });
      expect(again).not.toBe(first);
      expect(await Owner.find('o7')).toBe(again);
      await Owner.find('o7', { consistent: true });
    });
    const inputs = table.store.requests.splice(0);
    expect(inputs.map(({ context }) => [context?.read, context?.bypassCache === true])).toEqual([
      [undefined, false],
      [undefined, true],
      ['strong', false],
    ]);
  });

  it('belong to the innermost context, and to the outer one again after it', async () => {
    const { Owner } = manager.models;
    await runWithBatchContext(async () => {
      const outer = await Owner.find('o8');
      await runWithBatchContext(async () => expect(await Owner.find('o8')).not.toBe(outer));
      expect(await Owner.find('o8')).toBe(outer);
    });
  });

  it('of twenty thousand keys are two hundred requests, of which fifty are under way at a time', async () => {
    const { Owner } = manager.models;
    let requests = 0;
    let underWay = 0;
    let most = 0;
    const emptyStore = {
      async execute() {
        requests += 1;
        underWay += 1;
        most = Math.max(most, underWay);
        await Promise.resolve();
        underWay -= 1;
        const meta = { cache: 'bypass', calls: 1, keys: 100, readUnits: 0, writeUnits: 0 };
        return { ok: true, output: { Responses: {} }, meta };
      },
    };
    const idle = initModels({ models: { Owner }, store: emptyStore as unknown as TestTable['store'], db: { tableName: 'none' } });
    await runWithBatchContext(() => Promise.all(Array.from({ length: 20_000 }, (_, at) => idle.models.Owner.find(`${at}`))));
    expect([requests, most]).toEqual([200, 50]);
  });
});

describe('batchFind', () => {
  it('answers by id as given, leaves out what does not exist, and takes keys as objects', async () => {
    const { Owner } = manager.models;
    const { items, ConsumedCapacity } = await Owner.batchFind(['o1', 'nobody', 'o1', { ownerId: 'o2' }]);
    expect(Object.keys(items).toSorted()).toEqual(['o1', 'o2']);
    expect(ConsumedCapacity).toEqual([]);
    expect(table.store.takeOperations()).toEqual(['BatchGetItem']);
    expect(await Owner.batchFind(null)).toMatchObject({ items: {} });
  });

  it('shares objects with find inside a context', async () => {
    const { Owner } = manager.models;
    await runWithBatchContext(async () => {
      const one = await Owner.find('o1');
      const { items } = await Owner.batchFind(['o1', 'o2']);
      expect(items['o1']).toBe(one);
      expect(await Owner.find('o2')).toBe(items['o2']);
    });
    expect(table.store.takeOperations()).toEqual(['GetItem', 'GetItem']);
  });

  it('puts bad ids into errors when it is asked for a partial answer', async () => {
    const { Owner } = manager.models;
    const { items, errors } = await Owner.batchFind(['o1', ''], { partial: true });
    expect([Object.keys(items), errors['']?.name]).toEqual([['o1'], 'ValidationError']);
    await expect(Owner.batchFind(['o1', ''])).rejects.toThrow('may not be empty');
  });
});

describe('a store that fails', () => {
  it('never makes an object look missing: what could not be read is an error, the rest is answered', async () => {
    // Waits pass at once, and are over by its clock: the time runs out after the same tries on a slow machine as on a fast one.
    let nowMs = Date.now();
    const sleep = async (waitMs: number) => void (nowMs += waitMs);
    const proxied = new DynamoClient({ ...localClientOptions(inject('dynamodbProxy')), maxAttempts: 3, nowMs: () => nowMs, sleep });
    const control = proxyControl(inject('dynamodbProxy'), table.tableName);
    const failing = initModels({ models: { Owner: MODELS.Owner }, store: proxied, db: { tableName: table.tableName } });
    await control.reset();
    await control.inject({ kind: 'unprocessed', operation: 'BatchGetItem', done: 1 });
    await control.inject({ kind: 'unprocessed', operation: 'BatchGetItem', done: 0, times: 1000 });
    const outcomes = await runWithBatchContext(
      () => Promise.allSettled(['o1', 'o2', 'nobody'].map((id) => failing.models.Owner.find(id))),
      { deadlineMs: 5_000 },
    );
    await control.reset();
    expect(
      outcomes.map((outcome) => (outcome.status === 'fulfilled' ? nameOf(outcome.value) : (outcome.reason as { code: string }).code)),
    ).toEqual(['Owner 1', 'throttled', 'throttled']);
  });

  it('is asked again by the next find', async () => {
    const { Owner } = manager.models;
    const down = {
      execute: () =>
        Promise.resolve({
          ok: false,
          error: { code: 'unavailable', message: 'down', retryAfterMs: 700 },
          meta: { cache: 'bypass', calls: 1, keys: 1, readUnits: 0, writeUnits: 0 },
        }),
    };
    let isDown = true;
    const store = {
      execute: (...call: Parameters<TestTable['store']['execute']>) => (isDown ? down.execute() : table.store.execute(...call)),
    };
    const flaky = initModels({ models: { Owner }, store: store as unknown as TestTable['store'], db: { tableName: table.tableName } });
    await runWithBatchContext(async () => {
      await expect(flaky.models.Owner.find('o1')).rejects.toMatchObject({ code: 'unavailable', retryAfterMs: 700 });
      await expect(flaky.models.Owner.batchFind(['o1', 'o2'])).rejects.toMatchObject({ code: 'unavailable' });
      isDown = false;
      expect(nameOf(await flaky.models.Owner.find('o1'))).toBe('Owner 1');
    });
  });
});

describe('related objects', () => {
  it('of a page cost one request for all of them', async () => {
    const { Task } = manager.models;
    await Promise.all(Array.from({ length: 9 }, (_, at) => Task.create({ taskId: `rel${at}`, ownerId: `o${at}`, weight: at })));
    table.store.takeOperations();
    const { items } = await Task.queryByIndex('allTasks', undefined, { weight: { $gte: 0 } }, { loadRelated: true });
    expect(items.map((task) => nameOf(task.getRelated('ownerId') ?? new ObjectNotFound()))).toEqual(
      Array.from({ length: 9 }, (_, at) => `Owner ${at}`),
    );
    expect(table.store.takeOperations()).toEqual(['Query', 'BatchGetItem']);
  });

  it('are loaded once, forgotten on demand, and null where the field is unset', async () => {
    const { Task } = manager.models;
    const task = await Task.create({ taskId: 'rel', ownerId: 'o1' });
    await runWithBatchContext(async () => {
      expect(await task.getOrLoadRelatedField('ownerId')).toBe(await task.getOrLoadRelatedField('ownerId'));
      Object.assign(task, { ownerId: 'o2' });
      expect(task.getRelated('ownerId')).toBeUndefined();
      await task.loadRelatedData(['ownerId', 'nothing']);
      expect(nameOf(task.getRelated('ownerId') ?? new ObjectNotFound())).toBe('Owner 2');
      Object.assign(task, { ownerId: null });
      expect(await task.getOrLoadRelatedField('ownerId')).toBeNull();
    });
    await expect(task.getOrLoadRelatedField('title')).rejects.toThrow('not a RelatedField');
  });
});

describe('usage', () => {
  it('is summed over all operations of the context, and is zero outside', async () => {
    const { Owner } = manager.models;
    await runWithBatchContext(async () => {
      await Promise.all([Owner.find('o1'), Owner.find('o2')]);
      await Owner.update('o1', { name: 'Owner 1' });
      expect(getBatchContextUsage()).toMatchObject({ calls: 2, keys: 2, hits: 0, misses: 0 });
      expect(getBatchContextCapacity()).toEqual({ read: 1, write: 1 });
    });
    expect(getBatchContextUsage().calls).toBe(0);
  });

  it('of an object is what its own operations consumed', async () => {
    const { Owner } = manager.models;
    const owner = await Owner.update('o1', { name: 'Owner 1' });
    expect([owner.getNumericConsumedCapacity('write'), owner.getNumericConsumedCapacity('read')]).toEqual([1, 0]);
    const missing = await Owner.find('nobody');
    expect(missing.getNumericConsumedCapacity('read')).toBe(0.5);
  });
});

describe('options of a context', () => {
  it('reach the store with every operation, with what is left of the time', async () => {
    const { Owner } = manager.models;
    await runWithBatchContext(() => Owner.find('o1'), { deadlineMs: 5_000, operation: { caller: 'test', priority: 'batch' } });
    const [request] = table.store.requests.splice(0);
    expect(request?.context).toMatchObject({ caller: 'test', priority: 'batch' });
    expect(request?.context?.deadlineMs).toBeGreaterThan(4_000);
    const input = request?.input as BatchGetItemInput | undefined;
    expect(input).toMatchObject({ TableName: table.tableName });
  });

  it('say how fresh every read inside has to be, whatever the reads themselves leave open', async () => {
    const { Owner, Task } = manager.models;
    const operation = { read: 'strong', bypassCache: true } as const;
    await runWithBatchContext(
      async () => {
        await Owner.find('o1');
        await Owner.batchFind(['o1', 'o2', 'o3']);
        await Task.queryByPrimaryKey('t1');
      },
      { operation },
    );
    const requests = table.store.requests.splice(0);
    expect(requests.length).toBeGreaterThanOrEqual(3);
    for (const { context } of requests) expect(context).toMatchObject(operation);
  });

  it('of a strict configuration refuse finds outside', async () => {
    const strict = initModels({
      models: { Owner: MODELS.Owner },
      store: table.store,
      db: { tableName: table.tableName },
      batchContext: { requireBatchContext: true },
    });
    await expect(strict.models.Owner.find('o1')).rejects.toThrow('Batch operations must be executed within runWithBatchContext()');
    expect((await runWithBatchContext(() => strict.models.Owner.find('o1'))).exists()).toBe(true);
  });
});

describe('an object that is held while its row is written', () => {
  it('is what later finds return after its save, and stays as it was after an update by id', async () => {
    const { Owner } = manager.models;
    await Owner.create({ ownerId: 'held', name: 'Ada' });
    await runWithBatchContext(async () => {
      const held = await Owner.find('held');
      if (!held.exists()) return expect.unreachable();
      held.name = 'saved';
      await held.save();
      expect(await Owner.find('held')).toBe(held);
      held.name = 'not saved yet';
      const updated = await Owner.update('held', { name: 'updated' });
      expect(await Owner.find('held')).toBe(updated);
      expect([held.name, updated.name]).toEqual(['not saved yet', 'updated']);
    });
  });
});
