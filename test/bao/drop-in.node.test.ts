import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import * as bao from '../../src/bao/index.ts';
import { BaoModel, fields, initModels, IndexConfig, PrimaryKeyConfig, runWithBatchContext, TenantContext } from '../../src/bao/index.ts';
import type { DropInMembers, DropInStatics, ModelManager } from '../../src/bao/index.ts';
import { localClientOptions } from '../setup/tables.ts';
import { MODELS } from './models.ts';
import { openTestTable } from './setup.ts';
import type { TestTable } from './setup.ts';

class Album extends BaoModel {
  static override modelPrefix = 'al';
  static override iterable = true;
  static override iterationBuckets = 10;
  static override fields = {
    artist: fields.StringField({ required: true }),
    number: fields.IntegerField({ required: true }),
    title: fields.StringField(),
    released: fields.DateTimeField(),
    tags: fields.StringSetField(),
    ownerId: fields.RelatedField('Owner'),
  };
  static override primaryKey = PrimaryKeyConfig('artist', 'number');
  static override indexes = { albumsByTitle: IndexConfig('title', 'number', 'gsi1') };
}

let table: TestTable;
let album: typeof Album & DropInStatics;
let manager: ModelManager;

beforeAll(async () => {
  table = await openTestTable();
  const { region, endpoint, credentials } = localClientOptions(inject('dynamodbEndpoint'));
  manager = initModels({
    models: { Album, Owner: MODELS.Owner },
    aws: { region, endpoint: endpoint ?? null, credentials },
    db: { tableName: table.tableName },
    logging: { level: 'OFF' },
  });
  album = manager.models['Album'] as unknown as typeof album; // the statics are there, and only JavaScript uses them
});
afterAll(() => table.drop());

const members = (object: BaoModel) => object as BaoModel & DropInMembers;

describe('the names', () => {
  it('of dynamo-bao are all exported, and those that it keeps to itself', () => {
    expect(Object.keys(bao)).toEqual(
      expect.arrayContaining([
        ...'initModels BaoModel ModelManager fields TenantContext runWithBatchContext getBatchContextCapacity'.split(' '),
        ...'PrimaryKeyConfig IndexConfig UniqueConstraintConfig constants exceptions models'.split(' '),
        ...'ObjectNotFound BaoBaseField FilterExpressionBuilder'.split(' '),
      ]),
    );
    expect(Object.keys(bao.exceptions).toSorted()).toEqual(
      'BaoError ConditionalError ConfigurationError DataFormatError ItemNotFoundError QueryError ValidationError'.split(' '),
    );
    expect(bao.models).toEqual({});
  });

  it('of fields are factories and classes, which custom fields extend', () => {
    const kinds = Object.keys(fields).filter((name) => name.endsWith('Field'));
    expect(kinds).toHaveLength(17);
    for (const kind of kinds) expect(Reflect.get(fields, `${kind}Class`)).toBeTypeOf('function');
    expect(fields.StringField() instanceof bao.BaoBaseField).toBe(true);
    expect(fields.StringField() instanceof fields.StringFieldClass).toBe(true);
  });
});

