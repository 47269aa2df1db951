import { expect, test } from 'vitest';
import { Tenant, useTable, valueOf } from './tenant-store-fixture.ts';

const table = useTable();
const newTenant = () => new Tenant(table);
const PAST = { read: 'strong', bypassCache: true } as const;

test('a read past the cache asks DynamoDB, strongly when it is asked to', async () => {
  const tenant = newTenant();
  await tenant.put('a', 'one');
  expect((await tenant.get('a', PAST)).meta).toMatchObject({ cache: 'bypass', calls: 1 });
  const [request] = await tenant.proxy.requests('GetItem');
  expect(request?.body).toMatchObject({ ConsistentRead: true });
});

test('what it has seen of another writer, later reads see too', async () => {
  const tenant = newTenant();
  for (const id of ['a', 'b', 'gone']) await tenant.put(id, 'old');
  for (const id of ['a', 'b']) await tenant.putDirectly(id, 'new');
  await tenant.direct.execute('DeleteItem', { TableName: table.name, Key: tenant.key('gone') });
  expect(valueOf(await tenant.get('a'))).toBe('old');
  expect(valueOf(await tenant.get('a', PAST))).toBe('new');
  expect(valueOf(await tenant.get('a'))).toBe('new');
  const Keys = ['b', 'gone'].map((id) => tenant.key(id));
  await tenant.execute('BatchGetItem', { RequestItems: { [table.name]: { Keys } } }, PAST);
  expect([valueOf(await tenant.get('b')), valueOf(await tenant.get('gone'))]).toEqual(['new', undefined]);
  expect((await tenant.get('b')).meta.cache).toBe('hit');
});

test('it leaves in memory what has not changed', async () => {
  const tenant = newTenant();
  await tenant.putDirectly('a', 'one');
  await tenant.get('a');
  await tenant.get('none');
  for (const id of ['a', 'none']) {
    await tenant.get(id, PAST);
    expect((await tenant.get(id)).meta.cache).toBe('hit');
  }
});

test('a read that was on its way before another writer was seen does not answer with what it fetched', async () => {
  const tenant = newTenant();
  await tenant.putDirectly('a', 'old');
  await tenant.proxy.inject({ kind: 'hold', moment: 'after', operation: 'BatchGetItem' });
  const early = tenant.get('a');
  await tenant.proxy.whenHeld();
  await tenant.putDirectly('a', 'new');
  expect(valueOf(await tenant.get('a', PAST))).toBe('new');
  await tenant.proxy.release();
  expect(valueOf(await early)).toBe('new');
  expect(valueOf(await tenant.get('a'))).toBe('new');
});

test('a write that ran while another writer was seen leaves nothing in memory', async () => {
  const tenant = newTenant();
  await tenant.proxy.inject({ kind: 'hold', moment: 'after', operation: 'PutItem' });
  const write = tenant.put('a', 'ours');
  await tenant.proxy.whenHeld();
  await tenant.putDirectly('a', 'theirs');
  expect(valueOf(await tenant.get('a', PAST))).toBe('theirs');
  await tenant.proxy.release();
  expect((await write).ok).toBe(true);
  expect(valueOf(await tenant.get('a'))).toBe('theirs');
});

test('a read that waits behind a write is looked up again too', async () => {
  const tenant = newTenant();
  await tenant.proxy.inject({ kind: 'drop', moment: 'after', operation: 'PutItem' });
  await tenant.put('a', 'unknown');
  await tenant.proxy.inject({ kind: 'error', name: 'ConditionalCheckFailedException', operation: 'DeleteItem' });
  await tenant.proxy.inject({ kind: 'hold', operation: 'DeleteItem' });
  await tenant.proxy.inject({ kind: 'hold', moment: 'after', operation: 'BatchGetItem' });
  const failing = { TableName: table.name, Key: tenant.key('a'), ConditionExpression: 'attribute_exists(nothing)' };
  const write = tenant.execute('DeleteItem', failing);
  await write;
  const held = tenant.execute('DeleteItem', failing);
  await tenant.proxy.whenHeld(1, 'DeleteItem');
  const early = tenant.get('a');
  await tenant.proxy.release('DeleteItem');
  await held;
  await tenant.proxy.whenHeld(1, 'BatchGetItem');
  await tenant.putDirectly('a', 'new');
  expect(valueOf(await tenant.get('a', PAST))).toBe('new');
  await tenant.proxy.release();
  expect(valueOf(await early)).toBe('new');
  expect((await tenant.put('a', 'last')).ok).toBe(true);
});
