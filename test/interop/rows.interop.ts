import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as steamer from '../../src/bao/index.ts';
import type { AttributeMap } from '../../src/dynamo/index.ts';
import { connection } from '../bao/weaknesses/setup.ts';
import { openTestTable } from '../bao/setup.ts';
import type { TestTable } from '../bao/setup.ts';
import * as dynamoBao from './dynamo-bao.ts';
import { modelsOf } from './models.ts';

const IDS = ['01HF0000000000000000000001', '01HF0000000000000000000002'] as const;
const VERSION = '01HF0000000000000000000009';
const FIELDS = ['id', 's', 'i', 'fl', 'b', 'dt', 'cd', 'v', 'c', 'bin', 'ss', 'ttl', 'rel'];
const CREATED_AT = new Date(1_690_000_000_000);

interface Side {
  models: ReturnType<typeof modelsOf>;
  asTenant<Value>(tenant: string, work: () => Promise<Value>): Promise<Value>;
}

let table: TestTable;
let sides: { steamer: Side; dynamoBao: Side };

beforeAll(async () => {
  table = await openTestTable();
  const sideOf = ({ initModels, TenantContext, ...library }: typeof steamer | typeof dynamoBao): Side => {
    const models = modelsOf(library);
    const configure = () => initModels({ ...connection(table.tableName), models });
    configure();
    return {
      models,
      asTenant: (tenant, work) =>
        TenantContext.runWithTenant(tenant, () => {
          configure();
          return work();
        }),
    };
  };
  sides = { steamer: sideOf(steamer), dynamoBao: sideOf(dynamoBao) };
});
afterAll(() => table.drop());

/** What both are asked to store; every field but the modified date. */
const data = (id: string, text: string) => ({
  id,
  s: text,
  i: 42,
  fl: 3.14,
  b: true,
  dt: new Date(1_700_000_000_000),
  cd: CREATED_AT,
  v: VERSION,
  c: 4,
  bin: new Uint8Array([1, 2, 3]),
  ss: ['c', 'z'],
  ttl: new Date(1_800_000_000_000),
  rel: IDS[1],
});

/** Fields as plain values: bytes and sets as arrays, whatever class either library reads them as. */
function valuesOf(object: object): Record<string, unknown> {
  return Object.fromEntries(
    FIELDS.map((name) => {
      const value: unknown = Reflect.get(object, name);
      return [name, value instanceof Uint8Array || value instanceof Set ? [...value] : value];
    }),
  );
}

const expected = (id: string, text: string) => ({ ...data(id, text), bin: [1, 2, 3] });
const withoutModifiedDate = ({ md: _md, ...row }: AttributeMap) => row;

