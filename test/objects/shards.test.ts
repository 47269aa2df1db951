/** Each guarantee of a tenant's store, where the tenant has four objects or more; and the change of their number. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { describe, expect, test } from 'vitest';
import { joinedVersion, parseStoreVersion } from '../../src/wire/store-version.ts';
import type { AttributeMap, QueryInput } from '../../src/dynamo/types.ts';
import { shardOf } from '../../src/objects/tenant-store/shards/division.ts';
import { connect, newOperator, Tenant, useTable, valueOf } from './tenant-store-fixture.ts';

const table = useTable();

class Divided extends Tenant {
  static async into(shards: number): Promise<Divided> {
    const tenant = new Divided(table);
    await tenant.divide(shards);
    return tenant;
  }

  /** Ids of rows of different shards, in their order: the first of shard 0. */
  idsOf(shards: number): string[] {
    const ids = Array.from({ length: 200 }, (_, index) => `r${index}`);
    return Array.from({ length: shards }, (_, shard) => ids.find((id) => this.shardOfRow(id, shards) === shard) ?? '');
  }

  shardOfRow(id: string, shards: number): number {
    const { _pk: partition } = this.key(id);
    return shardOf(partition !== undefined && 'S' in partition ? partition.S : '', shards);
  }

  /** In the list "l" of an index. */
  listed(id: string, value: string): AttributeMap {
    return { ...this.item(id, value), _gsi1_pk: { S: `[${this.name}]#l` }, _gsi1_sk: { S: id } };
  }

  async list(more: Partial<QueryInput> = {}, store = this.newShardedStore()) {
    const result = await store.execute('Query', {
      TableName: table.name,
      IndexName: 'gsi1',
      KeyConditionExpression: '#p = :p',
      ExpressionAttributeNames: { '#p': '_gsi1_pk' },
      ExpressionAttributeValues: { ':p': { S: `[${this.name}]#l` } },
      ...more,
    });
    if (!result.ok) throw new Error(JSON.stringify(result.error));
    return result.output.Items?.map(({ value }) => (value !== undefined && 'S' in value ? value.S : ''));
  }

  putAll(items: readonly AttributeMap[]) {
    return this.execute('TransactWriteItems', { TransactItems: items.map((Item) => ({ Put: { TableName: table.name, Item } })) });
  }

  async values(ids: readonly string[], context = {}, store = this.newShardedStore()) {
    const result = await store.execute(
      'BatchGetItem',
      { RequestItems: { [table.name]: { Keys: ids.map((id) => this.key(id)) } } },
      context,
    );
    const rows = new Map((result.output?.Responses[table.name] ?? []).map((row) => [JSON.stringify(row['_pk']), row['value']]));
    return {
      values: ids.map((id) => rows.get(JSON.stringify(this.key(id)['_pk']))).map((value) => (value && 'S' in value ? value.S : null)),
      meta: result.meta,
    };
  }
}

const SHARDS = 4;

