import { runInThisContext } from 'node:vm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { initModels, listMany, relatedViaMap, runWithBatchContext, TenantContext } from '../../src/bao/index.ts';
import type { BaoModel, BaoSettings, ModelManager } from '../../src/bao/index.ts';
import { MODELS } from './models.ts';
import { openTestTable } from './setup.ts';
import type { TestTable } from './setup.ts';

let table: TestTable;
beforeAll(async () => {
  table = await openTestTable();
});
// The tests of other files are not to fill the log; here it is what is looked at.
beforeEach(() => vi.stubEnv('DYNAMO_BAO_LOG_LEVEL', undefined));
afterEach(() => vi.unstubAllEnvs());
afterAll(() => table.drop());

function configured(config: BaoSettings = {}): { manager: ModelManager<typeof MODELS>; lines: string[] } {
  const lines: string[] = [];
  const sink = { warn: (line: string) => lines.push(line), debug: (line: string) => lines.push(line) };
  const logging = { ...config.logging, sink };
  const manager = initModels({ db: { tableName: table.tableName }, store: table.store, ...config, models: MODELS, logging });
  return { manager, lines };
}

describe('strict mode', () => {
  it('refuses every operation outside of a context, before anything is asked or written', async () => {
    const { manager } = configured();
    const { Owner, Task, Account } = manager.models;
    await Owner.create({ ownerId: 'o1', name: 'Ada' });
    const task = await Task.create({ taskId: 't1', ownerId: 'o1' });
    const account = await Account.create({ email: 'strict@example.com' });
    configured({ batchContext: { requireBatchContext: true } }); // the classes speak to the last configuration
    table.store.takeOperations();
    const operations: (() => Promise<unknown>)[] = [
      () => MODELS.Owner.create({ ownerId: 'o2', name: 'x' }),
      () => MODELS.Account.create({ email: 'other@example.com' }),
      () => MODELS.Owner.update('o1', { name: 'x' }),
      () => MODELS.Owner.replace({ ownerId: 'o1', name: 'x' }),
      () => MODELS.Owner.delete('o1'),
      () => MODELS.Owner.find('o1'),
      () => MODELS.Owner.findByPrimaryKey('o1'),
      () => MODELS.Owner.find('o1', { loaderContext: {} }),
      () => MODELS.Owner.batchFind(['o1']),
      () => MODELS.Account.findByUniqueConstraint('uniqueEmail', 'strict@example.com'),
      () => MODELS.Task.queryByIndex('allTasks'),
      () => MODELS.Task.queryByPrimaryKey('t1'),
      () => MODELS.Account.iterateAll().next(),
      () => MODELS.Account.iterateBucket(0).next(),
      () => new MODELS.Owner({ ownerId: 'o3', name: 'x' }).save(),
    ];
    for (const operation of operations)
      await expect(operation()).rejects.toThrow(/^Batch operations must be executed within runWithBatchContext\(\)\. Wrap your database/);
    expect(table.store.takeOperations()).toEqual([]);
    expect([task.exists(), account.exists()]).toEqual([true, true]);
    for (const operation of operations.slice(5)) await runWithBatchContext(operation);
  });

  it('refuses to load relations, whose context of their own is no substitute', async () => {
    const { manager } = configured({ batchContext: { requireBatchContext: true } });
    const task = await runWithBatchContext(() => manager.models.Task.create({ taskId: 't2', ownerId: 'o1' }));
    await expect(task.loadRelatedData()).rejects.toThrow('Batch operations must be executed');
    await expect(task.getOrLoadRelatedField('ownerId')).rejects.toThrow('Batch operations must be executed');
  });

  it('is set by the environment, which the configuration overrides', async () => {
    vi.stubEnv('DYNAMO_BAO_REQUIRE_BATCH_CONTEXT', 'true');
    await expect(configured().manager.models.Owner.find('o1')).rejects.toThrow('Batch operations must be executed');
    const { manager } = configured({ batchContext: { requireBatchContext: false } });
    expect((await manager.models.Owner.find('o1')).exists()).toBe(true);
  });
});

