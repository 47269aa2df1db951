/** What holds for every operation there is: the list is the tests'. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  actions,
  BaoModel,
  batchWrite,
  fields,
  IndexConfig,
  initModels,
  iterateBucket,
  iterateModel,
  iteratePages,
  listByIndex,
  PrimaryKeyConfig,
  queryCollection,
  relatedViaMap,
  restore,
  runWithBatchContext,
  scanAll,
  searchBucket,
  searchModel,
  TenantContext,
  transactGet,
  transactWrite,
  UniqueConstraintConfig,
} from '../../src/bao/index.ts';
import { backfill } from '../../src/bao/backfill.ts';
import { rebuildSearchText } from '../../src/bao/rebuild-search-text.ts';
import type { BaoSettings } from '../../src/bao/index.ts';
import { addSearchIndex } from './search-setup.ts';
import { openTestTable } from './setup.ts';
import type { TestTable } from './setup.ts';

class Page extends BaoModel {
  static override modelPrefix = 'pg';
  static override keyEncoding = 'ordered' as const;
  static override iterable = true;
  static override iterationBuckets = 2;
  static override searchable = true;
  static override searchConfig = { fields: ['title'] };
  static override softDelete = 'deletedAt';
  static override fields = {
    pageId: fields.StringField({ required: true }),
    title: fields.StringField(),
    slug: fields.StringField(),
    parentId: fields.RelatedField('Page'),
    deletedAt: fields.DateTimeField(),
  };
  static override primaryKey = PrimaryKeyConfig('pageId');
  static override indexes = { pagesOfParent: IndexConfig('parentId', 'pageId', 'gsi1', { collection: 'parent' }) };
  static override uniqueConstraints = { uniqueSlug: UniqueConstraintConfig('slug', '_uc1') };
}

const MODELS = { Page };

let table: TestTable;
beforeAll(async () => {
  table = await openTestTable();
  await addSearchIndex(table.tableName);
});
afterAll(() => table.drop());

function configured(settings: BaoSettings = {}): typeof Page {
  const db = { tableName: table.tableName, iterationIndexName: 'iter_search_index' };
  return initModels({ store: table.store, db, logging: { level: 'OFF' }, ...settings, models: MODELS }).models.Page;
}

/** Objects that were loaded by somebody who was allowed to. */
interface Loaded {
  child: Page & { title: string | null };
}

/** Every operation, with bounds where it takes them. */
const OPERATIONS: Record<string, (model: typeof Page, loaded: Loaded, bounds: { signal?: AbortSignal }) => Promise<unknown>> = {
  create: (model, _, bounds) => model.create({ pageId: 'new' }, bounds),
  'create with a unique value': (model, _, bounds) => model.create({ pageId: 'unique', slug: 'new' }, bounds),
  update: (model, _, bounds) => model.update('child', { title: 'x' }, bounds),
  replace: (model, _, bounds) => model.replace({ pageId: 'child' }, bounds),
  upsert: (model, _, bounds) => model.upsert({ pageId: 'child' }, bounds),
  'delete softly': (model, _, bounds) => model.delete('child', bounds),
  'delete for good': (model, _, bounds) => model.delete('child', { ...bounds, hard: true }),
  restore: (model, _, bounds) => restore(model, 'child', bounds),
  find: (model, _, bounds) => model.find('child', bounds),
  'find without waiting for others': (model, _, bounds) => model.find('child', { ...bounds, batchDelay: 0 }),
  'find of a part': (model, _, bounds) => model.find('child', { ...bounds, fields: ['title'] }),
  findByPrimaryKey: (model, _, bounds) => model.findByPrimaryKey('child', bounds),
  batchFind: (model, _, bounds) => model.batchFind(['child'], bounds),
  findByUniqueConstraint: (model, _, bounds) => model.findByUniqueConstraint('uniqueSlug', 'child', bounds),
  queryByIndex: (model, _, bounds) => model.queryByIndex('pagesOfParent', 'parent', null, bounds),
  queryByPrimaryKey: (model, _, bounds) => model.queryByPrimaryKey('child', null, bounds),
  count: (model, _, bounds) => model.queryByIndex('pagesOfParent', 'parent', null, { ...bounds, countOnly: true }),
  'a generated query': (model, _, bounds) => listByIndex(model, 'pagesOfParent', 'parent', null, bounds),
  relatedViaMap: (model, _, bounds) => relatedViaMap(model, 'pagesOfParent', 'parent', 'parentId', null, bounds),
  queryCollection: (model, _, bounds) => queryCollection({ Page: model }, 'parent', 'parent', bounds),
  iterateAll: (model, _, bounds) => model.iterateAll(bounds).next(),
  iterateModel: (model, _, bounds) => iterateModel(model, bounds).next(),
  iterateBucket: (model, _, bounds) => iterateBucket(model, 0, bounds).next(),
  iteratePages: (model, _, bounds) => iteratePages(model, bounds).next(),
  searchAll: async (model, _, bounds) => model.searchAll(['child'], bounds),
  'searchAll page by page': (model, _, bounds) => model.searchAll(['child'], bounds)[Symbol.asyncIterator]().next(),
  searchModel: async (model, _, bounds) => searchModel(model, ['child'], bounds),
  searchBucket: async (model, _, bounds) => searchBucket(model, 0, ['child'], bounds),
  scanAll: (model, _, bounds) => scanAll(model, bounds).next(),
  transactWrite: (model, _, bounds) => transactWrite([actions.update(model, 'child', { title: 'x' })], bounds),
  'transactWrite of a check': (model, _, bounds) => transactWrite([actions.missing(model, 'nobody')], bounds),
  transactGet: (model, _, bounds) => transactGet([actions.find(model, 'child')], bounds),
  batchWrite: (model, _, bounds) => batchWrite([actions.put(model, { pageId: 'new' })], bounds),
  backfill: (model, _, bounds) => backfill(model, bounds).next(),
  rebuildSearchText: (model, _, bounds) => rebuildSearchText(model, bounds).next(),
  'save of a new object': (model, _, bounds) => new model({ pageId: 'new' }).save(bounds),
  'save of a loaded object': (_model, { child }, bounds) => {
    child.title = `changed ${Math.random()}`;
    return child.save(bounds);
  },
  loadRelatedData: (_model, { child }, bounds) => child.loadRelatedData(null, null, bounds),
  getOrLoadRelatedField: (_model, { child }, bounds) => child.getOrLoadRelatedField('parentId', null, bounds),
};
const NAMES = Object.keys(OPERATIONS);