describe('the statics that generated code and tests call', () => {
  it('make the keys of the layout, with the tenant of the running code', () => {
    expect(album._formatPrimaryKey('al', 'abba')).toBe('al#abba');
    TenantContext.runWithTenant('acme', () => {
      expect(album._formatPrimaryKey('al', 'abba')).toBe('[acme]#al#abba');
      expect(album._formatGsiKey('al', 'gsi1', 'Waterloo')).toBe('[acme]#al#gsi1#Waterloo');
      expect(album._formatUniqueConstraintKey('_uc1', 'al', 'title', 'x')).toBe('[acme]#_raft_uc#_uc1#al#title:x');
      expect(album._getIterationKeys('abba##__SK__##00000000000000000007')).toEqual({
        _iter_pk: expect.stringMatching(/^\[acme\]#al#iter#00\d$/),
        _iter_sk: 'abba##__SK__##00000000000000000007',
      });
    });
  });

  it('give values of keys, fields and the configuration', () => {
    expect([album._getPkValue({ artist: 'abba', number: 7 }), album._getSkValue({ artist: 'abba', number: 7 })]).toEqual(['abba', 7]);
    expect(album._getField('number')).toBe(Album.fields.number);
    expect(album._getField('_pk')).toBeInstanceOf(fields.StringFieldClass);
    expect(() => album._getField('none')).toThrow('Field none not found in Album fields');
    expect([album.table, album._tenantId, album._testId]).toEqual([table.tableName, null, null]);
    expect(album._config).toMatchObject({ tenancy: { enabled: false }, batchContext: { requireBatchContext: false } });
    expect(() => album.setTestId('other')).toThrow('use TenantContext.runWithTenant');
    expect(() => album._assertFilterFitsIterIndex({ title: 'x' })).toThrow("aren't projected: [title]");
  });

  it('know the batch context', () => {
    expect(album._getBatchRequests()).toBeNull();
    expect(runWithBatchContext(() => album._getBatchRequests())).toBeInstanceOf(Map);
  });

  it('make an object of a row of plain values', () => {
    const made = album._createFromDyItem({ _pk: 'al#abba', _sk: '00000000000000000007', artist: 'abba', number: 7, title: 'Waterloo' });
    expect([made.isLoaded(), made.get('title'), made.getPrimaryId()]).toEqual([true, 'Waterloo', 'abba##__SK__##00000000000000000007']);
  });

  it('find an object by its primary key', async () => {
    await album.create({ artist: 'found', number: 1 });
    const found = await album.findByPrimaryKey({ artist: 'found', number: 1 });
    expect(found.exists() && found.get('number')).toBe(1);
  });
});

describe('the raw data of an object', () => {
  it('is its row, and what was set since', async () => {
    const created = members(await album.create({ artist: 'raw', number: 2, released: new Date(5), tags: ['a'] }));
    expect(created._dyData).toMatchObject({ _pk: 'al#raw', artist: 'raw', number: 2, released: 5 });
    Object.assign(created, { title: 'new', released: null });
    expect(created._dyData).toMatchObject({ title: 'new', released: null });
    expect(created._loadedDyData).not.toHaveProperty('title');
    expect([created._changes, created._getChanges()]).toEqual([new Set(['title', 'released']), { title: 'new', released: null }]);
    expect(created._getAllData()).toMatchObject({ artist: 'raw', title: 'new', released: null, tags: new Set(['a']) });
    expect([created._getPkValue(), created._getSkValue()]).toEqual(['raw', 2]);
  });

  it('has its related objects', async () => {
    await manager.models['Owner']?.create({ ownerId: 'o1', name: 'Ada' });
    const created = members(await album.create({ artist: 'related', number: 1, ownerId: 'o1' }));
    expect(created._relatedObjects).toEqual({});
    const owner = await created.getOrLoadRelatedField('ownerId');
    expect(created._relatedObjects).toEqual({ ownerId: owner });
  });

  it('is no part of its JSON, nor of its keys', async () => {
    const created = await album.create({ artist: 'keys', number: 3 });
    expect([JSON.stringify(created), Object.keys(created)]).toEqual(['{"artist":"keys","number":3}', []]);
    expect(JSON.stringify([await album.find({ artist: 'keys', number: 4 })])).toBe('[null]');
  });
});

describe('documentClient', () => {
  /** Commands of the AWS SDK are known by the names of their classes. */
  const command = (name: string, input: object) => Object.assign(new { [name]: class {} }[name]!(), { input });

  it('takes the commands of the SDK, and operations by their own names', async () => {
    const { documentClient } = manager;
    expect(documentClient).toBe(album.documentClient);
    const TableName = table.tableName;
    const Key = { _pk: 'plain', _sk: '1' };
    await documentClient.send(command('PutCommand', { TableName, Item: { ...Key, list: ['a', 'a'], set: new Set(['x']), n: 1 } }));
    const update = {
      TableName,
      Key,
      UpdateExpression: 'SET n = n + :one',
      ExpressionAttributeValues: { ':one': 1 },
      ReturnValues: 'ALL_NEW',
    };
    expect(await documentClient.send(command('UpdateCommand', update))).toMatchObject({ Attributes: { n: 2 } });
    const query = { TableName, KeyConditionExpression: '#pk = :pk', ExpressionAttributeNames: { '#pk': '_pk' } };
    const { Items } = await documentClient.send({ operation: 'Query', input: { ...query, ExpressionAttributeValues: { ':pk': 'plain' } } });
    expect(Items).toEqual([{ ...Key, list: ['a', 'a'], set: new Set(['x']), n: 2 }]);
    const batch = await documentClient.send(command('BatchGetCommand', { RequestItems: { [TableName]: { Keys: [Key] } } }));
    expect(batch['Responses']).toMatchObject({ [TableName]: [{ n: 2 }] });
    await documentClient.send(
      command('TransactWriteCommand', {
        TransactItems: [{ Put: { TableName, Item: { ...Key, n: 3 } } }, { Delete: { TableName, Key: { ...Key, _sk: '2' } } }],
      }),
    );
    const got = await documentClient.send(command('TransactGetCommand', { TransactItems: [{ Get: { TableName, Key } }] }));
    expect(got['Responses']).toEqual([{ Item: { ...Key, n: 3 } }]);
    await documentClient.send(command('BatchWriteCommand', { RequestItems: { [TableName]: [{ DeleteRequest: { Key } }] } }));
    expect(await documentClient.send(command('GetCommand', { TableName, Key }))).not.toHaveProperty('Item');
  });

  it('passes on what is about tables', async () => {
    const described = await manager.documentClient.send(command('DescribeTableCommand', { TableName: table.tableName }));
    expect(described).toMatchObject({ Table: { TableStatus: 'ACTIVE' } });
  });

  it('says what it takes, and throws what DynamoDB refuses with its name', async () => {
    await expect(manager.documentClient.send(command('Minified', {}))).rejects.toThrow("expected { operation: 'GetItem', input }");
    const input = { TableName: table.tableName, Item: { _pk: 'x', _sk: 'x' }, ConditionExpression: 'attribute_exists(nothing)' };
    await expect(manager.documentClient.send({ operation: 'PutItem', input })).rejects.toMatchObject({
      name: 'ConditionalCheckFailedException',
      statusCode: 400,
      $metadata: { httpStatusCode: 400 },
    });
  });

  it('needs a store that can, for what is about tables', async () => {
    const stored = initModels({ models: { Album }, store: table.store, db: { tableName: table.tableName } });
    await expect(stored.documentClient.send({ operation: 'DescribeTable', input: {} })).rejects.toThrow('needs a DynamoClient');
    expect(manager.models['Album']).not.toBe(stored.models.Album);
  });
});

it('FilterExpressionBuilder makes the parts of a query, with plain values', () => {
  const build = (filter: object | null) => new bao.FilterExpressionBuilder().build(filter, album);
  expect(build({ title: 'x', released: { $gt: new Date(5) } })).toEqual({
    FilterExpression: '(#n1 = :v1 AND #n2 > :v2)',
    ExpressionAttributeNames: { '#n1': 'title', '#n2': 'released' },
    ExpressionAttributeValues: { ':v1': 'x', ':v2': 5 },
  });
  expect([build({}), build(null)]).toEqual([null, null]);
  expect(() => build({ nope: 1 })).toThrow('Unknown field in filter: nope');
});

describe('a manager', () => {
  it('takes the models of a manifest over CommonJS modules, and refuses what is none', () => {
    const spread = { default: { Album }, 'module.exports': { Album }, Album };
    expect(initModels({ models: spread as unknown as { Album: typeof Album }, store: table.store }).listModels()).toEqual(['Album']);
    const wrong = { Thing: { not: 'a class' } } as unknown as Record<string, bao.ModelClass>;
    expect(() => initModels({ models: wrong, store: table.store })).toThrow('Invalid model "Thing"');
  });

  it('is told without models to be given some', () => {
    expect(() => initModels({ store: table.store })).toThrow(
      "Filesystem not available. Please provide models directly using the 'models' config option.",
    );
  });

  it('leaves models as they are when one of the others is unsound', async () => {
    class Unsound extends BaoModel {
      static override modelPrefix = 'un';
    }
    const before = Album.manager;
    expect(() => initModels({ models: { Album, Unsound }, db: { tableName: 'nowhere' } })).toThrow('Model Unsound: primaryKey is missing');
    expect(Album.manager).toBe(before);
  });

  it('can be had before initModels, given models and then a configuration', async () => {
    vi.resetModules();
    const fresh = await import('../../src/bao/index.ts');
    class Later extends fresh.BaoModel {
      static override modelPrefix = 'la';
      static override fields = { id: fresh.fields.StringField({ required: true }) };
      static override primaryKey = fresh.PrimaryKeyConfig('id');
    }
    expect(() => fresh.TenantContext.getInstance()).toThrow('no models are initialised');
    const later = fresh.ModelManager.getInstance();
    later.registerModel(Later);
    await later.init({ store: table.store, db: { tableName: table.tableName }, testId: 'test-1', logging: { level: 'off' } });
    await Later.create({ id: 'x' });
    expect(await table.row('[test-1]#la#x', 'la')).not.toBeNull();
    expect([fresh.ModelManager.getInstance('any'), fresh.TenantContext.getInstance()]).toEqual([later, later]);
    expect([later.getTestId(), later.listModels()]).toEqual(['test-1', ['Later']]);
  });
});