describe('a tenant with 4 objects', () => {
  test('is answered from the memory of the object that has the row, by strong reads and in batches', async () => {
    const tenant = await Divided.into(SHARDS);
    const ids = tenant.idsOf(SHARDS);
    for (const id of ids) await tenant.put(id, `v-${id}`);
    for (const id of ids) expect((await tenant.get(id, { read: 'strong' })).meta.cache).toBe('hit');
    const { values, meta } = await tenant.values(ids);
    expect([values, meta.cache]).toEqual([ids.map((id) => `v-${id}`), 'hit']);
    const stats = await newOperator().stats(tenant.name);
    expect(stats).toMatchObject({ shards: SHARDS, epoch: 1, hits: 8, cachedItems: 4, isReadOnly: false });
  });

  test('shows no write before it is acknowledged and none after it no more, one key at a time', async () => {
    const tenant = await Divided.into(SHARDS);
    const ids = tenant.idsOf(SHARDS);
    const writers = ids.map(async (id) => {
      for (let n = 0; n < 20; n++) {
        await tenant.put(id, `${n}`);
        expect(valueOf(await tenant.get(id, {}, tenant.newShardedStore()))).toBe(`${n}`);
      }
    });
    await Promise.all(writers);
  });

  test('has its transactions whole: all objects show what one has written as soon as it is acknowledged', async () => {
    const tenant = await Divided.into(SHARDS);
    const ids = tenant.idsOf(SHARDS);
    for (let n = 0; n < 5; n++) {
      expect((await tenant.putAll(ids.map((id) => tenant.item(id, `${n}`)))).ok).toBe(true);
      expect((await tenant.values(ids)).values).toEqual(ids.map(() => `${n}`));
      expect((await tenant.values(ids, { atomic: true })).values).toEqual(ids.map(() => `${n}`));
    }
  });

  test('atomic batches over all objects never show half of a transaction', async () => {
    const tenant = await Divided.into(SHARDS);
    const ids = tenant.idsOf(SHARDS);
    await tenant.putAll(ids.map((id) => tenant.item(id, '0')));
    const writes = (async () => {
      for (let n = 1; n <= 10; n++) await tenant.putAll(ids.map((id) => tenant.item(id, `${n}`)));
    })();
    for (let n = 0; n < 10; n++) {
      const { values } = await tenant.values(ids, { atomic: true });
      // A transaction that runs may refuse the read: then it has shown nothing at all.
      expect(new Set(values).size).toBe(1);
    }
    await writes;
  });

  test('a transaction that is on its way is seen through no object before another shows it no more', async () => {
    const tenant = await Divided.into(SHARDS);
    const ids = tenant.idsOf(SHARDS);
    await tenant.putAll(ids.map((id) => tenant.item(id, 'old')));
    await tenant.values(ids);
    await tenant.proxy.inject({ kind: 'hold', moment: 'after', operation: 'TransactWriteItems' });
    const write = tenant.putAll(ids.map((id) => tenant.item(id, 'new')));
    await tenant.proxy.whenHeld(1);
    // It is applied: the objects that have lent their keys ask DynamoDB, the one that runs it still answers from memory.
    const [first = '', ...others] = ids;
    expect(valueOf(await tenant.get(first))).toBe('old');
    for (const id of others) expect([valueOf(await tenant.get(id)), valueOf(await tenant.get(id))]).toEqual(['new', 'new']);
    expect((await tenant.values(ids, { atomic: true })).values).toEqual(ids.map(() => 'new'));
    await tenant.proxy.release();
    await write;
    expect((await tenant.values(ids)).values).toEqual(ids.map(() => 'new'));
  });

  test('a refused transaction changes nothing in any object, and its keys are kept in memory again', async () => {
    const tenant = await Divided.into(SHARDS);
    const ids = tenant.idsOf(SHARDS);
    await tenant.putAll(ids.map((id) => tenant.item(id, 'old')));
    const [first = '', ...others] = ids;
    const refused = await tenant.execute('TransactWriteItems', {
      TransactItems: [
        ...others.map((id) => ({ Put: { TableName: table.name, Item: tenant.item(id, 'new') } })),
        {
          ConditionCheck: {
            TableName: table.name,
            Key: tenant.key(first),
            ConditionExpression: 'attribute_not_exists(#p)',
            ExpressionAttributeNames: { '#p': '_pk' },
          },
        },
      ],
    });
    expect(refused).toMatchObject({ ok: false, error: { code: 'transaction_cancelled' } });
    expect((await tenant.values(ids)).values).toEqual(ids.map(() => 'old'));
    await expect.poll(async () => (await tenant.values(ids), (await tenant.values(ids)).meta.cache)).toBe('hit');
  });

  test('a write of unknown outcome is held by its object, and a transaction by all of its objects', async () => {
    const tenant = await Divided.into(SHARDS);
    const ids = tenant.idsOf(SHARDS);
    await tenant.putAll(ids.map((id) => tenant.item(id, 'old')));
    await tenant.proxy.inject({ kind: 'drop', moment: 'before', operation: 'TransactWriteItems', times: 10 });
    const lost = await tenant.execute(
      'TransactWriteItems',
      { TransactItems: ids.map((id) => ({ Put: { TableName: table.name, Item: tenant.item(id, 'new') } })) },
      { deadlineMs: 500 },
    );
    expect(lost).toMatchObject({ ok: false, error: { code: 'outcome_unknown' } });
    await tenant.proxy.reset();
    for (const id of ids) expect([(await tenant.get(id)).meta.cache, (await tenant.get(id)).meta.cache]).toEqual(['miss', 'miss']);
  });

  test('lists of an index show rows of all objects as they were written, at once, and no longer when they are deleted', async () => {
    const tenant = await Divided.into(SHARDS);
    const ids = tenant.idsOf(SHARDS);
    for (const id of ids) {
      await tenant.execute('PutItem', { TableName: table.name, Item: tenant.listed(id, id) });
      expect(await tenant.list()).toContain(id);
    }
    expect(await tenant.list({ Limit: 2 })).toHaveLength(2);
    for (const id of ids) {
      await tenant.execute('DeleteItem', { TableName: table.name, Key: tenant.key(id) });
      expect(await tenant.list()).not.toContain(id);
    }
  });

  test('a list shows nothing of a write that another object still runs', async () => {
    const tenant = await Divided.into(SHARDS);
    const ids = tenant.idsOf(SHARDS);
    for (const id of ids) await tenant.execute('PutItem', { TableName: table.name, Item: tenant.listed(id, 'old') });
    await tenant.proxy.inject({ kind: 'hold', moment: 'after', operation: 'PutItem' });
    const id = ids[3] ?? '';
    const write = tenant.execute('PutItem', { TableName: table.name, Item: tenant.listed(id, 'new') });
    await tenant.proxy.whenHeld(1);
    expect(await tenant.list()).toEqual(['old', 'old', 'old', 'old']);
    expect(valueOf(await tenant.get(id))).toBe('old');
    await tenant.proxy.release();
    await write;
    expect((await tenant.list())?.filter((value) => value === 'new')).toHaveLength(1);
  });

  test("changes of the table's stream, flushes and the read-only mode reach all objects", async () => {
    const tenant = await Divided.into(SHARDS);
    const ids = tenant.idsOf(SHARDS);
    for (const id of ids) await tenant.put(id, 'old');
    for (const id of ids) await tenant.putDirectly(id, 'other');
    const told = await newOperator().invalidate(
      ids.map((id) => ({ table: table.name, key: tenant.key(id), row: tenant.item(id, 'other') })),
    );
    expect(told).toMatchObject({ tenants: 1, dropped: SHARDS });
    expect((await tenant.values(ids)).values).toEqual(ids.map(() => 'other'));
    expect(await newOperator().flush(tenant.name, { kind: 'tenant' })).toBe(SHARDS);
    await newOperator().setReadOnly(tenant.name, true);
    for (const id of ids) expect(await tenant.put(id, 'no')).toMatchObject({ ok: false, error: { code: 'read_only' } });
    await newOperator().setReadOnly(tenant.name, false);
    for (const id of ids) expect((await tenant.put(id, 'yes')).ok).toBe(true);
  });

  test('version tokens name every object whose rows were written or read', async () => {
    const tenant = await Divided.into(SHARDS);
    const ids = tenant.idsOf(SHARDS);
    await tenant.values(ids);
    const before = (await tenant.values(ids)).meta.version;
    const { meta } = await tenant.putAll(ids.map((id) => tenant.item(id, 'new')));
    const seen = parseStoreVersion(meta.version ?? '');
    expect(seen?.states.map(({ shard }) => shard).toSorted()).toEqual([0, 1, 2, 3]);
    const changesOf = (token: string | undefined) =>
      new Map(parseStoreVersion(token ?? '')?.states.map(({ shard, changes }) => [shard, changes]));
    const [earlier, later] = [changesOf(before), changesOf(joinedVersion(before, meta.version))];
    for (const shard of [0, 1, 2, 3]) expect(later.get(shard)).toBeGreaterThan(earlier.get(shard) ?? Infinity);
  });

  test('a caller who asks the wrong object is refused', async () => {
    const tenant = await Divided.into(SHARDS);
    const id = tenant.idsOf(SHARDS)[1] ?? '';
    const strayed = await connect({ tenant: tenant.name, shard: 0, epoch: 1 }).execute(
      JSON.stringify({
        tenant: tenant.name,
        calls: [{ operation: 'GetItem', input: { TableName: table.name, Key: tenant.key(id) }, context: {} }],
      }),
    );
    expect(JSON.parse(strayed)).toMatchObject({ replies: [{ ok: false, error: { code: 'access_denied' } }] });
  });
});

