/** All or nothing: TransactWriteItems, TransactGetItems, and batches that are read as one. */
import { expect, test } from 'vitest';
import type { AttributeMap, TransactWriteAction } from '../../../src/dynamo/types.ts';
import type { StoreFixture } from './fixture.ts';

/** Declares the tests of transactions. */
export function describeTransactions(fixture: StoreFixture): void {
  const put = (Item: AttributeMap) => ({ Put: { TableName: fixture.tableName, Item } });
  const putNew = (Item: AttributeMap, more: object = {}): TransactWriteAction => ({
    Put: {
      TableName: fixture.tableName,
      Item,
      ConditionExpression: 'attribute_not_exists(#pk)',
      ExpressionAttributeNames: { '#pk': '_pk' },
      ...more,
    },
  });
  const addOne = (Key: AttributeMap): TransactWriteAction => ({
    Update: { TableName: fixture.tableName, Key, UpdateExpression: 'ADD n :one', ExpressionAttributeValues: { ':one': { N: '1' } } },
  });

  test('does every action of a transaction', async () => {
    const [created, updated, deleted, checked] = [fixture.newKey(), fixture.newKey(), fixture.newKey(), fixture.newKey()];
    for (const row of [updated, deleted, checked]) await fixture.put(row);
    await fixture.output('TransactWriteItems', {
      TransactItems: [
        put(created),
        addOne(updated),
        { Delete: { TableName: fixture.tableName, Key: deleted } },
        {
          ConditionCheck: {
            TableName: fixture.tableName,
            Key: checked,
            ConditionExpression: 'attribute_exists(#pk)',
            ExpressionAttributeNames: { '#pk': '_pk' },
          },
        },
      ],
    });
    expect(await fixture.get(created)).toEqual(created);
    expect(await fixture.get(updated)).toEqual({ ...updated, n: { N: '1' } });
    expect(await fixture.get(deleted)).toBeUndefined();
    expect(await fixture.get(checked)).toEqual(checked);
  });

  test('does nothing when one condition fails, and says which, in the order of the actions', async () => {
    const [fresh, taken] = [fixture.newKey(), { ...fixture.newKey(), owner: { S: 'Ann' } }];
    await fixture.put(taken);
    const error = await fixture.error('TransactWriteItems', {
      TransactItems: [putNew(fresh), putNew(taken, { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' })],
    });
    expect(error.code).toBe('transaction_cancelled');
    expect(error.reasons).toMatchObject([{ Code: 'None' }, { Code: 'ConditionalCheckFailed', Item: taken }]);
    expect(await fixture.get(fresh)).toBeUndefined();
  });

  test('applies a transaction once however often it is sent with one token', async () => {
    const row = fixture.newKey();
    const input = { TransactItems: [addOne(row)], ClientRequestToken: crypto.randomUUID() };
    await fixture.output('TransactWriteItems', input);
    await fixture.output('TransactWriteItems', input);
    expect(await fixture.get(row)).toEqual({ ...row, n: { N: '1' } });
    const other = await fixture.error('TransactWriteItems', { ...input, TransactItems: [addOne(fixture.newKey())] });
    expect(other.code).toBe('idempotency_mismatch');
  });

  test('applies a transaction each time it is sent without a token', async () => {
    const row = fixture.newKey();
    await fixture.output('TransactWriteItems', { TransactItems: [addOne(row)] });
    await fixture.output('TransactWriteItems', { TransactItems: [addOne(row)] });
    expect(await fixture.get(row)).toEqual({ ...row, n: { N: '2' } });
  });

  test('reads several rows as one, with nothing for those that do not exist', async () => {
    const row = fixture.newKey();
    await fixture.put({ ...row, v: { S: 'x' } });
    const { Responses } = await fixture.output('TransactGetItems', {
      TransactItems: [fixture.newKey(), row].map((Key) => ({ Get: { TableName: fixture.tableName, Key } })),
    });
    expect(Responses.map(({ Item }) => Item)).toEqual([undefined, { ...row, v: { S: 'x' } }]);
  });

  test('never shows half of a transaction in a batch that is read as one', async () => {
    const [left, right] = [fixture.newKey(), fixture.newKey()];
    const writeBoth = (n: number) =>
      fixture.output('TransactWriteItems', {
        TransactItems: [put({ ...left, n: { N: String(n) } }), put({ ...right, n: { N: String(n) } })],
      });
    await writeBoth(0);
    const writer = (async () => {
      for (let n = 1; n <= 20; n++) await writeBoth(n);
    })();
    for (let reads = 0; reads < 20; reads++) {
      const input = { RequestItems: { [fixture.tableName]: { Keys: [left, right] } } };
      const { Responses } = await fixture.output('BatchGetItem', input, { atomic: true });
      const seen = new Set((Responses[fixture.tableName] ?? []).map((item) => JSON.stringify(item['n'])));
      expect(Responses[fixture.tableName]).toHaveLength(2);
      expect(seen.size).toBe(1);
    }
    await writer;
  });

  test('says of a transaction of more than 4 MB that it is too large', async () => {
    const rows = Array.from({ length: 11 }, () => fixture.newKey());
    const large = { large: { S: 'x'.repeat(390_000) } };
    const TransactItems = rows.map((row) => put({ ...row, ...large }));
    expect((await fixture.error('TransactWriteItems', { TransactItems })).code).toBe('transaction_too_large');
    expect(await fixture.get(rows[0] ?? {})).toBeUndefined();
    for (const row of rows) await fixture.put({ ...row, ...large });
    const read = await fixture.execute('TransactGetItems', {
      TransactItems: rows.map((Key) => ({ Get: { TableName: fixture.tableName, Key } })),
    });
    // Dynoxide reads more than DynamoDB does.
    if (read.ok) expect(read.output.Responses).toEqual(rows.map((row) => ({ Item: { ...row, ...large } })));
    else expect(read.error.code).toBe('transaction_too_large');
  });

  test('refuses a transaction that is too long or names a row twice', async () => {
    const actions = Array.from({ length: 101 }, () => put(fixture.newKey()));
    expect((await fixture.error('TransactWriteItems', { TransactItems: actions })).code).toBe('invalid_request');
    const row = fixture.newKey();
    expect((await fixture.error('TransactWriteItems', { TransactItems: [put(row), addOne(row)] })).code).toBe('invalid_request');
    expect(await fixture.get(row)).toBeUndefined();
  });
}
