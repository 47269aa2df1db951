import { beforeAll, describe, expect, inject, it } from 'vitest';
import { proxyControl } from '../setup/proxy-control.ts';
import { createTenant } from '../setup/rest-client.ts';
import type { RestAnswer, RestClient } from '../setup/rest-client.ts';

let acme: RestClient;
const VALUES = [0.05, 10, 2.5, -3, 189, 1e21, 0, -0.001];
const SORTED = [-3, -0.001, 0, 0.05, 2.5, 10, 189, 1e21];

beforeAll(async () => {
  acme = await createTenant();
  await acme.call('PUT', '/benchmarks/get', { title: 'Gets', unit: 'ops/s', better: 'higher', area: 'libraries' });
  const writes = VALUES.flatMap((value, n) => [
    acme.call('PUT', `/systems/s${n}`, { name: `System ${n}`, kind: n % 2 === 0 ? 'library' : 'cache' }),
    acme.call('PUT', `/results/get/s${n}`, { value, machine: n % 2 === 0 ? 'a' : 'b', measuredAt: `2026-11-${10 + n}` }),
  ]);
  for (const { status } of await Promise.all(writes)) expect(status).toBe(201);
});

const values = ({ body }: RestAnswer): number[] => body.items.map(({ value }: { value: number }) => value);

