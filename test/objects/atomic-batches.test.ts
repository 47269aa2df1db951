import { describe, expect, test } from 'vitest';
import { Tenant, useTable, valueOf } from './tenant-store-fixture.ts';

const table = useTable();
const newTenant = () => new Tenant(table);

describe('an atomic batch', () => {
  test('is read in one transaction, or from memory when all of it is there', async () => {
    const tenant = newTenant();
    await tenant.putDirectly('a', 'one');
    const input = { RequestItems: { [table.name]: { Keys: [tenant.key('a'), tenant.key('none')] } } };
    const first = await tenant.execute('BatchGetItem', input, { atomic: true });
    expect(first.output?.Responses[table.name]).toEqual([tenant.item('a', 'one')]);
    expect(await tenant.proxy.counts()).toEqual({ TransactGetItems: 1 });
    await tenant.execute('BatchGetItem', input);
    expect(await tenant.execute('BatchGetItem', input, { atomic: true })).toMatchObject({
      ok: true,
      meta: { cache: 'hit' },
      output: first.output,
    });
  });

  const both = (tenant: Tenant) => ({ RequestItems: { [table.name]: { Keys: [tenant.key('a'), tenant.key('b')] } } });
  const putBoth = (tenant: Tenant, value: string) =>
    tenant.execute('TransactWriteItems', {
      TransactItems: ['a', 'b'].map((id) => ({ Put: { TableName: table.name, Item: tenant.item(id, value) } })),
    });
  const readBoth = async (tenant: Tenant) => {
    const { output, meta } = await tenant.execute('BatchGetItem', both(tenant), { atomic: true });
    return [output?.Responses[table.name]?.map(({ value }) => value), meta.cache];
  };
  const asBoth = (value: string) => [{ S: value }, { S: value }];

  test('shows nothing of a transaction that is on its way from memory, until somebody has seen it', async () => {
    const tenant = newTenant();
    await putBoth(tenant, 'one');
    await tenant.proxy.inject({ kind: 'hold', moment: 'after', operation: 'TransactWriteItems' });
    const write = putBoth(tenant, 'two');
    await tenant.proxy.whenHeld(1);
    expect(await readBoth(tenant)).toEqual([asBoth('one'), 'hit']);
    // A key that is not in memory sends the batch to DynamoDB, which has applied the transaction.
    const three = { RequestItems: { [table.name]: { Keys: [tenant.key('a'), tenant.key('b'), tenant.key('c')] } } };
    const seen = await tenant.execute('BatchGetItem', three, { atomic: true });
    expect(seen.output?.Responses[table.name]).toEqual([tenant.item('a', 'two'), tenant.item('b', 'two')]);
    expect(await readBoth(tenant)).toEqual([asBoth('two'), 'bypass']);
    await tenant.proxy.release();
    await write;
    expect(await readBoth(tenant)).toEqual([asBoth('two'), 'hit']);
  });

  test('shows all of a transaction that overtakes a read of one of its rows', async () => {
    const tenant = newTenant();
    await tenant.putDirectly('a', 'one');
    await tenant.putDirectly('b', 'one');
    await tenant.get('b');
    await tenant.proxy.inject({ kind: 'hold', moment: 'after', operation: 'BatchGetItem' });
    const late = tenant.get('a');
    await tenant.proxy.whenHeld(1);
    await putBoth(tenant, 'two');
    await tenant.proxy.release();
    expect(valueOf(await late)).toBe('two');
    expect(await readBoth(tenant)).toEqual([asBoth('two'), 'hit']);
  });
});
