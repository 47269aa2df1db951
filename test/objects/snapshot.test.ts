import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Tenant, useTable, valueOf } from './tenant-store-fixture.ts';

const table = useTable();
const newTenant = () => new Tenant(table);

afterEach(() => void vi.useRealTimers());

function passTime(ms: number): void {
  vi.useFakeTimers({ now: Date.now() + ms, toFake: ['Date'] });
}

async function filled(count: number): Promise<Tenant> {
  const tenant = newTenant();
  const ids = Array.from({ length: count }, (_, at) => `${at}`);
  await Promise.all(ids.map((id) => tenant.putDirectly(id, `value ${id}`)));
  await Promise.all(ids.map((id) => tenant.get(id)));
  return tenant;
}

/** Lets the object's alarm ring when it is due. */
async function takeSnapshot(tenant: Tenant): Promise<void> {
  passTime(31_000);
  expect(await runDurableObjectAlarm(tenant.stub)).toBe(true);
}

const stored = (tenant: Tenant) =>
  runInDurableObject(tenant.stub, async (_instance, { storage }) => ({
    rows: storage.sql.exec('SELECT place FROM snapshot').toArray().length,
    cold: storage.sql.exec('SELECT slot FROM snapshot_cold').toArray().length,
    alarm: await storage.getAlarm(),
  }));

describe('an object that starts again', () => {
  test('answers from memory what was hot before', async () => {
    const tenant = await filled(60);
    await takeSnapshot(tenant);
    await evictDurableObject(tenant.stub);
    await tenant.proxy.reset();
    const reads = await Promise.all(Array.from({ length: 60 }, (_, at) => tenant.get(`${at}`)));
    expect(reads.map(valueOf)).toEqual(Array.from({ length: 60 }, (_, at) => `value ${at}`));
    expect(await tenant.proxy.counts()).toEqual({});
  });

  test('asks for what was written since, however long ago, and has the rest in memory', async () => {
    const tenant = await filled(3);
    await takeSnapshot(tenant);
    await tenant.put('1', 'new');
    passTime(60_000);
    await runDurableObjectAlarm(tenant.stub);
    await evictDurableObject(tenant.stub);
    expect(valueOf(await tenant.get('1'))).toBe('new');
    expect((await tenant.get('2')).meta.cache).toBe('hit');
  });

  test('has nothing in memory of what a record, or an operator, has dropped', async () => {
    const tenant = await filled(3);
    await takeSnapshot(tenant);
    for (const id of ['0', '1']) await tenant.putDirectly(id, 'theirs');
    await tenant.stub.invalidate(JSON.stringify({ tenant: tenant.name, changes: [{ table: table.name, key: tenant.key('0') }] }));
    await tenant.stub.flush({ tenant: tenant.name, scope: { kind: 'row', table: table.name, key: tenant.key('1') } });
    await evictDurableObject(tenant.stub);
    expect([valueOf(await tenant.get('0')), valueOf(await tenant.get('1'))]).toEqual(['theirs', 'theirs']);
    expect((await tenant.get('2')).meta.cache).toBe('hit');
    await tenant.stub.flush({ tenant: tenant.name, scope: { kind: 'tenant' } });
    await evictDurableObject(tenant.stub);
    expect((await tenant.get('2')).meta.cache).toBe('miss');
  });
});

test('an object that starts again takes another snapshot soon after what it caches first, not when the one before was to be renewed', async () => {
  const tenant = await filled(3);
  await takeSnapshot(tenant);
  const dueInMs = async () => ((await stored(tenant)).alarm ?? Infinity) - Date.now();
  expect(await dueInMs()).toBeGreaterThan(31_000);
  await evictDurableObject(tenant.stub);
  await tenant.get('new');
  expect(await dueInMs()).toBeLessThanOrEqual(31_000);
});

describe('an object that is idle', () => {
  test('has no alarm and no rows in the end, whether it stays in memory or not', async () => {
    for (const isEvicted of [false, true]) {
      const tenant = await filled(3);
      await takeSnapshot(tenant);
      expect((await stored(tenant)).rows).toBe(1);
      if (isEvicted) await evictDurableObject(tenant.stub);
      for (let rings = 0; rings < 3 && (await stored(tenant)).alarm !== null; rings++) {
        passTime(310_000);
        await runDurableObjectAlarm(tenant.stub);
      }
      expect(await stored(tenant)).toEqual({ rows: 0, cold: 0, alarm: null });
    }
  });

  test('has no alarm when it was never asked for an item', async () => {
    const tenant = newTenant();
    await tenant.stub.stats({ tenant: tenant.name });
    expect((await stored(tenant)).alarm).toBeNull();
  });
});
