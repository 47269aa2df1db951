/** What a caller says besides the input, and what it is told besides the output. */
import { expect, test } from 'vitest';
import type { StoreFixture } from './fixture.ts';

/** Declares the tests of context and meta. */
export function describeContext(fixture: StoreFixture): void {
  test('does nothing for a caller that has already aborted', async () => {
    const row = fixture.newKey();
    const error = await fixture.error('PutItem', { TableName: fixture.tableName, Item: row }, { signal: AbortSignal.abort() });
    expect(error.code).toBe('aborted');
    expect(await fixture.get(row)).toBeUndefined();
  });

  test('does nothing when there is no time left', async () => {
    const row = fixture.newKey();
    const error = await fixture.error('PutItem', { TableName: fixture.tableName, Item: row }, { deadlineMs: 0 });
    expect(error.code).toBe('deadline_exceeded');
    expect(await fixture.get(row)).toBeUndefined();
  });

  test('accounts for what it asked of DynamoDB', async () => {
    const row = fixture.newKey();
    const put = await fixture.execute('PutItem', { TableName: fixture.tableName, Item: row });
    expect(put.meta).toMatchObject({ calls: 1, readUnits: 0 });
    expect(put.meta.writeUnits).toBeGreaterThan(0);
    const get = await fixture.execute('GetItem', { TableName: fixture.tableName, Key: row }, { bypassCache: true });
    expect(get.meta).toMatchObject({ cache: 'bypass', calls: 1, keys: 1, writeUnits: 0 });
    expect(get.meta.readUnits).toBeGreaterThan(0);
  });

  test('answers with nothing but what the operation has', async () => {
    const row = fixture.newKey();
    expect(await fixture.output('PutItem', { TableName: fixture.tableName, Item: row })).toEqual({});
    expect(await fixture.output('GetItem', { TableName: fixture.tableName, Key: row })).toEqual({ Item: row });
  });

  test('leaves its input as it was', async () => {
    const input = { TransactItems: [{ Put: { TableName: fixture.tableName, Item: fixture.newKey() } }] };
    const before = structuredClone(input);
    await fixture.output('TransactWriteItems', input);
    expect(input).toEqual(before);
  });

  test('keeps what one caller does to an answer from every other', async () => {
    const item = { ...fixture.newKey(), tags: { L: [{ S: 'a' }] } };
    await fixture.put(item);
    const { tags: _tags, ...rowKey } = item;
    const mine = await fixture.get(rowKey);
    if (mine !== undefined) delete mine['tags'];
    expect(await fixture.get(rowKey)).toEqual(item);
  });

  test('answers in plain values that survive JSON', async () => {
    const item = { ...fixture.newKey(), map: { M: { list: { L: [{ N: '1' }] } } } };
    await fixture.put(item);
    const { map: _map, ...rowKey } = item;
    for (const result of [
      await fixture.execute('GetItem', { TableName: fixture.tableName, Key: rowKey }),
      await fixture.execute('GetItem', { TableName: 'no-such-table', Key: rowKey }),
    ]) {
      expect(JSON.parse(JSON.stringify(result))).toEqual(result);
    }
  });
}
