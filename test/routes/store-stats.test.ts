import {
  createExecutionContext,
  evictDurableObject,
  runDurableObjectAlarm,
  runInDurableObject,
  waitOnExecutionContext,
} from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import models, { tableProfile } from '../../.bao/models.ts';
import { createService } from '../../src/service.ts';
import type { AccessRules } from '../../src/wire/access-rules.ts';
import { proxyControl } from '../setup/proxy-control.ts';
import { call, clientOf, createTenant } from '../setup/rest-client.ts';
import type { RestClient } from '../setup/rest-client.ts';
import { eventually } from '../setup/eventually.ts';

let operator: RestClient;
beforeAll(async () => void (operator = await createTenant(['operator'])));

const scrape = (query = '', token = operator.token) =>
  exports.default.fetch(`https://steamer.test/metrics${query}`, { headers: { authorization: `Bearer ${token}` } });

describe("a tenant's stats", () => {
  it('count keys from memory and from DynamoDB, what that cost and what it saved', async () => {
    const acme = await createTenant();
    await acme.call('PUT', '/systems/s1', { name: 'One' });
    await acme.call('PUT', '/systems/large', { name: 'Large', licence: 'x'.repeat(9_000) });
    const before = (await acme.call('GET', '/store/stats')).body;
    for (let count = 0; count < 3; count++) await acme.call('GET', '/systems/s1');
    await acme.call('POST', '/systems/batch-get', { ids: ['s1', 'none1', 'none2'] });
    await acme.call('GET', '/systems/none1');
    const { status, headers, body } = await acme.call('GET', '/store/stats');
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(body.hits - before.hits).toBe(5);
    expect(body.misses - before.misses).toBe(2);
    expect(body.hitRatio).toBeCloseTo(body.hits / (body.hits + body.misses));
    expect(body).toMatchObject({ readCalls: before.readCalls + 1, keysRead: before.keysRead + 2, readOnly: false, streamLagMs: null });
    expect(body).toMatchObject({ requestsInFlight: 0, requestsWaiting: 0, busyKeys: 0, heldKeys: 0, evictions: 0 });
    expect(body.journalCommits).toBeGreaterThanOrEqual(0);
    expect(body.keysPerCall).toBe(body.keysRead / body.readCalls);
    expect(body.savedReadUnits - before.savedReadUnits).toBe(2.5);
    expect(body.savedDollars).toBeCloseTo((body.savedReadUnits * 0.125) / 1e6, 12);
    expect(body.price).toMatchObject({ dollarsPerMillionReadUnits: 0.125, source: expect.stringMatching(/^https:/) });
    expect(body.cachedItems).toBeGreaterThanOrEqual(4);
    expect(body.cachedBytes).toBeGreaterThan(9_000);
    expect(Date.parse(body.since)).toBeLessThanOrEqual(Date.now());
    expect(body.writeUnits).toBeGreaterThan(0);
    await acme.call('GET', '/systems/large');
    const { savedReadUnits } = (await acme.call('GET', '/store/stats')).body;
    expect(savedReadUnits - body.savedReadUnits).toBeGreaterThanOrEqual(1.5);
  });

  it('name the keys that are read most, by their models', async () => {
    const acme = await createTenant();
    await acme.call('PUT', '/systems/s1', { name: 'One' });
    await acme.call('PUT', '/results/b1/s1', { value: 1, machine: 'one', measuredAt: '2026-11-20T00:00:00Z' });
    const actions = Array.from({ length: 60 }, () => acme.call('GET', '/systems/s1'));
    await Promise.all([...actions, ...Array.from({ length: 30 }, () => acme.call('POST', '/results/batch-get', { ids: [['b1', 's1']] }))]);
    const { hotKeys } = (await acme.call('GET', '/store/stats')).body as { hotKeys: { model: string; key: string; hits: number }[] };
    expect(hotKeys.length).toBeGreaterThan(0);
    for (const { model, key, hits } of hotKeys) {
      expect(['System s1', 'Result b1 s1']).toContain(`${model} ${key}`);
      expect(hits % 16).toBe(0);
    }
  });

  it('name keys of those models alone that who asks may read all of', async () => {
    const acme = await createTenant();
    await acme.call('PUT', '/systems/s1', { name: 'One' });
    await acme.call('PUT', '/benchmarks/b1', { title: `B1 of ${acme.tenant}`, unit: 's', better: 'lower', area: 'x' });
    const paths = ['/systems/s1', '/benchmarks/b1', `/benchmarks/by/uniqueTitle/B1%20of%20${acme.tenant}`];
    // So often that samples have hit the row of the unique value, too.
    for (const path of paths) await Promise.all(Array.from({ length: 150 }, () => acme.call('GET', path)));
    const access: AccessRules = { read: ['role:admin'], create: ['key'], update: ['key'], delete: ['key'], owner: null, fields: {} };
    const service = createService({ models, tableProfile, modelOptions: { Benchmark: { access, cacheControl: null } } });
    const modelsOf = async (asked: RestClient) => {
      const { body } = await clientOf(service, asked).call('GET', '/store/stats');
      return new Set((body.hotKeys as { model: string | null }[]).map(({ model }) => model));
    };
    // What stands in unique values is of any model.
    expect(await modelsOf(acme)).toEqual(new Set(['System']));
    expect(await modelsOf(await createTenant(undefined, acme.tenant, { role: 'admin' }))).toEqual(new Set(['System', 'Benchmark', null]));
  });

  it('count lists from memory and from DynamoDB', async () => {
    const acme = await createTenant();
    await acme.call('PUT', '/systems/s1', { name: 'One', kind: 'database' });
    for (let count = 0; count < 3; count++) {
      const { headers, body } = await acme.call('GET', '/systems?index=systemsByKind&kind=database');
      expect(body.items).toHaveLength(1);
      expect(headers.get('server-timing')).toBe(
        `dynamodb;desc="calls=${count === 0 ? 1 : 0} keys=0", cache;desc=${count === 0 ? 'miss' : 'hit'}`,
      );
    }
    const { body } = await acme.call('GET', '/store/stats');
    expect(body).toMatchObject({ queryHits: 2, queryMisses: 1, cachedQueries: 1, savedReadUnits: 1 });
  });

  it('tell how far behind the stream is, and keys in doubt', async () => {
    const acme = await createTenant();
    const proxy = proxyControl(inject('dynamodbProxy'), acme.tenant);
    await proxy.inject({ kind: 'drop', moment: 'after', operation: 'PutItem' });
    await acme.call('PUT', '/systems/s1', { name: 'One' });
    const Keys = { _pk: { S: `[${acme.tenant}]#sy#s2` }, _sk: { S: 'sy' } };
    const record = { eventName: 'MODIFY', dynamodb: { Keys, ApproximateCreationDateTime: Date.now() / 1000 - 5 } };
    await operator.call('POST', '//v1/operator/invalidate', { Records: [record] });
    const { body } = await acme.call('GET', '/store/stats');
    expect(body.heldKeys).toBe(1);
    expect(body.streamLagMs).toBeGreaterThanOrEqual(5_000);
  });

  it('are of the tenant that asks, and of any for an operator', async () => {
    const [acme, other] = [await createTenant(), await createTenant()];
    expect((await call(other.token, `/v1/${acme.tenant}/store/stats`)).status).toBe(404);
    expect((await operator.call('GET', `//v1/operator/tenants/${acme.tenant}/store`)).body).toMatchObject({ hits: 0, hitRatio: null });
    expect((await acme.call('GET', `//v1/operator/tenants/${acme.tenant}/store`)).status).toBe(403);
  });
});

