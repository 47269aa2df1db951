/** Many rows in one call: BatchGetItem and BatchWriteItem. */
import { expect, test } from 'vitest';
import type { AttributeMap, WriteRequest } from '../../../src/dynamo/types.ts';
import { key, keyOf, type StoreFixture } from './fixture.ts';

/** Declares the tests of batches. */
export function describeBatches(fixture: StoreFixture): void {
  const read = (Keys: AttributeMap[], more: object = {}) => ({ RequestItems: { [fixture.tableName]: { Keys, ...more } } });
  const write = (writes: WriteRequest[]) => ({ RequestItems: { [fixture.tableName]: writes } });

  /** Rows "000", "001", … in a partition of their own. */
  const putRows = async (count: number): Promise<AttributeMap[]> => {
    const partition = fixture.newPartition();
    const rows = Array.from({ length: count }, (_, index) => ({ ...key(partition, rowName(index)), n: { N: String(index) } }));
    for (let start = 0; start < rows.length; start += 25) {
      await fixture.output('BatchWriteItem', write(rows.slice(start, start + 25).map((Item) => ({ PutRequest: { Item } }))));
    }
    return rows;
  };

  test('reads 100 rows at once, in any order', async () => {
    const rows = await putRows(100);
    const output = await fixture.output('BatchGetItem', read(rows.map(keyOf)));
    expect(bySortKey(output.Responses[fixture.tableName])).toEqual(rows);
    expect(output.UnprocessedKeys ?? {}).toEqual({});
  });

  test('leaves out the rows that do not exist', async () => {
    const rows = await putRows(2);
    const output = await fixture.output('BatchGetItem', read([...rows.map(keyOf), fixture.newKey()]));
    expect(bySortKey(output.Responses[fixture.tableName])).toEqual(rows);
    const none = await fixture.output('BatchGetItem', read([fixture.newKey()]));
    expect(none.Responses[fixture.tableName] ?? []).toEqual([]);
  });

  test('reads the attributes of a projection alone', async () => {
    const rows = await putRows(3);
    const projection = { ProjectionExpression: '#n', ExpressionAttributeNames: { '#n': 'n' } };
    const output = await fixture.output('BatchGetItem', read(rows.map(keyOf), projection));
    const found = output.Responses[fixture.tableName] ?? [];
    expect(found).toHaveLength(3);
    expect(found).toEqual(expect.arrayContaining([{ n: { N: '0' } }, { n: { N: '1' } }, { n: { N: '2' } }]));
  });

  test('reads more than the 16 MB that DynamoDB gives in one answer', async () => {
    const partition = fixture.newPartition();
    const rows = Array.from({ length: 45 }, (_, index) => key(partition, rowName(index)));
    for (const row of rows) await fixture.put({ ...row, payload: { S: 'x'.repeat(400_000) } });
    const output = await fixture.output('BatchGetItem', read(rows));
    expect(bySortKey(output.Responses[fixture.tableName]).map(keyOf)).toEqual(rows);
    for (const row of rows) await fixture.output('DeleteItem', { TableName: fixture.tableName, Key: row }); // scans would read it all
  }, 60_000);

  test('sees every acknowledged write of a batch in the next strong read', async () => {
    const [first, second, third] = [fixture.newKey(), fixture.newKey(), fixture.newKey()];
    for (const row of [first, second]) await fixture.put({ ...row, n: { N: '1' } });
    await fixture.output(
      'BatchWriteItem',
      write([{ PutRequest: { Item: { ...first, n: { N: '9' } } } }, { DeleteRequest: { Key: second } }, { PutRequest: { Item: third } }]),
    );
    const output = await fixture.output('BatchGetItem', read([first, second, third]), { read: 'strong' });
    const found = output.Responses[fixture.tableName] ?? [];
    expect(found).toHaveLength(2);
    expect(found).toEqual(expect.arrayContaining([{ ...first, n: { N: '9' } }, third]));
  });

  test('refuses batches that are too long, without doing a part of them', async () => {
    const first = fixture.newKey();
    const keys = [first, ...Array.from({ length: 100 }, () => fixture.newKey())];
    expect((await fixture.error('BatchGetItem', read(keys))).code).toBe('invalid_request');
    expect((await fixture.error('BatchWriteItem', write(keys.slice(0, 26).map((Item) => ({ PutRequest: { Item } }))))).code).toBe(
      'invalid_request',
    );
    expect(await fixture.get(first)).toBeUndefined();
  });

  test('refuses a batch that names a row twice', async () => {
    const rowKey = fixture.newKey();
    expect((await fixture.error('BatchGetItem', read([rowKey, rowKey]))).code).toBe('invalid_request');
    const twice = write([{ PutRequest: { Item: rowKey } }, { DeleteRequest: { Key: rowKey } }]);
    expect((await fixture.error('BatchWriteItem', twice)).code).toBe('invalid_request');
  });
}

function rowName(index: number): string {
  return String(index).padStart(3, '0');
}

function bySortKey(items: AttributeMap[] = []): AttributeMap[] {
  const sortKey = ({ _sk }: AttributeMap) => (_sk !== undefined && 'S' in _sk ? _sk.S : '');
  return items.toSorted((left, right) => (sortKey(left) < sortKey(right) ? -1 : 1));
}
