import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import {
  actions,
  batchWrite,
  dryRun,
  initModels,
  runWithBatchContext,
  scanAll,
  TenantContext,
  transactGet,
  transactWrite,
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
  const cursorKeys = [{ id: 'k', secret: crypto.getRandomValues(new Uint8Array(32)) }];
  manager = initModels({
    models: MODELS,
    aws: localClientOptions(inject('dynamodbEndpoint')),
    db: { tableName: table.tableName },
    tenancy: { enabled: true },
    cursorKeys,
  });
});
afterAll(() => table.drop());

const asTenant = <Result>(work: () => Promise<Result>) => TenantContext.runWithTenant('acme', () => runWithBatchContext(work));

it('transacts, writes batches and upserts in workerd', async () => {
  await asTenant(async () => {
    const { Task, Account } = manager.models;
    const [task] = await transactWrite([
      actions.create(Task, { taskId: 't1', kind: 'k', rank: 1 }),
      actions.create(Account, { email: 'a@x' }),
    ]);
    await transactWrite([actions.update(Task, 't1', { views: { $add: 1 }, tags: { $add: ['x'] } }), actions.missing(Task, 't2')]);
    const [found, missing] = await transactGet([actions.find(Task, 't1'), actions.find(Task, 't2', { fields: ['title'] })]);
    expect([task.rank, found.exists() && found.views, missing.exists()]).toEqual([1, 101, false]);
    await batchWrite(Array.from({ length: 30 }, (_, at) => actions.put(Task, { taskId: `b${at}`, kind: 'batch', rank: at })));
    expect((await Task.upsert({ taskId: 'b3', note: 'x' })).created).toBe(false);
  });
});

it('fills pages, seals cursors and scans in workerd', async () => {
  await asTenant(async () => {
    const { Task } = manager.models;
    const page = () => ({ limit: 5, filter: { rank: { $gte: 10 } }, fillPage: true }) as const;
    const first = await Task.queryByIndex('tasksByKind', 'batch', null, page());
    const second = await Task.queryByIndex('tasksByKind', 'batch', null, { ...page(), cursor: first.cursor ?? null });
    expect([...first.items, ...second.items].map(({ rank }) => rank)).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
    let scanned = 0;
    for await (const batch of scanAll(Task, { segments: 3, filter: { kind: 'batch' } })) scanned += batch.length;
    expect(scanned).toBe(30);
  });
});

it('aborts, and runs dry, in workerd', async () => {
  await asTenant(async () => {
    const { Task } = manager.models;
    await expect(Task.find('t1', { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'deadline_exceeded' });
    const requests = await dryRun(() => Task.update('t1', { rank: 9 }));
    expect(requests.map(({ operation }) => operation)).toEqual(['GetItem', 'UpdateItem']);
    const task = await Task.find('t1', { consistent: true });
    expect(task.exists() && task.rank).toBe(1);
  });
});
