import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { startDynamoDbProxy, type DynamoDbProxy } from '../../../dev/faults/dynamodb-proxy.ts';
import { DynamoClient } from '../../../src/dynamo/dynamo-client.ts';
import { createTestTable, deleteTestTable, localClientOptions } from '../../setup/tables.ts';
import { proxyControl } from '../../setup/proxy-control.ts';

describe('the DynamoDB proxy', () => {
  const endpoint = inject('dynamodbEndpoint');
  let proxy: DynamoDbProxy;
  let tableName: string;
  let client: DynamoClient;

  beforeAll(async () => {
    tableName = await createTestTable(endpoint);
    proxy = await startDynamoDbProxy({ endpoint });
    client = new DynamoClient({ ...localClientOptions(proxy.url), maxAttempts: 1 });
  });
  afterEach(() => {
    proxy.clearFaults();
    proxy.release();
    proxy.forgetRequests();
  });
  afterAll(async () => {
    await proxy.stop();
    await deleteTestTable(endpoint, tableName);
  });

  const keyOf = (name: string) => ({ _pk: { S: name }, _sk: { S: 'row' } });
  const put = (name: string) => client.execute('PutItem', { TableName: tableName, Item: keyOf(name) });
  const get = (name: string) => client.execute('GetItem', { TableName: tableName, Key: keyOf(name) });

  test('passes requests on and keeps them, in order, with when they were answered', async () => {
    expect(await put('passed')).toMatchObject({ ok: true });
    expect(await get('passed')).toMatchObject({ ok: true, output: { Item: keyOf('passed') } });
    const requests = proxy.requests({ contains: [tableName] });
    expect(requests.map(({ operation }) => operation)).toEqual(['PutItem', 'GetItem']);
    expect(requests[0]?.body).toMatchObject({ TableName: tableName, Item: keyOf('passed') });
    for (const { startedAtMs, endedAtMs } of requests) expect(endedAtMs).toBeGreaterThanOrEqual(startedAtMs);
  });

  test('finds requests by operation and by every text they contain', async () => {
    await put('one');
    await put('two');
    await get('two');
    expect(proxy.requests({ operation: 'PutItem' })).toHaveLength(2);
    expect(proxy.requests({ contains: [tableName, '"two"'] })).toHaveLength(2);
    expect(proxy.requests({ operation: 'PutItem', contains: ['"two"'] })).toHaveLength(1);
    expect(proxy.requests({ contains: ['nowhere'] })).toEqual([]);
    proxy.forgetRequests({ contains: ['"two"'] });
    expect(proxy.requests()).toHaveLength(1);
  });

  test('breaks as many requests as it is told, and only those it is meant to', async () => {
    proxy.inject({ kind: 'error', name: 'ThrottlingException', operation: 'GetItem', contains: ['"broken"'], times: 2 });
    expect(await put('broken')).toMatchObject({ ok: true });
    expect(await get('whole')).toMatchObject({ ok: true });
    expect(await get('broken')).toMatchObject({ ok: false, error: { code: 'throttled', awsName: 'ThrottlingException' } });
    expect(await get('broken')).toMatchObject({ ok: false, error: { code: 'throttled' } });
    expect(await get('broken')).toMatchObject({ ok: true });
  });

  test.for([
    ['before', false],
    ['after', true],
  ] as const)('fails %s DynamoDB has done it', async ([moment, isApplied]) => {
    for (const fault of [{ kind: 'error', name: 'InternalServerError' }, { kind: 'drop' }] as const) {
      const name = crypto.randomUUID();
      proxy.inject({ ...fault, moment });
      expect(await put(name)).toMatchObject({ ok: false, error: { code: 'outcome_unknown' } });
      expect(await get(name)).toMatchObject({ output: isApplied ? { Item: keyOf(name) } : {} });
    }
  });

  test('holds a request until it is released', async () => {
    proxy.inject({ kind: 'hold', operation: 'PutItem' });
    const write = put('held');
    await proxy.whenHeld({ contains: ['"held"'] }, 1);
    expect((await get('held')).output?.Item).toBeUndefined();
    expect(proxy.release({ operation: 'GetItem' })).toBe(0);
    expect(proxy.release({ operation: 'PutItem' })).toBe(1);
    expect(await write).toMatchObject({ ok: true });
    expect((await get('held')).output?.Item).toEqual(keyOf('held'));
  });

  test('delays a request', async () => {
    proxy.inject({ kind: 'delay', waitMs: 50 });
    await get('late');
    const took = proxy.requests().map(({ startedAtMs, endedAtMs }) => (endedAtMs ?? 0) - startedAtMs);
    expect(took).toHaveLength(1);
    expect(took[0]).toBeGreaterThanOrEqual(45);
  });

  test('leaves a part of a batch undone, over several tables', async () => {
    const otherTable = await createTestTable(endpoint);
    const keys = [keyOf('b1'), keyOf('b2')];
    for (const TableName of [tableName, otherTable]) for (const Item of keys) await client.execute('PutItem', { TableName, Item });
    proxy.inject({ kind: 'unprocessed', done: 3 });
    const answer = await client.send('BatchGetItem', {
      RequestItems: { [tableName]: { Keys: keys }, [otherTable]: { Keys: keys, ConsistentRead: true } },
    });
    expect(answer).toMatchObject({ ok: true, output: { UnprocessedKeys: { [otherTable]: { Keys: [keys[1]], ConsistentRead: true } } } });
    await deleteTestTable(endpoint, otherTable);
  });

  test('does the same over HTTP, in the scope of one test file', async () => {
    const control = proxyControl(proxy.url, '"mine"');
    await control.inject({ kind: 'error', name: 'ThrottlingException' });
    await control.inject({ kind: 'hold', operation: 'PutItem' });
    expect(await get('theirs')).toMatchObject({ ok: true });
    expect(await get('mine')).toMatchObject({ ok: false });
    const write = put('mine');
    await control.whenHeld();
    expect(await control.release()).toBe(1);
    expect(await write).toMatchObject({ ok: true });
    expect(await control.counts()).toEqual({ GetItem: 1, PutItem: 1 });
    await control.inject({ kind: 'drop', contains: ['other'] });
    await control.reset();
    expect(await control.counts()).toEqual({});
    expect(await get('mine')).toMatchObject({ ok: true });
    expect(proxy.requests({ contains: ['"theirs"'] })).toHaveLength(1);
  });
});
