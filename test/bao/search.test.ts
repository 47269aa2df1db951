import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { initModels, runWithBatchContext, TenantContext } from '../../src/bao/index.ts';
import type { ModelManager } from '../../src/bao/index.ts';
import { localClientOptions } from '../setup/tables.ts';
import { addSearchIndex, SEARCH_MODELS } from './search-setup.ts';
import { openTestTable } from './setup.ts';
import type { TestTable } from './setup.ts';

let table: TestTable;
let manager: ModelManager<typeof SEARCH_MODELS>;

beforeAll(async () => {
  table = await openTestTable();
  await addSearchIndex(table.tableName);
  manager = initModels({
    models: SEARCH_MODELS,
    aws: localClientOptions(inject('dynamodbEndpoint')),
    db: { tableName: table.tableName, iterationIndexName: 'iter_search_index' },
    tenancy: { enabled: true },
    cursorKeys: [{ id: 'k', secret: new Uint8Array(32).fill(1) }],
  });
});
afterAll(() => table.drop());

const asTenant = <Result>(tenant: string, work: () => Promise<Result>) =>
  TenantContext.runWithTenant(tenant, () => runWithBatchContext(work));

it('searches and walks in workerd, each tenant in its own rows', async () => {
  const { Article } = manager.models;
  const write = (tenant: string, count: number) =>
    asTenant(tenant, () =>
      Promise.all(Array.from({ length: count }, (_, at) => Article.create({ articleId: `${tenant}${at}`, title: `Alice ${at}` }))),
    );
  await Promise.all([write('acme', 12), write('globex', 5)]);
  await asTenant('acme', async () => {
    const first = await Article.searchAll(['ALICE'], { limit: 7 });
    const second = await Article.searchAll(['ALICE'], { limit: 7, cursor: first.cursor });
    expect([first.items.length, second.items.length, second.cursor]).toEqual([7, 5, null]);
    const other = TenantContext.runWithTenant('globex', () => Article.searchAll(['alice'], { cursor: first.cursor }));
    await expect(other).rejects.toThrow('Cursor was generated under tenant "acme", not "globex".');
    let walked = 0;
    for await (const batch of Article.iterateAll({ batchSize: 5, concurrency: 4 })) walked += batch.length;
    expect(walked).toBe(12);
  });
  const found: number[] = [];
  await asTenant('globex', async () => {
    for await (const batch of Article.searchAll(['alice'], { limit: 2 })) found.push(batch.length);
  });
  expect(found).toEqual([2, 2, 1]);
});
