import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  BaoModel,
  ConfigurationError,
  fields,
  IndexConfig,
  initModels,
  PrimaryKeyConfig,
  queryCollection,
  QueryError,
  TenantContext,
} from '../../src/bao/index.ts';
import type { ModelManager } from '../../src/bao/index.ts';
import { openTestTable } from './setup.ts';
import type { TestTable } from './setup.ts';

class Person extends BaoModel {
  static override modelPrefix = 'pe';
  static override keyEncoding = 'ordered' as const;
  static override fields = { personId: fields.StringField({ required: true }), name: fields.StringField() };
  static override primaryKey = PrimaryKeyConfig('personId');
  static override indexes = { ofPerson: IndexConfig('personId', 'modelPrefix', 'gsi1', { collection: 'person' }) };
}

class Letter extends BaoModel {
  static override modelPrefix = 'le';
  static override keyEncoding = 'ordered' as const;
  static override fields = {
    letterId: fields.StringField({ required: true }),
    personId: fields.RelatedField('Person'),
    weight: fields.IntegerField(),
    text: fields.StringField(),
  };
  static override primaryKey = PrimaryKeyConfig('letterId');
  static override indexes = {
    lettersOfPerson: IndexConfig('personId', 'weight', 'gsi1', { collection: 'person' }),
    lettersByText: IndexConfig('text', 'letterId', 'gsi2'),
  };
}

/** Its prefix begins with another model's. */
class Leaflet extends BaoModel {
  static override modelPrefix = 'le2';
  static override keyEncoding = 'ordered' as const;
  static override fields = {
    leafletId: fields.StringField({ required: true }),
    personId: fields.RelatedField('Person'),
    title: fields.StringField(),
  };
  static override primaryKey = PrimaryKeyConfig('leafletId');
  static override indexes = { leafletsOfPerson: IndexConfig('personId', 'title', 'gsi1', { collection: 'person' }) };
}

const MODELS = { Person, Letter, Leaflet };

let table: TestTable;
let manager: ModelManager<typeof MODELS>;

beforeAll(async () => {
  table = await openTestTable();
  const cursorKeys = [{ id: 'k', secret: new Uint8Array(32) }];
  manager = initModels({ models: MODELS, store: table.store, db: { tableName: table.tableName }, cursorKeys, logging: { level: 'ERROR' } });
  const { Person: People, Letter: Letters, Leaflet: Leaflets } = manager.models;
  await People.create({ personId: 'ada', name: 'Ada' });
  await People.create({ personId: 'bob', name: 'Bob' });
  for (const weight of [-2, 0, 3, 10]) await Letters.create({ letterId: `l${weight}`, personId: 'ada', weight });
  await Letters.create({ letterId: 'of-bob', personId: 'bob', weight: 5 });
  for (const title of ['', '#', 'a', '\u{10ffff}']) await Leaflets.create({ leafletId: `f${title}`, personId: 'ada', title });
  await TenantContext.runWithTenant('acme', () => Letters.create({ letterId: 'of-acme', personId: 'ada', weight: 1 }));
});
beforeEach(() => void table.store.takeOperations());
afterAll(() => table.drop());

describe('queryCollection', () => {
  it('reads the objects of several models in one partition with one query', async () => {
    const { items, count, cursor } = await queryCollection(manager.models, 'person', 'ada');
    expect(table.store.takeOperations()).toEqual(['Query']);
    expect(items.Person.map(({ name }) => name)).toEqual(['Ada']);
    expect(items.Letter.map(({ weight }) => weight)).toEqual([-2, 0, 3, 10]);
    expect(items.Leaflet.map(({ title }) => title)).toEqual(['#', 'a', '\u{10ffff}']); // an index holds no empty keys
    expect([count, cursor]).toEqual([8, null]);
  });

  it('goes on page by page, in both directions, and leaves out models that are not named', async () => {
    const { Person: People, Letter: Letters } = manager.models;
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof readPage>> = await readPage(cursor);
      seen.push(...page.items.People.map((one) => one.getPrimaryId()), ...page.items.Letters.map((one) => one.getPrimaryId()));
      cursor = page.cursor ?? null;
    } while (cursor !== null);
    expect(seen).toEqual(['ada', 'l10', 'l3', 'l0', 'l-2']);
    function readPage(from: string | null) {
      return queryCollection({ People, Letters }, 'person', 'ada', { limit: 2, direction: 'DESC', cursor: from });
    }
  });

  it('refuses cursors of other partitions and tenants, and models of other collections', async () => {
    const { cursor, lastEvaluatedKey } = await queryCollection(manager.models, 'person', 'ada', { limit: 1 });
    await expect(queryCollection(manager.models, 'person', 'bob', { cursor: cursor ?? null })).rejects.toThrow(QueryError);
    const inAcme = () => queryCollection(manager.models, 'person', 'ada', { startKey: lastEvaluatedKey ?? null });
    await expect(TenantContext.runWithTenant('acme', inAcme)).rejects.toThrow(QueryError);
    await expect(queryCollection(manager.models, 'house', 'ada')).rejects.toThrow(ConfigurationError);
  });
});

