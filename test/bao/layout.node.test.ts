import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BaoModel, fields, IndexConfig, initModels, PrimaryKeyConfig, TenantContext } from '../../src/bao/index.ts';
import type { ModelManager } from '../../src/bao/index.ts';
import { MODELS } from './models.ts';
import { openTestTable } from './setup.ts';
import type { TestTable } from './setup.ts';

class Old extends BaoModel {
  static override modelPrefix = 'ol';
  static override fields = { id: fields.StringField({ required: true }), kind: fields.StringField(), size: fields.IntegerField() };
  static override primaryKey = PrimaryKeyConfig('id');
  static override indexes = { byKind: IndexConfig('kind', 'size', 'gsi1') };
}

class Shared extends BaoModel {
  static override modelPrefix = 'sh';
  static override fields = { id: fields.StringField({ required: true }) };
  static override primaryKey = PrimaryKeyConfig('modelPrefix', 'id');
}

const ALL_MODELS = { ...MODELS, Old, Shared };
let table: TestTable;
let manager: ModelManager<typeof ALL_MODELS>;

beforeAll(async () => {
  table = await openTestTable();
  manager = initModels({ models: ALL_MODELS, store: table.store, db: { tableName: table.tableName } });
});
afterAll(() => table.drop());

describe('the layout', () => {
  it('writes legacy numbers as dynamo-bao does, negative ones included', async () => {
    await manager.models.Old.create({ id: 'a', kind: 'k', size: -5 });
    expect(await table.row('ol#a', 'ol')).toMatchObject({ _gsi1_pk: { S: 'ol#gsi1#k' }, _gsi1_sk: { S: '000000000000000000-5' } });
  });

  it('takes the text "null" that dynamo-bao leaves in an index, and removes it with the next write', async () => {
    await table.putRow({
      _pk: { S: 'ol#b' },
      _sk: { S: 'ol' },
      _gsi1_pk: { S: 'ol#gsi1#null' },
      _gsi1_sk: { S: '00000000000000000001' },
      id: { S: 'b' },
      size: { N: '1' },
    });
    await manager.models.Old.update('b', { size: 2 });
    expect(await table.row('ol#b', 'ol')).toEqual({ _pk: { S: 'ol#b' }, _sk: { S: 'ol' }, id: { S: 'b' }, size: { N: '2' } });
  });

  it('recomputes every key of an old row when it is asked to', async () => {
    await table.putRow({ _pk: { S: 'ol#c' }, _sk: { S: 'ol' }, id: { S: 'c' }, kind: { S: 'k' }, size: { N: '3' } });
    await manager.models.Old.update('c', {}, { forceReindex: true });
    expect(await table.row('ol#c', 'ol')).toMatchObject({ _gsi1_pk: { S: 'ol#gsi1#k' }, _gsi1_sk: { S: '00000000000000000003' } });
  });

  it('keeps an index row away when a part is unset or empty', async () => {
    for (const data of [{ kind: '', size: 1 }, { kind: 'k' }, { size: 1 }]) {
      const { item } = await manager.models.Old.replace({ id: 'd', ...data });
      expect(item.exists() && Object.keys((await table.row('ol#d', 'ol')) ?? {}).filter((name) => name.startsWith('_gsi'))).toEqual([]);
    }
  });

  it('has one partition for all tenants where a legacy model says modelPrefix', async () => {
    await TenantContext.runWithTenant('acme', () => manager.models.Shared.create({ id: 'x' }));
    expect(await table.row('sh', 'x')).toEqual({ _pk: { S: 'sh' }, _sk: { S: 'x' }, id: { S: 'x' } });
  });

  it("spreads an iterable model over its buckets, each tenant's objects apart", async () => {
    const { Account } = manager.models;
    const created = await TenantContext.runWithTenant('acme', () =>
      Promise.all(Array.from({ length: 12 }, (_, at) => Account.create({ email: `${at}@example.com` }))),
    );
    const walk = async () => {
      const seen: string[][] = [];
      for (let bucket = 0; bucket < Account.getIterationBuckets(); bucket += 1) {
        for await (const batch of Account.iterateBucket(bucket, { batchSize: 2 }))
          seen.push(batch.map((account) => account.getPrimaryId()));
      }
      return seen;
    };
    const batches = await TenantContext.runWithTenant('acme', walk);
    expect(batches.every(({ length }) => length >= 1 && length <= 2)).toBe(true);
    expect(batches.flat().toSorted()).toEqual(created.map((account) => account.getPrimaryId()).toSorted());
    expect(await walk()).toEqual([]);
    await expect(Account.iterateBucket(3).next()).rejects.toThrow('Invalid bucket number 3. Must be 0-2');
    await expect(manager.models.Task.iterateAll().next()).rejects.toThrow('not configured as iterable');
  });

  it('refuses ids that would read back as others', async () => {
    const { Vote, Old: Model } = manager.models;
    await expect(Vote.create({ topic: 'a##__SK__##b', round: 1 })).rejects.toThrow('may not hold ##__SK__##');
    await expect(Model.find('\ud800')).rejects.toThrow('well-formed');
    await expect(Vote.find('no separator')).rejects.toThrow('expected two parts');
  });
});