describe('by default', () => {
  it('operations outside of a context are counted, and each place is warned of once', async () => {
    const { manager, lines } = configured();
    const { Owner, Task } = manager.models;
    for (let at = 0; at < 3; at += 1) await Owner.find('o1');
    await Task.queryByIndex('allTasks');
    await runWithBatchContext(() => Owner.find('o1'));
    expect(manager.outsideCalls.count).toBe(4);
    const said =
      /^\[WARN\] bao: (?:Owner|Task): an operation outside of runWithBatchContext\(\) .* at .*outside-calls\.node\.test\.ts:\d+:\d+\)?$/;
    expect(lines).toEqual([expect.stringMatching(said), expect.stringMatching(said)]);
    expect(lines[0]).not.toBe(lines[1]);
  });

  it('names the line of a generated method, not the function of the layer that it calls', async () => {
    const { manager, lines } = configured();
    const owner = await runWithBatchContext(() => manager.models.Owner.find('o1'));
    const queryTasks = (from: object) => listMany(from as BaoModel, 'Task', 'tasksForOwner', null, {}); // as code generation writes it
    expect((await queryTasks(owner)).items).toEqual([]);
    await relatedViaMap(manager.models.Task, 'tasksForOwner', 'o1', 'ownerId', null);
    expect(lines).toEqual([expect.stringContaining('outside-calls.node.test.ts'), expect.stringContaining('outside-calls.node.test.ts')]);
  });

  it('names the place where a walk goes on', async () => {
    const { manager, lines } = configured();
    for await (const batch of manager.models.Account.iterateAll()) expect(batch.length).toBeGreaterThan(0);
    expect(lines).toEqual([expect.stringMatching(/^\[WARN\] bao: Account: .*outside-calls\.node\.test\.ts/)]);
  });

  it('a program that heeds no warning gets a hundred of them', async () => {
    const { manager, lines } = configured();
    const { Owner } = manager.models;
    const places = Array.from({ length: 150 }, (_, at): ((owner: typeof Owner) => Promise<unknown>) =>
      runInThisContext("(Owner) => Owner.find('o1')", { filename: `place-${at}.js` }),
    );
    for (const find of places) await find(Owner);
    expect(manager.outsideCalls.count).toBe(150);
    expect([lines.length, lines[99]]).toEqual([100, expect.stringContaining('at place-99.js:1:')]);
  });

  it('a loader context of the caller stands for a context', async () => {
    const { manager, lines } = configured();
    const { Owner, Task } = manager.models;
    const loaderContext = {};
    table.store.takeOperations();
    const tasks = await Task.queryByIndex('tasksForOwner', 'o1', null, { loaderContext, loadRelated: true });
    expect(tasks.count).toBe(0);
    const [one, two] = await Promise.all([Owner.find('o1', { loaderContext }), Owner.find('none', { loaderContext })]);
    expect([one.exists(), two.exists()]).toEqual([true, false]);
    expect(await Owner.find('o1', { loaderContext })).toBe(one);
    const [task] = (await Task.queryByPrimaryKey('t1', null, { loaderContext })).items;
    await task?.loadRelatedData(['ownerId'], loaderContext);
    expect(task?.getRelated('ownerId')).toBe(one);
    expect(table.store.takeOperations()).toEqual(['Query', 'BatchGetItem', 'Query']);
    expect(await Owner.find('o1', { loaderContext: {} })).not.toBe(one);
    expect(lines).toEqual([]);
  });
});

describe('the log', () => {
  it.each([
    ['OFF', 0],
    ['error', 0],
    ['WARN', 1],
    ['info', 1],
  ])('at level %s has %d warnings', async (level, count) => {
    vi.stubEnv('DYNAMO_BAO_LOG_LEVEL', level);
    const { manager, lines } = configured();
    await manager.models.Owner.find('o1');
    expect(lines).toHaveLength(count);
  });

  it('at level DEBUG has every operation with its cost, and never a value', async () => {
    const { manager, lines } = configured({ logging: { level: 'debug' } });
    await runWithBatchContext(() => manager.models.Owner.find('o1'));
    expect(lines).toEqual([expect.stringMatching(/^\[DEBUG\] bao: GetItem: ok, 1 call, [\d.]+ read units, 0 write units, \d+ ms$/)]);
  });

  it('refuses a level that there is not', () => {
    expect(() => configured({ logging: { level: 'LOUD' } })).toThrow('logging.level (DYNAMO_BAO_LOG_LEVEL): expected OFF, ERROR, WARN');
  });
});

describe('tenants', () => {
  it('an enabled tenancy is no error before there is one, and one manager serves them all', async () => {
    vi.stubEnv('DYNAMO_BAO_TENANCY_ENABLED', 'true');
    const { manager } = configured();
    await expect(manager.models.Owner.find('o1')).rejects.toThrow('Tenant context is required when tenancy is enabled.');
    for (const tenant of ['a', 'b', 'c']) {
      await TenantContext.runWithTenant(tenant, async () => {
        expect([TenantContext.getInstance(tenant), TenantContext.setCurrentTenant(tenant)]).toEqual([manager, manager]);
        await manager.models.Account.create({ email: 'same@example.com' });
      });
    }
    expect(() => TenantContext.setCurrentTenant('a')).toThrow('works inside TenantContext.runWithTenant only');
    expect(() => TenantContext.addResolver('a' as never)).toThrow('Resolver must be a function');
  });
});
