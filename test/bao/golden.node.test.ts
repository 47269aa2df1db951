import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { initModels, runWithBatchContext, TenantContext } from '../../src/bao/index.ts';
import type { AttributeMap } from '../../src/dynamo/index.ts';
import goldenItems from './golden/items.json' with { type: 'json' };
import { All, One, Root } from './golden/models.ts';
import { openTestTable } from './setup.ts';
import type { TestTable } from './setup.ts';

// What dynamo-bao wrote, as it came back from DynamoDB.
const GOLDEN = goldenItems as AttributeMap[];
const IDS = { plain: '01HF0000000000000000000001', related: '01HF0000000000000000000002', tenant: '01HF0000000000000000000003' };

// Some of the rows expire in January 2027, and would not be found after it.
beforeAll(() => void vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-06-01') }));
afterAll(() => void vi.useRealTimers());

function goldenRow(pk: string): AttributeMap {
  const row = GOLDEN.find(({ _pk }) => _pk && 'S' in _pk && _pk.S === pk);
  if (!row) throw new Error(`no golden row ${pk}`);
  return row;
}

/** The modified date is always the moment of the write, so it cannot be written again. */
function withoutModifiedDate({ md: _md, ...row }: AttributeMap): AttributeMap {
  return row;
}

describe('rows that dynamo-bao has written', () => {
  let table: TestTable;

  beforeAll(async () => {
    table = await openTestTable();
    for (const row of GOLDEN) await table.putRow(row);
    initModels({ models: { All, One, Root }, store: table.store, db: { tableName: table.tableName } });
  });
  afterAll(() => table.drop());

  it('are read with every kind of field', async () => {
    const all = await All.find(IDS.plain);
    expect(all.exists()).toBe(true);
    expect(JSON.parse(JSON.stringify(all))).toEqual({
      id: IDS.plain,
      s: 'Hello, World! hello',
      i: 42,
      fl: 3.14,
      b: true,
      dt: '2023-11-14T22:13:20.000Z',
      cd: '2023-07-22T04:26:40.000Z',
      md: '2026-11-20T09:57:49.394Z',
      v: '01M7W683PAHY8AT4WKRCVNHE1R',
      c: 4,
      bin: 'AQID',
      ss: ['c', 'z'],
      ttl: '2027-01-15T08:00:00.000Z',
      rel: IDS.related,
    });
  });

  it('are found under their tenant and under no other', async () => {
    const inTenant = await TenantContext.runWithTenant('acme', () => All.find(IDS.tenant));
    expect(inTenant.exists() && inTenant.get('s2')).toBe('Zürich 苹果');
    expect((await All.find(IDS.tenant)).exists()).toBe(false);
    expect((await TenantContext.runWithTenant('acme', () => All.find(IDS.plain))).exists()).toBe(false);
  });

  it('are found by composite ids in both forms, and by the id of a modelPrefix partition', async () => {
    await TenantContext.runWithTenant('acme', async () => {
      expect((await One.find('k1##__SK__##00000000000000000007')).exists()).toBe(true);
      expect((await One.find({ k: 'k1', n: 7 })).exists()).toBe(true);
      expect((await Root.find('r2')).exists()).toBe(true);
    });
    expect((await Root.find('r1')).exists()).toBe(true);
  });

  it('are listed by each index', async () => {
    const pages = await Promise.all([
      All.queryByIndex('byS', 'Hello, World! hello'),
      All.queryByIndex('byI', 42),
      All.queryByIndex('byB', true),
      All.queryByIndex('all'),
      All.queryByIndex('byRel', IDS.related),
    ]);
    expect(pages.map(({ items }) => items.map((item) => item.getPrimaryId()))).toEqual(Array.from({ length: 5 }, () => [IDS.plain]));
  });

  it('are listed by the named primary key with encoded sort keys, and in a modelPrefix partition', async () => {
    await TenantContext.runWithTenant('acme', async () => {
      expect((await One.queryByIndex('list', 'k1', { n: { $gte: 7 } })).count).toBe(1);
      expect((await One.queryByIndex('list', 'k1', { n: { $gt: 7 } })).count).toBe(0);
    });
    expect((await Root.queryByPrimaryKey()).items.map((item) => item.getPrimaryId())).toEqual(['r1', 'r2']);
  });

  it('are found by their unique values', async () => {
    expect((await All.findByUniqueConstraint('uniqueI', 42)).exists()).toBe(true);
    const found = await TenantContext.runWithTenant('acme', () => All.findByUniqueConstraint('uniqueS', 'Hello, World! hello'));
    expect(found.exists() && found.getPrimaryId()).toBe(IDS.tenant);
  });

  it('are walked through by the iteration index', async () => {
    const ids: string[] = [];
    for await (const batch of All.iterateAll()) ids.push(...batch.map((item) => item.getPrimaryId()));
    expect(ids).toEqual([IDS.plain]);
  });
});

describe('rows of the legacy encoding', () => {
  let table: TestTable;

  beforeAll(async () => {
    table = await openTestTable();
    initModels({ models: { All, One, Root }, store: table.store, db: { tableName: table.tableName } });
  });
  afterAll(() => table.drop());

  const shared = {
    s: 'Hello, World! hello',
    i: 42,
    fl: 3.14,
    b: true,
    dt: new Date(1_700_000_000_000),
    cd: new Date(1_690_000_000_000),
    bin: new Uint8Array([1, 2, 3]),
    ttl: new Date(1_800_000_000_000),
    rel: IDS.related,
  };

  it('are written byte for byte as dynamo-bao does, guard rows included', async () => {
    await All.create({ ...shared, id: IDS.plain, ss: new Set(['c', 'z']), c: 4, v: '01M7W683PAHY8AT4WKRCVNHE1R' } as never);
    const row = await table.row(`al#${IDS.plain}`, 'al');
    expect(withoutModifiedDate(row ?? {})).toEqual(withoutModifiedDate(goldenRow(`al#${IDS.plain}`)));
    expect(row?.['md']).toEqual({ N: expect.stringMatching(/^\d{13}$/) });
    for (const guard of ['_raft_uc#_uc1#al#s:Hello, World! hello', '_raft_uc#_uc2#al#i:42'])
      expect(await table.row(guard, '_raft_uc')).toEqual(goldenRow(guard));
  });

  it('are written byte for byte under a tenant', async () => {
    await TenantContext.runWithTenant('acme', async () => {
      await All.create({ ...shared, id: IDS.tenant, s2: 'Zürich 苹果', ss: ['a', 'b', 'a'], v: '01HF0000000000000000000009' } as never);
      await One.create({ k: 'k1', n: 7, t: 'tenant' });
      await Root.create({ id: 'r2', t: 'tenant' });
    });
    const row = await table.row(`[acme]#al#${IDS.tenant}`, 'al');
    expect(withoutModifiedDate(row ?? {})).toEqual(withoutModifiedDate(goldenRow(`[acme]#al#${IDS.tenant}`)));
    expect(await table.row('[acme]#on#k1', '00000000000000000007')).toEqual(goldenRow('[acme]#on#k1'));
    expect(await table.row('ro', 'r2')).toEqual(GOLDEN.find(({ _sk }) => _sk && 'S' in _sk && _sk.S === 'r2'));
    for (const guard of ['[acme]#_raft_uc#_uc1#al#s:Hello, World! hello', '[acme]#_raft_uc#_uc2#al#i:42']) {
      expect(await table.row(guard, '_raft_uc')).toEqual(goldenRow(guard));
    }
  });

  it('are the same after an update that leads to the same values', async () => {
    await runWithBatchContext(() =>
      All.create({ id: IDS.related, s: 'other', i: 1, fl: 1, c: 3, cd: shared.cd, v: '01HF0000000000000000000008' } as never),
    );
    await All.update(IDS.plain, { s: 'moved', i: 41 });
    await All.update(IDS.related, { ...shared, c: '+1', ss: new Set(['c', 'z']), v: '01M7W683PAHY8AT4WKRCVNHE1R' } as never);
    const expected = JSON.parse(
      JSON.stringify(withoutModifiedDate(goldenRow(`al#${IDS.plain}`))).replaceAll(IDS.plain, IDS.related),
    ) as AttributeMap;
    const row = withoutModifiedDate((await table.row(`al#${IDS.related}`, 'al')) ?? {});
    expect({ ...row, _iter_pk: null }).toEqual({ ...expected, _iter_pk: null });
    expect(row['_iter_pk']).toEqual({ S: 'al#iter#007' });
  });
});
