import { expect, it } from 'vitest';
import { analyticsSink } from '../../src/edge/metrics.ts';
import { RequestCounters } from '../../src/edge/request-counters.ts';
import type { RequestEvent } from '../../src/wire/metrics.ts';
import { prometheusText } from '../../src/lib/prometheus-text.ts';

const COST = { calls: 2, operations: 2, hits: 0, misses: 2, isolateHits: 0, readUnits: 1, writeUnits: 0 };
const REQUEST: RequestEvent = {
  kind: 'request',
  route: '/v1/:tenant/systems',
  method: 'GET',
  status: 200,
  tenant: 'acme',
  durationMs: 3,
  cache: 'miss',
  cost: COST,
  bytesIn: 0,
  bytesOut: 0,
};

it('counts requests by route and status, their time in buckets, and what they cost; no tenant and no path', () => {
  const counters = new RequestCounters();
  counters.record(REQUEST);
  counters.record({ ...REQUEST, status: 404, durationMs: 20_000, cost: { ...COST, calls: 0 }, cache: 'hit' });
  counters.record({ ...REQUEST, route: '', status: 404, cache: 'none' });
  const lines = prometheusText(counters.families).split('\n');
  const labels = 'route="/v1/:tenant/systems",method="GET"';
  expect(lines).toEqual(
    expect.arrayContaining([
      `steamer_requests_total{${labels},status="200"} 1`,
      `steamer_requests_total{${labels},status="404"} 1`,
      `steamer_requests_total{route="",method="GET",status="404"} 1`,
      `steamer_request_duration_seconds_bucket{${labels},le="0.0025"} 0`,
      `steamer_request_duration_seconds_bucket{${labels},le="0.005"} 1`,
      `steamer_request_duration_seconds_bucket{${labels},le="10"} 1`,
      `steamer_request_duration_seconds_bucket{${labels},le="+Inf"} 2`,
      `steamer_request_duration_seconds_sum{${labels}} 20.003`,
      `steamer_request_duration_seconds_count{${labels}} 2`,
      'steamer_request_dynamodb_calls_total 4',
      'steamer_request_cache_total{cache="miss"} 1',
      'steamer_request_cache_total{cache="hit"} 1',
    ]),
  );
  expect(lines.join()).not.toContain('acme');
});

it('writes one point for each request, which names its tenant by a hash alone, and for each run and job', () => {
  const points: AnalyticsEngineDataPoint[] = [];
  const sink = analyticsSink({ writeDataPoint: (point) => void (point && points.push(point)) });
  const statuses = { 200: 'answered', 304: 'answered', 404: 'refused', 429: 'limited', 503: 'failed' };
  for (const status of Object.keys(statuses)) sink.record({ ...REQUEST, status: Number(status) });
  expect(points.map(({ blobs, doubles }) => [doubles?.[0], blobs?.[3]])).toEqual(
    Object.entries(statuses).map(([status, outcome]) => [Number(status), outcome]),
  );
  expect(points[0]).toEqual({
    indexes: [expect.stringMatching(/^[0-9a-f]{1,8}$/)],
    blobs: ['/v1/:tenant/systems', 'GET', 'miss', 'answered'],
    doubles: [200, 3, 2, 2],
  });
  sink.record({ ...REQUEST, tenant: 'beta' });
  sink.record({ ...REQUEST, tenant: null });
  expect(new Set(points.map(({ indexes }) => indexes?.[0])).size).toBe(3);
  sink.record({ kind: 'run', tenant: 'acme' });
  sink.record({ kind: 'maintenance', job: 'expired-codes', removed: 7, durationMs: 5, isFailed: true });
  expect(points.slice(-2)).toEqual([
    { indexes: ['runs'], blobs: points[0]?.indexes },
    { indexes: ['maintenance'], blobs: ['expired-codes', 'failed'], doubles: [7, 5] },
  ]);
  expect(JSON.stringify(points)).not.toMatch(/acme|beta/);
});
