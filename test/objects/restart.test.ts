import { abortAllDurableObjects, evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { TenantStoreObject } from '../../src/objects/index.ts';
import { eventually } from '../setup/eventually.ts';
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

/** Lets the object's alarm ring when it is due. It is set a moment after the answer that has brought the first item. */
async function takeSnapshot(tenant: Tenant): Promise<void> {
  await eventually(async () => expect((await stored(tenant)).alarm).not.toBeNull());
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
  expect(await dueInMs()).toBeGreaterThan(30_000);
  await evictDurableObject(tenant.stub);
  await tenant.get('new');
  await eventually(async () => expect(await dueInMs()).toBeLessThanOrEqual(5_000));
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

describe('eviction', () => {
  test('what was only read is cached again at once', async () => {
    const tenant = newTenant();
    await tenant.putDirectly('a', 'one');
    await tenant.get('a');
    expect((await tenant.get('a')).meta.cache).toBe('hit');
    await evictDurableObject(tenant.stub);
    expect((await tenant.get('a')).meta.cache).toBe('miss');
    expect((await tenant.get('a')).meta.cache).toBe('hit');
  });

  test('what was being written is read strongly and not kept, and only that', async () => {
    const tenant = newTenant();
    await tenant.put('a', 'one');
    await evictDurableObject(tenant.stub);
    await tenant.putDirectly('a', 'late');
    expect(valueOf(await tenant.get('a'))).toBe('late');
    await tenant.putDirectly('a', 'later');
    expect(valueOf(await tenant.get('a'))).toBe('later');
    await tenant.get('other');
    expect((await tenant.get('other')).meta.cache).toBe('hit');
    const requests = await tenant.proxy.requests('BatchGetItem');
    expect(requests.map(({ body }) => JSON.stringify(body).includes('"ConsistentRead":true'))).toEqual([true, true, false]);
  });

  test('reads that an object is lost with are answered by the next one, writes are unknown', async () => {
    const tenant = newTenant();
    await tenant.putDirectly('a', 'one');
    await tenant.proxy.inject({ kind: 'hold', operation: 'BatchGetItem' });
    await tenant.proxy.inject({ kind: 'hold', operation: 'PutItem' });
    const read = tenant.get('a');
    const write = tenant.put('b', 'two');
    await tenant.proxy.whenHeld(2);
    await abortAllDurableObjects();
    expect(await write).toMatchObject({ ok: false, error: { code: 'outcome_unknown' } });
    expect(valueOf(await read)).toBe('one');
    await tenant.proxy.release();
  });
});

describe('the journal', () => {
  test('lists a write before DynamoDB has it, with what it may change', async () => {
    const tenant = newTenant();
    await tenant.proxy.inject({ kind: 'hold', operation: 'TransactWriteItems' });
    const write = tenant.execute('TransactWriteItems', {
      TransactItems: [
        { Put: { TableName: table.name, Item: tenant.item('a', 'one') } },
        { Delete: { TableName: table.name, Key: tenant.key('b') } },
      ],
    });
    await tenant.proxy.whenHeld();
    expect(await journalOf(tenant)).toMatchObject([
      {
        intents: [
          {
            operation: 'TransactWriteItems',
            keys: [expect.stringMatching(/#at$/), expect.stringMatching(/#bt$/)],
            changes: ['put', 'delete'],
          },
        ],
      },
    ]);
    await tenant.proxy.release();
    expect((await write).ok).toBe(true);
  });

  test('is all that an idle object writes for a write, before it leaves: no answer waits for a commit, and that to a first read neither', async () => {
    const tenant = newTenant();
    await runInDurableObject(tenant.stub, async (instance, { storage }) => {
      const written = () => storage.sql.exec<{ rows: number }>('SELECT total_changes() AS rows').one().rows;
      const answerTo = async (operation: string, input: object) => {
        const request = JSON.stringify({ tenant: tenant.name, calls: [{ operation, input, context: {} }] });
        expect(await (instance as TenantStoreObject).execute(request)).toContain('"ok":true');
      };
      /** The rows that are written before a put leaves, and those from then until its answer. */
      const put = async (value: string) => {
        const before = written();
        await tenant.proxy.inject({ kind: 'hold', operation: 'PutItem' });
        const answered = answerTo('PutItem', { TableName: table.name, Item: tenant.item('a', value) });
        await tenant.proxy.whenHeld();
        const left = written();
        await tenant.proxy.release();
        await answered;
        return [left - before, written() - left];
      };
      const before = written();
      await answerTo('GetItem', { TableName: table.name, Key: tenant.key('b') });
      expect(written()).toBe(before);
      // The first one of all sets timers, and the alarm.
      expect(await put('one')).toEqual([expect.any(Number), 0]);
      expect(await put('two')).toEqual([1, 0]);
    });
  });

  test('takes at most one commit for 8 writes of 256 clients', async () => {
    const tenant = newTenant();
    const [clients, rounds] = [256, 3];
    await Promise.all(
      Array.from({ length: clients }, async (_, client) => {
        for (let round = 0; round < rounds; round++) {
          const Item = tenant.item(`k${client}`, String(round));
          expect((await tenant.newClient().execute('PutItem', { TableName: table.name, Item })).ok).toBe(true);
        }
      }),
    );
    const commits = (await journalOf(tenant)).length;
    expect(commits).toBeGreaterThan(0);
    expect(commits).toBeLessThanOrEqual((clients * rounds) / 8);
  }, 60_000);

  test('is emptied by the alarm once nothing is in doubt, and its timer with it', async () => {
    const tenant = newTenant();
    await tenant.put('a', 'one');
    await makeDue(tenant);
    expect(await runDurableObjectAlarm(tenant.stub)).toBe(true);
    expect(await journalOf(tenant)).toHaveLength(1);
    await runInDurableObject(tenant.stub, async (_instance, { storage }) => expect(await storage.getAlarm()).toBeGreaterThan(Date.now()));

    await runInDurableObject(tenant.stub, (_instance, { storage }) => {
      const [row] = storage.sql.exec<{ entries: string }>('SELECT entries FROM write_journal').toArray();
      storage.sql.exec(
        'UPDATE write_journal SET at_ms = 0, entries = ?',
        (row?.entries ?? '').replace(/"leavesByMs":\d+/, '"leavesByMs":0'),
      );
    });
    await evictDurableObject(tenant.stub);
    await makeDue(tenant);
    expect(await runDurableObjectAlarm(tenant.stub)).toBe(true);
    expect(await journalOf(tenant)).toEqual([]);
    // What was put is still in the snapshot, whose timer removes it, and with it the alarm, when its time is up.
    await runInDurableObject(tenant.stub, (_instance, { storage }) =>
      expect(storage.sql.exec("SELECT name FROM timers WHERE name <> 'snapshot'").toArray()).toEqual([]),
    );
  });
});

function journalOf(tenant: Tenant): Promise<unknown[]> {
  return runInDurableObject(tenant.stub, (_instance, { storage }) =>
    storage.sql
      .exec<{ entries: string }>('SELECT entries FROM write_journal ORDER BY first_sequence')
      .toArray()
      .map(({ entries }) => JSON.parse(entries) as unknown),
  );
}

function makeDue(tenant: Tenant): Promise<void> {
  return runInDurableObject(tenant.stub, (_instance, { storage }) => void storage.sql.exec('UPDATE timers SET at_ms = 0'));
}