describe("a tenant's traffic", () => {
  const DAY_MS = 24 * 3600 * 1000;
  const SCOPES = ['models:read', 'models:write', 'streams:read'] as const;
  const storeOf = ({ tenant }: RestClient) => env.TENANT_STORE.getByName(`${tenant}/0/0`);
  const framesOf = async (client: RestClient) =>
    ((await client.call('GET', '/streams/metrics/live?offset=-1')).body ?? []) as { requests: number; sockets: number }[];
  const passTime = (ms: number) => vi.useFakeTimers({ now: Date.now() + ms, toFake: ['Date'] });
  const requestsOf = async (client: RestClient) => (await client.call('GET', '/metrics')).body.total.requests as number;
  afterEach(() => void vi.useRealTimers());

  it('is counted by the second: what was asked, how long it took, what it cost and would have cost', async () => {
    const acme = await createTenant(SCOPES);
    await acme.call('PUT', '/systems/s1', { name: 'One' });
    for (let count = 0; count < 4; count++) await acme.call('GET', '/systems/s1');
    await acme.call('GET', '/systems/none');
    const { status, headers, body } = await acme.call('GET', '/metrics');
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(body.total).toMatchObject({
      requests: 6,
      failures: 0,
      refusals: 0,
      cache: { hits: 4, misses: 2, isolateHits: 0, hitRatio: 4 / 6 },
    });
    expect(body.total.dynamodb).toMatchObject({ calls: 3, wouldHaveBeen: 7 });
    expect(body.total.dynamodb.writeUnits).toBeGreaterThan(0);
    expect(body.total.latencyMs.p99).toBeGreaterThanOrEqual(body.total.latencyMs.p50);
    const inSeconds = body.seconds.map(({ requests }: { requests: number }) => requests);
    expect(inSeconds.reduce((sum: number, requests: number) => sum + requests)).toBe(6);
    expect(body.days).toMatchObject([{ day: new Date().toISOString().slice(0, 10), requests: 6, cache: { hits: 4 } }]);
    expect(body).toMatchObject({ sockets: 0, streams: 0 });
  });

  it('outlives its object; seconds are forgotten after 15 minutes, days after 90', async () => {
    const acme = await createTenant(SCOPES);
    // At noon: until midnight it is one day.
    passTime(1.5 * DAY_MS - (Date.now() % DAY_MS));
    await acme.call('GET', '/systems/none');
    expect(await requestsOf(acme)).toBe(1);
    passTime(11_000);
    await runDurableObjectAlarm(storeOf(acme));
    await evictDurableObject(storeOf(acme));
    expect(await requestsOf(acme)).toBe(2);
    passTime(16 * 60_000);
    const later = (await acme.call('GET', '/metrics')).body;
    expect([later.total.requests, later.seconds.length, later.days[0].requests]).toEqual([0, 0, 3]);
    passTime(88 * DAY_MS);
    expect((await acme.call('GET', '/metrics')).body.days).toHaveLength(1);
    passTime(3 * DAY_MS);
    expect((await acme.call('GET', '/metrics')).body.days).not.toContainEqual(expect.objectContaining({ requests: 3 }));
  });

  it('is told live to who watches, and no longer than somebody does', async () => {
    const acme = await createTenant(SCOPES);
    expect(await framesOf(acme)).toEqual([]);
    for (let count = 0; count < 3; count++) await acme.call('GET', '/systems/none');
    await eventually(async () => {
      const frames = await framesOf(acme);
      expect(frames.reduce((sum, { requests }) => sum + requests, 0)).toBeGreaterThanOrEqual(3);
    });
    expect(await framesOf(acme)).toContainEqual(expect.objectContaining({ type: 'metrics', streams: 1, sockets: 0 }));
    passTime(31_000);
    const isPublishing = () =>
      runInDurableObject(
        storeOf(acme),
        (_, { storage }) => storage.sql.exec("SELECT 1 FROM timers WHERE name = 'publish-traffic'").toArray().length > 0,
      );
    await vi.waitFor(
      async () => {
        await runDurableObjectAlarm(storeOf(acme));
        expect(await isPublishing()).toBe(false);
      },
      { interval: 200, timeout: 20_000 },
    );
  });

  it('is watched by nobody who may not read streams, and is written by nobody else', async () => {
    const [acme, writer] = [await createTenant(['models:read']), await createTenant(['streams:read', 'streams:write'])];
    expect((await acme.call('GET', '/streams/metrics/live?offset=-1')).status).toBe(403);
    expect((await writer.call('POST', '/streams/metrics/live', [1])).status).toBe(403);
    expect((await writer.call('GET', '/metrics')).status).toBe(403);
    expect((await call(writer.token, `/v1/${acme.tenant}/metrics`)).status).toBe(404);
  });
});

