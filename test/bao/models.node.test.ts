import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  BaoModel,
  ConfigurationError,
  describeModel,
  fields,
  IndexConfig,
  initModels,
  PrimaryKeyConfig,
  runWithBatchContext,
  TenantContext,
  UniqueConstraintConfig,
} from '../../src/bao/index.ts';
import { MODELS, Owner, Task } from './models.ts';
import { openTestTable } from './setup.ts';
import type { TestTable } from './setup.ts';

let first: TestTable;
let second: TestTable;

beforeAll(async () => {
  [first, second] = await Promise.all([openTestTable(), openTestTable()]);
});
afterAll(() => Promise.all([first.drop(), second.drop()]));

const configure = ({ store, tableName }: TestTable, tenancy = false) =>
  initModels({ models: MODELS, store, db: { tableName }, tenancy: { enabled: tenancy } });
const { StringField } = fields;

function model(statics: object): typeof BaoModel {
  return Object.assign(
    class Broken extends BaoModel {},
    { modelPrefix: 'br', fields: { id: StringField() }, primaryKey: PrimaryKeyConfig('id') },
    statics,
  );
}

describe('initModels', () => {
  it.each<[object, string]>([
    [{ modelPrefix: '' }, 'modelPrefix'],
    [{ modelPrefix: 'a#b' }, 'modelPrefix'],
    [{ modelPrefix: '[a]' }, 'modelPrefix'],
    [{ fields: { _id: StringField() } }, 'may not begin with "_"'],
    [{ fields: { id: StringField(), save: StringField() } }, 'may not be called "save"'],
    [{ fields: { id: StringField(), toString: StringField() } }, 'may not be called "toString"'],
    [{ fields: { id: {} } }, 'field id is not a field'],
    [{ fields: { id: StringField(), expires: fields.TtlField() } }, 'a TtlField has to be called "ttl"'],
    [{ primaryKey: undefined }, 'primaryKey is missing'],
    [{ primaryKey: PrimaryKeyConfig('nope') }, 'names the field nope'],
    [{ primaryKey: PrimaryKeyConfig('modelPrefix') }, 'needs at least one field'],
    [{ fields: { id: fields.BinaryField() } }, 'cannot be part of a key'],
    [{ indexes: { one: IndexConfig('id', 'id', 'gsi6') } }, 'expected an indexId of gsi1'],
    [{ indexes: { one: IndexConfig('id', 'id', 'gsi1'), two: IndexConfig('id', 'id', 'gsi1') } }, 'indexes one and two both use gsi1'],
    [{ indexes: { one: PrimaryKeyConfig('id', 'other') } }, 'needs an IndexConfig'],
    [{ uniqueConstraints: { one: UniqueConstraintConfig('nope', '_uc1') } }, 'names the field nope'],
    [{ uniqueConstraints: { one: UniqueConstraintConfig('id', '_uc9') } }, 'expected an id of _uc1'],
    [{ iterable: true, iterationBuckets: 0 }, 'iterationBuckets'],
    [{ searchable: true }, 'searchConfig'],
  ])('refuses a model with %o at once', (statics, message) => {
    expect(() => initModels({ models: { Broken: model(statics) }, store: first.store })).toThrow(ConfigurationError);
    expect(() => initModels({ models: { Broken: model(statics) }, store: first.store })).toThrow(message);
  });

  it('refuses two models with one prefix, and what is no model', () => {
    expect(() => initModels({ models: { Owner, Broken: model({ modelPrefix: 'ow' }) }, store: first.store })).toThrow(
      'belongs to the model Owner already',
    );
    expect(() => initModels({ models: { Thing: Date as unknown as typeof BaoModel }, store: first.store })).toThrow(
      'Invalid model "Thing"',
    );
  });

  it('leaves earlier configurations as they are; the classes themselves use the last one', async () => {
    const [one, two] = [configure(first), configure(second)];
    await one.models.Owner.create({ ownerId: 'only-in-first', name: 'x' });
    expect((await one.models.Owner.find('only-in-first')).exists()).toBe(true);
    expect((await two.models.Owner.find('only-in-first')).exists()).toBe(false);
    expect((await Owner.find('only-in-first')).exists()).toBe(false);
    const inFirst = await runWithBatchContext(() => Owner.find('only-in-first'), { manager: one });
    expect(inFirst).toBeInstanceOf(Owner);
  });

  it('keeps the name of a class, and finds models by it', () => {
    const manager = configure(first);
    expect(manager.models.Owner.name).toBe('Owner');
    expect(manager.getModel('Task')).toBe(manager.models.Task);
    expect(() => manager.getModel('Nope')).toThrow('Model Nope not found');
    expect(manager.listModels()).toEqual(Object.keys(MODELS));
  });

  it('calls a model as its modelName says, when a bundler has shortened the name of its class', async () => {
    const shortened = Object.defineProperty(model({ modelName: 'Customer' }), 'name', { value: 'a' });
    await expect(shortened.find('x')).rejects.toThrow('Model Customer: is not initialised');
    const { models } = initModels({ models: { Customer: shortened }, store: first.store, db: { tableName: first.tableName } });
    await models.Customer.create({ id: 'x' });
    expect((await models.Customer.find('x')).exists()).toBe(true);
  });

  it('makes one store per batch context and tenant', async () => {
    const made: (string | null)[] = [];
    const store = (tenant: string | null) => {
      made.push(tenant);
      return first.store;
    };
    const manager = initModels({ models: MODELS, store, db: { tableName: first.tableName } });
    await runWithBatchContext(async () => {
      for (const tenant of ['a', 'b', 'a']) await TenantContext.runWithTenant(tenant, () => manager.models.Owner.find('x'));
    });
    expect(made).toEqual(['a', 'b']);
  });
});

