/** A tenant's traffic by the second, of a while ago until now: what the service has kept, and what it tells live. */

export interface Traffic {
  requests: number;
  failures: number;
  refusals: number;
  /** null without requests */
  latencyMs: { p50: number; p95: number; p99: number } | null;
  cache: { hits: number; misses: number; isolateHits: number; hitRatio: number | null };
  dynamodb: { calls: number; wouldHaveBeen: number; readUnits: number; writeUnits: number };
  socketsOpened: number;
}

export interface Metrics {
  total: Traffic;
  seconds: readonly (Traffic & { at: string })[];
  days: readonly (Traffic & { day: string })[];
  sockets: number;
  streams: number;
}

export interface LiveTraffic extends Traffic {
  at: string;
  sockets: number;
  streams: number;
}

export const WINDOW_SEC = 300;

/** The seconds of the window, each with its traffic; null where nothing was heard of. */
export function window(
  kept: readonly (Traffic & { at: string })[],
  live: readonly LiveTraffic[],
  nowMs: number,
): { times: number[]; traffic: (Traffic | null)[] } {
  // What is told live of a second is all that was heard of until it; what was kept of it is more exact.
  const bySecond = new Map<number, Traffic>([...live, ...kept].map((one) => [Math.floor(Date.parse(one.at) / 1000), one]));
  const last = Math.floor(nowMs / 1000);
  const times = Array.from({ length: WINDOW_SEC }, (_, index) => last - WINDOW_SEC + 1 + index);
  return { times, traffic: times.map((time) => bySecond.get(time) ?? null) };
}
