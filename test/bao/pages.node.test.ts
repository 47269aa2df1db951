import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  ConfigurationError,
  initModels,
  QueryError,
  runWithBatchContext,
  scanAll,
  TenantContext,
  ValidationError,
} from '../../src/bao/index.ts';
import type { ModelManager, QueryOptions } from '../../src/bao/index.ts';
import { MODELS } from './models.ts';
import { openTestTable } from './setup.ts';
import type { TestTable } from './setup.ts';

const CURSOR_KEYS = [{ id: 'k1', secret: new Uint8Array(32).fill(1) }];

let table: TestTable;
let manager: ModelManager<typeof MODELS>;

beforeAll(async () => {
  table = await openTestTable();
  const options = { models: MODELS, store: table.store, db: { tableName: table.tableName }, logging: { level: 'ERROR' } };
  manager = initModels({ ...options, cursorKeys: CURSOR_KEYS });
  await Promise.all(
    Array.from({ length: 60 }, (_, at) =>
      manager.models.Task.create({ taskId: `p${at}`, kind: 'pages', rank: at, note: at % 7 === 0 ? 'seventh' : 'other' }),
    ),
  );
});
beforeEach(() => void table.store.takeOperations());
afterAll(() => table.drop());

const list = (options: QueryOptions) => manager.models.Task.queryByIndex('tasksByKind', 'pages', null, options as object);

describe('a page that is filled', () => {
  it('has as many objects as were asked for, and goes on right after the last of them', async () => {
    const seen: unknown[] = [];
    let startKey: QueryOptions['startKey'] = null;
    for (;;) {
      const page = await list({ limit: 4, filter: { note: 'seventh' }, fillPage: true, startKey });
      seen.push(page.items.map(({ rank }) => rank));
      if (page.lastEvaluatedKey === undefined) break;
      startKey = page.lastEvaluatedKey;
    }
    expect(seen).toEqual([[0, 7, 14, 21], [28, 35, 42, 49], [56]]);
  });

  it('takes few requests, and no more than it is allowed', async () => {
    const filled = await list({ limit: 3, filter: { note: 'seventh' }, fillPage: true });
    expect([filled.count, filled.items.length]).toEqual([3, 3]);
    expect(table.store.takeOperations().length).toBeLessThanOrEqual(4);
    const short = await list({ limit: 3, filter: { note: 'none' }, fillPage: 2 });
    expect(table.store.takeOperations()).toEqual(['Query', 'Query']);
    expect([short.count, short.lastEvaluatedKey !== undefined]).toEqual([0, true]);
    await expect(list({ fillPage: 0 })).rejects.toThrow(QueryError);
  });

  it('works backwards, with a part of the fields, and with cursors', async () => {
    const options = { limit: 3, filter: { note: 'seventh' }, fillPage: true, direction: 'DESC', fields: ['rank'] } as const;
    const first = await list(options);
    const second = await list({ ...options, cursor: first.cursor ?? '' });
    expect([...first.items, ...second.items].map(({ rank, note }) => [rank, note])).toEqual(
      [56, 49, 42, 35, 28, 21].map((rank) => [rank, null]),
    );
  });
});

describe('a count', () => {
  it('is of all pages, unless it has a limit', async () => {
    const { count, items, lastEvaluatedKey } = await list({ countOnly: true, filter: { note: 'seventh' } });
    expect([count, items, lastEvaluatedKey]).toEqual([9, [], undefined]);
    const part = await list({ countOnly: true, limit: 10 });
    expect([part.count, part.lastEvaluatedKey !== undefined]).toEqual([10, true]);
  });
});