describe('tenancy', () => {
  it('refuses every operation outside of a tenant when it is enabled', async () => {
    const { models } = configure(first, true);
    const owner = await TenantContext.runWithTenant('a', () => models.Owner.create({ ownerId: 'x', name: 'x' }));
    Object.assign(owner, { name: 'y' });
    const attempts = [
      () => models.Owner.find('x'),
      () => models.Owner.create({ ownerId: 'y', name: 'y' }),
      () => models.Owner.batchFind(['x']),
      () => models.Task.queryByIndex('allTasks'),
      () => owner.save(),
    ];
    for (const attempt of attempts) await expect(attempt()).rejects.toThrow('Tenant context is required when tenancy is enabled');
  });

  it('never saves an object under another tenant than its own', async () => {
    const { models } = configure(first, true);
    const owner = await TenantContext.runWithTenant('a', () => models.Owner.create({ ownerId: 'z', name: 'a' }));
    Object.assign(owner, { name: 'b' });
    await expect(TenantContext.runWithTenant('b', () => owner.save())).rejects.toThrow('another tenant');
  });

  it('never gives an object a related one of another tenant', async () => {
    const { Owner: Owners, Task: Tasks } = configure(first, true).models;
    const as = TenantContext.runWithTenant;
    for (const name of ['a', 'b']) await as(name, () => Owners.create({ ownerId: 'both', name }));
    const task = await as('a', () => Tasks.create({ taskId: 'of-a', ownerId: 'both' }));
    await expect(as('b', () => task.getOrLoadRelatedField('ownerId'))).rejects.toThrow('another tenant');
    await expect(as('b', () => task.loadRelatedData())).rejects.toThrow('another tenant');
    expect(await as('a', () => task.getOrLoadRelatedField('ownerId'))).toMatchObject({ name: 'a' });
  });

  it('keeps simultaneous requests of different tenants apart', async () => {
    const { models } = configure(first, true);
    const tenants = Array.from({ length: 20 }, (_, at) => `tenant-${at}`);
    const asTenant = <Result>(tenant: string, work: () => Promise<Result>) =>
      TenantContext.runWithTenant(tenant, () => runWithBatchContext(work));
    await Promise.all(tenants.map((tenant) => asTenant(tenant, () => models.Owner.create({ ownerId: 'me', name: tenant }))));
    const names = await Promise.all(
      tenants.map((tenant) => asTenant(tenant, async () => (await models.Owner.batchFind(['me'])).items['me']?.get('name'))),
    );
    expect(names).toEqual(tenants);
  });

  it.each(['', 'a#b', 'a]', '[a'])('takes no tenant called %j', (tenant) =>
    expect(() => TenantContext.runWithTenant(tenant, () => 0)).toThrow(ConfigurationError),
  );

  it('follows the scope, then resolvers, and is never set for the whole process', () => {
    expect(() => TenantContext.setCurrentTenant('a')).toThrow('inside TenantContext.runWithTenant only');
    TenantContext.addResolver(() => undefined);
    TenantContext.addResolver(() => 'resolved');
    expect(TenantContext.getCurrentTenant()).toBe('resolved');
    TenantContext.runWithTenant('scoped', () => {
      expect(TenantContext.getCurrentTenant()).toBe('scoped');
      TenantContext.setCurrentTenant('changed');
      expect(TenantContext.getCurrentTenant()).toBe('changed');
    });
    TenantContext.reset();
    expect(TenantContext.getCurrentTenant()).toBeNull();
  });
});

