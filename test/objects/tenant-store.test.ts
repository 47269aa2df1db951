import { describe, expect, test } from 'vitest';
import type { AttributeMap } from '../../src/dynamo/types.ts';
import { TenantStoreClient } from '../../src/objects/index.ts';
import { Tenant, useTable, valueOf } from './tenant-store-fixture.ts';

const table = useTable();
const newTenant = () => new Tenant(table);

describe('batching', () => {
  test('reads one cold key once for 1,000 simultaneous callers', async () => {
    const tenant = newTenant();
    await tenant.putDirectly('a', 'one');
    const reads = await Promise.all(Array.from({ length: 1_000 }, () => tenant.get('a', {}, tenant.newClient())));
    expect(new Set(reads.map(valueOf))).toEqual(new Set(['one']));
    expect(await tenant.proxy.counts()).toEqual({ BatchGetItem: 1 });
    expect(reads.reduce((sum, { meta }) => sum + meta.calls, 0)).toBe(1);
  });

  test('asks once whether a key is missing for 1,000 simultaneous callers', async () => {
    const tenant = newTenant();
    const reads = await Promise.all(Array.from({ length: 1_000 }, () => tenant.get('none', {}, tenant.newClient())));
    expect(new Set(reads.map(valueOf))).toEqual(new Set([undefined]));
    expect(await tenant.proxy.counts()).toEqual({ BatchGetItem: 1 });
  });

  test('reads 1,000 different cold keys in at most 16 calls', async () => {
    const tenant = newTenant();
    const reads = await Promise.all(Array.from({ length: 1_000 }, (_, index) => tenant.get(`k${index}`, {}, tenant.newClient())));
    expect(reads.every(({ ok }) => ok)).toBe(true);
    const requests = await tenant.proxy.requests();
    expect(requests.length).toBeLessThanOrEqual(16);
    expect(reads.reduce((sum, { meta }) => sum + meta.keys, 0)).toBe(1_000);
    expect(reads.reduce((sum, { meta }) => sum + meta.calls, 0)).toBe(requests.length);
  });

  test('answers a batch from memory and DynamoDB together, and says so', async () => {
    const tenant = newTenant();
    await tenant.putDirectly('a', 'one');
    await tenant.putDirectly('b', 'two');
    await tenant.get('a');
    const input = { RequestItems: { [table.name]: { Keys: [tenant.key('a'), tenant.key('b'), tenant.key('none')] } } };
    const first = await tenant.execute('BatchGetItem', input);
    expect(first).toMatchObject({ ok: true, meta: { cache: 'partial', calls: 1, keys: 2 } });
    expect(first.output?.Responses[table.name]).toHaveLength(2);
    const second = await tenant.execute('BatchGetItem', input);
    expect(second).toMatchObject({ ok: true, meta: { cache: 'hit', calls: 0, keys: 0, readUnits: 0 } });
    expect(second.output).toEqual(first.output);
  });

  test('tells exactly the keys that DynamoDB left undone, and never calls them missing', async () => {
    const tenant = newTenant();
    for (const id of ['a', 'b', 'c']) await tenant.putDirectly(id, id);
    await tenant.proxy.inject({ kind: 'unprocessed', done: 1, operation: 'BatchGetItem', times: 1 });
    await tenant.proxy.inject({ kind: 'unprocessed', done: 0, operation: 'BatchGetItem', times: 1_000 });
    const Keys = ['a', 'b', 'c'].map((id) => tenant.key(id));
    const result = await tenant.answerOf('BatchGetItem', { RequestItems: { [table.name]: { Keys } } }, { deadlineMs: 1_500 });
    // The one or the other, as a request was under way or not when time was up.
    expect(result).toMatchObject({ ok: false, error: { code: expect.stringMatching(/throttled|deadline/), keys: Keys.slice(1) } });
    expect(result.output?.Responses[table.name]).toEqual([tenant.item('a', 'a')]);
    await tenant.proxy.reset();
    expect(valueOf(await tenant.get('b'))).toBe('b');
  });

  test('keeps a key that DynamoDB refuses from failing the other callers', async () => {
    const tenant = newTenant();
    await tenant.putDirectly('a', 'one');
    await tenant.proxy.inject({
      kind: 'error',
      name: 'ValidationException',
      status: 400,
      operation: 'BatchGetItem',
      contains: ['#odd'],
      times: 2,
    });
    const [good, odd] = await Promise.all([tenant.get('a'), tenant.get('odd')]);
    expect(valueOf(good)).toBe('one');
    expect(odd).toMatchObject({ ok: false, error: { code: 'invalid_request' } });
  });
});

