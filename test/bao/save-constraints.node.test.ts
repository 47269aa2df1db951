import { afterAll, beforeAll, expect, it } from 'vitest';
import { BaoModel, ConditionalError, fields, initModels, ItemNotFoundError, PrimaryKeyConfig } from '../../src/bao/index.ts';
import { openTestTable } from './setup.ts';
import type { TestTable } from './setup.ts';

class Page extends BaoModel {
  static override modelPrefix = 'pa';
  static override fields = {
    pageId: fields.StringField({ required: true }),
    text: fields.StringField(),
    note: fields.StringField(),
    views: fields.CounterField(),
    version: fields.VersionField(),
    createdAt: fields.CreateDateField(),
  };
  static override primaryKey = PrimaryKeyConfig('pageId');
}

let table: TestTable;
beforeAll(async () => {
  table = await openTestTable();
  initModels({ models: { Page }, store: table.store, db: { tableName: table.tableName }, logging: { level: 'OFF' } });
});
afterAll(() => table.drop());

/** Two copies of one row, as two requests have them. */
async function twoCopies(pageId: string) {
  await Page.create({ pageId, text: 'first' });
  const find = async () => {
    const found = await Page.find(pageId);
    if (!found.exists()) throw new Error('expected a row');
    return found;
  };
  return [await find(), await find()] as const;
}

it('fieldMatches refuses a save over what someone else has written', async () => {
  const [mine, theirs] = await twoCopies('p1');
  await Object.assign(theirs, { text: 'theirs' }).save();
  const save = () => Object.assign(mine, { text: 'mine' }).save({ constraints: { fieldMatches: ['version'] } });
  await expect(save()).rejects.toThrow(ConditionalError);
  expect(await table.row('pa#p1', 'pa')).toMatchObject({ text: { S: 'theirs' } });
  const fresh = await Page.find('p1');
  if (fresh.exists()) await Object.assign(fresh, { text: 'mine' }).save({ constraints: { fieldMatches: 'version' } });
  expect(await table.row('pa#p1', 'pa')).toMatchObject({ text: { S: 'mine' } });
});

it('fieldMatches compares unset fields too, and holds beside a condition', async () => {
  const [mine, theirs] = await twoCopies('p2');
  const save = (text: string, condition: object) =>
    Object.assign(mine, { text }).save({ condition, constraints: { fieldMatches: ['note', 'views'] } });
  await save('second', { text: 'first' });
  await expect(save('third', { text: 'first' })).rejects.toThrow(ConditionalError);
  await Page.update('p2', { note: 'seen' });
  await expect(save('third', { text: 'second' })).rejects.toThrow(ConditionalError);
  expect(theirs.exists()).toBe(true);
  await expect(Object.assign(theirs, { text: 'x' }).save({ constraints: { fieldMatches: ['nope'] } })).rejects.toThrow('Unknown field');
});

it('mustExist makes an object that was never loaded change its row, and never create one', async () => {
  await Page.create({ pageId: 'p3', text: 'old', note: 'old' });
  const page = new Page({ pageId: 'p3', text: 'new' });
  await page.save({ constraints: { mustExist: true } });
  expect([page.isLoaded(), page.get('text'), page.get('note')]).toEqual([true, 'new', null]);
  await expect(new Page({ pageId: 'p4' }).save({ constraints: { mustExist: true } })).rejects.toThrow(ItemNotFoundError);
  expect(await table.row('pa#p4', 'pa')).toBeNull();
});

it('mustNotExist stores a loaded object again where its row is gone, and only there', async () => {
  const [page] = await twoCopies('p5');
  const save = (text: string) => Object.assign(page, { text }).save({ constraints: { mustNotExist: true } });
  await expect(save('again')).rejects.toThrow(ConditionalError);
  await Page.delete('p5');
  await save('again');
  expect(await table.row('pa#p5', 'pa')).toMatchObject({ text: { S: 'again' }, createdAt: { N: expect.any(String) } });
  await expect(page.save({ constraints: { mustExist: true, mustNotExist: true } })).rejects.toThrow('cannot both');
});