describe('describeModel', () => {
  it('names fields, keys, indexes and relations', () => {
    const manager = configure(first);
    const description = describeModel(manager.models.Task);
    expect(description).toMatchObject({
      name: 'Task',
      prefix: 'ta',
      path: 'tasks',
      keyEncoding: 'ordered',
      primaryKey: { partitionKey: 'taskId', sortKey: null },
      relations: { owner: { kind: 'one', field: 'ownerId', model: 'Owner' } },
      versionField: 'revision',
    });
    expect(description.fields['isDone']).toEqual({
      kind: 'boolean',
      required: false,
      defaultValue: false,
      readOnly: false,
      schema: { type: 'boolean' },
    });
    expect(description.fields['createdAt']).toMatchObject({ required: false, readOnly: true });
    expect(description.fields['taskId']).toMatchObject({ required: true, schema: { type: 'string', minLength: 1 } });
    expect(description.indexes['allTasks']).toEqual({ partitionKey: 'modelPrefix', sortKey: 'weight', indexId: 'gsi3', collection: null });
    expect(description).toMatchObject({ uniqueConstraints: {}, isIterable: false, search: null });
    expect(describeModel(manager.models.Account)).toMatchObject({ uniqueConstraints: { uniqueNumber: 'number' }, isIterable: true });
    expect(describeModel(manager.models.Owner).relations).toEqual({ tasks: { kind: 'many', model: 'Task', index: 'tasksForOwner' } });
    expect(JSON.parse(JSON.stringify(description))).toEqual(description);
  });

  it('refuses two relations of one name, naming both', () => {
    const clashing = model({
      fields: { id: StringField(), ownerId: fields.RelatedField('Owner'), owner: fields.RelatedField('Owner') },
    });
    expect(() => describeModel(clashing, [clashing])).toThrow('the field ownerId and the field owner both make a relation "owner"');
  });
});

describe('plugins', () => {
  it('may change what is written, are told of it, and add methods', async () => {
    class Note extends BaoModel {
      static override modelPrefix = 'no';
      static override fields = { id: StringField({ required: true }), text: StringField() };
      static override primaryKey = PrimaryKeyConfig('id');
    }
    const lines: string[] = [];
    const logging = { level: 'WARN', sink: { warn: (line: string) => lines.push(line), debug: () => undefined } };
    const manager = initModels({ models: { Note }, store: first.store, db: { tableName: first.tableName }, logging });
    const heard: unknown[] = [];
    manager.models.Note.registerPlugin({
      beforeSave: (changes, { isNew, reason, instanceObj }) => {
        heard.push([isNew, reason, instanceObj]);
        changes['text'] = String(changes['text']).toUpperCase();
      },
      afterSave: (instance) => void heard.push((instance as BaoModel).get('text')),
      beforeDelete: (id) => void heard.push(id),
      methods: { shout: () => 'hey' },
    });
    const note = await manager.models.Note.create({ id: 'n', text: 'a' }, { reason: 'test' });
    await manager.models.Note.update('n', { text: 'b' });
    await manager.models.Note.delete('n');
    expect(heard).toEqual([[true, 'test', undefined], 'A', [false, undefined, undefined], 'B', 'n']);
    heard.length = 0;
    const saved = await new manager.models.Note({ id: 'm', text: 'c' }).save({ reason: 'test' });
    await Object.assign(saved, { text: 'd' }).save();
    expect(heard).toEqual([[true, 'test', saved], 'C', [false, undefined, saved], 'D']);
    expect((note as unknown as { shout(): string }).shout()).toBe('hey');
    expect(() => manager.models.Note.registerPlugin({ methods: { text: () => 0 } })).toThrow('has the name of a field');
    manager.models.Note.registerPlugin({ methods: { shout: () => 'HEY' } });
    expect((note as unknown as { shout(): string }).shout()).toBe('HEY');
    expect(lines).toContain('[WARN] bao: Method shout already exists for model Note');
  });
});

describe('an instance', () => {
  it('is of the class that was configured, with accessors for its fields and no own ones', async () => {
    const { models } = configure(first);
    const task = await models.Task.create({ taskId: 'i1', title: 'a' });
    expect(task).toBeInstanceOf(Task);
    expect((task as unknown as { title: string }).title).toBe('a');
    expect(task.get('note')).toBeNull();
    expect(() => task.get('nope')).toThrow(TypeError);
  });

  it('computes no defaults when it is loaded', async () => {
    let made = 0;
    const Lazy = model({ fields: { id: StringField(), text: StringField({ defaultValue: () => `default ${(made += 1)}` }) } });
    const manager = initModels({ models: { Lazy }, store: first.store, db: { tableName: first.tableName } });
    await manager.models.Lazy.create({ id: 'lazy' });
    expect(made).toBe(1);
    const found = await manager.models.Lazy.find('lazy');
    expect([made, found.exists() && found.get('text')]).toEqual([1, 'default 1']);
  });

  it('takes a row that another writer has left strange things in', async () => {
    const { models } = configure(first);
    await first.putRow({
      _pk: { S: 'ta#odd' },
      _sk: { S: 'ta' },
      taskId: { S: 'odd' },
      weight: { N: '1.9' },
      more: { M: { a: { L: [{ NULL: true }] } } },
    });
    const task = await models.Task.find('odd');
    expect(task.exists() && [task.get('weight'), task.get('title'), task.get('hits')]).toEqual([1, null, 0]);
  });
});
