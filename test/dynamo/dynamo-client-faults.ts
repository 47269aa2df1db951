/** What the client does when DynamoDB or the network fails: behind the fault-injecting proxy, in Node and in workerd. */
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { DynamoClient, type DynamoClientOptions } from '../../src/dynamo/dynamo-client.ts';
import type { AttributeMap, UpdateItemInput } from '../../src/dynamo/types.ts';
import { proxyControl, type ProxyControl } from '../setup/proxy-control.ts';
import { createTestTable, deleteTestTable, localClientOptions } from '../setup/tables.ts';

const THROTTLED = { kind: 'error', name: 'ProvisionedThroughputExceededException' } as const;
const SERVER_ERROR = { kind: 'error', name: 'InternalServerError' } as const;

/** Declares the tests; the runtime's own `fetch` decides what a lost connection looks like. */
export function describeFaults(): void {
  let tableName: string;
  let proxy: ProxyControl;
  let row: AttributeMap;

  beforeAll(async () => {
    tableName = await createTestTable(inject('dynamodbEndpoint'));
    proxy = proxyControl(inject('dynamodbProxy'), tableName);
  });
  afterAll(async () => {
    await proxy.reset();
    await deleteTestTable(inject('dynamodbEndpoint'), tableName);
  });
  beforeEach(async () => {
    await proxy.reset();
    row = newKey();
  });

  /** A client behind the proxy that waits no time between attempts. */
  const client = (options: Partial<DynamoClientOptions> = {}) =>
    new DynamoClient({ ...localClientOptions(inject('dynamodbProxy')), random: () => 0, ...options });
  /** What the row is, asked without the proxy. */
  const stored = async (key = row) => {
    const result = await new DynamoClient(localClientOptions(inject('dynamodbEndpoint'))).execute('GetItem', {
      TableName: tableName,
      Key: key,
      ConsistentRead: true,
    });
    return result.ok ? result.output.Item : expect.fail(result.error.message);
  };
  const addOne = (): UpdateItemInput => ({
    TableName: tableName,
    Key: row,
    UpdateExpression: 'ADD n :one',
    ExpressionAttributeValues: { ':one': { N: '1' } },
  });
  const putRow = () => ({ TableName: tableName, Item: row });
  const getRow = () => ({ TableName: tableName, Key: row });

  describe('a plain write', () => {
    test('is sent again when DynamoDB refused it for its load', async () => {
      await proxy.inject({ ...THROTTLED, times: 2 });
      expect(await client().execute('UpdateItem', addOne())).toMatchObject({ ok: true, meta: { calls: 3 } });
      expect(await stored()).toEqual({ ...row, n: { N: '1' } });
    });

    test('is sent again when it met a transaction', async () => {
      await proxy.inject({ kind: 'error', name: 'TransactionConflictException' });
      expect(await client().execute('PutItem', putRow())).toMatchObject({ ok: true, meta: { calls: 2 } });
    });

    test.for([
      ['a server error', SERVER_ERROR],
      ['a bare 503', { kind: 'error', name: null, status: 503 }],
      ['a lost connection', { kind: 'drop' }],
    ] as const)('is not sent again after %s, and its outcome is called unknown', async ([, fault]) => {
      await proxy.inject({ ...fault, moment: 'after' });
      const applied = await client().execute('UpdateItem', addOne());
      expect(applied).toMatchObject({ ok: false, error: { code: 'outcome_unknown' }, meta: { calls: 1 } });
      expect(await stored()).toEqual({ ...row, n: { N: '1' } });
      await proxy.inject({ ...fault, moment: 'before' });
      expect(await client().execute('UpdateItem', addOne())).toMatchObject({
        ok: false,
        error: { code: 'outcome_unknown' },
        meta: { calls: 1 },
      });
      expect(await stored()).toEqual({ ...row, n: { N: '1' } });
    });

    test('has an unknown outcome when no answer comes in time', async () => {
      await proxy.inject({ kind: 'hold', moment: 'after' });
      const result = await client({ timeoutMs: 100 }).execute('UpdateItem', addOne());
      expect(result).toMatchObject({ ok: false, error: { code: 'outcome_unknown' }, meta: { calls: 1 } });
      await proxy.inject({ kind: 'hold', moment: 'after' });
      const late = await client().execute('UpdateItem', addOne(), { deadlineMs: 100 });
      expect(late).toMatchObject({ ok: false, error: { code: 'outcome_unknown' }, meta: { calls: 1 } });
    });

    test('has an unknown outcome when the caller aborts while it is under way', async () => {
      await proxy.inject({ kind: 'hold' });
      const caller = new AbortController();
      const result = client().execute('PutItem', putRow(), { signal: caller.signal });
      await proxy.whenHeld();
      caller.abort();
      expect(await result).toMatchObject({ ok: false, error: { code: 'outcome_unknown' }, meta: { calls: 1 } });
    });

    test('of a batch is not sent again after a server error', async () => {
      await proxy.inject({ ...SERVER_ERROR, moment: 'after' });
      const writes = { [tableName]: [{ PutRequest: { Item: row } }] };
      const result = await client().execute('BatchWriteItem', { RequestItems: writes });
      expect(result).toMatchObject({
        ok: false,
        error: { code: 'outcome_unknown' },
        output: { UnprocessedItems: writes },
        meta: { calls: 1 },
      });
    });
  });

  describe('a read', () => {
    test.for([
      ['throttling', THROTTLED],
      ['a server error', SERVER_ERROR],
      ['a lost connection', { kind: 'drop' }],
      ['a bare 500', { kind: 'error', name: null, status: 500 }],
    ] as const)('is sent again after %s', async ([, fault]) => {
      await client().execute('PutItem', putRow());
      await proxy.inject({ ...fault, times: 2 });
      expect(await client().execute('GetItem', getRow())).toMatchObject({ ok: true, output: { Item: row }, meta: { calls: 3, keys: 1 } });
    });

    test('is sent again when no answer comes in time', async () => {
      await proxy.inject({ kind: 'hold' });
      expect(await client({ timeoutMs: 100 }).execute('GetItem', getRow())).toMatchObject({ ok: true, meta: { calls: 2 } });
    });

    test('fails with a code and never as "not found" when DynamoDB stays away', async () => {
      await proxy.inject({ ...THROTTLED, times: 3 });
      const throttled = await client({ maxAttempts: 3 }).execute('GetItem', getRow());
      expect(throttled).toMatchObject({
        ok: false,
        error: { code: 'throttled', awsName: THROTTLED.name, retryAfterMs: 1_000 },
        meta: { calls: 3 },
      });
      await proxy.inject({ kind: 'drop', times: 3 });
      const lost = await client({ maxAttempts: 3 }).execute('GetItem', getRow());
      expect(lost).toMatchObject({ ok: false, error: { code: 'unavailable', retryAfterMs: 1_000 }, meta: { calls: 3 } });
    });

    test('ends at its deadline, whatever it waits for', async () => {
      await proxy.inject({ kind: 'hold' });
      expect(await client().execute('GetItem', getRow(), { deadlineMs: 100 })).toMatchObject({
        ok: false,
        error: { code: 'deadline_exceeded' },
      });
      const never = client({ credentials: () => new Promise(() => {}) });
      expect(await never.execute('GetItem', getRow(), { deadlineMs: 100 })).toMatchObject({
        ok: false,
        error: { code: 'deadline_exceeded' },
        meta: { calls: 0 },
      });
    });

    test('ends when the caller aborts, under way and between two attempts', async () => {
      await proxy.inject({ kind: 'hold' });
      const caller = new AbortController();
      const underWay = client().execute('GetItem', getRow(), { signal: caller.signal });
      await proxy.whenHeld();
      caller.abort();
      expect(await underWay).toMatchObject({ ok: false, error: { code: 'aborted' }, meta: { calls: 1 } });

      await proxy.inject(THROTTLED);
      const waiting = new AbortController();
      const sleep = async () => waiting.abort();
      const result = await client({ sleep }).execute('GetItem', getRow(), { signal: waiting.signal });
      expect(result).toMatchObject({ ok: false, error: { code: 'aborted' }, meta: { calls: 1 } });
    });
  });

  describe('a transaction', () => {
    const transaction = () => {
      const { ReturnValues: _none, ...Update } = addOne();
      return { TransactItems: [{ Update: { ...Update, UpdateExpression: 'ADD n :one' } }] };
    };

    test('is sent again under one token when its answer was lost, and applied once', async () => {
      await proxy.inject({ kind: 'drop', moment: 'after' });
      await proxy.inject({ ...SERVER_ERROR, moment: 'after' });
      expect(await client().execute('TransactWriteItems', transaction())).toMatchObject({ ok: true, meta: { calls: 3 } });
      expect(await stored()).toEqual({ ...row, n: { N: '1' } });
      const tokens = (await proxy.requests('TransactWriteItems')).map(
        ({ body }) => (body as { ClientRequestToken: string }).ClientRequestToken,
      );
      expect(new Set(tokens).size).toBe(1);
      expect(tokens[0]).toMatch(/^.{1,36}$/);
    });

    test('has an unknown outcome when every answer was lost', async () => {
      await proxy.inject({ kind: 'drop', moment: 'after' });
      await proxy.inject({ ...THROTTLED, times: 2 });
      const result = await client({ maxAttempts: 3 }).execute('TransactWriteItems', transaction());
      expect(result).toMatchObject({ ok: false, error: { code: 'outcome_unknown' }, meta: { calls: 3 } });
    });

    test('is known to be cancelled when the last answer says so', async () => {
      await proxy.inject({ kind: 'drop' });
      await proxy.inject(cancelled('ConditionalCheckFailed'));
      const result = await client().execute('TransactWriteItems', transaction());
      expect(result).toMatchObject({ ok: false, error: { code: 'transaction_cancelled', mayBeApplied: true }, meta: { calls: 2 } });
    });

    test('of one write that has a token is sent again as the same', async () => {
      await proxy.inject({ kind: 'drop', moment: 'after' });
      const { ReturnValues: _none, ...update } = addOne();
      const sent = await client().execute('UpdateItem', update, { idempotencyToken: crypto.randomUUID() });
      expect(sent).toMatchObject({ ok: true, output: {}, meta: { calls: 2 } });
      expect(await stored()).toEqual({ ...row, n: { N: '1' } });
    });

    test('whose row cannot be read back is unknown, and known when it is sent again', async () => {
      await proxy.inject({ kind: 'error', name: 'InternalServerError', operation: 'GetItem', times: 2 });
      const [token, update] = [crypto.randomUUID(), { ...addOne(), ReturnValues: 'ALL_NEW' as const }];
      const first = await client({ maxAttempts: 2 }).execute('UpdateItem', update, { idempotencyToken: token });
      expect(first).toMatchObject({ ok: false, error: { code: 'outcome_unknown' } });
      const again = await client().execute('UpdateItem', update, { idempotencyToken: token });
      expect(again).toMatchObject({ ok: true, output: { Attributes: { n: { N: '1' } } } });
    });

    test('is sent again when it was cancelled for its company alone', async () => {
      await proxy.inject(cancelled('None', 'TransactionConflict'));
      await proxy.inject(cancelled('ThrottlingError', 'TransactionConflict'));
      await proxy.inject(cancelled('ProvisionedThroughputExceeded'));
      expect(await client().execute('TransactWriteItems', transaction())).toMatchObject({ ok: true, meta: { calls: 4 } });
    });

    test('is not sent again when one of its conditions failed', async () => {
      await proxy.inject(cancelled('TransactionConflict', 'ConditionalCheckFailed'));
      const result = await client().execute('TransactWriteItems', transaction());
      const reasons = [{ Code: 'TransactionConflict' }, { Code: 'ConditionalCheckFailed' }];
      expect(result).toMatchObject({ ok: false, error: { code: 'transaction_cancelled', reasons }, meta: { calls: 1 } });
    });

    test('that keeps meeting others fails as a conflict', async () => {
      await proxy.inject({ ...cancelled('TransactionConflict'), times: 2 });
      const result = await client({ maxAttempts: 2 }).execute('TransactWriteItems', transaction());
      expect(result).toMatchObject({ ok: false, error: { code: 'transaction_conflict', retryAfterMs: 1_000 } });
    });
  });

  describe('a batch', () => {
    const putRows = async (count: number): Promise<AttributeMap[]> => {
      const rows = Array.from({ length: count }, newKey);
      await client().execute('BatchWriteItem', { RequestItems: { [tableName]: rows.map((Item) => ({ PutRequest: { Item } })) } });
      await proxy.reset();
      return rows;
    };
    const readRows = (rows: AttributeMap[]) => ({ RequestItems: { [tableName]: { Keys: rows, ConsistentRead: true } } });

    test('asks again for the keys that were left out, and only for those', async () => {
      const rows = await putRows(5);
      await proxy.inject({ kind: 'unprocessed', done: 2 });
      await proxy.inject({ kind: 'unprocessed', done: 0 });
      const result = await client().execute('BatchGetItem', readRows(rows));
      expect(result).toMatchObject({ ok: true, meta: { calls: 3, keys: 5 } });
      expect(result.output?.Responses[tableName]).toHaveLength(5);
      expect(result.output?.Responses[tableName]).toEqual(expect.arrayContaining(rows));
      const asked = (await proxy.requests('BatchGetItem')).map(({ body }) => (body as ReturnType<typeof readRows>).RequestItems[tableName]);
      expect(asked.map((table) => table?.Keys.length)).toEqual([5, 3, 3]);
      expect(asked.map((table) => table?.ConsistentRead)).toEqual([true, true, true]);
    });

    test('names exactly the keys it could not read until the deadline, with what it did read', async () => {
      const rows = await putRows(4);
      await proxy.inject({ kind: 'unprocessed', done: 1 });
      await proxy.inject({ kind: 'unprocessed', done: 0, times: 1_000 });
      const result = await client({ ...virtualTime(), random: () => 0.5 }).execute('BatchGetItem', readRows(rows), { deadlineMs: 5_000 });
      expect(result).toMatchObject({ ok: false, error: { code: 'throttled', keys: rows.slice(1), retryAfterMs: 1_000 } });
      expect(result.output?.Responses[tableName]).toEqual([rows[0]]);
      expect(result.meta.calls).toBeGreaterThan(5);
      expect((await proxy.counts())['BatchGetItem']).toBe(result.meta.calls);
    });

    test('keeps what it has read when a later part fails', async () => {
      const rows = await putRows(3);
      await proxy.inject({ kind: 'unprocessed', done: 2 });
      await proxy.inject({ ...SERVER_ERROR, times: 100 });
      const result = await client({ maxAttempts: 2 }).execute('BatchGetItem', readRows(rows));
      expect(result).toMatchObject({ ok: false, error: { code: 'unavailable', keys: rows.slice(2) }, meta: { calls: 3 } });
      expect(result.output?.Responses[tableName]).toHaveLength(2);
    });

    test('names all its keys when it is read as one and cannot be', async () => {
      const rows = await putRows(2);
      await proxy.inject({ ...THROTTLED, times: 2 });
      const result = await client({ maxAttempts: 2 }).execute('BatchGetItem', readRows(rows), { atomic: true });
      expect(result).toMatchObject({ ok: false, error: { code: 'throttled', keys: rows } });
    });

    test('sends again the writes that were left undone, and only those', async () => {
      const rows = Array.from({ length: 4 }, newKey);
      const writes = rows.map((Item) => ({ PutRequest: { Item } }));
      await proxy.inject({ kind: 'unprocessed', done: 1 });
      expect(await client().execute('BatchWriteItem', { RequestItems: { [tableName]: writes } })).toMatchObject({
        ok: true,
        output: {},
        meta: { calls: 2 },
      });
      for (const each of rows) expect(await stored(each)).toEqual(each);
      await proxy.inject({ kind: 'unprocessed', done: 1 });
      await proxy.inject({ kind: 'unprocessed', done: 0, times: 1_000 });
      const failed = await client({ ...virtualTime(), random: () => 0.5 }).execute('BatchWriteItem', {
        RequestItems: { [tableName]: writes },
      });
      expect(failed).toMatchObject({
        ok: false,
        error: { code: 'throttled' },
        output: { UnprocessedItems: { [tableName]: writes.slice(1) } },
      });
    });
  });

  test('waits between attempts with full jitter, never beyond the deadline', async () => {
    await proxy.inject({ ...THROTTLED, times: 1_000 });
    const { waits, ...time } = virtualTime();
    const result = await client({ ...time, random: () => 0.9, maxAttempts: 100 }).execute('GetItem', getRow(), { deadlineMs: 2_000 });
    expect(result).toMatchObject({ ok: false, error: { code: 'throttled' } });
    expect(waits).toEqual([45, 90, 180, 360, 720]);
    expect(result.meta.calls).toBe(6);
  });

  test('asks for credentials before every request, and fails without sending when there are none', async () => {
    let asked = 0;
    const rotating = client({ credentials: () => ({ accessKeyId: `key${++asked}`, secretAccessKey: 'local', sessionToken: 'token' }) });
    await proxy.inject(THROTTLED);
    expect(await rotating.execute('GetItem', getRow())).toMatchObject({ ok: true });
    expect(asked).toBe(2);
    await proxy.reset();
    const none = client({ credentials: () => Promise.reject(new Error('no role')), maxAttempts: 2 });
    expect(await none.execute('PutItem', putRow())).toMatchObject({ ok: false, error: { code: 'unavailable' }, meta: { calls: 0 } });
    expect(await proxy.counts()).toEqual({});
  });

  test('asks DynamoDB for strong reads where the caller needs them and DynamoDB has them', async () => {
    const store = client();
    const query = { TableName: tableName, KeyConditionExpression: '#pk = :pk', ExpressionAttributeValues: { ':pk': { S: 'any' } } };
    await store.execute('GetItem', getRow(), { read: 'eventual' });
    await store.execute('GetItem', getRow(), { read: 'strong' });
    await store.execute('GetItem', getRow(), { read: 'session', version: 'v' });
    await store.execute('GetItem', { ...getRow(), ConsistentRead: true }, { read: 'eventual' });
    await store.execute('Query', { ...query, ExpressionAttributeNames: { '#pk': '_pk' } }, { read: 'strong' });
    await store.execute('Query', { ...query, IndexName: 'gsi1', ExpressionAttributeNames: { '#pk': '_gsi1_pk' } }, { read: 'strong' });
    await store.execute('Scan', { TableName: tableName, Limit: 1 }, { read: 'strong' });
    const asked = (await proxy.requests()).map(({ body }) => (body as { ConsistentRead?: boolean }).ConsistentRead ?? false);
    expect(asked).toEqual([false, true, true, true, true, false, true]);
  });
}

function newKey(): AttributeMap {
  return { _pk: { S: crypto.randomUUID() }, _sk: { S: 'row' } };
}

function cancelled(...codes: string[]) {
  return { kind: 'error', name: 'TransactionCanceledException', fields: { CancellationReasons: codes.map((Code) => ({ Code })) } } as const;
}

/** A clock that only waiting moves. */
function virtualTime() {
  let atMs = Date.now();
  const waits: number[] = [];
  return {
    waits,
    nowMs: () => atMs,
    sleep: async (waitMs: number) => {
      waits.push(waitMs);
      atMs += waitMs;
    },
  };
}