describe('a list', () => {
  it('goes by an index in the order of its sort field, negatives and fractions included', async () => {
    expect(values(await acme.call('GET', '/results?index=resultsForBenchmark&benchmarkId=get'))).toEqual(SORTED);
    expect(values(await acme.call('GET', '/results?index=resultsForBenchmark&benchmarkId=get&order=desc'))).toEqual(SORTED.toReversed());
  });

  it('takes two bounds, equality and dates as sort conditions', async () => {
    const path = '/results?index=resultsForBenchmark&benchmarkId=get';
    expect(values(await acme.call('GET', `${path}&value[gte]=0&value[lt]=10`))).toEqual([0, 0.05, 2.5]);
    expect(values(await acme.call('GET', `${path}&value=-3`))).toEqual([-3]);
    const bySystem = await acme.call(
      'GET',
      '/results?index=resultsForSystem&systemId=s2&measuredAt[gte]=2026-11-12&measuredAt[lte]=2026-11-12T00:00:00Z',
    );
    expect(values(bySystem)).toEqual([2.5]);
  });

  it('goes by the primary partition without an index', async () => {
    const { body } = await acme.call('GET', '/results?benchmarkId=get&systemId[beginsWith]=s');
    expect(body.items.map(({ systemId }: { systemId: string }) => systemId)).toEqual(['s0', 's1', 's2', 's3', 's4', 's5', 's6', 's7']);
  });

  it('goes through all of a model, and of one tenant only', async () => {
    const other = await createTenant();
    await other.call('PUT', '/systems/theirs', { name: 'Theirs' });
    const { body } = await acme.call('GET', '/systems?index=allSystems');
    expect(body.items).toHaveLength(VALUES.length);
    expect((await other.call('GET', '/systems?index=allSystems')).body.items).toMatchObject([{ systemId: 'theirs' }]);
  });

  it('filters by fields in their JSON form', async () => {
    const filter = encodeURIComponent(JSON.stringify({ machine: 'a', measuredAt: { $gte: '2026-11-12' }, $not: { value: { $gt: 100 } } }));
    expect(values(await acme.call('GET', `/results?index=resultsForBenchmark&benchmarkId=get&filter=${filter}`))).toEqual([0, 2.5]);
  });

  it('is walked page by page with cursors, each item once', async () => {
    const seen: number[] = [];
    let cursor: string | null = null;
    let pages = 0;
    do {
      const path = `/results?index=resultsForBenchmark&benchmarkId=get&limit=3${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
      const page: RestAnswer = await acme.call('GET', path);
      expect(page.body.items.length).toBeLessThanOrEqual(3);
      seen.push(...values(page));
      cursor = page.body.cursor;
      pages += 1;
    } while (cursor !== null && pages < 10);
    expect(seen).toEqual(SORTED);
  });

  it('refuses a cursor that was edited, or is of another tenant, index, order or filter', async () => {
    const { body } = await acme.call('GET', '/results?index=resultsForBenchmark&benchmarkId=get&limit=3');
    const cursor: string = body.cursor;
    const other = await createTenant();
    const flipped = cursor.slice(0, -2) + (cursor.endsWith('AA') ? 'BB' : 'AA');
    const uses: [RestClient, string][] = [
      [acme, `/results?index=resultsForBenchmark&benchmarkId=get&cursor=${flipped}`],
      [acme, `/results?index=resultsForBenchmark&benchmarkId=get&order=desc&cursor=${cursor}`],
      [acme, `/results?index=resultsForBenchmark&benchmarkId=other&cursor=${cursor}`],
      [acme, `/results?index=resultsForBenchmark&benchmarkId=get&filter=%7B%22machine%22%3A%22a%22%7D&cursor=${cursor}`],
      [acme, `/results?benchmarkId=get&cursor=${cursor}`],
      [other, `/results?index=resultsForBenchmark&benchmarkId=get&cursor=${cursor}`],
      [acme, '/results?index=resultsForBenchmark&benchmarkId=get&cursor=nonsense'],
    ];
    for (const [client, path] of uses) {
      const answer = await client.call('GET', path);
      expect([answer.status, answer.body.code], path).toEqual([400, 'invalid_cursor']);
    }
    expect(cursor).not.toContain(acme.tenant);
    expect(atob(cursor.split('.')[0]?.replaceAll('-', '+').replaceAll('_', '/') ?? '')).not.toBe('');
  });
});

describe('relations', () => {
  it('of one item are followed by a path, and embedded by include', async () => {
    const followed = await acme.call('GET', '/results/get/s3/system');
    expect(followed.body).toMatchObject({ systemId: 's3', name: 'System 3' });
    const embedded = await acme.call('GET', '/results/get/s3?include=system,benchmark');
    expect(embedded.body).toMatchObject({ value: -3, system: { name: 'System 3' }, benchmark: { title: 'Gets' } });
  });

  it('of many items are a list under the item', async () => {
    expect(values(await acme.call('GET', '/benchmarks/get/results?limit=2&order=desc'))).toEqual([1e21, 189]);
    expect(values(await acme.call('GET', '/benchmarks/get/results?value[gt]=100'))).toEqual([189, 1e21]);
    expect((await acme.call('GET', '/systems/s1/results?include=benchmark')).body.items).toMatchObject([{ benchmark: { unit: 'ops/s' } }]);
  });

  it('embedded in a list cost one BatchGetItem, not one read for each item', async () => {
    const cold = await createTenant();
    await cold.call('PUT', '/benchmarks/b', { title: 'B', unit: 's', better: 'lower', area: 'x' });
    for (let n = 0; n < 20; n++) await cold.call('PUT', `/results/b/missing-${n}`, { value: n, machine: 'a', measuredAt: '2026-11-20' });
    const proxy = proxyControl(inject('dynamodbProxy'), `[${cold.tenant}]#`);
    await proxy.reset();
    const { body } = await cold.call('GET', '/results?index=resultsForBenchmark&benchmarkId=b&include=system');
    expect(body.items).toHaveLength(20);
    expect(body.items[0].system).toBeNull();
    expect(await proxy.counts()).toEqual({ Query: 1, BatchGetItem: 1 });
  });
});

describe('batch-get', () => {
  it('answers per id: found ones in order, missing ones, and ids that are not ids', async () => {
    const { status, body } = await acme.call('POST', '/results/batch-get?include=system', {
      ids: [['get', 's4'], ['get', 'none'], 'half', ['get', 's1']],
    });
    expect(status).toBe(200);
    expect(body.items).toMatchObject([
      { systemId: 's4', system: { name: 'System 4' } },
      { systemId: 's1', system: { name: 'System 1' } },
    ]);
    expect(body.missing).toEqual([['get', 'none']]);
    expect(body.errors).toMatchObject([{ id: 'half', code: 'invalid_input' }]);
  });

  it('reports an id that can be none beside the others', async () => {
    const { status, body } = await acme.call('POST', '/systems/batch-get', { ids: ['s1', '', 'x'.repeat(3000), 7, ['s1', 's2']] });
    expect([status, body.items.length, body.errors.length]).toEqual([200, 1, 4]);
  });

  it('shows all of a transaction or nothing of it when it is to be atomic', async () => {
    const cold = await createTenant();
    const proxy = proxyControl(inject('dynamodbProxy'), `[${cold.tenant}]#`);
    const ids = ['left', 'right'];
    const write = (n: number) =>
      cold.call('POST', '/transact', {
        actions: ids.map((id) => ({ action: 'replace', model: 'systems', item: { systemId: id, name: `n${n}` } })),
      });
    const read = () => cold.call('POST', '/systems/batch-get', { ids: [...ids, 'none'], atomic: true });
    await write(0);
    await proxy.reset();
    expect((await read()).body).toMatchObject({ items: [{ name: 'n0' }, { name: 'n0' }], missing: ['none'] });
    expect(await proxy.counts()).toEqual({ TransactGetItems: 1 });
    const writes = (async () => {
      for (let n = 1; n <= 10; n += 1) await write(n);
    })();
    for (let n = 0; n < 10; n += 1) {
      const { status, body } = await read();
      if (status === 200) expect(body.items[0].name).toBe(body.items[1].name);
      else expect([status, body.code]).toEqual([503, 'throttled']);
    }
    await writes;
    expect((await cold.call('POST', '/systems/batch-get', { ids, atomic: 'yes' })).status).toBe(400);
  });

  it('asks DynamoDB once for 100 ids, and refuses 101', async () => {
    const cold = await createTenant();
    const proxy = proxyControl(inject('dynamodbProxy'), `[${cold.tenant}]#`);
    const ids = Array.from({ length: 100 }, (_, n) => `n${n}`);
    const { body } = await cold.call('POST', '/systems/batch-get', { ids });
    expect(body).toMatchObject({ items: [], missing: ids });
    expect(await proxy.counts()).toEqual({ BatchGetItem: 1 });
    expect((await cold.call('POST', '/systems/batch-get', { ids: [...ids, 'more'] })).status).toBe(400);
  });
});
