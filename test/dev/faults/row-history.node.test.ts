import { afterAll, afterEach, beforeAll, expect, inject, test, vi } from 'vitest';
import { startDynamoDbProxy, type DynamoDbProxy } from '../../../dev/faults/dynamodb-proxy.ts';
import { RowHistory } from '../../../dev/faults/row-history.ts';
import { DynamoClient } from '../../../src/dynamo/dynamo-client.ts';
import type { AttributeMap } from '../../../src/dynamo/types.ts';
import { createTestTable, deleteTestTable, localClientOptions } from '../../setup/tables.ts';

const endpoint = inject('dynamodbEndpoint');
let table: string;
let proxy: DynamoDbProxy;
let client: DynamoClient;
let age = 0;
let applied: [string, AttributeMap | null][] = [];

beforeAll(async () => {
  table = await createTestTable(endpoint);
  const onApplied = ({ row }: { row: Record<string, unknown> }, item: AttributeMap | null) =>
    void applied.push([(row['_pk'] as { S: string }).S, item]);
  const rows = new RowHistory({ endpoint, lagMs: 3_600_000, random: () => Math.sqrt(age), onApplied });
  proxy = await startDynamoDbProxy({ endpoint, rows, connections: 2 });
  client = new DynamoClient({ ...localClientOptions(proxy.url), maxAttempts: 1 });
});
afterEach(() => {
  age = 0;
  applied = [];
  proxy.clearFaults();
});
afterAll(async () => {
  await proxy.stop();
  await deleteTestTable(endpoint, table);
});

const keyOf = (name: string): AttributeMap => ({ _pk: { S: name }, _sk: { S: 'row' } });
const itemOf = (name: string, value: string): AttributeMap => ({ ...keyOf(name), value: { S: value } });
const put = (name: string, value: string) => client.execute('PutItem', { TableName: table, Item: itemOf(name, value) });
const get = async (name: string, consistent = false) =>
  (await client.execute('GetItem', { TableName: table, Key: keyOf(name), ConsistentRead: consistent })).output?.Item?.['value'];

test('eventual reads lag behind, strong ones do not', async () => {
  await put('lag', 'one');
  await put('lag', 'two');
  age = 1;
  expect(await get('lag')).toBeUndefined();
  expect(await get('lag', true)).toEqual({ S: 'two' });
  const batch = await client.execute('BatchGetItem', { RequestItems: { [table]: { Keys: [keyOf('lag'), keyOf('never')] } } });
  expect(batch.output?.Responses[table]).toEqual([]);
  const query = {
    TableName: table,
    KeyConditionExpression: '#p = :p',
    ExpressionAttributeNames: { '#p': '_pk' },
    ExpressionAttributeValues: { ':p': { S: 'lag' } },
  };
  expect((await client.execute('Query', query)).output?.Items).toEqual([]);
  expect((await client.execute('Query', { ...query, ConsistentRead: true })).output?.Items).toEqual([itemOf('lag', 'two')]);
  age = 0;
  expect(await get('lag')).toEqual({ S: 'two' });
});

test('a row that was there before is remembered as it was', async () => {
  await new DynamoClient(localClientOptions(endpoint)).execute('PutItem', { TableName: table, Item: itemOf('old', 'before') });
  await client.execute('DeleteItem', { TableName: table, Key: keyOf('old') });
  age = 1;
  expect(await get('old')).toEqual({ S: 'before' });
});

test('what was applied is told in its order, what was refused is not', async () => {
  await put('told', 'one');
  await client.execute('PutItem', {
    TableName: table,
    Item: itemOf('told', 'no'),
    ConditionExpression: 'attribute_not_exists(#p)',
    ExpressionAttributeNames: { '#p': '_pk' },
  });
  await client.execute('DeleteItem', { TableName: table, Key: keyOf('told') });
  const transaction = {
    TransactItems: [
      { Put: { TableName: table, Item: itemOf('told', 'two') } },
      { Put: { TableName: table, Item: itemOf('too', 'three') } },
    ],
    ClientRequestToken: crypto.randomUUID(),
  };
  for (const _time of [1, 2]) expect((await client.execute('TransactWriteItems', transaction)).ok).toBe(true);
  expect(applied).toEqual([
    ['told', itemOf('told', 'one')],
    ['told', null],
    ['told', itemOf('told', 'two')],
    ['too', itemOf('too', 'three')],
  ]);
});

test('a late write is applied after its client has given up', async () => {
  proxy.inject({ kind: 'late', afterMs: 50, contains: ['"slow"'] });
  expect(await put('late', 'slow')).toMatchObject({ ok: false, error: { code: 'outcome_unknown' } });
  await put('late', 'quick');
  await proxy.whenPassedOn();
  expect(applied.map(([, item]) => item?.['value'])).toEqual([{ S: 'quick' }, { S: 'slow' }]);
  expect(await get('late', true)).toEqual({ S: 'slow' });
  expect(proxy.faults()).toMatchObject({ late: 1 });
});

test('no more requests are under way than there are connections', async () => {
  proxy.inject({ kind: 'hold', contains: ['"held"'], times: 2 });
  const held = [put('c1', 'held'), put('c2', 'held')];
  await proxy.whenHeld({}, 2);
  const third = put('c3', 'free');
  await vi.waitFor(() => expect(proxy.requests({ contains: ['"free"'] })).toHaveLength(1));
  expect(applied).toEqual([]);
  proxy.release();
  await Promise.all([...held, third]);
  expect(applied).toHaveLength(3);
  expect(proxy.mostInFlight()).toBe(2);
});
