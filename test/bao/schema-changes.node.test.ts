import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { backfill } from '../../src/bao/backfill.ts';
import type { BackfillOptions, BackfillPage } from '../../src/bao/backfill.ts';
import {
  BaoModel,
  fields,
  IndexConfig,
  initModels,
  PrimaryKeyConfig,
  runWithBatchContext,
  TenantContext,
  UniqueConstraintConfig,
} from '../../src/bao/index.ts';
import type { ModelManager, Upcasters } from '../../src/bao/index.ts';
import type { AttributeMap } from '../../src/dynamo/index.ts';
import { openTestTable } from './setup.ts';
import type { TestTable } from './setup.ts';

/** Version 1 had `name` and `born` as text; version 2 `firstName` and `lastName`; version 3 has a date and an index by it. */
class Person extends BaoModel {
  static override modelPrefix = 'pe';
  static override keyEncoding = 'ordered' as const;
  static override schemaVersion = 3;
  static override upcasters: Upcasters = {
    1: ({ name, ...rest }) => {
      const [firstName, lastName] = String(name).split(' ');
      return { ...rest, firstName, lastName: lastName ?? null };
    },
    2: ({ born, ...rest }) => ({ ...rest, bornAt: Date.parse(String(born)) }),
  };
  static override fields = {
    personId: fields.StringField({ required: true }),
    email: fields.StringField(),
    firstName: fields.StringField(),
    lastName: fields.StringField(),
    bornAt: fields.DateTimeField(),
    visits: fields.IntegerField(),
    tags: fields.StringSetField(),
    settings: fields.MapField({ theme: fields.StringField() }),
    revision: fields.VersionField(),
  };
  static override primaryKey = PrimaryKeyConfig('personId');
  static override indexes = { peopleByName: IndexConfig('lastName', 'bornAt', 'gsi1') };
  static override uniqueConstraints = { uniqueEmail: UniqueConstraintConfig('email', '_uc1') };
}

class Plain extends BaoModel {
  static override modelPrefix = 'pl';
  static override keyEncoding = 'ordered' as const;
  static override fields = { plainId: fields.StringField({ required: true }), group: fields.StringField(), rank: fields.IntegerField() };
  static override primaryKey = PrimaryKeyConfig('plainId');
  static override indexes = { plainsByGroup: IndexConfig('group', 'rank', 'gsi1') };
}

class Setting extends BaoModel {
  static override modelPrefix = 'sx';
  static override keyEncoding = 'ordered' as const;
  static override fields = { name: fields.StringField({ required: true }), value: fields.StringField() };
  static override primaryKey = PrimaryKeyConfig('modelPrefix', 'name');
}

const MODELS = { Person, Plain, Setting };
let table: TestTable;
let manager: ModelManager<typeof MODELS>;

beforeAll(async () => {
  table = await openTestTable();
  manager = initModels({ models: MODELS, store: table.store, db: { tableName: table.tableName }, logging: { level: 'ERROR' } });
});
beforeEach(() => void table.store.takeOperations());
afterAll(() => table.drop());

const first = (id: string, more: AttributeMap = {}) =>
  table.putRow({
    _pk: { S: `pe#${id}` },
    _sk: { S: 'pe' },
    personId: { S: id },
    name: { S: 'Ada Lovelace' },
    born: { S: '1815-12-10' },
    revision: { S: '01J00000000000000000000000' },
    ...more,
  });
const stored = (id: string) => table.row(`pe#${id}`, 'pe');
const load = async (id: string) => {
  const found = await manager.models.Person.find(id);
  if (!found.exists()) throw new Error(`no ${id}`);
  return found;
};
const BORN = new Date('1815-12-10');

