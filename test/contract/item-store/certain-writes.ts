/** Plain writes that carry a token, and so may be sent again. */
import { expect, test } from 'vitest';
import type { OperationContext } from '../../../src/dynamo/item-store.ts';
import type { AttributeMap } from '../../../src/dynamo/types.ts';
import type { StoreFixture } from './fixture.ts';

/** Declares the tests of writes with a token. */
export function describeCertainWrites(fixture: StoreFixture): void {
  const newToken = (): OperationContext => ({ idempotencyToken: crypto.randomUUID() });
  const addOne = (Key: AttributeMap) => ({
    TableName: fixture.tableName,
    Key,
    UpdateExpression: 'ADD n :one',
    ExpressionAttributeValues: { ':one': { N: '1' } },
  });
  const ifMissing = { ConditionExpression: 'attribute_not_exists(#pk)', ExpressionAttributeNames: { '#pk': '_pk' } };

  test('applies an update once however often it is sent with one token', async () => {
    const row = fixture.newKey();
    const token = newToken();
    for (const _time of [1, 2, 3]) expect(await fixture.output('UpdateItem', addOne(row), token)).toEqual({});
    await fixture.output('UpdateItem', addOne(row), newToken());
    expect(await fixture.get(row)).toEqual({ ...row, n: { N: '2' } });
  });

  test('leaves what others wrote meanwhile when a put or a delete is sent again', async () => {
    const item = { ...fixture.newKey(), v: { S: 'first' } };
    const { v: _v, ...row } = item;
    const [put, remove] = [newToken(), newToken()];
    await fixture.output('PutItem', { TableName: fixture.tableName, Item: item }, put);
    await fixture.put({ ...row, v: { S: 'second' } });
    await fixture.output('PutItem', { TableName: fixture.tableName, Item: item }, put);
    expect(await fixture.get(row)).toEqual({ ...row, v: { S: 'second' } });
    await fixture.output('DeleteItem', { TableName: fixture.tableName, Key: row }, remove);
    await fixture.put(item);
    await fixture.output('DeleteItem', { TableName: fixture.tableName, Key: row }, remove);
    expect(await fixture.get(row)).toEqual(item);
  });

  test('refuses a token that came with other contents', async () => {
    const token = newToken();
    await fixture.output('UpdateItem', addOne(fixture.newKey()), token);
    expect((await fixture.error('UpdateItem', addOne(fixture.newKey()), token)).code).toBe('idempotency_mismatch');
  });

  test('fails a condition as a plain write does, with the row when it is asked for', async () => {
    const taken = { ...fixture.newKey(), v: { S: 'x' } };
    await fixture.put(taken);
    const put = { TableName: fixture.tableName, Item: { ...taken, v: { S: 'y' } }, ...ifMissing };
    expect(await fixture.error('PutItem', { ...put, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }, newToken())).toMatchObject({
      code: 'condition_failed',
      item: taken,
    });
    const silent = await fixture.error('PutItem', put, newToken());
    expect(silent.code).toBe('condition_failed');
    expect(silent.item).toBeUndefined();
  });

  test('gives the row before or after back, and no other values', async () => {
    const row = fixture.newKey();
    const updated = await fixture.output('UpdateItem', { ...addOne(row), ReturnValues: 'ALL_NEW' }, newToken());
    expect(updated.Attributes).toEqual({ ...row, n: { N: '1' } });
    const deleted = await fixture.output('DeleteItem', { TableName: fixture.tableName, Key: row, ReturnValues: 'ALL_OLD' }, newToken());
    expect(deleted.Attributes).toEqual({ ...row, n: { N: '1' } });
    expect((await fixture.error('UpdateItem', { ...addOne(row), ReturnValues: 'UPDATED_NEW' }, newToken())).code).toBe('invalid_request');
    const put = { TableName: fixture.tableName, Item: row, ReturnValues: 'ALL_OLD' } as const;
    expect((await fixture.error('PutItem', put, newToken())).code).toBe('invalid_request');
    expect(await fixture.get(row)).toBeUndefined();
  });

  test('is the token of a transaction that has none', async () => {
    const row = fixture.newKey();
    const token = newToken();
    const { ...Update } = addOne(row);
    for (const _time of [1, 2]) await fixture.output('TransactWriteItems', { TransactItems: [{ Update }] }, token);
    expect(await fixture.get(row)).toEqual({ ...row, n: { N: '1' } });
  });

  test('costs twice the write units', async () => {
    const [plain, certain] = [fixture.newKey(), fixture.newKey()];
    const { meta: once } = await fixture.execute('PutItem', { TableName: fixture.tableName, Item: plain });
    const { meta: twice } = await fixture.execute('PutItem', { TableName: fixture.tableName, Item: certain }, newToken());
    expect(twice.writeUnits).toBe(2 * once.writeUnits);
  });
}
