import { beforeAll, describe, expect, it } from 'vitest';
import { createTenant } from '../setup/rest-client.ts';
import type { RestClient } from '../setup/rest-client.ts';

let acme: RestClient;
const benchmark = { title: 'Gets, 50% warm / "hot"', unit: 'ops/s', better: 'higher', area: 'caching' };
const path = `/benchmarks/by/uniqueTitle/${encodeURIComponent(benchmark.title)}`;

beforeAll(async () => {
  acme = await createTenant();
  expect((await acme.call('PUT', '/benchmarks/get', benchmark)).status).toBe(201);
});

describe('an item by a unique value', () => {
  it('is answered like the item by its id, and says where that is', async () => {
    const item = await acme.call('GET', '/benchmarks/get');
    const found = await acme.call('GET', path);
    expect(found.status, JSON.stringify(found.body)).toBe(200);
    expect(found.body).toEqual(item.body);
    expect(found.headers.get('etag')).toBe(item.headers.get('etag'));
    expect(found.headers.get('content-location')).toBe(`/v1/${acme.tenant}/benchmarks/get`);
  });

  it('is 304 for the version that the client has', async () => {
    const { headers } = await acme.call('GET', path);
    const again = await acme.call('GET', path, undefined, { 'if-none-match': headers.get('etag') ?? '' });
    expect([again.status, again.body]).toEqual([304, undefined]);
  });

  it('gives the fields asked for', async () => {
    expect((await acme.call('GET', `${path}?fields=unit,area`)).body).toEqual({ unit: 'ops/s', area: 'caching' });
  });

  it('follows the value: another one finds it, the old one nothing', async () => {
    await acme.call('PUT', '/benchmarks/moving', { ...benchmark, title: 'before' });
    expect((await acme.call('GET', '/benchmarks/by/uniqueTitle/before')).status).toBe(200);
    await acme.call('PATCH', '/benchmarks/moving', { title: 'after' });
    expect((await acme.call('GET', '/benchmarks/by/uniqueTitle/after')).body.benchmarkId).toBe('moving');
    expect(await acme.call('GET', '/benchmarks/by/uniqueTitle/before')).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });

  it('is of the tenant alone', async () => {
    const other = await createTenant();
    expect((await other.call('GET', path)).status).toBe(404);
  });

  it('that is taken is a conflict for whoever writes it', async () => {
    const taken = await acme.call('POST', '/benchmarks', { ...benchmark, benchmarkId: 'other' });
    expect([taken.status, taken.body.code]).toEqual([409, 'conflict']);
    expect(taken.body.detail).toContain('title');
  });

  it('has a path for each constraint of the model, and no other', async () => {
    expect((await acme.call('GET', '/benchmarks/by/unit/x')).body.code).toBe('not_found');
    expect((await acme.call('GET', '/systems/by/uniqueTitle/x')).body.code).toBe('not_found');
    expect((await acme.call('POST', path, {})).headers.get('allow')).toBe('GET, HEAD, OPTIONS');
  });
});