describe('a row of an earlier version', () => {
  it('is read as one of today, wherever it comes from, and stays as it is', async () => {
    await first('r1', { email: { S: 'r1@x' }, _gsi1_pk: { S: 'pe#gsi1#Lovelace' }, _gsi1_sk: { S: 'x' } });
    await first('r2', { _schemaVersion: { N: '2' }, name: { S: 'ignored' }, firstName: { S: 'Grace' } });
    const before = await stored('r1');
    const one = await load('r1');
    expect([one.firstName, one.lastName, one.bornAt]).toEqual(['Ada', 'Lovelace', BORN]);
    expect(one.toJSON()).toMatchObject({ firstName: 'Ada', bornAt: BORN.toISOString() });
    expect((await load('r2')).firstName).toBe('Grace');
    const { items } = await manager.models.Person.batchFind(['r1', 'r2']);
    expect(items['r1']?.lastName).toBe('Lovelace');
    const page = await manager.models.Person.queryByIndex('peopleByName', 'Lovelace');
    expect(page.items.map(({ firstName }) => firstName)).toEqual(['Ada']);
    const partial = await manager.models.Person.find('r1', { fields: ['firstName'] });
    expect(partial.exists() && partial.firstName).toBe('Ada');
    expect(one.hasChanges()).toBe(false);
    expect(await stored('r1')).toEqual(before);
  });

  it('becomes one of today with its first update, in one write, with its keys', async () => {
    await first('u1');
    const updated = await manager.models.Person.update('u1', { visits: 1 });
    expect([updated.firstName, updated.visits]).toEqual(['Ada', 1]);
    expect(table.store.takeOperations()).toEqual(['UpdateItem', 'UpdateItem']); // the first one learns the row from its refusal
    const row = await stored('u1');
    expect(row).toMatchObject({
      _schemaVersion: { N: '3' },
      firstName: { S: 'Ada' },
      bornAt: { N: String(BORN.getTime()) },
      _gsi1_pk: { S: 'pe#gsi1#Lovelace' },
    });
    expect(Object.keys(row ?? {})).not.toContain('name');
    expect(row?.['revision']).not.toEqual({ S: '01J00000000000000000000000' });
    await manager.models.Person.update('u1', { visits: 2 });
    expect(table.store.takeOperations()).toEqual(['UpdateItem']);
  });

  it('takes operators, parts and unique values on what it is upcast to', async () => {
    await first('u2', { visits: { N: '4' }, email: { S: 'u2@x' }, settings: { M: { theme: { S: 'dark' } } } });
    await manager.models.Person.update('u2', { visits: { $add: 1 }, 'settings.theme': 'light', email: 'new@x', lastName: 'King' });
    const person = await load('u2');
    expect([person.visits, person.settings?.theme, person.lastName, person.firstName]).toEqual([5, 'light', 'King', 'Ada']);
    expect(await stored('u2')).toMatchObject({ _gsi1_pk: { S: 'pe#gsi1#King' } });
    expect((await manager.models.Person.findByUniqueConstraint('uniqueEmail', 'new@x')).exists()).toBe(true);
  });

  it('is saved whole when one field of its object changes', async () => {
    await first('u3', { tags: { SS: ['a'] } });
    const person = await load('u3');
    person.firstName = 'Augusta';
    person.tags.add('b');
    await person.save();
    expect(await stored('u3')).toMatchObject({ firstName: { S: 'Augusta' }, lastName: { S: 'Lovelace' }, _schemaVersion: { N: '3' } });
    expect((await load('u3')).tags).toEqual(new Set(['a', 'b']));
  });

  it('loses none of many simultaneous updates', async () => {
    await first('u4', { visits: { N: '0' } });
    await Promise.all(Array.from({ length: 8 }, () => manager.models.Person.update('u4', { visits: { $add: 1 } })));
    expect((await load('u4')).visits).toBe(8);
  });

  it('is updated from what a batch context has loaded', async () => {
    await first('u5');
    await runWithBatchContext(async () => {
      await manager.models.Person.find('u5');
      expect((await manager.models.Person.update('u5', { lastName: 'King' })).firstName).toBe('Ada');
      expect((await load('u5')).lastName).toBe('King');
    });
  });

  it('is deleted and replaced like any other', async () => {
    await first('u6');
    expect((await manager.models.Person.delete('u6')).firstName).toBe('Ada');
    await first('u7');
    expect((await manager.models.Person.replace({ personId: 'u7', firstName: 'New' })).created).toBe(false);
    expect(await stored('u7')).toMatchObject({ _schemaVersion: { N: '3' } });
    expect(Object.keys((await stored('u7')) ?? {})).not.toContain('name');
  });

  it('is refused when a later version has written it', async () => {
    await first('u8', { _schemaVersion: { N: '4' } });
    await expect(manager.models.Person.find('u8')).rejects.toThrow('a row of version 4 of Person, of which this program knows 3');
    await expect(manager.models.Person.update('u8', { visits: 1 })).rejects.toThrow('version 4');
    await table.store.execute('DeleteItem', { TableName: table.tableName, Key: { _pk: { S: 'pe#u8' }, _sk: { S: 'pe' } } });
  });
});

describe('a model', () => {
  it('writes its version where it has had more than one, and nothing where it has had one', async () => {
    await manager.models.Person.create({ personId: 'v1' });
    await manager.models.Plain.create({ plainId: 'v1' });
    expect((await stored('v1'))?.['_schemaVersion']).toEqual({ N: '3' });
    expect(await table.row('pl#v1', 'pl')).toEqual({ _pk: { S: 'pl#v1' }, _sk: { S: 'pl' }, plainId: { S: 'v1' } });
  });

  it('needs an upcaster from each version, which may not change its key', async () => {
    class Gap extends Plain {
      static override modelPrefix = 'ga';
      static override schemaVersion = 3;
      static override upcasters: Upcasters = { 2: (attributes) => attributes };
    }
    expect(() => initModels({ models: { Gap } })).toThrow('upcasters has none from version 1 to 2');
    class Moved extends Plain {
      static override modelPrefix = 'mo';
      static override schemaVersion = 2;
      static override upcasters: Upcasters = { 1: (attributes) => ({ ...attributes, plainId: 'other' }) };
    }
    const other = initModels({ models: { Moved }, store: table.store, db: { tableName: table.tableName }, logging: { level: 'ERROR' } });
    await table.putRow({ _pk: { S: 'mo#1' }, _sk: { S: 'mo' }, plainId: { S: '1' } });
    await expect(other.models.Moved.find('1')).rejects.toThrow('change plainId, which is a key or unique');
  });
});

