import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { proxyControl } from '../setup/proxy-control.ts';
import type { ProxyControl } from '../setup/proxy-control.ts';
import { createTenant } from '../setup/rest-client.ts';
import type { RestClient } from '../setup/rest-client.ts';

let acme: RestClient;
let proxy: ProxyControl;
const system = { systemId: 'dynoxide', name: 'dynoxide', version: '1.2.1', kind: 'DynamoDB emulator' };

beforeAll(async () => {
  acme = await createTenant();
  proxy = proxyControl(inject('dynamodbProxy'), `[${acme.tenant}]#`);
});
beforeEach(() => proxy.reset());
afterAll(() => proxy.reset());

describe('an item', () => {
  it('is created, read, replaced, changed and deleted', async () => {
    const created = await acme.call('POST', '/systems', system);
    expect(created.status, JSON.stringify(created.body)).toBe(201);
    expect(created.headers.get('location')).toBe(`/v1/${acme.tenant}/systems/dynoxide`);
    expect(created.body).toMatchObject(system);
    expect(created.headers.get('etag')).toBe(`"${created.body.revision}"`);

    const read = await acme.call('GET', '/systems/dynoxide');
    expect(read.status).toBe(200);
    expect(read.body).toEqual(created.body);

    const changed = await acme.call('PATCH', '/systems/dynoxide', { licence: 'MIT', version: null });
    expect(changed.status).toBe(200);
    expect(changed.body).toMatchObject({ name: 'dynoxide', licence: 'MIT' });
    expect(changed.body).not.toHaveProperty('version');
    expect(changed.body.revision).not.toBe(created.body.revision);

    const replaced = await acme.call('PUT', '/systems/dynoxide', { name: 'Dynoxide' });
    expect(replaced.status).toBe(200);
    expect(replaced.body).not.toHaveProperty('licence');
    expect(replaced.body.createdAt).toBe(created.body.createdAt);

    expect((await acme.call('DELETE', '/systems/dynoxide')).status).toBe(204);
    expect((await acme.call('GET', '/systems/dynoxide')).status).toBe(404);
    expect((await acme.call('DELETE', '/systems/dynoxide')).status).toBe(404);
  });

  it('with a composite key stands at two segments, each percent-encoded', async () => {
    const benchmarkId = 'get/ops 50%';
    const result = { value: 12.5, machine: 'a', measuredAt: '2026-11-20' };
    const put = await acme.call('PUT', `/results/${encodeURIComponent(benchmarkId)}/a%23b`, result);
    expect(put.status, JSON.stringify(put.body)).toBe(201);
    expect(put.headers.get('location')).toBe(`/v1/${acme.tenant}/results/get%2Fops%2050%25/a%23b`);
    const read = await acme.call('GET', `/results/${encodeURIComponent(benchmarkId)}/a%23b`);
    expect(read.body).toMatchObject({ benchmarkId, systemId: 'a#b', value: 12.5, measuredAt: '2026-11-20T00:00:00.000Z' });
  });

  it('that exists already is not created again', async () => {
    await acme.call('POST', '/systems', { systemId: 'twice', name: 'first' });
    const second = await acme.call('POST', '/systems', { systemId: 'twice', name: 'second' });
    expect(second.status).toBe(409);
    expect(second.body).toMatchObject({ code: 'conflict', status: 409, detail: expect.stringMatching(/^Another \w+ has this key\.$/) });
    expect((await acme.call('GET', '/systems/twice')).body.name).toBe('first');
  });

  it('says in Server-Timing what DynamoDB saw', async () => {
    await acme.call('POST', '/systems', { systemId: 'timed', name: 'timed' });
    for (const path of ['/systems/timed', '/systems/timed', '/systems/none', '/systems?index=allSystems']) {
      await proxy.reset();
      const { headers } = await acme.call('GET', path);
      const calls = Number(/calls=(\d+)/.exec(headers.get('server-timing') ?? '')?.[1]);
      expect(calls, path).toBe((await proxy.requests()).length);
    }
    const again = await acme.call('GET', '/systems/timed');
    expect(again.headers.get('server-timing')).toBe('dynamodb;desc="calls=0 keys=0", cache;desc=hit');
  });

  it('of a HEAD request has headers and no body', async () => {
    await acme.call('POST', '/systems', { systemId: 'head', name: 'head' });
    const head = await acme.call('HEAD', '/systems/head');
    expect(head.status).toBe(200);
    expect(head.headers.get('etag')).toMatch(/^".+"$/);
    expect(head.body).toBeUndefined();
  });
});

