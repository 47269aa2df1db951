/** Rows in order: Query and Scan, which are not cached. */
import { beforeAll, expect, test } from 'vitest';
import type { AttributeMap, QueryInput } from '../../../src/dynamo/types.ts';
import { key, type StoreFixture } from './fixture.ts';

const ROWS = 12;

/** Declares the tests of queries and scans. */
export function describeQueries(fixture: StoreFixture): void {
  let partition: string;

  beforeAll(async () => {
    partition = fixture.newPartition();
    const rows = Array.from({ length: ROWS }, (_, index) => ({
      ...key(partition, `row-${letter(index)}`),
      _gsi1_pk: { S: `${partition}-index` },
      _gsi1_sk: { S: letter(ROWS - 1 - index) },
      n: { N: String(index) },
    }));
    await fixture.output('BatchWriteItem', { RequestItems: { [fixture.tableName]: rows.map((Item) => ({ PutRequest: { Item } })) } });
  });

  const query = (more: Partial<QueryInput> = {}): QueryInput => ({
    TableName: fixture.tableName,
    KeyConditionExpression: '#pk = :pk',
    ...more,
    ExpressionAttributeNames: { '#pk': '_pk', ...more.ExpressionAttributeNames },
    ExpressionAttributeValues: { ':pk': { S: partition }, ...more.ExpressionAttributeValues },
  });

  test('answers the rows of a partition in the order of their sort keys, either way', async () => {
    const upwards = await fixture.output('Query', query());
    expect(numbers(upwards.Items)).toEqual(upTo(ROWS));
    expect(upwards).toMatchObject({ Count: ROWS, ScannedCount: ROWS });
    expect(upwards.LastEvaluatedKey).toBeUndefined();
    const downwards = await fixture.output('Query', query({ ScanIndexForward: false }));
    expect(numbers(downwards.Items)).toEqual(upTo(ROWS).toReversed());
  });

  test('narrows by a condition on the sort key', async () => {
    const output = await fixture.output(
      'Query',
      query({
        KeyConditionExpression: '#pk = :pk AND #sk BETWEEN :from AND :to',
        ExpressionAttributeNames: { '#sk': '_sk' },
        ExpressionAttributeValues: { ':from': { S: 'row-c' }, ':to': { S: 'row-e' } },
      }),
    );
    expect(numbers(output.Items)).toEqual([2, 3, 4]);
  });

  test('pages through all rows, each once', async () => {
    const seen: number[] = [];
    let startKey: AttributeMap | undefined;
    let pages = 0;
    do {
      const output = await fixture.output('Query', query({ Limit: 5, ...(startKey === undefined ? {} : { ExclusiveStartKey: startKey }) }));
      seen.push(...numbers(output.Items));
      startKey = output.LastEvaluatedKey;
      pages += 1;
    } while (startKey !== undefined && pages < 10);
    expect(seen).toEqual(upTo(ROWS));
    expect(pages).toBe(3);
  });

  test('filters after it has read, and says how much it read', async () => {
    const output = await fixture.output('Query', query({ FilterExpression: 'n >= :n', ExpressionAttributeValues: { ':n': { N: '10' } } }));
    expect(numbers(output.Items)).toEqual([10, 11]);
    expect(output).toMatchObject({ Count: 2, ScannedCount: ROWS });
  });

  test('counts without answering items', async () => {
    const output = await fixture.output('Query', query({ Select: 'COUNT' }));
    expect(output.Items).toBeUndefined();
    expect(output.Count).toBe(ROWS);
  });

  test('reads the attributes of a projection alone', async () => {
    const output = await fixture.output('Query', query({ ProjectionExpression: 'n', Limit: 1 }));
    expect(output.Items).toEqual([{ n: { N: '0' } }]);
  });

  test('goes by a secondary index in the order of that index, with whole items', async () => {
    const input = query({
      IndexName: 'gsi1',
      ExpressionAttributeNames: { '#pk': '_gsi1_pk' },
      ExpressionAttributeValues: { ':pk': { S: `${partition}-index` } },
    });
    const output = await fixture.output('Query', input);
    expect(numbers(output.Items)).toEqual(upTo(ROWS).toReversed());
    // an index has eventual reads only: asked for more, it still answers
    expect((await fixture.output('Query', input, { read: 'strong' })).Count).toBe(ROWS);
  });

  test('sees every acknowledged write in the next strong query', async () => {
    const fresh = fixture.newPartition();
    const input = query({ ExpressionAttributeValues: { ':pk': { S: fresh } } });
    expect((await fixture.output('Query', input, { read: 'strong' })).Count).toBe(0);
    await fixture.put(key(fresh, 'a'));
    expect((await fixture.output('Query', input, { read: 'strong' })).Items).toEqual([key(fresh, 'a')]);
  });

  test('refuses an index that does not exist', async () => {
    expect((await fixture.error('Query', query({ IndexName: 'no-such-index' }))).code).toBe('invalid_request');
  });

  test('scans with a filter, page by page and in segments', async () => {
    const ofPartition = {
      FilterExpression: '#pk = :pk',
      ExpressionAttributeNames: { '#pk': '_pk' },
      ExpressionAttributeValues: { ':pk': { S: partition } },
    };
    const seen: number[] = [];
    for (const Segment of [0, 1]) {
      let startKey: AttributeMap | undefined;
      do {
        const page = startKey === undefined ? {} : { ExclusiveStartKey: startKey };
        const output = await fixture.output('Scan', {
          TableName: fixture.tableName,
          Segment,
          TotalSegments: 2,
          Limit: 50,
          ...ofPartition,
          ...page,
        });
        seen.push(...numbers(output.Items));
        startKey = output.LastEvaluatedKey;
      } while (startKey !== undefined);
    }
    expect(seen.toSorted((left, right) => left - right)).toEqual(upTo(ROWS));
  });
}

function letter(index: number): string {
  return String.fromCharCode('a'.charCodeAt(0) + index);
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

function numbers(items: AttributeMap[] = []): number[] {
  return items.map(({ n }) => (n !== undefined && 'N' in n ? Number(n.N) : Number.NaN));
}