describe('an index of a collection', () => {
  const weights = async (condition: object | null, options: object = {}) => {
    const { items } = await manager.models.Letter.queryByIndex('lettersOfPerson', 'ada', condition, options);
    return items.map(({ weight }) => weight);
  };

  it.each([
    [null, [-2, 0, 3, 10]],
    [{ weight: 3 }, [3]],
    [{ weight: { $gt: 0 } }, [3, 10]],
    [{ weight: { $gte: 0 } }, [0, 3, 10]],
    [{ weight: { $lt: 3 } }, [-2, 0]],
    [{ weight: { $lte: 3 } }, [-2, 0, 3]],
    [{ weight: { $gt: -2, $lt: 10 } }, [0, 3]],
    [{ weight: { $between: [0, 3] } }, [0, 3]],
  ])('lists its own model alone under %j', async (condition, expected) => {
    expect(await weights(condition)).toEqual(expected);
    expect(await weights(condition, { direction: 'DESC' })).toEqual(expected.toReversed());
  });

  it('finds text of any kind at both ends of the model', async () => {
    const { Leaflet: Leaflets } = manager.models;
    const titles = async (condition: object) => {
      const { items } = await Leaflets.queryByIndex('leafletsOfPerson', 'ada', condition);
      return items.map(({ title }) => title);
    };
    expect(await titles({ title: { $gte: '#' } })).toEqual(['#', 'a', '\u{10ffff}']);
    expect(await titles({ title: { $lte: 'a' } })).toEqual(['#', 'a']);
    expect(await titles({ title: { $beginsWith: 'a' } })).toEqual(['a']);
  });

  it('is kept by updates, and pages as any other', async () => {
    const { Letter: Letters } = manager.models;
    await Letters.create({ letterId: 'moving', personId: 'carl', weight: 1 });
    await Letters.update('moving', { weight: { $add: 4 } });
    await Letters.update('moving', { personId: 'dora' });
    const page = await Letters.queryByIndex('lettersOfPerson', 'dora', { weight: 5 }, { limit: 1 });
    expect(page.items.map((letter) => letter.getPrimaryId())).toEqual(['moving']);
    expect(await Letters.queryByIndex('lettersOfPerson', 'dora', { weight: 5 }, { startKey: page.lastEvaluatedKey ?? null })).toMatchObject(
      {
        count: page.lastEvaluatedKey ? 0 : 1,
      },
    );
    expect((await queryCollection({ Letters }, 'person', 'carl')).count).toBe(0);
  });

  it('needs a partition field and a plain name', () => {
    class Bad extends Letter {
      static override modelPrefix = 'ba';
      static override indexes = { all: IndexConfig('modelPrefix', 'weight', 'gsi1', { collection: 'person' }) } as never;
    }
    expect(() => initModels({ models: { Bad } })).toThrow('a collection is partitioned by a field');
    class Worse extends Letter {
      static override modelPrefix = 'wo';
      static override indexes = { of: IndexConfig('personId', 'weight', 'gsi1', { collection: 'a#b' }) } as never;
    }
    expect(() => initModels({ models: { Worse } })).toThrow('a collection is called by letters');
  });
});
