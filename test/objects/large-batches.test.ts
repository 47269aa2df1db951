import { beforeAll, describe, expect, test } from 'vitest';
import type { OperationContext, OperationResult } from '../../src/dynamo/item-store.ts';
import type { AttributeMap, KeysAndAttributes } from '../../src/dynamo/types.ts';
import { Tenant, useTable } from './tenant-store-fixture.ts';

const table = useTable();
const ROWS = 100;
const ids = Array.from({ length: ROWS }, (_, index) => `row${index}`);
const PATIENT: OperationContext = { deadlineMs: 25_000 };

/** Every row is as large as DynamoDB takes it, 409,600 bytes with its key, and says which it is. */
async function fill(tenant: Tenant, filler: (bytes: number) => string): Promise<void> {
  for (const id of ids) {
    const isPut = await tenant.putDirectly(id, `${id} ${filler(409_000)}`);
    if (!isPut.ok) throw new Error(isPut.error.message);
  }
}

function batchGet(tenant: Tenant, more: Partial<KeysAndAttributes> = {}, context = PATIENT, Keys = ids.map((id) => tenant.key(id))) {
  return tenant.execute('BatchGetItem', { RequestItems: { [table.name]: { Keys, ...more } } }, context);
}

/** Which rows were read, in the order of their numbers; a row that came twice is there twice. */
function idsOf(result: OperationResult<'BatchGetItem'>): string[] {
  const rows = result.output?.Responses[table.name] ?? [];
  return rows.map((row) => textOf(row).split(' ')[0] ?? '').toSorted((a, b) => Number(a.slice(3)) - Number(b.slice(3)));
}

function textOf(row: AttributeMap): string {
  const value = row['value'];
  return value !== undefined && 'S' in value ? value.S : '';
}

describe('a batch of 100 rows of 400 KB', { timeout: 60_000 }, () => {
  const tenant = new Tenant(table);
  beforeAll(() => fill(tenant, (bytes) => 'x'.repeat(bytes)), 60_000);

  test('is read whole when nothing of it is in memory, each row of DynamoDB once', async () => {
    await tenant.proxy.reset();
    const result = await batchGet(tenant);
    expect(result).toMatchObject({ ok: true, meta: { keys: ROWS } });
    expect(idsOf(result)).toEqual(ids);
    expect(result.output?.Responses[table.name]?.every((row) => textOf(row).length > 409_000)).toBe(true);
  });

  test('is read whole from memory, without a call', async () => {
    await tenant.proxy.reset();
    const result = await batchGet(tenant);
    expect(result).toMatchObject({ ok: true, meta: { cache: 'hit', calls: 0, keys: 0 } });
    expect(idsOf(result)).toEqual(ids);
    expect(await tenant.proxy.counts()).toEqual({});
  });

  test('is read whole past the cache, with and without a projection', async () => {
    expect(idsOf(await batchGet(tenant, {}, { ...PATIENT, bypassCache: true }))).toEqual(ids);
    const projection = { ProjectionExpression: '#p, #s, #v', ExpressionAttributeNames: { '#p': '_pk', '#s': '_sk', '#v': 'value' } };
    expect(idsOf(await batchGet(tenant, projection))).toEqual(ids);
  });

  test('names what is wrong with a projection without the keys', async () => {
    const result = await batchGet(tenant, { ProjectionExpression: '#v', ExpressionAttributeNames: { '#v': 'value' } });
    expect(result).toMatchObject({
      ok: false,
      error: { code: 'invalid_request', message: expect.stringContaining('leaves out the keys') },
    });
  });

  test('is not put together from parts when it has to be atomic', async () => {
    expect((await batchGet(tenant, {}, { ...PATIENT, atomic: true })).ok).toBe(false);
  });

  test('travels beside other reads of its tick', async () => {
    const [batch, other] = await Promise.all([batchGet(tenant), tenant.get('row7', PATIENT), tenant.get('row8', PATIENT)]);
    expect(idsOf(batch)).toEqual(ids);
    expect(other.ok).toBe(true);
  });

  test('ends at the deadline with what was read and the keys that were not', async () => {
    const cold = new Tenant(table);
    for (const id of ids.slice(0, 60)) await cold.putDirectly(id, `${id} ${'x'.repeat(400_000)}`);
    const Keys = ids.slice(0, 60).map((id) => cold.key(id));
    for (const id of ids.slice(0, 20)) await cold.get(id, PATIENT);
    await cold.proxy.inject({ kind: 'hold', operation: 'BatchGetItem' });
    const result = await batchGet(cold, {}, { deadlineMs: 3_000 }, Keys);
    await cold.proxy.release();
    expect(result).toMatchObject({ ok: false, error: { code: 'deadline_exceeded' } });
    expect(idsOf(result).length).toBeGreaterThanOrEqual(20);
    expect(idsOf(result).length + (result.ok ? 0 : (result.error.keys?.length ?? 0))).toBe(60);
  });
});

test('100 rows whose characters take two bytes each in memory are read whole, cold and again', { timeout: 120_000 }, async () => {
  const tenant = new Tenant(table);
  // One character beyond Latin-1 doubles the row: 82 MB, more than the cache holds.
  await fill(tenant, (bytes) => `世${'x'.repeat(bytes - 3)}`);
  for (let round = 0; round < 3; round++) {
    const result = await batchGet(tenant);
    expect(result.ok).toBe(true);
    expect(idsOf(result)).toEqual(ids);
  }
});