describe('packed and whole batches', () => {
  test('a batch is packed by the sizes that were seen', async () => {
    const tenant = newTenant();
    const ids = Array.from({ length: 40 }, (_, index) => `large${index}`);
    for (const id of ids) await tenant.putDirectly(id, 'x'.repeat(240_000));
    await tenant.get('large0');
    await tenant.proxy.reset();
    await tenant.execute('BatchGetItem', { RequestItems: { [table.name]: { Keys: ids.slice(1).map((id) => tenant.key(id)) } } });
    expect(await tenant.proxy.counts()).toEqual({ BatchGetItem: 3 });
  });
});

describe('writes', () => {
  test('are read back from memory, whatever wrote them', async () => {
    const tenant = newTenant();
    await tenant.put('put', 'one');
    await tenant.execute('UpdateItem', update(tenant, 'updated', 'SET #v = :v', 'two'));
    await tenant.put('deleted', 'three');
    await tenant.execute('DeleteItem', { TableName: table.name, Key: tenant.key('deleted') });
    await tenant.execute('BatchWriteItem', { RequestItems: { [table.name]: [{ PutRequest: { Item: tenant.item('batch', 'four') } }] } });
    await tenant.execute('TransactWriteItems', {
      TransactItems: [{ Put: { TableName: table.name, Item: tenant.item('transacted', 'five') } }],
    });
    const ids = ['put', 'updated', 'deleted', 'batch', 'transacted'];
    const reads = await Promise.all(ids.map((id) => tenant.get(id, { read: 'strong' })));
    expect(reads.map(valueOf)).toEqual(['one', 'two', undefined, 'four', 'five']);
    expect(reads.every(({ meta }) => meta.cache === 'hit')).toBe(true);
    for (const id of ids)
      expect((await tenant.direct.execute('GetItem', { TableName: table.name, Key: tenant.key(id) })).output?.Item).toEqual(
        (await tenant.get(id)).output?.Item,
      );
  });

  test('make a missing item appear at once', async () => {
    const tenant = newTenant();
    expect(valueOf(await tenant.get('a'))).toBeUndefined();
    expect((await tenant.get('a')).meta.cache).toBe('hit');
    await tenant.put('a', 'one');
    expect(valueOf(await tenant.get('a'))).toBe('one');
  });

  test('answer an update with what was asked for, and no more', async () => {
    const tenant = newTenant();
    expect((await tenant.execute('UpdateItem', update(tenant, 'a', 'SET #v = :v', 'one'))).output).toEqual({});
    expect((await tenant.execute('UpdateItem', { ...update(tenant, 'a', 'SET #v = :v', 'two'), ReturnValues: 'ALL_NEW' })).output).toEqual({
      Attributes: tenant.item('a', 'two'),
    });
    expect(
      (await tenant.execute('UpdateItem', { ...update(tenant, 'a', 'SET #v = :v', 'three'), ReturnValues: 'UPDATED_OLD' })).output,
    ).toEqual({ Attributes: { value: { S: 'two' } } });
    expect(valueOf(await tenant.get('a'))).toBe('three');
  });

  test('refresh what is cached when their condition fails, without telling the caller more than it asked', async () => {
    const tenant = newTenant();
    await tenant.put('a', 'one');
    await tenant.putDirectly('a', 'two');
    expect(valueOf(await tenant.get('a'))).toBe('one');
    const condition = {
      ConditionExpression: '#v = :one',
      ExpressionAttributeNames: { '#v': 'value' },
      ExpressionAttributeValues: { ':one': { S: 'one' } },
    };
    const put = { TableName: table.name, Item: tenant.item('a', 'three'), ...condition };
    const silent = await tenant.execute('PutItem', put);
    expect(silent).toMatchObject({ ok: false, error: { code: 'condition_failed' } });
    expect(silent).not.toHaveProperty('error.item');
    const read = await tenant.get('a');
    expect([valueOf(read), read.meta.cache]).toEqual(['two', 'hit']);
    const told = await tenant.execute('PutItem', { ...put, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' });
    expect(told).toMatchObject({ ok: false, error: { code: 'condition_failed', item: tenant.item('a', 'two') } });
  });

  test('of one key run one at a time, those of other keys meanwhile', async () => {
    const tenant = newTenant();
    await tenant.proxy.inject({ kind: 'hold', operation: 'PutItem', contains: ['"first"'] });
    const first = tenant.put('a', 'first');
    await tenant.proxy.whenHeld();
    const second = tenant.put('a', 'second');
    await tenant.newClient().execute('PutItem', { TableName: table.name, Item: tenant.item('b', 'other') });
    expect((await tenant.proxy.requests('PutItem')).length).toBe(2);
    await tenant.proxy.release();
    expect([(await first).ok, (await second).ok]).toEqual([true, true]);
    expect(valueOf(await tenant.get('a'))).toBe('second');
  });

  test('of 60 callers at once lose none', async () => {
    const tenant = newTenant();
    const add = () => ({
      TableName: table.name,
      Key: tenant.key('counter'),
      UpdateExpression: 'ADD n :one',
      ExpressionAttributeValues: { ':one': { N: '1' } },
    });
    let acknowledged = 0;
    let seen = 0;
    const readOnce = async () => {
      const atLeast = Math.max(acknowledged, seen);
      const value = (await tenant.get('counter', {}, tenant.newClient())).output?.Item?.['n'];
      const count = value !== undefined && 'N' in value ? Number(value.N) : 0;
      expect(count).toBeGreaterThanOrEqual(atLeast);
      seen = Math.max(seen, count);
    };
    await Promise.all(
      Array.from({ length: 60 }, async () => {
        await readOnce();
        expect((await tenant.newClient().execute('UpdateItem', add())).ok).toBe(true);
        acknowledged++;
        await readOnce();
      }),
    );
    expect((await tenant.get('counter')).output?.Item?.['n']).toEqual({ N: '60' });
  });
});

describe('reads and writes that meet', () => {
  test('a cached value is served until its write is acknowledged, then never again', async () => {
    const tenant = newTenant();
    await tenant.put('a', 'old');
    await tenant.proxy.inject({ kind: 'hold', moment: 'after', operation: 'PutItem' });
    const write = tenant.put('a', 'new');
    await tenant.proxy.whenHeld();
    expect(valueOf(await tenant.get('a', { read: 'strong' }))).toBe('old');
    await tenant.proxy.release();
    await write;
    expect(valueOf(await tenant.get('a'))).toBe('new');
  });

  test('a read that a write has overtaken answers with what the write left', async () => {
    const tenant = newTenant();
    await tenant.putDirectly('a', 'old');
    await tenant.proxy.inject({ kind: 'hold', moment: 'after', operation: 'BatchGetItem' });
    const overtaken = tenant.get('a');
    await tenant.proxy.whenHeld();
    await tenant.put('a', 'new');
    expect(valueOf(await tenant.get('a'))).toBe('new');
    await tenant.proxy.release();
    expect(valueOf(await overtaken)).toBe('new');
    expect(valueOf(await tenant.get('a'))).toBe('new');
  });

  test('a read that finds nothing cached waits for the write before it', async () => {
    const tenant = newTenant();
    await tenant.proxy.inject({ kind: 'hold', operation: 'PutItem' });
    const write = tenant.put('a', 'new');
    await tenant.proxy.whenHeld();
    const read = tenant.get('a');
    await tenant.proxy.release();
    await write;
    expect(valueOf(await read)).toBe('new');
    expect(await tenant.proxy.counts()).toEqual({ PutItem: 1 });
  });

  test('what a query past the cache has shown before the acknowledgement is not taken back by the cache', async () => {
    const tenant = newTenant();
    await tenant.put('a', 'old');
    await tenant.proxy.inject({ kind: 'hold', moment: 'after', operation: 'PutItem' });
    const write = tenant.put('a', 'new');
    await tenant.proxy.whenHeld();
    const input = {
      TableName: table.name,
      KeyConditionExpression: '#p = :p',
      ExpressionAttributeNames: { '#p': '_pk' },
      ExpressionAttributeValues: { ':p': (tenant.key('a') as { _pk: { S: string } })._pk },
    };
    expect((await tenant.execute('Query', input)).output?.Items).toEqual([tenant.item('a', 'old')]);
    expect((await tenant.execute('Query', input, { bypassCache: true })).output?.Items).toEqual([tenant.item('a', 'new')]);
    const read = tenant.get('a');
    const again = tenant.newClient().execute('Query', input);
    await tenant.proxy.release();
    await write;
    expect(valueOf(await read)).toBe('new');
    expect((await again).output?.Items).toEqual([tenant.item('a', 'new')]);
  });
});

describe('when DynamoDB fails', () => {
  test('a write whose answer is lost is unknown, and its key is read strongly and not kept', async () => {
    const tenant = newTenant();
    await tenant.put('a', 'old');
    await tenant.proxy.inject({ kind: 'drop', moment: 'after', operation: 'PutItem' });
    expect(await tenant.put('a', 'new')).toMatchObject({ ok: false, error: { code: 'outcome_unknown' } });
    await tenant.proxy.reset();
    expect(valueOf(await tenant.get('a'))).toBe('new');
    expect((await tenant.get('a')).meta).toMatchObject({ cache: 'miss', calls: 1 });
    const requests = await tenant.proxy.requests('BatchGetItem');
    expect(requests.map(({ body }) => JSON.stringify(body).includes('"ConsistentRead":true'))).toEqual([true, true]);
  });

  test('a read that fails is an error with a code, and the next one asks again', async () => {
    const tenant = newTenant();
    await tenant.putDirectly('a', 'one');
    await tenant.proxy.inject({
      kind: 'error',
      name: 'ProvisionedThroughputExceededException',
      status: 400,
      operation: 'BatchGetItem',
      times: 1_000,
    });
    expect(await tenant.get('a', { deadlineMs: 200 })).toMatchObject({
      ok: false,
      error: { code: expect.stringMatching(/throttled|deadline_exceeded/) },
    });
    await tenant.proxy.reset();
    expect(valueOf(await tenant.get('a'))).toBe('one');
  });

  test('a caller waits no longer than its deadline, and one that aborts not at all', async () => {
    const tenant = newTenant();
    await tenant.proxy.inject({ kind: 'hold', operation: 'BatchGetItem' });
    const patient = tenant.get('a');
    await tenant.proxy.whenHeld();
    const started = Date.now();
    expect(await tenant.get('a', { deadlineMs: 100 }, tenant.newClient())).toMatchObject({
      ok: false,
      error: { code: 'deadline_exceeded' },
    });
    expect(Date.now() - started).toBeLessThan(1_000);
    const abort = new AbortController();
    const aborted = tenant.get('a', { signal: abort.signal }, tenant.newClient());
    abort.abort();
    expect(await aborted).toMatchObject({ ok: false, error: { code: 'aborted' } });
    await tenant.proxy.release();
    expect(valueOf(await patient)).toBeUndefined();
  });
});

describe('tenants', () => {
  test("an operation on another tenant's key is refused, and DynamoDB is not asked", async () => {
    const tenant = newTenant();
    const foreign: AttributeMap = { _pk: { S: `[other]#t#${tenant.name}` }, _sk: { S: 't' } };
    const one = { TableName: table.name, Key: foreign };
    const byPartition = {
      TableName: table.name,
      KeyConditionExpression: '#p = :p',
      ExpressionAttributeNames: { '#p': '_pk' },
      ExpressionAttributeValues: { ':p': { S: `[other]#t#${tenant.name}` } },
    };
    const results = await Promise.all([
      tenant.execute('GetItem', one),
      tenant.execute('GetItem', { ...one, ProjectionExpression: '#v', ExpressionAttributeNames: { '#v': 'value' } }),
      tenant.execute('GetItem', one, { bypassCache: true }),
      tenant.execute('BatchGetItem', { RequestItems: { [table.name]: { Keys: [tenant.key('a'), foreign] } } }),
      tenant.execute('PutItem', { TableName: table.name, Item: foreign }),
      tenant.execute('UpdateItem', one),
      tenant.execute('DeleteItem', one),
      tenant.execute('BatchWriteItem', { RequestItems: { [table.name]: [{ DeleteRequest: { Key: foreign } }] } }),
      tenant.execute('TransactGetItems', { TransactItems: [{ Get: one }] }),
      tenant.execute('TransactWriteItems', {
        TransactItems: [{ Put: { TableName: table.name, Item: tenant.item('a', 'x') } }, { Delete: one }],
      }),
      tenant.execute('Query', byPartition),
      tenant.execute('Query', { ...byPartition, IndexName: 'gsi1', ExpressionAttributeNames: { '#p': '_gsi1_pk' } }),
    ]);
    for (const result of results) expect(result).toMatchObject({ ok: false, error: { code: 'access_denied' } });
    expect(await tenant.proxy.counts()).toEqual({});
  });

  test('a sort condition may look like a prefix', async () => {
    const tenant = newTenant();
    const result = await tenant.execute('Query', {
      TableName: table.name,
      KeyConditionExpression: '#p = :p AND #s >= :s',
      ExpressionAttributeNames: { '#p': '_pk', '#s': '_sk' },
      ExpressionAttributeValues: { ':p': { S: `[${tenant.name}]#t#a` }, ':s': { S: '[draft]# title' } },
    });
    expect(result.ok).toBe(true);
  });

  test("a scan leaves out other tenants' rows", async () => {
    const [mine, other] = [newTenant(), newTenant()];
    await mine.put('a', 'mine');
    await other.put('a', 'other');
    await mine.direct.execute('PutItem', { TableName: table.name, Item: { _pk: { S: `shared#${mine.name}` }, _sk: { S: 't' } } });
    const input = {
      TableName: table.name,
      FilterExpression: 'contains(#p, :m) OR contains(#p, :o)',
      ExpressionAttributeNames: { '#p': '_pk' },
      ExpressionAttributeValues: { ':m': { S: mine.name }, ':o': { S: other.name } },
    };
    const items: AttributeMap[] = [];
    for (
      let page = await mine.execute('Scan', input);
      ;
      page = await mine.execute('Scan', { ...input, ExclusiveStartKey: page.output?.LastEvaluatedKey ?? {} })
    ) {
      items.push(...(page.output?.Items ?? []));
      if (page.output?.LastEvaluatedKey === undefined) break;
    }
    expect(items.map((item) => item['_pk']).toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)))).toEqual([
      { S: `[${mine.name}]#t#a` },
      { S: `shared#${mine.name}` },
    ]);
  });

  test('rows of no tenant are asked for every time, since other objects write them', async () => {
    const [mine, other] = [newTenant(), newTenant()];
    const rowKey: AttributeMap = { _pk: { S: `shared#${mine.name}` }, _sk: { S: 't' } };
    const get = () => mine.execute('GetItem', { TableName: table.name, Key: rowKey, ConsistentRead: true });
    await mine.execute('PutItem', { TableName: table.name, Item: { ...rowKey, value: { S: 'mine' } } });
    expect(valueOf(await get())).toBe('mine');
    await other.execute('PutItem', { TableName: table.name, Item: { ...rowKey, value: { S: 'other' } } });
    expect(valueOf(await get())).toBe('other');
  });

  test('a call that reaches the object of another tenant is refused', async () => {
    const tenant = newTenant();
    const strayed = new TenantStoreClient(() => tenant.stub, 'other');
    const input = { TableName: table.name, Key: { _pk: { S: '[other]#t#a' }, _sk: { S: 't' } } };
    expect(await strayed.execute('GetItem', input)).toMatchObject({ ok: false, error: { code: 'access_denied' } });
  });
});

function update(tenant: Tenant, id: string, UpdateExpression: string, value: string) {
  return {
    TableName: table.name,
    Key: tenant.key(id),
    UpdateExpression,
    ExpressionAttributeNames: { '#v': 'value' },
    ExpressionAttributeValues: { ':v': { S: value } },
  };
}