/** The rows of a tenant, by their keys. */
async function rowsOf(tenant: string): Promise<object> {
  const rows = (await table.rows()).map((row) => [`${JSON.stringify(row['_pk'])} ${JSON.stringify(row['_sk'])}`, row] as const);
  return Object.fromEntries(rows.filter(([key]) => key.includes(`[${tenant}]`)));
}

/** A page and its parent in a tenant of their own, and the rows that there are then. */
async function prepared(tenant: string, model: typeof Page): Promise<{ loaded: Loaded; before: object }> {
  const child = await TenantContext.runWithTenant(tenant, () =>
    runWithBatchContext(async () => {
      await model.create({ pageId: 'parent' });
      return model.create({ pageId: 'child', title: 'child', slug: 'child', parentId: 'parent' });
    }),
  );
  return { loaded: { child }, before: await rowsOf(tenant) };
}

let tenants = 0;
let tenant: string;
beforeEach(() => {
  tenants += 1;
  tenant = `every-${tenants}`;
});

describe('outside of a batch context where one is required', () => {
  it.each(NAMES)('%s is refused before anything is asked or written', async (name) => {
    const model = configured({ batchContext: { requireBatchContext: true } });
    const { loaded, before } = await prepared(tenant, model);
    table.store.takeOperations();
    await expect(TenantContext.runWithTenant(tenant, async () => OPERATIONS[name]?.(model, loaded, {}))).rejects.toThrow(
      'Batch operations must be executed within runWithBatchContext().',
    );
    expect(table.store.takeOperations()).toEqual([]);
    expect(await rowsOf(tenant)).toEqual(before);
  });
});

describe('without a tenant where there has to be one', () => {
  it.each(NAMES)('%s is refused before anything is asked or written', async (name) => {
    const model = configured({ tenancy: { enabled: true } });
    const { loaded, before } = await prepared(tenant, model);
    table.store.takeOperations();
    await expect(runWithBatchContext(async () => OPERATIONS[name]?.(model, loaded, {}))).rejects.toThrow(
      'Tenant context is required when tenancy is enabled.',
    );
    expect(table.store.takeOperations()).toEqual([]);
    expect(await rowsOf(tenant)).toEqual(before);
  });
});

describe('with a signal that was given up', () => {
  it.each(NAMES)('%s ends at once, and writes nothing', async (name) => {
    const model = configured();
    const { loaded, before } = await prepared(tenant, model);
    const reason = await TenantContext.runWithTenant(tenant, () =>
      runWithBatchContext(async () =>
        OPERATIONS[name]?.(model, loaded, { signal: AbortSignal.abort() }).then(
          () => 'done',
          (error: unknown) => (error as { code?: string }).code, // every error of the layer has one
        ),
      ),
    );
    expect(reason).toBe('deadline_exceeded');
    expect(await rowsOf(tenant)).toEqual(before);
  });
});