describe.each([
  ['what Steamer writes is read by dynamo-bao', 'steamer', 'dynamoBao', 'sd'],
  ['what dynamo-bao writes is read by Steamer', 'dynamoBao', 'steamer', 'ds'],
] as const)('%s', (_title, writer, reader, tenant) => {
  const write = <Value>(work: (models: Side['models']) => Promise<Value>) =>
    sides[writer].asTenant(tenant, () => work(sides[writer].models));
  const read = <Value>(work: (models: Side['models']) => Promise<Value>) =>
    sides[reader].asTenant(tenant, () => work(sides[reader].models));
  const [id, text] = [IDS[0], `text of ${tenant}`];

  it('by id, in every field', async () => {
    await write(({ All }) => All.create(data(id, text)));
    expect(valuesOf(await read(({ All }) => All.find(id)))).toEqual(expected(id, text));
    const { items } = await read(({ All }) => All.batchFind([id, IDS[1]]));
    expect(Object.keys(items)).toEqual([id]);
  });

  it('by unique values', async () => {
    expect(valuesOf(await read(({ All }) => All.findByUniqueConstraint('uniqueS', text)))).toEqual(expected(id, text));
    expect(valuesOf(await read(({ All }) => All.findByUniqueConstraint('uniqueI', 42)))).toEqual(expected(id, text));
    await expect(read(({ All }) => All.create({ ...data(IDS[1], 'other'), i: 42 }))).rejects.toThrow('i must be unique');
  });

  it('by every index, with conditions', async () => {
    const pages = await read(async ({ All }) => [
      await All.queryByIndex('byS', text, { dt: { $gte: new Date(1_600_000_000_000) } }),
      await All.queryByIndex('byI', 42),
      await All.queryByIndex('byB', true, { c: 4 }),
      await All.queryByIndex('all', 'al', { id: { $beginsWith: '01HF' } }, { filter: { ss: { $contains: 'z' }, fl: { $lt: 4 } } }),
      await All.queryByIndex('byRel', IDS[1]),
    ]);
    expect(pages.map(({ items }) => items.map((item) => item.getPrimaryId()))).toEqual(Array.from({ length: 5 }, () => [id]));
  });

  it('by iteration', async () => {
    const ids = await read(async ({ All }) => {
      const found: string[] = [];
      for await (const batch of All.iterateAll()) found.push(...batch.map((item) => item.getPrimaryId()));
      return found;
    });
    expect(ids).toEqual([id]);
  });

  it('with keys of two parts, and in the partition of a model', async () => {
    await write(async ({ One, Root }) => {
      await One.create({ k: 'k', n: 7, t: 'one' });
      await Root.create({ id: `r-${tenant}`, t: 'root' });
    });
    const texts = await read(async ({ One, Root }) =>
      [await One.find({ k: 'k', n: 7 }), await Root.find(`r-${tenant}`)].map((found) => Reflect.get(found, 't') as unknown),
    );
    expect(texts).toEqual(['one', 'root']);
    expect((await read(({ One }) => One.queryByIndex('list', 'k', { n: { $gte: 7 } }))).count).toBe(1);
  });

  it('and can be changed by the other: fields, counters, sets, unique values, index keys', async () => {
    await read(({ All }) => All.update(id, { s: `${text} changed`, c: '+1', dt: new Date(1_700_000_000_001), ttl: null }));
    const found = await write(({ All }) => All.find(id));
    expect(found).toMatchObject({ s: `${text} changed`, c: 5, dt: new Date(1_700_000_000_001), ttl: null });
    expect((await write(({ All }) => All.queryByIndex('byS', `${text} changed`))).count).toBe(1);
    expect((await write(({ All }) => All.findByUniqueConstraint('uniqueS', `${text} changed`))).exists()).toBe(true);
    expect((await write(({ All }) => All.findByUniqueConstraint('uniqueS', text))).exists()).toBe(false);
  });

  it('and can be deleted by the other, with nothing left behind', async () => {
    await read(({ All }) => All.delete(id));
    const left = (await table.rows()).filter(({ _pk }) => _pk && 'S' in _pk && /^\[(sd|ds)\]#(al|_raft_uc)#/.test(_pk.S));
    expect(left).toEqual([]);
  });
});

it('both write the same rows, guard rows included, but for the moment of the write', async () => {
  const rowsOf = async (side: Side): Promise<AttributeMap[]> => {
    const { All, One } = side.models;
    await side.asTenant('same', async () => {
      await All.create(data(IDS[0], 'Zürich 苹果'));
      await All.create({ ...data(IDS[1], 'other'), i: 43, b: false });
      const version = { v: VERSION }; // which updates may set, though it is not declared
      await All.update(IDS[1], { i: 44, fl: 1.005, c: 9, dt: new Date(1), s: 'moved', ...version });
      await One.create({ k: 'k', n: 7, t: 'one' });
    });
    const rows = (await table.rows()).filter(({ _pk }) => _pk && 'S' in _pk && _pk.S.startsWith('[same]#'));
    await side.asTenant('same', async () => {
      for (const id of IDS) await All.delete(id);
      await One.delete({ k: 'k', n: 7 });
    });
    return rows.map(withoutModifiedDate).toSorted((left, right) => (JSON.stringify(left['_pk']) < JSON.stringify(right['_pk']) ? -1 : 1));
  };
  const theirs = await rowsOf(sides.dynamoBao);
  expect(theirs).toHaveLength(7);
  expect(await rowsOf(sides.steamer)).toEqual(theirs);
});