describe('when the keys are divided anew', () => {
  test('callers with the old division are refused, told, and answered; nothing is lost and nothing is stale', async () => {
    const tenant = new Divided(table);
    const old = tenant.newShardedStore();
    const ids = tenant.idsOf(5);
    for (const shards of [4, 2, 5, 1]) {
      const value = `of ${shards}`;
      await old.execute('PutItem', { TableName: table.name, Item: tenant.item(ids[0] ?? '', value) });
      await tenant.putAll(ids.slice(1).map((id) => tenant.item(id, value)));
      await tenant.divide(shards);
      expect((await tenant.values(ids, {}, old)).values).toEqual(ids.map(() => value));
      expect((await tenant.values(ids)).values).toEqual(ids.map(() => value));
    }
    expect(await newOperator().stats(tenant.name)).toMatchObject({ shards: 1, epoch: 4 });
  });

  test('while clients read and write, every read shows the last acknowledged write', async () => {
    const tenant = new Divided(table);
    const ids = tenant.idsOf(5);
    const run = { isDone: false };
    const clients = ids.map(async (id) => {
      const store = tenant.newShardedStore();
      for (let n = 0; !run.isDone; n++) {
        const put = await store.execute('PutItem', { TableName: table.name, Item: tenant.item(id, `${n}`) });
        expect(put).toMatchObject({ ok: true });
        expect(valueOf(await tenant.get(id, {}, store))).toBe(`${n}`);
      }
    });
    for (const shards of [4, 8, 3]) await tenant.divide(shards);
    run.isDone = true;
    await Promise.all(clients);
  });

  test('a key in doubt stays held, and whether writes are taken stays as it was', async () => {
    const tenant = await Divided.into(SHARDS);
    const id = tenant.idsOf(SHARDS)[2] ?? '';
    await tenant.put(id, 'old');
    await tenant.proxy.inject({ kind: 'drop', moment: 'before', operation: 'PutItem' });
    expect(await tenant.put(id, 'new', { deadlineMs: 500 })).toMatchObject({ ok: false, error: { code: 'outcome_unknown' } });
    await newOperator().setReadOnly(tenant.name, true);
    await tenant.divide(6);
    await tenant.proxy.reset();
    expect([(await tenant.get(id)).meta.cache, (await tenant.get(id)).meta.cache]).toEqual(['miss', 'miss']);
    const { epoch } = await newOperator().stats(tenant.name);
    const owner = connect({ tenant: tenant.name, shard: tenant.shardOfRow(id, 6), epoch });
    await evictDurableObject(owner);
    expect((await tenant.get(id)).meta.cache).toBe('miss');
    expect((await tenant.get(id)).meta.cache).toBe('miss');
    expect(await tenant.put(id, 'no')).toMatchObject({ ok: false, error: { code: 'read_only' } });
    await newOperator().setReadOnly(tenant.name, false);
  });

  test('a write that is on its way is waited for, and is not in doubt then', async () => {
    const tenant = await Divided.into(SHARDS);
    const id = tenant.idsOf(SHARDS)[1] ?? '';
    await tenant.proxy.inject({ kind: 'hold', moment: 'before', operation: 'PutItem' });
    const write = tenant.put(id, 'one');
    await tenant.proxy.whenHeld(1);
    const divided = tenant.divide(2);
    await tenant.proxy.release();
    expect((await write).ok).toBe(true);
    await divided;
    expect(valueOf(await tenant.get(id))).toBe('one');
    expect(await newOperator().stats(tenant.name)).toMatchObject({ runningWrites: 0, shards: 2 });
  });

  test('a write with a token that is in doubt is settled by the objects that have taken over', async () => {
    const tenant = await Divided.into(SHARDS);
    const id = tenant.idsOf(SHARDS)[3] ?? '';
    const keys = tenant.newShardedStore();
    const claim = await keys.claimIdempotencyKey('k', 'f');
    const token = claim.state === 'claimed' ? claim.token : '';
    await tenant.proxy.inject({ kind: 'drop', moment: 'after', operation: 'TransactWriteItems', times: 10 });
    expect(await tenant.put(id, 'one', { idempotencyToken: token, deadlineMs: 300 })).toMatchObject({ ok: false });
    await keys.doubtIdempotencyKey('k');
    await tenant.proxy.reset();
    await tenant.divide(3);
    expect(await tenant.newShardedStore().claimIdempotencyKey('k', 'f')).toMatchObject({ state: 'applied', rows: [tenant.key(id)] });
    expect(valueOf(await tenant.get(id))).toBe('one');
  });

  test('a change that its object was lost in is gone on with by its alarm', async () => {
    const tenant = new Divided(table);
    const first = connect({ tenant: tenant.name, shard: 0, epoch: 0 });
    await tenant.put('a', 'one');
    const next = { epoch: 1, shards: SHARDS };
    await runInDurableObject(first, async (instance, { storage }) => {
      storage.sql.exec('INSERT INTO settings VALUES (?, ?), (?, ?)', 'next-division', JSON.stringify(next), 'name', `${tenant.name}/0/0`);
      await instance.ask(JSON.stringify({ tenant: tenant.name, ask: { name: 'close', next } }));
      storage.sql.exec('INSERT INTO timers VALUES (?, ?)', 'divide', Date.now());
      await storage.setAlarm(Date.now() + 60_000);
    });
    await evictDurableObject(first);
    expect(await runDurableObjectAlarm(first)).toBe(true);
    expect(await newOperator().stats(tenant.name)).toMatchObject(next);
    expect(valueOf(await tenant.get('a'))).toBe('one');
  });

  test('an erased tenant leaves nothing in the objects of any division', async () => {
    const tenant = await Divided.into(SHARDS);
    for (const id of tenant.idsOf(SHARDS)) await tenant.put(id, 'one');
    await tenant.divide(2);
    await newOperator().erase(tenant.name);
    for (const [epoch, shards] of [1, SHARDS, 2].entries()) {
      for (let shard = 0; shard < shards; shard++) {
        const object = connect({ tenant: tenant.name, shard, epoch });
        await evictDurableObject(object);
        const tables = await runInDurableObject(object, (_, { storage }) => storage.sql.exec('SELECT * FROM settings').toArray());
        expect(tables).toEqual([]);
      }
    }
  });

  test('an object that nobody has opened answers for nothing', async () => {
    const tenant = new Divided(table);
    const answer = await connect({ tenant: tenant.name, shard: 3, epoch: 7 }).execute(
      JSON.stringify({
        tenant: tenant.name,
        calls: [{ operation: 'GetItem', input: { TableName: table.name, Key: tenant.key('a') }, context: {} }],
      }),
    );
    expect(JSON.parse(answer)).toEqual({ moved: null });
  });
});