describe('what tenants have used in a day', () => {
  it('is a line for each that has used something, for operators, from any tenant on', async () => {
    const acme = await createTenant(['models:read', 'models:write', 'files:write', 'files:read']);
    await acme.call('PUT', '/systems/s1', { name: 'One' });
    await acme.call('POST', '/files', { name: 'a.txt', type: 'text/plain', size: 3 });
    await acme.call('GET', '/metrics');
    const today = new Date().toISOString().slice(0, 10);
    const after = acme.tenant.slice(0, -1);
    const { status, body } = await operator.call('GET', `//v1/operator/usage?day=${today}&after=${after}`);
    const [line] = body.filter(({ tenant }: { tenant: string }) => tenant === acme.tenant);
    expect([status, line]).toMatchObject([200, { day: today, requests: 2, refusals: 0, files: { files: 1, bytes: 3 } }]);
    expect(line.writeUnits).toBeGreaterThan(0);
    const before = await operator.call('GET', `//v1/operator/usage?day=2020-01-01&after=${after}`);
    expect(before.body.find(({ tenant }: { tenant: string }) => tenant === acme.tenant)).toMatchObject({
      requests: 0,
      files: { bytes: 3 },
    });
    expect((await operator.call('GET', '//v1/operator/usage?day=today')).status).toBe(400);
    expect((await acme.call('GET', '//v1/operator/usage')).status).toBe(403);
  });
});

