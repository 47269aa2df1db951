/** A tenant's traffic by the second, of a while ago until now: what the service has kept, and what it tells live. */
import type { ShownTraffic } from '../../../src/wire/traffic.ts';

export type Traffic = ShownTraffic;

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

export interface Seconds {
  /** Unix seconds */
  times: number[];
  /** of each; null where nothing was heard of */
  traffic: (Traffic | null)[];
  /** what was told live of each, which alone knows what is open */
  live: (LiveTraffic | null)[];
}

/** The seconds until now, but for the one that is not over: what comes of it is told at its end. */
export function lastSeconds(kept: readonly (Traffic & { at: string })[], live: readonly LiveTraffic[], nowMs: number): Seconds {
  const heard = bySecond(live);
  // What is told live of a second is all that was heard of until it; what was kept of it is more exact.
  const traffic = new Map<number, Traffic>([...heard, ...bySecond(kept)]);
  const last = Math.floor(nowMs / 1000) - 1;
  const times = Array.from({ length: WINDOW_SEC }, (_, index) => last - WINDOW_SEC + 1 + index);
  return { times, traffic: times.map((time) => traffic.get(time) ?? null), live: times.map((time) => heard.get(time) ?? null) };
}

function bySecond<One extends { at: string }>(all: readonly One[]): Map<number, One> {
  return new Map(all.map((one) => [Math.floor(Date.parse(one.at) / 1000), one]));
}