describe('what GET answered', () => {
  it.each([
    ['/systems/round', { name: 'round', kind: 'x' }],
    ['/benchmarks/round', { title: 'Round', unit: 's', better: 'lower', area: 'x' }],
    ['/results/round/trip', { value: -0.5, machine: 'm', measuredAt: '2026-11-20T10:00:00+02:00' }],
  ])('can be put back at %s', async (path, item) => {
    const created = await acme.call('PUT', path, item);
    const read = await acme.call('GET', path);
    const put = await acme.call('PUT', path, read.body, { 'if-match': read.headers.get('etag') ?? '' });
    expect(put.status, JSON.stringify(put.body)).toBe(200);
    const { revision: _revision, updatedAt: _updatedAt, ...kept } = read.body;
    expect(put.body).toMatchObject(kept);
    expect(put.body.createdAt).toBe(created.body.createdAt);
    expect(put.body.revision).not.toBe(created.body.revision);
  });
});

describe('a condition', () => {
  it('lets exactly one of 100 simultaneous PATCHes with one ETag win, and stands in the DynamoDB request', async () => {
    const { headers } = await acme.call('POST', '/systems', { systemId: 'race', name: 'race' });
    const etag = headers.get('etag') ?? '';
    await proxy.reset();
    const patches = Array.from({ length: 100 }, (_, n) =>
      acme.call('PATCH', '/systems/race', { licence: `by ${n}` }, { 'if-match': etag }),
    );
    const statuses = (await Promise.all(patches)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(statuses.filter((status) => status === 412)).toHaveLength(99);
    const updates = await proxy.requests('UpdateItem');
    expect(updates.length).toBeGreaterThan(0);
    for (const { body } of updates) expect(JSON.stringify(body)).toContain(etag.slice(1, -1));
  });

  it('answers 304 for a version the client has, and 412 for one that is gone', async () => {
    const { headers } = await acme.call('POST', '/systems', { systemId: 'etag', name: 'etag' });
    const etag = headers.get('etag') ?? '';
    const unmodified = await acme.call('GET', '/systems/etag', undefined, { 'if-none-match': `W/"x", ${etag}` });
    expect(unmodified.status).toBe(304);
    expect(unmodified.headers.get('etag')).toBe(etag);
    expect((await acme.call('DELETE', '/systems/etag', undefined, { 'if-match': '"01HF0000000000000000000009"' })).status).toBe(412);
    expect((await acme.call('PUT', '/systems/etag', { name: 'x' }, { 'if-match': '"01HF0000000000000000000009"' })).status).toBe(412);
    expect((await acme.call('PUT', '/systems/etag', { name: 'x' }, { 'if-none-match': '*' })).status).toBe(412);
    expect((await acme.call('PUT', '/systems/etag', { name: 'x' }, { 'if-match': etag })).status).toBe(200);
    expect((await acme.call('PATCH', '/systems/nothing', { name: 'x' }, { 'if-match': etag })).status).toBe(404);
    expect((await acme.call('PATCH', '/systems/etag', { name: 'x' }, { 'if-match': 'bare' })).body.code).toBe('invalid_input');
  });
});

describe('an Idempotency-Key', () => {
  it('makes a repeated POST answer as the first time, and create once', async () => {
    const headers = { 'idempotency-key': 'create-1' };
    const first = await acme.call('POST', '/systems', { systemId: 'once', name: 'once' }, headers);
    const second = await acme.call('POST', '/systems', { systemId: 'once', name: 'once' }, headers);
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body).toEqual(first.body);
    expect(second.headers.get('etag')).toBe(first.headers.get('etag'));
    expect(second.headers.get('location')).toBe(first.headers.get('location'));
    expect([first.headers.get('idempotency-replayed'), second.headers.get('idempotency-replayed')]).toEqual([null, 'true']);
    const other = await acme.call('POST', '/systems', { systemId: 'other', name: 'other' }, headers);
    expect(other.body).toMatchObject({ code: 'idempotency_mismatch', status: 422 });
  });

  it('is given back by a request that was refused', async () => {
    const headers = { 'idempotency-key': 'create-2' };
    expect((await acme.call('PATCH', '/systems/later', { name: 'x' }, headers)).status).toBe(404);
    await acme.call('POST', '/systems', { systemId: 'later', name: 'later' });
    expect((await acme.call('PATCH', '/systems/later', { name: 'x' }, headers)).status).toBe(200);
  });

  it('runs one of several simultaneous requests', async () => {
    const headers = { 'idempotency-key': 'create-3' };
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => acme.call('POST', '/systems', { systemId: 'many', name: 'many' }, headers)),
    );
    expect(answers.filter(({ status }) => status === 201).length).toBeGreaterThanOrEqual(1);
    for (const { status, body } of answers) if (status !== 201) expect(body.code).toBe('idempotency_in_progress');
    expect(new Set(answers.filter(({ status }) => status === 201).map(({ body }) => body.revision)).size).toBe(1);
  });
});

