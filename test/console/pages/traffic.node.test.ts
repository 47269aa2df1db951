import { expect, it } from 'vitest';
import { lastSeconds, WINDOW_SEC, type LiveTraffic, type Traffic } from '../../../console/pages/overview/traffic.ts';

const traffic = (requests: number): Traffic => ({
  requests,
  failures: 0,
  refusals: 0,
  latencyMs: null,
  cache: { hits: 0, misses: 0, isolateHits: 0, hitRatio: null },
  dynamodb: { calls: 0, wouldHaveBeen: 0, readUnits: 0, writeUnits: 0 },
  bytes: { in: 0, out: 0 },
  socketsOpened: 0,
  runs: 0,
});
const NOW_MS = Date.parse('2026-11-20T12:00:00.500Z');
const secondsAgo = (seconds: number) => new Date(NOW_MS - seconds * 1000).toISOString();

it('the last seconds are what was kept of them, and what was told live where nothing was', () => {
  const kept = [2, 400].map((ago) => ({ ...traffic(20), at: secondsAgo(ago) }));
  const live: LiveTraffic[] = [2, 1].map((ago) => ({ ...traffic(5), at: secondsAgo(ago), sockets: 3, streams: 4 }));
  const seconds = lastSeconds(kept, live, NOW_MS);
  expect(seconds.times).toHaveLength(WINDOW_SEC);
  expect(seconds.times.at(-1)).toBe(Math.floor(NOW_MS / 1000) - 1);
  expect(seconds.traffic.slice(-3).map((one) => one?.requests)).toEqual([undefined, 20, 5]);
  expect(seconds.live.slice(-3).map((one) => one?.sockets)).toEqual([undefined, 3, 3]);
});
