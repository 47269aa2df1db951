import { afterEach, expect, inject, it, vi } from 'vitest';
import { proxyControl } from '../setup/proxy-control.ts';
import { createTenant } from '../setup/rest-client.ts';
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
  expect((await key.call('PATCH', '/pages/home', { title: 'two' })).status).toBe(200);
  expect(await statusOf()).toEqual([200, 'two', 'Steamer-Edge; fwd=miss', false]);
  expect(await statusOf('/pages/none')).toEqual([404, expect.anything(), null, true]);
});
