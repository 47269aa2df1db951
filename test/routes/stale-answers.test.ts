import { afterEach, expect, inject, it, vi } from 'vitest';
import type { AccessRules } from '../../src/wire/access-rules.ts';
import type { ModelOptions } from '../../src/wire/model-options.ts';
import { proxyControl } from '../setup/proxy-control.ts';
import models, { tableProfile } from '../../.bao/models.ts';
import { createService } from '../../src/service.ts';
import { clientOf, createTenant } from '../setup/rest-client.ts';
import { createClients } from './access-models.ts';

afterEach(() => void vi.useRealTimers());

it('an answer that is stale because DynamoDB cannot be asked says so, and for how long', { timeout: 30_000 }, async () => {
  const acme = await createTenant();
  const proxy = proxyControl(inject('dynamodbProxy'), acme.tenant);
  await acme.call('PUT', '/systems/s1', { name: 'One' });
  await acme.call('PUT', '/systems/s2', { name: 'Two' });
  await proxy.inject({ kind: 'error', name: 'InternalServerError', status: 500, times: 1_000 });
  vi.useFakeTimers({ now: Date.now() + 310_000, toFake: ['Date'] });
  const item = await acme.call('GET', '/systems/s1');
  expect([item.status, item.body.name]).toEqual([200, 'One']);
  expect(item.headers.get('cache-status')).toMatch(/^Steamer; hit; ttl=-1[01]; detail=stale-if-error$/);
  const batch = await acme.call('POST', '/systems/batch-get', { ids: ['s1', 's2'] });
  expect([batch.body.items.length, batch.headers.has('cache-status')]).toEqual([2, true]);
  const strong = await acme.call('GET', '/systems/s1?consistency=strong');
  expect([strong.status, strong.headers.has('cache-status'), strong.headers.has('retry-after')]).toEqual([503, false, true]);
  await proxy.reset();
  vi.setSystemTime(Date.now() + 5_000);
  const again = await acme.call('GET', '/systems/s1');
  expect([again.status, again.headers.has('cache-status')]).toEqual([200, false]);
});

it('an answer that anybody may have comes from the edge, and is made anew after any write of the tenant; who shows a credential gets its own', async () => {
  const { nobody, key, editor } = await createClients();
  const page = (text: string) => ({ slug: 'home', title: text, remark: 'for editors' });
  expect((await key.call('POST', '/pages', page('one'))).status).toBe(201);
  const statusOf = async (path = '/pages/home', headers: Record<string, string> = {}) => {
    const { status, body, headers: got } = await nobody.call('GET', path, undefined, headers);
    return [status, body?.title, got.get('cache-status'), got.has('ratelimit')];
  };
  expect(await statusOf()).toEqual([200, 'one', 'Steamer-Edge; fwd=miss', false]);
  expect(await statusOf()).toEqual([200, 'one', expect.stringMatching(/^Steamer-Edge; hit; ttl=/), false]);
  expect(await statusOf('/pages/home', { 'x-forwarded-host': 'evil.test', 'x-http-method-override': 'DELETE' })).toEqual([
    200,
    'one',
    expect.stringMatching(/hit/),
    false,
  ]);
  expect((await statusOf('/pages/home?consistency=strong')).slice(1, 3)).toEqual(['one', null]);
  const own = await editor.call('GET', '/pages/home');
  expect([own.body.remark, own.headers.has('cache-status')]).toEqual(['for editors', false]);
  expect((await nobody.call('GET', '/pages/home')).body.remark).toBeUndefined();
  // What writes nothing leaves it where it is.
  expect((await key.call('PATCH', '/pages/home', { title: 2 })).status).toBe(400);
  expect((await key.call('PATCH', '/pages/none', { title: 'two' })).status).toBe(404);
  expect(await statusOf()).toEqual([200, 'one', expect.stringMatching(/hit/), false]);
  expect((await key.call('PATCH', '/pages/home', { title: 'two' })).status).toBe(200);
  expect(await statusOf()).toEqual([200, 'two', 'Steamer-Edge; fwd=miss', false]);
  expect(await statusOf('/pages/none')).toEqual([404, expect.anything(), null, true]);
});

it('a leaderboard that anybody may read comes from the edge, and is made anew when results are published, by whomever', async () => {
  const access: AccessRules = { read: ['public'], create: ['key'], update: ['key'], delete: [], owner: null, fields: {} };
  const open: ModelOptions = { access, cacheControl: 'public, max-age=60' };
  const service = createService({ models, tableProfile, modelOptions: { System: open, Benchmark: open, Result: open } });
  const backend = await createTenant();
  const [key, nobody] = [clientOf(service, backend), clientOf(service, { ...backend, token: null })];
  const operator = clientOf(service, await createTenant(['operator']));
  const board = async () => {
    const { body, headers } = await nobody.call('GET', '/results?index=resultsForBenchmark&benchmarkId=reads');
    return [body.items.map(({ value }: { value: number }) => value), /; hit|fwd=miss/.exec(headers.get('cache-status') ?? '')?.[0]];
  };
  const result = (systemId: string, value: number) => ({
    benchmarkId: 'reads',
    systemId,
    value,
    machine: 'one',
    measuredAt: '2026-11-20T00:00:00Z',
  });
  expect((await key.call('PUT', '/results/reads/a', result('a', 1))).status).toBe(201);
  expect([await board(), await board()]).toEqual([
    [[1], 'fwd=miss'],
    [[1], '; hit'],
  ]);
  expect((await key.call('POST', '/results/batch-write', { put: [result('b', 2)] })).status).toBe(200);
  expect([await board(), await board()]).toEqual([
    [[1, 2], 'fwd=miss'],
    [[1, 2], '; hit'],
  ]);
  const create = { action: 'create', model: 'results', item: result('c', 3) };
  expect((await key.call('POST', '/transact', { actions: [create] })).status).toBe(200);
  expect(await board()).toEqual([[1, 2, 3], 'fwd=miss']);
  const flushed = await operator.call('POST', `//v1/operator/tenants/${backend.tenant}/store/flush`, {});
  expect([flushed.status, await board()]).toEqual([200, [[1, 2, 3], 'fwd=miss']]);
  const Keys = { _pk: { S: `[${backend.tenant}]#re#reads` }, _sk: { S: 'a' } };
  const record = { eventName: 'MODIFY', dynamodb: { Keys } };
  expect((await operator.call('POST', '//v1/operator/invalidate', { Records: [record] })).body).toMatchObject({ tenants: 1 });
  expect(await board()).toEqual([[1, 2, 3], 'fwd=miss']);
});
