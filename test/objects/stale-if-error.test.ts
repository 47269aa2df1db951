import { afterEach, describe, expect, test, vi } from 'vitest';
import { Tenant, useTable, valueOf } from './tenant-store-fixture.ts';

const table = useTable();
const newTenant = () => new Tenant(table);
const OUTAGE = { kind: 'error', name: 'ProvisionedThroughputExceededException', status: 400, times: 1_000_000 } as const;
/** Rows of no model are served for 300 seconds, and then for 60 more when DynamoDB cannot be asked. */
const CACHE_MS = 300_000;
const QUICK = { deadlineMs: 300 };

afterEach(() => void vi.useRealTimers());

function passTime(ms: number): void {
  vi.useFakeTimers({ now: Date.now() + ms, toFake: ['Date'] });
}

const getQuickly = (tenant: Tenant, id: string) => tenant.answerOf('GetItem', { TableName: table.name, Key: tenant.key(id) }, QUICK);

/** A tenant with two rows whose time has been up for `lateMs`, and DynamoDB fails. */
async function inOutage(lateMs: number): Promise<Tenant> {
  const tenant = newTenant();
  for (const id of ['a', 'b']) await tenant.putDirectly(id, 'old');
  for (const id of ['a', 'b', 'none']) await tenant.get(id);
  for (const id of ['a', 'b']) await tenant.putDirectly(id, 'new');
  await tenant.proxy.inject(OUTAGE);
  passTime(CACHE_MS + lateMs);
  return tenant;
}

describe('when DynamoDB cannot be asked', () => {
  test('an item whose time is up is served for a while, and says for how long it was', async () => {
    const tenant = await inOutage(30_000);
    const read = await getQuickly(tenant, 'a');
    expect(valueOf(read)).toBe('old');
    expect(read.meta.staleMs).toBeGreaterThanOrEqual(30_000);
    const Keys = ['a', 'b', 'none'].map((id) => tenant.key(id));
    const batch = await tenant.answerOf('BatchGetItem', { RequestItems: { [table.name]: { Keys } } }, QUICK);
    expect(batch.meta.staleMs).toBeGreaterThanOrEqual(30_000);
    expect(batch).toMatchObject({ ok: false, error: { keys: [tenant.key('none')] } });
    expect(batch.output?.Responses[table.name]).toHaveLength(2);
    await tenant.proxy.reset();
    const again = await tenant.get('a');
    expect([valueOf(again), again.meta.staleMs]).toEqual(['new', undefined]);
  });

  test.each([
    ['strong ones', { read: 'strong' as const }, {}],
    ['consistent ones', {}, { ConsistentRead: true }],
    ['those past the cache', { bypassCache: true }, {}],
    ['atomic ones', { atomic: true }, {}],
  ])('%s are never answered so', async (_, context, input) => {
    const tenant = await inOutage(10_000);
    const RequestItems = { [table.name]: { Keys: [tenant.key('a')], ...input } };
    const result = await tenant.answerOf('BatchGetItem', { RequestItems }, { ...QUICK, ...context });
    expect(result).toMatchObject({ ok: false, error: { code: expect.stringMatching(/throttled|deadline_exceeded/) } });
  });

  test('nothing is served after its bound, after a write, or after an invalidation', async () => {
    expect((await getQuickly(await inOutage(60_001), 'a')).ok).toBe(false);
    const tenant = await inOutage(10_000);
    await tenant.proxy.reset();
    await tenant.proxy.inject({ ...OUTAGE, operation: 'BatchGetItem' });
    await tenant.proxy.inject({ kind: 'drop', moment: 'after', operation: 'PutItem' });
    await tenant.put('a', 'ours');
    expect((await getQuickly(tenant, 'a')).ok).toBe(false);
    await tenant.stub.flush({ tenant: tenant.name, scope: { kind: 'row', table: table.name, key: tenant.key('b') } });
    expect((await getQuickly(tenant, 'b')).ok).toBe(false);
  });

  test('it is soon left alone, asked again by one strong read, and then as ever', async () => {
    const tenant = await inOutage(1_000);
    const openCircuits = async () => (await tenant.stub.stats({ tenant: tenant.name })).openCircuits;
    // A request that just ran out of its short time says nothing of DynamoDB, so some are needed until three were refused.
    for (let tries = 0; tries < 50 && (await openCircuits()) === 0; tries++) {
      expect(valueOf(await getQuickly(tenant, 'a'))).toBe('old');
      passTime(1);
    }
    await tenant.proxy.reset();
    await tenant.proxy.inject(OUTAGE);
    const reads = await Promise.all(Array.from({ length: 100 }, () => tenant.get('a', {}, tenant.newClient())));
    expect(new Set(reads.map(valueOf))).toEqual(new Set(['old']));
    expect(await tenant.get('a', { read: 'strong' })).toMatchObject({
      ok: false,
      error: { code: 'unavailable', retryAfterMs: expect.any(Number) },
    });
    expect(await tenant.proxy.counts()).toEqual({});
    expect(await openCircuits()).toBe(1);
    await tenant.proxy.reset();
    passTime(2_000);
    const after = await Promise.all(Array.from({ length: 100 }, () => tenant.get('a', {}, tenant.newClient())));
    expect(new Set(after.map(valueOf))).toEqual(new Set(['new']));
    const requests = await tenant.proxy.requests();
    expect(requests.map(({ body }) => JSON.stringify(body).includes('"ConsistentRead":true'))).toEqual([true]);
  });
});
