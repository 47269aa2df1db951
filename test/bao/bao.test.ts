import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import {
  describeModel,
  getBatchContextUsage,
  initModels,
  openCursor,
  runWithBatchContext,
  sealCursor,
  TenantContext,
} from '../../src/bao/index.ts';
import type { ModelManager } from '../../src/bao/index.ts';
import { localClientOptions } from '../setup/tables.ts';
import { MODELS } from './models.ts';
import { openTestTable } from './setup.ts';
import type { TestTable } from './setup.ts';

let table: TestTable;
let manager: ModelManager<typeof MODELS>;

beforeAll(async () => {
  table = await openTestTable();
  manager = initModels({
    models: MODELS,
    aws: localClientOptions(inject('dynamodbEndpoint')),
    db: { tableName: table.tableName },
    tenancy: { enabled: true },
  });
});
afterAll(() => table.drop());

const asTenant = <Result>(work: () => Promise<Result>) => TenantContext.runWithTenant('acme', () => runWithBatchContext(work));

it('writes, finds, lists and deletes in workerd with a client of its own', async () => {
  await asTenant(async () => {
    const { Task, Owner } = manager.models;
    await Owner.create({ ownerId: 'o1', name: 'Ada' });
    await Promise.all(
      [1, 2, 3].map((weight) => Task.create({ taskId: `t${weight}`, ownerId: 'o1', weight, blob: new Uint8Array([weight]) })),
    );
    const [one, two] = await Promise.all([Task.find('t1'), Task.find('t2')]);
    expect([one.exists(), two.exists()]).toEqual([true, true]);
    const page = await Task.queryByIndex('allTasks', undefined, { weight: { $gt: 1 } }, { limit: 1, loadRelated: true });
    expect(page.items.map((task) => [task.getPrimaryId(), task.getRelated('ownerId')?.exists()])).toEqual([['t2', true]]);
    const keys = [{ id: 'k', secret: new Uint8Array(32) }];
    const startKey = await openCursor(await sealCursor(page.lastEvaluatedKey ?? {}, 'b', keys), 'b', keys);
    expect(
      (await Task.queryByIndex('allTasks', undefined, { weight: { $gt: 1 } }, { startKey })).items.map((task) => task.get('blob')),
    ).toEqual([new Uint8Array([3])]);
    await Task.delete('t1');
    expect((await Task.find('t1')).exists()).toBe(false);
    expect(getBatchContextUsage().calls).toBeGreaterThan(0);
  });
});

it('keeps the contexts of simultaneous requests apart in workerd', async () => {
  const work = (name: string) =>
    asTenant(async () => {
      await manager.models.Owner.create({ ownerId: name, name });
      await new Promise((resolve) => setTimeout(resolve, 5));
      const found = await manager.models.Owner.find(name);
      return [found.exists() && found.get('name'), getBatchContextUsage().calls];
    });
  expect(await Promise.all(['a', 'b', 'c'].map(work))).toEqual([
    ['a', 1],
    ['b', 1],
    ['c', 1],
  ]);
});

it('describes models without asking anyone', () => {
  expect(describeModel(MODELS.Owner, Object.values(MODELS)).relations).toEqual({
    tasks: { kind: 'many', model: 'Task', index: 'tasksForOwner' },
  });
});