describe('a cursor', () => {
  it('goes on where its page ended, and is null at the end', async () => {
    const first = await list({ limit: 40 });
    const last = await list({ limit: 40, cursor: first.cursor ?? '' });
    expect([first.items.length, last.items.length, last.cursor]).toEqual([40, 20, null]);
    expect(first.cursor).toMatch(/^k1\.[\w-]+$/);
  });

  it('is good for its own query, model and tenant alone, whatever the size of the page', async () => {
    const { Task } = manager.models;
    const cursor = String((await list({ limit: 10 })).cursor);
    expect((await list({ limit: 3, cursor, fields: ['rank'] })).items.map(({ rank }) => rank)).toEqual([10, 11, 12]);
    const others = [
      () => list({ cursor, direction: 'DESC' }),
      () => list({ cursor, filter: { note: 'other' } }),
      () => list({ cursor: `${cursor.slice(0, -2)}xx` }),
      () => list({ cursor: 'nonsense' }),
      () => Task.queryByIndex('tasksByKind', 'pages', { rank: { $gt: 1 } }, { cursor }),
      () => Task.queryByIndex('tasksByKind', 'others', null, { cursor }),
      () => Task.queryByIndex('tasksByHits', 'pages', null, { cursor }),
      () => TenantContext.runWithTenant('acme', () => Task.queryByIndex('tasksByKind', 'pages', null, { cursor })),
    ];
    for (const query of others) await expect(query()).rejects.toMatchObject({ name: 'QueryError', code: 'invalid_cursor' });
  });

  it('needs keys', async () => {
    const options = { models: { Task: MODELS.Task }, store: table.store, db: { tableName: table.tableName } };
    const { Task } = initModels({ ...options, logging: { level: 'ERROR' } }).models;
    const page = await Task.queryByIndex('tasksByKind', 'pages', null, { limit: 1 });
    expect(page.cursor).toBeUndefined();
    await expect(Task.queryByIndex('tasksByKind', 'pages', null, { cursor: 'k1.x' })).rejects.toThrow(ConfigurationError);
    expect(() => initModels({ ...options, cursorKeys: [{ id: 'weak', secret: new Uint8Array(16) }] }).getTenantId()).toThrow('32 bytes');
  });
});

describe('a projection', () => {
  it('reads the named fields and the key, of one object and of many', async () => {
    const { Task } = manager.models;
    const found = await Task.find('p7', { fields: ['rank'] });
    expect(found.exists() && found.toJSON()).toEqual({ taskId: 'p7', rank: 7 });
    const many = await Task.batchFind(['p7', 'p8', 'none'], { fields: ['note'] });
    expect(Object.values(many.items).map((task) => task.toJSON())).toEqual([
      { taskId: 'p7', note: 'seventh' },
      { taskId: 'p8', note: 'other' },
    ]);
    // @ts-expect-error no such field
    await expect(Task.find('p7', { fields: ['colour'] })).rejects.toThrow('Unknown field in fields: "colour"');
  });

  it('is never what another find of the batch context gets', async () => {
    const { Task } = manager.models;
    await runWithBatchContext(async () => {
      const parts = await Promise.all([Task.find('p1', { fields: ['rank'] }), Task.find('p2', { fields: ['rank'] })]);
      expect(table.store.takeOperations()).toEqual(['BatchGetItem']);
      expect(parts.map((part) => part.exists() && part.note)).toEqual([null, null]);
      const whole = await Task.find('p1');
      expect(whole.exists() && whole.note).toBe('other');
      expect(await Task.find('p1', { fields: ['rank'] })).toBe(whole);
    });
  });
});

describe('scanAll', () => {
  it('finds every object of the model and tenant, and no row of another', async () => {
    const { Task, Setting, Account } = manager.models;
    await Setting.create({ name: 's1', value: 'x' });
    await Account.create({ email: 'scan@x' });
    await TenantContext.runWithTenant('acme', () => Task.create({ taskId: 'of-acme' }));
    const ids: string[] = [];
    for await (const batch of Task.scanAll({ segments: 5, batchSize: 7, consistent: true })) ids.push(...batch.map((task) => task.taskId));
    expect(ids.toSorted()).toEqual(Array.from({ length: 60 }, (_, at) => `p${at}`).toSorted());
    const settings: unknown[] = [];
    for await (const batch of scanAll(Setting)) settings.push(...batch.map(({ name, value }) => [name, value]));
    expect(settings).toEqual([['s1', 'x']]);
  });

  it('filters, reads parts, and stops when the caller does', async () => {
    const { Task } = manager.models;
    const filtered: unknown[] = [];
    for await (const batch of Task.scanAll({ filter: { note: 'seventh' }, fields: ['rank'] }))
      filtered.push(...batch.map((task) => task.toJSON()));
    expect(filtered).toHaveLength(9);
    expect(filtered).toContainEqual({ taskId: 'p7', rank: 7 });
    table.store.takeOperations();
    for await (const batch of Task.scanAll({ segments: 1, batchSize: 5 })) {
      expect(batch.length).toBeLessThanOrEqual(5);
      break;
    }
    expect(table.store.takeOperations().length).toBeLessThanOrEqual(8);
    await expect(Task.scanAll({ segments: 0 }).next()).rejects.toThrow(QueryError);
    await expect(Task.scanAll({ batchSize: 0 }).next()).rejects.toThrow(ValidationError);
  });
});