describe('DynamoDB in trouble', () => {
  const [throttled, lost] = [
    { kind: 'error', name: 'ProvisionedThroughputExceededException', times: 1000 } as const,
    { kind: 'drop', moment: 'after', times: 1000 } as const,
  ];
  const requests: [string, string, unknown][] = [
    ['GET', '/systems/unread', undefined],
    ['GET', '/systems?index=allSystems', undefined],
    ['POST', '/systems/batch-get', { ids: ['unread', 'other'] }],
    ['POST', '/systems', { systemId: 'new', name: 'new' }],
    ['PUT', '/systems/put', { name: 'put' }],
    ['PATCH', '/systems/trouble', { name: 'x' }],
    ['DELETE', '/systems/trouble', undefined],
  ];

  it.each([
    ['throttles', throttled, /^(throttled|deadline_exceeded)$/],
    ['answers nobody', lost, /^(unavailable|outcome_unknown|deadline_exceeded)$/],
  ] as const)(
    'that %s is 503 with Retry-After for every request, never "not found"',
    async (_, fault, code) => {
      const stranger = await createTenant();
      await stranger.call('PUT', '/systems/trouble', { name: 'trouble' });
      const faults = proxyControl(inject('dynamodbProxy'), `[${stranger.tenant}]#`);
      await faults.inject(fault);
      const answers = await Promise.all(requests.map(([method, path, body]) => stranger.call(method, path, body)));
      await faults.reset();
      for (const [position, { status, headers, body }] of answers.entries()) {
        expect([status, body.code], `${requests[position]?.slice(0, 2).join(' ')}: ${JSON.stringify(body)}`).toEqual([
          503,
          expect.stringMatching(code),
        ]);
        expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
      }
    },
    30_000,
  );

  it('gives the Idempotency-Key back when nothing was written', async () => {
    const stranger = await createTenant();
    const faults = proxyControl(inject('dynamodbProxy'), `[${stranger.tenant}]#`);
    await faults.inject(throttled);
    const refused = await stranger.call('POST', '/systems', { systemId: 'a', name: 'a' }, { 'idempotency-key': 'a' });
    await faults.reset();
    expect(refused.status).toBe(503);
    expect((await stranger.call('POST', '/systems', { systemId: 'a', name: 'a' }, { 'idempotency-key': 'a' })).status).toBe(201);
  }, 30_000);
});
