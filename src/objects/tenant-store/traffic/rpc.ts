/** What isolates tell a tenant's store of the tenant's traffic, and ask of it. Each request names the tenant of the object. */
import type { UsedOfDay } from '../../../wire/daily-quotas.ts';
import type { Traffic, TrafficSecond } from '../../../wire/traffic.ts';

/** The traffic of a day, in UTC. */
export interface TrafficDay {
  /** "2026-11-29" */
  day: string;
  traffic: Traffic;
}

/** A tenant's traffic as its object has kept it. */
export interface TrafficReport {
  /** of the last 15 minutes, those in which something happened, in their order */
  seconds: TrafficSecond[];
  /** the last 90, this one included, in their order; days without traffic are not there */
  days: TrafficDay[];
  /** open at the moment, and streams that there are */
  sockets: number;
  streams: number;
}

export interface TrafficAdded {
  isWatched: boolean;
  today: UsedOfDay;
}

/** What isolates and routes ask a tenant's object of its traffic. */
export interface TrafficRpc {
  /** Adds what an isolate has counted, and tells what all of them have today. */
  addTraffic(request: { tenant: string; seconds: TrafficSecond[] }): Promise<TrafficAdded>;
  /** Publishes live traffic from now on, while somebody reads it. The stream is there when this has answered. */
  watchTraffic(request: { tenant: string }): Promise<void>;
  /** The traffic of a day, as far as it is known; null for none. */
  readTrafficDay(request: { tenant: string; day: string }): Promise<Traffic | null>;
  /** @param request `seconds` are added first */
  readTraffic(request: { tenant: string; seconds: TrafficSecond[] }): Promise<TrafficReport>;
}