describe('quotas of a day', () => {
  it('are of a plan: what is used up is refused on every isolate, says which it is and when it is renewed, and can be looked up', async () => {
    const isolate = () => clientOf(createService({ models, tableProfile, quotas: { standard: { requests: 5, writeUnits: 1 } } }), acme);
    const acme = await createTenant();
    const [first, second] = [isolate(), isolate()];
    expect((await first.call('PUT', '/systems/s1', { name: 'One' })).status).toBe(201);
    const written = await eventually(async () => {
      const answer = await first.call('PUT', '/systems/s1', { name: 'Two' });
      expect(answer.status).toBe(403);
      return answer;
    });
    const detail = expect.stringMatching(
      /^The tenant has used its 1 write units of DynamoDB of today; they are renewed at .+T00:00:00.000Z\.$/,
    );
    expect(written.body).toMatchObject({ code: 'quota_exceeded', detail, 'violated-policies': ['daily.writeUnits'] });
    expect(Number(written.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await first.call('PUT', '/systems/s1', { name: 'Two' }, { upgrade: 'websocket' })).body.code).toBe('quota_exceeded');
    await eventually(async () => expect((await first.call('GET', '/systems/s1')).body['violated-policies']).toEqual(['daily.requests']));
    await eventually(async () => expect((await second.call('GET', '/systems/s1')).status).toBe(403));
    const { status, body } = await second.call('GET', '/metrics');
    expect([status, body.today.quotas]).toEqual([200, { requests: 5, writeUnits: 1 }]);
    expect(body.today.used.requests).toBeGreaterThanOrEqual(5);
    // Two bodies that came, and at least the two items that were answered with.
    expect(body.today.used.bytes).toBeGreaterThan(200);
    expect((await acme.call('GET', '/systems/s1')).status).toBe(200);
  });

  it.each([{ free: { request: 1 } }, { free: { requests: -1 } }, { free: { requests: NaN } }])(
    'that are none are refused: %j',
    (quotas) => {
      expect(() => createService({ quotas })).toThrow(/^quotas of "free": expected/);
    },
  );
});

