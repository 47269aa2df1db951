/** What a tenant's requests come to: counted by isolates, kept by the tenant's store, shown to the tenant. */
import { addDurations, percentileMs, type Durations } from '../lib/durations.ts';

/** Everything that is added. */
const COUNTS = [
  'requests',
  'failures',
  'refusals',
  'hits',
  'misses',
  'isolateHits',
  'dynamoCalls',
  'operations',
  'readUnits',
  'writeUnits',
  'bytesIn',
  'bytesOut',
  'socketsOpened',
  'runs',
] as const;

/**
 * `failures` are answers from 500 on, `refusals` those of limits (429). `operations` are what models asked their store for: each would have been a
 * request to DynamoDB, which has had `dynamoCalls`; `runs` are those of workflows that have begun; `hits` and `misses` are the reads among them, by what answered. Bytes are of bodies whose length was said.
 */
export interface Traffic extends Record<(typeof COUNTS)[number], number> {
  durations: Durations;
}

/** The traffic of one second. */
export interface TrafficSecond extends Traffic {
  /** Unix seconds */
  atSec: number;
}

/** What all begins with. */
export function noTraffic(): Traffic {
  const counts = Object.fromEntries(COUNTS.map((name) => [name, 0])) as Omit<Traffic, 'durations'>; // every name of them
  return { ...counts, durations: {} };
}

/** Adds traffic to other traffic, in place. */
export function addTraffic(sum: Traffic, more: Traffic): void {
  for (const name of COUNTS) sum[name] += more[name];
  addDurations(sum.durations, more.durations);
}

/** Traffic as it is shown. */
export interface ShownTraffic {
  requests: number;
  failures: number;
  refusals: number;
  latencyMs: { p50: number; p95: number; p99: number } | null;
  cache: { hits: number; misses: number; isolateHits: number; hitRatio: number | null };
  dynamodb: { calls: number; wouldHaveBeen: number; readUnits: number; writeUnits: number };
  bytes: { in: number; out: number };
  socketsOpened: number;
  runs: number;
}

/** @see PROTOCOL.md, Metrics */
export function shownTraffic(traffic: Traffic): ShownTraffic {
  const { requests, failures, refusals, hits, misses, isolateHits, socketsOpened, runs } = traffic;
  return {
    requests,
    failures,
    refusals,
    latencyMs: latencyOf(traffic.durations),
    cache: { hits, misses, isolateHits, hitRatio: hits + misses === 0 ? null : hits / (hits + misses) },
    dynamodb: {
      calls: traffic.dynamoCalls,
      wouldHaveBeen: traffic.operations,
      readUnits: traffic.readUnits,
      writeUnits: traffic.writeUnits,
    },
    bytes: { in: traffic.bytesIn, out: traffic.bytesOut },
    socketsOpened,
    runs,
  };
}

function latencyOf(durations: Durations): ShownTraffic['latencyMs'] {
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => percentileMs(durations, share));
  return p50 == null || p95 == null || p99 == null ? null : { p50, p95, p99 };
}

/** The stream that live traffic is published to, while somebody reads it. */
export const METRICS_STREAM = 'metrics/live';

/** One message of `METRICS_STREAM`: what was heard of since the one before. */
export interface TrafficFrame extends ShownTraffic {
  type: 'metrics';
  /** ISO 8601 */
  at: string;
  /** open at the moment, of all streams */
  sockets: number;
  streams: number;
}
