import { afterEach, expect, inject, it, vi } from 'vitest';
import { proxyControl } from '../setup/proxy-control.ts';
import { createTenant } from '../setup/rest-client.ts';

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
