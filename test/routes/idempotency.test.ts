import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, inject, it, vi } from 'vitest';
import { tenantStoreStub } from '../../src/objects/index.ts';
import { proxyControl } from '../setup/proxy-control.ts';
import { createTenant } from '../setup/rest-client.ts';

vi.setConfig({ testTimeout: 60_000 });

/** As often as the client of DynamoDB sends one request. */
const ATTEMPTS = 8;
const LOST = { kind: 'drop', moment: 'after', operation: 'TransactWriteItems', times: ATTEMPTS } as const;

async function newTenant() {
  const client = await createTenant();
  const proxy = proxyControl(inject('dynamodbProxy'), `[${client.tenant}]#`);
  const stub = tenantStoreStub(env.TENANT_STORE, { tenant: client.tenant, shard: 0, epoch: 0 });
  const send = (method: string, path: string, body?: unknown, key = 'key', headers: Record<string, string> = {}) =>
    client.call(method, path, body, { 'idempotency-key': key, ...headers });
  return { ...client, proxy, stub, send };
}

const SYSTEM = { name: 'one', version: '1' };

describe('a request with an Idempotency-Key whose outcome was not known', () => {
  it.each([
    ['POST', '/systems', { systemId: 'a', ...SYSTEM }, 201],
    ['PUT', '/systems/b', SYSTEM, 200],
    ['PATCH', '/systems/c', { name: 'two' }, 200],
    ['PATCH', '/systems/d?upsert=true', SYSTEM, 200],
    ['DELETE', '/systems/c', undefined, 204],
  ])('is completed by %s %s once more, with one write', async (method, path, body, status) => {
    const { proxy, call, send } = await newTenant();
    await call('PUT', '/systems/c', SYSTEM);
    await proxy.inject(LOST);
    expect((await send(method, path, body)).body.code).toBe('outcome_unknown');
    await proxy.reset();
    const again = await send(method, path, body);
    expect([again.status, again.body?.code]).toEqual([status, undefined]);
    const read = await call('GET', method === 'POST' ? '/systems/a' : (path.split('?')[0] ?? ''));
    expect(read.status).toBe(method === 'DELETE' ? 404 : 200);
    if (method !== 'DELETE') {
      expect(again.body).toEqual(read.body);
      expect(again.headers.get('etag')).toBe(read.headers.get('etag'));
    }
    const replayed = await send(method, path, body);
    expect([replayed.status, replayed.headers.get('idempotency-replayed')]).toEqual([status, 'true']);
    expect(replayed.body).toEqual(again.body);
  });

  it('creates an item with an id of its own once, and says where it is', async () => {
    const { proxy, call, send } = await newTenant();
    await proxy.inject(LOST);
    await send('POST', '/results', RESULT);
    await proxy.reset();
    const again = await send('POST', '/results', RESULT);
    expect(again.status).toBe(201);
    const location = again.headers.get('location') ?? '';
    expect((await call('GET', `/${location}`)).body).toEqual(again.body);
  });

  it('adds to a counter once, also when its answers are lost three times over', async () => {
    const { proxy, call, send } = await newTenant();
    await call('PUT', '/results/b/s', RESULT);
    for (const _time of [1, 2, 3]) {
      await proxy.inject(LOST);
      expect((await send('PATCH', '/results/b/s', { value: { $add: 1 } })).body.code).toBe('outcome_unknown');
      await proxy.reset();
    }
    expect((await send('PATCH', '/results/b/s', { value: { $add: 1 } })).body.value).toBe(RESULT.value + 1);
  });

  it('is applied when it had not been', async () => {
    const { proxy, call, send } = await newTenant();
    await proxy.inject({ ...LOST, moment: 'before' });
    expect((await send('PUT', '/systems/a', SYSTEM)).body.code).toBe('outcome_unknown');
    await proxy.reset();
    expect((await call('GET', '/systems/a')).status).toBe(404);
    expect((await send('PUT', '/systems/a', SYSTEM)).status).toBe(200);
    expect((await call('GET', '/systems/a')).body.name).toBe('one');
  });

  it('leaves what others have written since', async () => {
    const { proxy, call, send } = await newTenant();
    await proxy.inject(LOST);
    await send('PUT', '/systems/a', SYSTEM);
    await proxy.reset();
    await call('PATCH', '/systems/a', { name: 'of another' });
    expect((await send('PUT', '/systems/a', SYSTEM)).body.name).toBe('of another');
    await call('DELETE', '/systems/a');
    expect((await call('GET', '/systems/a')).status).toBe(404);
  });

  it('is completed by an object that has started anew', async () => {
    const { proxy, stub, send } = await newTenant();
    await proxy.inject(LOST);
    await send('POST', '/systems', { systemId: 'a', ...SYSTEM });
    await proxy.reset();
    await evictDurableObject(stub);
    expect((await send('POST', '/systems', { systemId: 'a', ...SYSTEM })).status).toBe(201);
  });

  it('completes a transaction', async () => {
    const { proxy, call, send } = await newTenant();
    const actions = [
      { action: 'create', model: 'systems', item: { systemId: 'a', ...SYSTEM } },
      { action: 'missing', model: 'systems', id: 'b' },
      { action: 'replace', model: 'systems', item: { systemId: 'c', ...SYSTEM } },
    ];
    await proxy.inject(LOST);
    expect((await send('POST', '/transact', { actions })).body.code).toBe('outcome_unknown');
    await proxy.reset();
    const again = await send('POST', '/transact', { actions });
    expect(again.body.results).toEqual([(await call('GET', '/systems/a')).body, null, (await call('GET', '/systems/c')).body]);
  });
});

describe('a PUT or DELETE with an Idempotency-Key', () => {
  it('is answered as the first time', async () => {
    const { call, send } = await newTenant();
    const first = await send('PUT', '/systems/a', SYSTEM, 'put');
    await call('DELETE', '/systems/a');
    const again = await send('PUT', '/systems/a', SYSTEM, 'put');
    expect([again.status, again.body, again.headers.get('idempotency-replayed')]).toEqual([201, first.body, 'true']);
    expect((await send('DELETE', '/systems/a', undefined, 'delete')).status).toBe(404);
    await call('PUT', '/systems/a', SYSTEM);
    expect((await send('DELETE', '/systems/a', undefined, 'delete')).status).toBe(204);
    await call('PUT', '/systems/a', SYSTEM);
    expect((await send('DELETE', '/systems/a', undefined, 'delete')).status).toBe(204);
    expect((await call('GET', '/systems/a')).status).toBe(200);
  });

  it('is bound to its conditions', async () => {
    const { send } = await newTenant();
    await send('PUT', '/systems/a', SYSTEM);
    expect((await send('PUT', '/systems/a', SYSTEM, 'key', { 'if-none-match': '*' })).body.code).toBe('idempotency_mismatch');
  });
});

const RESULT = { benchmarkId: 'b', systemId: 's', value: 1, machine: 'm', measuredAt: '2026-11-20T00:00:00.000Z' };
