/** One row at a time: GetItem, PutItem, UpdateItem, DeleteItem. */
import { expect, test } from 'vitest';
import type { AttributeMap } from '../../../src/dynamo/types.ts';
import { keyOf, type StoreFixture } from './fixture.ts';

const EVERY_KIND: AttributeMap = {
  text: { S: 'Grüße, 世界 🚀' },
  emptyText: { S: '' },
  number: { N: '-12.5' },
  longNumber: { N: '12345678901234567890123456789012345678' },
  binary: { B: 'AAEC/w==' },
  emptyBinary: { B: '' },
  yes: { BOOL: true },
  no: { BOOL: false },
  nothing: { NULL: true },
  list: { L: [{ S: 'a' }, { S: 'a' }, { N: '1' }, { L: [] }] },
  map: { M: { 'a.b': { S: 'dots and $ in names' }, empty: { M: {} } } },
  texts: { SS: ['a', 'b'] },
  numbers: { NS: ['1', '2.5'] },
  binaries: { BS: ['AA==', 'AQ=='] },
};

/** Declares the tests of single rows. */
export function describeItems(fixture: StoreFixture): void {
  test('reads back every kind of attribute as it was written', async () => {
    const item = { ...fixture.newKey(), ...EVERY_KIND };
    await fixture.put(item);
    expect(withUnorderedSets(await fixture.get(keyOf(item)))).toEqual(withUnorderedSets(item));
  });

  test('answers a key that does not exist with no item, and not with an error', async () => {
    const output = await fixture.output('GetItem', { TableName: fixture.tableName, Key: fixture.newKey() });
    expect(output.Item).toBeUndefined();
  });

  test('reads the attributes of a projection alone', async () => {
    const item = { ...fixture.newKey(), name: { S: 'Ann' }, age: { N: '30' }, address: { M: { city: { S: 'Rome' }, zip: { S: '1' } } } };
    await fixture.put(item);
    const output = await fixture.output('GetItem', {
      TableName: fixture.tableName,
      Key: keyOf(item),
      ProjectionExpression: '#name, address.city',
      ExpressionAttributeNames: { '#name': 'name' },
    });
    expect(output.Item).toEqual({ name: { S: 'Ann' }, address: { M: { city: { S: 'Rome' } } } });
  });

  test('sees every acknowledged write in the next strong read', async () => {
    const rowKey = fixture.newKey();
    expect(await fixture.get(rowKey)).toBeUndefined();
    await fixture.put({ ...rowKey, value: { N: '1' } });
    expect(await fixture.get(rowKey)).toEqual({ ...rowKey, value: { N: '1' } });
    await fixture.put({ ...rowKey, w: { N: '2' } });
    expect(await fixture.get(rowKey)).toEqual({ ...rowKey, w: { N: '2' } });
    await fixture.output('UpdateItem', update(fixture, rowKey, 'SET w = :v', { ':v': { N: '3' } }));
    expect(await fixture.get(rowKey)).toEqual({ ...rowKey, w: { N: '3' } });
    await fixture.output('DeleteItem', { TableName: fixture.tableName, Key: rowKey });
    expect(await fixture.get(rowKey)).toBeUndefined();
  });

  test('returns of a put what it was asked for', async () => {
    const rowKey = fixture.newKey();
    const first = { ...rowKey, value: { N: '1' } };
    const put = { TableName: fixture.tableName, Item: first };
    expect((await fixture.output('PutItem', { ...put, ReturnValues: 'ALL_OLD' })).Attributes).toBeUndefined();
    expect((await fixture.output('PutItem', { ...put, ReturnValues: 'ALL_OLD' })).Attributes).toEqual(first);
    expect((await fixture.output('PutItem', put)).Attributes).toBeUndefined();
  });

  test('returns of an update what it was asked for', async () => {
    const rowKey = fixture.newKey();
    await fixture.put({ ...rowKey, count: { N: '0' }, kept: { S: 'k' } });
    const add = update(fixture, rowKey, 'ADD #count :one', { ':one': { N: '1' } }, { '#count': 'count' });
    const attributes = async (ReturnValues: 'NONE' | 'ALL_OLD' | 'UPDATED_OLD' | 'ALL_NEW' | 'UPDATED_NEW') =>
      (await fixture.output('UpdateItem', { ...add, ReturnValues })).Attributes;
    expect((await fixture.output('UpdateItem', add)).Attributes).toBeUndefined(); // count is 1 now, and one more each time
    expect(await attributes('NONE')).toBeUndefined();
    expect(await attributes('ALL_OLD')).toEqual({ ...rowKey, count: { N: '2' }, kept: { S: 'k' } });
    expect(await attributes('UPDATED_OLD')).toEqual({ count: { N: '3' } });
    expect(await attributes('ALL_NEW')).toEqual({ ...rowKey, count: { N: '5' }, kept: { S: 'k' } });
    expect(await attributes('UPDATED_NEW')).toEqual({ count: { N: '6' } });
  });

  test('returns of a delete what it was asked for', async () => {
    const item = { ...fixture.newKey(), value: { N: '1' } };
    await fixture.put(item);
    const input = { TableName: fixture.tableName, Key: keyOf(item), ReturnValues: 'ALL_OLD' } as const;
    expect((await fixture.output('DeleteItem', input)).Attributes).toEqual(item);
    expect((await fixture.output('DeleteItem', input)).Attributes).toBeUndefined();
  });

  test('creates a missing row by an update', async () => {
    const rowKey = fixture.newKey();
    await fixture.output('UpdateItem', update(fixture, rowKey, 'SET v = :v', { ':v': { S: 'x' } }));
    expect(await fixture.get(rowKey)).toEqual({ ...rowKey, v: { S: 'x' } });
  });

  test('fails a write whose condition does not hold, and writes nothing', async () => {
    const item = { ...fixture.newKey(), v: { N: '1' } };
    await fixture.put(item);
    const isNew = { ConditionExpression: 'attribute_not_exists(#pk)', ExpressionAttributeNames: { '#pk': '_pk' } };
    const input = { TableName: fixture.tableName, Item: { ...keyOf(item), v: { N: '2' } }, ...isNew };
    const quiet = await fixture.error('PutItem', input);
    expect(quiet).toMatchObject({ code: 'condition_failed', awsName: 'ConditionalCheckFailedException' });
    expect(quiet.item).toBeUndefined();
    const telling = await fixture.error('PutItem', { ...input, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' });
    expect(telling).toMatchObject({ code: 'condition_failed', item });
    const deletion = await fixture.error('DeleteItem', { TableName: fixture.tableName, Key: keyOf(item), ...isNew });
    expect(deletion.code).toBe('condition_failed');
    expect(await fixture.get(keyOf(item))).toEqual(item);
  });

  test('does a write whose condition holds', async () => {
    const item = { ...fixture.newKey(), v: { N: '1' } };
    await fixture.put(item);
    const input = update(fixture, keyOf(item), 'SET v = :new', { ':new': { N: '2' }, ':old': { N: '1' } });
    await fixture.output('UpdateItem', { ...input, ConditionExpression: 'v = :old' });
    expect(await fixture.get(keyOf(item))).toEqual({ ...item, v: { N: '2' } });
  });

  test('tells an item that is too large from other wrong requests, put or grown by an update', async () => {
    const rowKey = fixture.newKey();
    const payload = { S: 'x'.repeat(409_600) };
    expect((await fixture.error('PutItem', { TableName: fixture.tableName, Item: { ...rowKey, payload } })).code).toBe('item_too_large');
    await fixture.put(rowKey);
    const grow = update(fixture, rowKey, 'SET payload = :payload', { ':payload': { S: 'x'.repeat(409_590) } });
    expect((await fixture.error('UpdateItem', grow)).code).toBe('item_too_large');
    expect(await fixture.get(rowKey)).toEqual(rowKey);
  });

  test('calls a request that DynamoDB cannot read an invalid one', async () => {
    const broken = update(fixture, fixture.newKey(), 'SET SET', {});
    expect((await fixture.error('UpdateItem', broken)).code).toBe('invalid_request');
    const noSortKey = { TableName: fixture.tableName, Key: { _pk: { S: fixture.newPartition() } } };
    expect((await fixture.error('GetItem', noSortKey)).code).toBe('invalid_request');
  });

  test('names a missing table as such', async () => {
    const error = await fixture.error('GetItem', { TableName: `missing-${crypto.randomUUID()}`, Key: fixture.newKey() });
    expect(error.code).toBe('table_not_found');
  });

  test('refuses an operation that does not exist as a mistake of the programmer', async () => {
    const operation = 'DropEverything' as 'GetItem'; // what the types forbid
    await expect(fixture.execute(operation, { TableName: fixture.tableName, Key: fixture.newKey() })).rejects.toThrow(TypeError);
  });
}

function update(fixture: StoreFixture, Key: AttributeMap, UpdateExpression: string, values: AttributeMap, names?: Record<string, string>) {
  return {
    TableName: fixture.tableName,
    Key,
    UpdateExpression,
    ...(Object.keys(values).length === 0 ? {} : { ExpressionAttributeValues: values }),
    ...(names === undefined ? {} : { ExpressionAttributeNames: names }),
  };
}

/** DynamoDB keeps no order in its sets. */
function withUnorderedSets(item: AttributeMap | undefined): unknown {
  return Object.fromEntries(
    Object.entries(item ?? {}).map(([name, value]) => {
      if ('SS' in value) return [name, new Set(value.SS)];
      if ('NS' in value) return [name, new Set(value.NS)];
      return [name, 'BS' in value ? new Set(value.BS) : value];
    }),
  );
}
