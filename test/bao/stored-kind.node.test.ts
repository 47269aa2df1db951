import { afterAll, beforeAll, expect, it } from 'vitest';
import { BaoModel, fields, IndexConfig, initModels, PrimaryKeyConfig } from '../../src/bao/index.ts';
import { openTestTable } from './setup.ts';
import type { TestTable } from './setup.ts';

/** A date that is stored as text, which sorts as dates do. */
class IsoDateFieldClass extends fields.DateTimeFieldClass {
  override get storedKind() {
    return 'string' as const;
  }

  override toDy(value: unknown): unknown {
    return value instanceof Date ? value.toISOString() : value;
  }

  override fromDy(value: unknown): unknown {
    return typeof value === 'string' ? new Date(value) : null;
  }

  override toGsi(value: unknown): string {
    return String(this.toDy(value));
  }

  override toKey(value: unknown): string {
    return this.toGsi(value);
  }
}

class Entry extends BaoModel {
  static override modelPrefix = 'en';
  static override fields = {
    entryId: fields.StringField({ required: true }),
    book: fields.StringField({ required: true }),
    writtenAt: new IsoDateFieldClass(),
  };
  static override primaryKey = PrimaryKeyConfig('entryId');
  static override indexes = { entriesOfBook: IndexConfig('book', 'writtenAt', 'gsi1') };
}

let table: TestTable;

beforeAll(async () => {
  table = await openTestTable();
  initModels({ models: { Entry }, store: table.store, db: { tableName: table.tableName } });
  for (const [entryId, day] of [
    ['a', '2026-10-31'],
    ['b', '2026-11-01'],
    ['c', '2026-11-29'],
  ] as const)
    await Entry.create({ entryId, book: 'log', writtenAt: new Date(`${day}T12:00:00Z`) });
});
afterAll(() => table.drop());

/** Of a date the compiler knows no beginning: that it is stored as text is known when the program runs. */
const NOVEMBER: object = { writtenAt: { $beginsWith: '2026-11' } };

it.each([
  ['sort condition', NOVEMBER, {}],
  ['filter', null, { filter: NOVEMBER }],
])('a field that stores text is found by its beginning, whatever it is read as: %s', async (_, sortCondition, options) => {
  const { items } = await Entry.queryByIndex('entriesOfBook', 'log', sortCondition, options);
  expect(items.map((entry) => [entry.entryId, entry.writtenAt])).toEqual([
    ['b', new Date('2026-11-01T12:00:00Z')],
    ['c', new Date('2026-11-29T12:00:00Z')],
  ]);
});

it('and is compared in every other way as what is stored', async () => {
  const filter = { writtenAt: { $gt: new Date('2026-11-01T12:00:00Z'), $size: '2026-11-29T12:00:00.000Z'.length } };
  const { items } = await Entry.queryByIndex('entriesOfBook', 'log', null, { filter: filter as object });
  expect(items.map(({ entryId }) => entryId)).toEqual(['c']);
});
