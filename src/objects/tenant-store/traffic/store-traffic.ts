/** What a tenant's object does with the tenant's traffic: keeps it, and publishes it while somebody watches. */
import { dayOf, usedOf } from '../../../wire/daily-quotas.ts';
import { noTraffic, type Traffic, type TrafficSecond } from '../../../wire/traffic.ts';
import type { Timers } from '../../alarms.ts';
import { LiveTraffic, type LiveTrafficOptions } from './live-traffic.ts';
import type { TrafficAdded, TrafficReport } from './rpc.ts';
import { TrafficLog } from './traffic-log.ts';

export interface StoreTrafficOptions extends LiveTrafficOptions {
  sql: SqlStorage;
  timers: Pick<Timers<'save-traffic' | 'publish-traffic'>, 'setNoLaterThan'>;
}

/** What has come is in memory for as long. */
const SAVE_AFTER_MS = 10_000;

export class StoreTraffic {
  readonly #options: StoreTrafficOptions;
  readonly #log: TrafficLog;
  readonly #live: LiveTraffic;

  constructor(options: StoreTrafficOptions) {
    this.#options = options;
    this.#log = new TrafficLog(options.sql);
    this.#live = new LiveTraffic(options);
  }

  /** What has come with a call, which does not wait for anything to be stored: the next `add` sets the timer. */
  carried(seconds: readonly TrafficSecond[]): void {
    this.#log.add(seconds);
    this.#live.add(seconds);
  }

  async add(seconds: readonly TrafficSecond[], nowMs: number): Promise<TrafficAdded> {
    this.carried(seconds);
    if (this.#log.hasUnsaved) await this.#options.timers.setNoLaterThan('save-traffic', nowMs + SAVE_AFTER_MS);
    const day = dayOf(nowMs);
    return { isWatched: this.#live.isWatched(nowMs), today: { day, ...usedOf(this.#log.day(day) ?? noTraffic()) } };
  }

  async watch(nowMs: number): Promise<void> {
    await this.#options.timers.setNoLaterThan('publish-traffic', await this.#live.watch(nowMs));
  }

  async report(nowMs: number): Promise<TrafficReport> {
    return { seconds: this.#log.seconds(nowMs), days: this.#log.days(nowMs), ...(await this.#options.streams()) };
  }

  day(day: string): Traffic | null {
    return this.#log.day(day);
  }

  /** The timers' part. */
  save(nowMs: number): null {
    this.#log.save(nowMs);
    return null;
  }

  publish(nowMs: number): number | null {
    return this.#live.publish(nowMs);
  }
}