describe('a trace', () => {
  const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
  const service = createService({});
  /** Spans that a collector would have had. */
  async function spansOf(headers: Record<string, string>, more: object = { TRACE_SAMPLE_RATIO: '0' }) {
    const sent: { url: string; headers: Headers; body: string }[] = [];
    const collector = vi.spyOn(globalThis, 'fetch').mockImplementation(async (url, init) => {
      sent.push({ url: url as string, headers: new Headers(init?.headers), body: init?.body as string });
      return new Response('{}');
    });
    const bindings = { ...env, OTLP_ENDPOINT: 'https://otel.test', OTLP_HEADERS: 'authorization=Basic abc', ...more };
    const context = createExecutionContext();
    const request = new Request('https://steamer.test/healthz', { headers }) as Parameters<typeof service.handler.fetch>[0];
    await service.handler.fetch(request, bindings, context);
    await waitOnExecutionContext(context);
    collector.mockRestore();
    return sent;
  }

  it('that a caller records is gone on with, and told to the collector', async () => {
    const [sent, ...others] = await spansOf({ traceparent: `00-${TRACE}-00f067aa0ba902b7-01` });
    expect([sent?.url, sent?.headers.get('authorization'), others]).toEqual(['https://otel.test/v1/traces', 'Basic abc', []]);
    const [span] = JSON.parse(sent?.body ?? '{}').resourceSpans[0].scopeSpans[0].spans;
    expect(span).toMatchObject({ traceId: TRACE, parentSpanId: '00f067aa0ba902b7', name: 'GET /healthz', status: {} });
    expect(span.attributes).toContainEqual({ key: 'http.response.status_code', value: { intValue: '200' } });
  });

  it('that nobody records is told to nobody; one that begins here is recorded as often as is configured', async () => {
    expect(await spansOf({ traceparent: `00-${TRACE}-00f067aa0ba902b7-00` })).toEqual([]);
    expect(await spansOf({ traceparent: 'nonsense' })).toEqual([]);
    expect(await spansOf({}, { TRACE_SAMPLE_RATIO: '1' })).toHaveLength(1);
    expect(await spansOf({ traceparent: `00-${TRACE}-00f067aa0ba902b7-01` }, { OTLP_ENDPOINT: '' })).toEqual([]);
  });
});

describe('/metrics', () => {
  it('has the requests of the isolate, and the stores of the tenants that are named', async () => {
    const [acme, other] = [await createTenant(), await createTenant()];
    await acme.call('GET', '/systems/none');
    await acme.call('GET', '/systems/none');
    const response = await scrape(`?tenant=${acme.tenant}&tenant=${other.tenant}`);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    const text = await response.text();
    expect(text).toContain(`steamer_store_hits_total{tenant="${acme.tenant}"} 1\nsteamer_store_hits_total{tenant="${other.tenant}"} 0\n`);
    expect(text).toMatch(/^steamer_requests_total\{route="\/v1\/:tenant\/systems\/:id",method="GET",status="404"\} \d+$/m);
    expect(text).not.toContain('stream_lag_seconds');
  });

  it('wakes no store that is not named', async () => {
    expect(await (await scrape()).text()).not.toContain('steamer_store_');
  });

  it('is for operators, at most 20 tenants at a time, without those that there are not', async () => {
    const acme = await createTenant();
    expect((await scrape('', acme.token)).status).toBe(403);
    expect((await exports.default.fetch('https://steamer.test/metrics')).status).toBe(401);
    const text = await (await scrape(`?tenant=no-such-tenant&tenant=${acme.tenant}`)).text();
    expect(text).toContain(`steamer_store_hits_total{tenant="${acme.tenant}"} 0`);
    expect(text).not.toContain('no-such-tenant');
    const names = Array.from({ length: 21 }, (_, at) => `tenant=t${at}`).join('&');
    for (const query of [`?${names}`, '?tenant=A%20B', '?other=1']) expect((await scrape(query)).status).toBe(400);
  });
});