describe('backfill', () => {
  const collect = async (walk: AsyncIterable<BackfillPage>) => {
    const pages: BackfillPage[] = [];
    for await (const page of walk) pages.push(page);
    return pages;
  };
  const sums = (pages: readonly BackfillPage[]) => ({
    seen: pages.reduce((sum, { seen }) => sum + seen, 0),
    written: pages.reduce((sum, { written }) => sum + written, 0),
    outdated: pages.reduce((sum, { outdated }) => sum + outdated, 0),
  });

  beforeAll(async () => {
    for (const row of await table.rows()) {
      const { _pk, _sk } = row;
      if (_pk && _sk) await table.client.execute('DeleteItem', { TableName: table.tableName, Key: { _pk, _sk } });
    }
    for (let at = 0; at < 25; at += 1) await first(`b${at}`);
    await manager.models.Person.create({ personId: 'current' });
    for (let at = 0; at < 5; at += 1) await manager.models.Plain.create({ plainId: `p${at}`, rank: at });
  });

  it('counts without writing', async () => {
    const before = await table.rows();
    expect(sums(await collect(backfill(manager.models.Person, { dryRun: true })))).toEqual({ seen: 26, written: 25, outdated: 25 });
    expect(await table.rows()).toEqual(before);
  });

  it('can be ended at any page and taken up again', async () => {
    const options = { batchSize: 7 };
    let written = 0;
    let cursor: string | null = null;
    let pages = 0;
    do {
      for await (const page of backfill(manager.models.Person, { ...options, cursor })) {
        written += page.written;
        cursor = page.cursor;
        pages += 1;
        break;
      }
    } while (cursor !== null);
    expect([written, pages >= 4]).toEqual([25, true]);
    expect((await stored('b3'))?.['_schemaVersion']).toEqual({ N: '3' });
    expect(sums(await collect(backfill(manager.models.Person)))).toEqual({ seen: 26, written: 0, outdated: 0 });
  });

  it('changes objects by a function, in segments side by side', async () => {
    const change: NonNullable<BackfillOptions<InstanceType<typeof Plain>>['change']> = (plain) =>
      (plain as unknown as { rank: number }).rank % 2 === 0 ? { group: 'even' } : null;
    const parts = [0, 1, 2].map((index) => collect(backfill(manager.models.Plain, { change, segment: { index, total: 3 } })));
    expect(sums((await Promise.all(parts)).flat())).toEqual({ seen: 5, written: 3, outdated: 0 });
    const { items } = await manager.models.Plain.queryByIndex('plainsByGroup', 'even');
    expect(items.map(({ plainId }) => plainId)).toEqual(['p0', 'p2', 'p4']);
  });

  it('fills in the keys of an index that the model has gained', async () => {
    await table.putRow({ _pk: { S: 'pl#bare' }, _sk: { S: 'pl' }, plainId: { S: 'bare' }, group: { S: 'odd' }, rank: { N: '1' } });
    await collect(backfill(manager.models.Plain, { reindex: true }));
    expect((await manager.models.Plain.queryByIndex('plainsByGroup', 'odd')).count).toBe(1);
  });

  it('covers one tenant, and models of one partition', async () => {
    await TenantContext.runWithTenant('acme', async () => {
      await manager.models.Setting.create({ name: 'a' });
      await manager.models.Plain.create({ plainId: 'of-acme' });
      const pages = await collect(backfill(manager.models.Setting, { change: () => ({ value: 'set' }) }));
      expect(sums(pages)).toEqual({ seen: 1, written: 1, outdated: 0 });
      expect(sums(await collect(backfill(manager.models.Plain)))).toMatchObject({ seen: 1 });
    });
  });

  it('refuses the cursor of another walk', async () => {
    const { value } = await backfill(manager.models.Plain, { batchSize: 1 }).next();
    const cursor = value?.cursor ?? '';
    await expect(backfill(manager.models.Person, { cursor }).next()).rejects.toMatchObject({ code: 'invalid_cursor' });
    await expect(backfill(manager.models.Plain, { cursor: 'x' }).next()).rejects.toMatchObject({ code: 'invalid_cursor' });
  });
});
