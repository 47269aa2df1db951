import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { tenantStoreStub } from '../../src/objects/index.ts';
import { proxyControl, type ProxyControl } from '../setup/proxy-control.ts';
import { createTenant } from '../setup/rest-client.ts';
import type { RestClient } from '../setup/rest-client.ts';

let operator: RestClient;
let acme: RestClient;
let proxy: ProxyControl;

beforeAll(async () => {
  operator = await createTenant(['operator']);
});
beforeEach(async () => {
  acme = await createTenant();
  proxy = proxyControl(inject('dynamodbProxy'), acme.tenant);
});

const store = (method: string, path: string, body: unknown) =>
  operator.call(method, `//v1/operator/tenants/${acme.tenant}/store/${path}`, body);

/** Whether an item was answered from memory. */
async function isCached(path: string): Promise<boolean> {
  await proxy.reset();
  expect((await acme.call('GET', path)).status).toBe(200);
  return (await proxy.requests()).length === 0;
}

describe('a flush', () => {
  const paths = ['/systems/s1', '/systems/s2', '/benchmarks/b1'];

  beforeEach(async () => {
    for (const id of ['s1', 's2']) await acme.call('PUT', `/systems/${id}`, { name: id });
    await acme.call('PUT', '/benchmarks/b1', { title: `B1 of ${acme.tenant}`, unit: 's', better: 'lower', area: 'x' });
    for (const path of paths) await acme.call('GET', path);
  });

  it.each([
    ['of an item', { model: 'systems', id: 's1' }, [false, true, true]],
    ['of a model', { model: 'systems' }, [false, false, true]],
    ['of a tenant', {}, [false, false, false]],
  ])('%s makes it read anew, and nothing else', async (_, body, expected) => {
    const answer = await store('POST', 'flush', body);
    expect([answer.status, answer.body.dropped >= expected.filter((cached) => !cached).length]).toEqual([200, true]);
    const cached = [];
    for (const path of paths) cached.push(await isCached(path));
    expect(cached).toEqual(expected);
  });

  it('of what is not cached drops nothing', async () => {
    expect((await store('POST', 'flush', { model: 'systems', id: 'none' })).body).toEqual({ dropped: 0 });
  });

  it.each([
    [{ model: 'cars' }, '/model'],
    [{ id: 's1' }, '/model'],
    [{ model: 'systems', id: '' }, '/id'],
    [{ model: 'systems', id: ['a', 'b'] }, '/id'],
    [{ model: 'systems', id: 1 }, '/id'],
    [{ tenant: 'x' }, 'Expected {}'],
    [[], 'Expected {}'],
  ])('of %j is refused', async (body, detail) => {
    const answer = await store('POST', 'flush', body);
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid_input']);
    expect(answer.body.detail).toContain(detail);
  });
});

