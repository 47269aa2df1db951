import { expect, test } from 'vitest';
import { TenantTraffic } from '../../src/edge/tenant-traffic.ts';
import type { RequestEvent } from '../../src/wire/metrics.ts';
import type { TrafficSecond } from '../../src/wire/traffic.ts';

const REQUEST: RequestEvent = {
  kind: 'request',
  route: '/v1/:tenant/systems',
  method: 'GET',
  status: 200,
  tenant: 'acme',
  durationMs: 3,
  cache: 'miss',
  cost: { calls: 2, operations: 3, hits: 1, misses: 2, isolateHits: 0, readUnits: 1, writeUnits: 0 },
  bytesIn: 5,
  bytesOut: 7,
};

const USED = { day: '1970-01-01', requests: 10, readUnits: 0, writeUnits: 0, bytes: 100, sockets: 0, runs: 2 };

/** An isolate and a store, which the test answers for. */
function isolate() {
  const seen = { nowMs: 1_000_000, isWatched: false, sent: [] as TrafficSecond[][], fails: false, hangs: false, today: USED };
  const traffic = new TenantTraffic({
    nowMs: () => seen.nowMs,
    async send(tenant, seconds) {
      expect(tenant).toBe('acme');
      seen.sent.push(seconds);
      if (seen.hangs) await new Promise(() => undefined);
      if (seen.fails) throw new Error('the object is lost');
      return { isWatched: seen.isWatched, today: seen.today };
    },
  });
  return { seen, traffic };
}

test('the first request is handed over at once, then what no call has carried every ten seconds', async () => {
  const { seen, traffic } = isolate();
  traffic.record(REQUEST);
  await traffic.handOver('acme');
  traffic.record({ ...REQUEST, status: 429 });
  expect(traffic.handOver('acme')).toBeNull();
  seen.nowMs += 10_000;
  traffic.record({ ...REQUEST, status: 500 });
  await traffic.handOver('acme');
  expect(seen.sent[0]).toMatchObject([
    { atSec: 1_000, requests: 1, dynamoCalls: 2, operations: 3, hits: 1, misses: 2, bytesIn: 5, bytesOut: 7 },
  ]);
  expect(seen.sent[1]).toMatchObject([
    { atSec: 1_000, requests: 1, refusals: 1, failures: 0 },
    { atSec: 1_010, requests: 1, refusals: 0, failures: 1 },
  ]);
});

test('what a call carries is not handed over again, and no tenant has what is of another, or of none', () => {
  const { traffic } = isolate();
  traffic.record(REQUEST);
  traffic.record({ ...REQUEST, tenant: null });
  expect(traffic.take('beta')).toEqual([]);
  expect(traffic.take('acme')).toMatchObject([{ requests: 1 }]);
  expect(traffic.take('acme')).toEqual([]);
});

test('every request is handed over while somebody watches, those of one moment together', async () => {
  const { seen, traffic } = isolate();
  seen.isWatched = true;
  traffic.watched('acme');
  traffic.record(REQUEST);
  const sending = traffic.handOver('acme');
  traffic.record(REQUEST);
  traffic.record(REQUEST);
  expect(traffic.handOver('acme')).toBeNull();
  await sending;
  expect(seen.sent.map((seconds) => seconds.map(({ requests }) => requests))).toEqual([[1], [2]]);
});

test('a hand-over that fails is nobody’s failure', async () => {
  const { seen, traffic } = isolate();
  seen.fails = true;
  traffic.record(REQUEST);
  await traffic.handOver('acme');
  seen.nowMs += 10_000;
  traffic.record(REQUEST);
  await traffic.handOver('acme');
  expect(seen.sent).toHaveLength(2);
});

test('a hand-over that was stopped with its request keeps back no other', async () => {
  const { seen, traffic } = isolate();
  seen.hangs = true;
  traffic.record(REQUEST);
  void traffic.handOver('acme'); // nobody hears of it any more
  seen.hangs = false;
  seen.nowMs += 29_999;
  traffic.record(REQUEST);
  expect(traffic.handOver('acme')).toBeNull();
  seen.nowMs += 1;
  await traffic.handOver('acme');
  expect(seen.sent).toHaveLength(2);
});

test('what a tenant has used today is what the store has told, and what was counted here since then', async () => {
  const { seen, traffic } = isolate();
  traffic.record(REQUEST);
  expect(traffic.usedToday('acme')).toBeNull();
  await traffic.handOver('acme');
  traffic.record({ ...REQUEST, status: 101 });
  traffic.record({ kind: 'run', tenant: 'acme' });
  const used = { ...USED, requests: 11, readUnits: 1, bytes: 112, sockets: 1, runs: 3 };
  expect(traffic.usedToday('acme')).toEqual(used);
  expect(traffic.take('acme')).toHaveLength(1);
  expect(traffic.usedToday('acme')).toEqual(used);
  seen.nowMs += 86_400_000;
  traffic.record(REQUEST);
  expect(traffic.usedToday('acme')).toEqual(used);
});