describe('a tenant that is read-only', () => {
  it('refuses every write from the next one on, is read as ever, and takes writes again', async () => {
    await acme.call('PUT', '/systems/s1', { name: 'One' });
    expect((await store('PUT', 'mode', { readOnly: true })).body).toEqual({ readOnly: true, writesUnderWay: 0 });
    await proxy.reset();
    const writes = [
      await acme.call('PUT', '/systems/s1', { name: 'Other' }),
      await acme.call('PATCH', '/systems/s1', { name: 'Other' }, { 'idempotency-key': 'k1' }),
      await acme.call('POST', '/systems', { systemId: 's2', name: 'Two' }),
      await acme.call('DELETE', '/systems/s1'),
      await acme.call('POST', '/transact', { actions: [{ action: 'create', model: 'systems', item: { systemId: 's3', name: 'Three' } }] }),
    ];
    for (const { status, body } of writes) expect([status, body.code]).toEqual([403, 'tenant_read_only']);
    expect((await proxy.requests()).filter(({ operation }) => /Put|Update|Delete|Write/.test(operation))).toEqual([]);
    expect((await acme.call('GET', '/systems/s1')).body.name).toBe('One');
    expect((await store('PUT', 'mode', { readOnly: false })).body.readOnly).toBe(false);
    expect((await acme.call('PATCH', '/systems/s1', { name: 'Other' }, { 'idempotency-key': 'k1' })).status).toBe(200);
  });

  it('stays so when its object is lost', async () => {
    await store('PUT', 'mode', { readOnly: true });
    await evictDurableObject(tenantStoreStub(env.TENANT_STORE, { tenant: acme.tenant, shard: 0, epoch: 0 }));
    expect((await acme.call('PUT', '/systems/s1', { name: 'One' })).body.code).toBe('tenant_read_only');
  });

  it('says how many writes had left, and lets none go that had not', async () => {
    await proxy.inject({ kind: 'hold', operation: 'PutItem' });
    const left = acme.call('PUT', '/systems/s1', { name: 'One' });
    await proxy.whenHeld(1, 'PutItem');
    const behind = acme.call('PUT', '/systems/s1', { name: 'Two' });
    await acme.call('GET', '/systems/none');
    expect((await store('PUT', 'mode', { readOnly: true })).body).toEqual({ readOnly: true, writesUnderWay: 1 });
    await proxy.release();
    expect((await left).status).toBe(201);
    expect((await behind).body.code).toBe('tenant_read_only');
    expect((await acme.call('GET', '/systems/s1')).body.name).toBe('One');
  });

  it.each([[{}], [{ readOnly: 'yes' }], [{ readOnly: true, other: 1 }], ['true']])('is not made by %j', async (body) => {
    expect((await store('PUT', 'mode', body)).status).toBe(400);
  });
});

it('only operators may, and only for a tenant that there is', async () => {
  const changes = [['POST', 'flush', {}] as const, ['PUT', 'mode', { readOnly: true }] as const, ['PUT', 'shards', { shards: 2 }] as const];
  for (const [method, path, body] of changes) {
    expect((await acme.call(method, `//v1/operator/tenants/${acme.tenant}/store/${path}`, body)).status).toBe(403);
    expect((await operator.call(method, `//v1/operator/tenants/A_B/store/${path}`, body)).status).toBe(400);
    expect((await operator.call(method, `//v1/operator/tenants/no-such-tenant/store/${path}`, body)).body.code).toBe('not_found');
  }
});

describe('shards', () => {
  it('divide a tenant, whose items stay as they are', async () => {
    const ids = Array.from({ length: 12 }, (_, index) => `s${index}`);
    for (const systemId of ids) await acme.call('PUT', `/systems/${systemId}`, { name: systemId, kind: 'x' });
    expect((await store('PUT', 'shards', { shards: 4 })).body).toEqual({ shards: 4, epoch: 1 });
    const batch = await acme.call('POST', '/systems/batch-get', { ids });
    expect(batch.body.items.map(({ systemId }: { systemId: string }) => systemId)).toEqual(ids);
    const actions = ids.map((id) => ({ action: 'update', model: 'systems', id, changes: { name: 'new' } }));
    expect((await acme.call('POST', '/transact', { actions })).status).toBe(200);
    const list = await acme.call('GET', '/systems?index=systemsByKind&kind=x');
    expect(list.body.items.map(({ name }: { name: string }) => name)).toEqual(ids.map(() => 'new'));
    expect((await acme.call('GET', '/store/stats')).body).toMatchObject({ shards: 4, epoch: 1, readOnly: false });
    expect((await store('PUT', 'shards', { shards: 1 })).body).toEqual({ shards: 1, epoch: 2 });
    const { events } = (await operator.call('GET', `//v1/operator/audit?action=store.divided&tenant=${acme.tenant}`)).body;
    expect(events.map(({ detail }: { detail: unknown }) => detail)).toEqual([
      { shards: 1, epoch: 2 },
      { shards: 4, epoch: 1 },
    ]);
    expect((await acme.call('GET', '/systems/s3')).body.name).toBe('new');
  });

  it.each([{}, { shards: 0 }, { shards: 33 }, { shards: 1.5 }, { shards: '4' }, { shards: 4, more: 1 }])('are not %j', async (body) => {
    expect((await store('PUT', 'shards', body)).status).toBe(400);
  });
});
