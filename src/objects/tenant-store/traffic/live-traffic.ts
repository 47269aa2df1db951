/** Publishes a tenant's traffic every second, while somebody reads it: to read begins it, and it ends some time after the last reader has left. */
import { logError } from '../../../lib/log.ts';
import { ServiceError } from '../../../lib/errors.ts';
import { addTraffic, noTraffic, shownTraffic, type Traffic, type TrafficFrame } from '../../../wire/traffic.ts';
import type { CreateStream, StreamHubRpc } from '../../stream-hub/rpc.ts';
import type { SettingsStorage } from '../settings.ts';

type LiveHub = Pick<StreamHubRpc, 'create' | 'append' | 'countReaders'>;

export interface LiveTrafficOptions {
  /** null: nobody can watch */
  hub: (() => LiveHub) | null;
  /** what the tenant has of streams */
  streams: () => Promise<{ sockets: number; streams: number }>;
  settings: SettingsStorage;
}

/** Of the frames a quarter of an hour is kept. */
const STREAM: CreateStream = {
  contentType: 'application/json',
  lifetime: null,
  retention: { ageSec: 15 * 60, bytes: null },
  isClosed: false,
  messages: null,
  fork: null,
};
const EVERY_MS = 1_000;
/** So long nobody is asked whether anybody reads. */
const WATCH_MS = 30_000;

export class LiveTraffic {
  readonly #options: LiveTrafficOptions;
  #news: Traffic = noTraffic();
  #isPublishing = false;

  constructor(options: LiveTrafficOptions) {
    this.#options = options;
  }

  isWatched(nowMs: number): boolean {
    return nowMs < Number(this.#options.settings.load('watched-until-ms') ?? 0);
  }

  /** What is told next is what comes from now on, if nobody has watched. @returns when to publish first @throws ServiceError `misconfigured` */
  async watch(nowMs: number): Promise<number> {
    const { hub } = this.#options;
    if (hub === null) throw new ServiceError('misconfigured', 'Live metrics need the binding STREAM_HUB.');
    if (!this.isWatched(nowMs)) {
      this.#news = noTraffic();
      await hub().create(STREAM);
    }
    this.#options.settings.save('watched-until-ms', String(nowMs + WATCH_MS));
    return nowMs + EVERY_MS;
  }

  add(traffic: readonly Traffic[]): void {
    for (const one of traffic) addTraffic(this.#news, one);
  }

  /** Begins to publish what has come. @returns when to publish again, null for not */
  publish(nowMs: number): number | null {
    const { hub, settings } = this.#options;
    if (hub === null || settings.load('watched-until-ms') === undefined) return null;
    if (this.#isPublishing) return nowMs + EVERY_MS;
    this.#isPublishing = true;
    const news = this.#news;
    this.#news = noTraffic();
    // Not waited for: other timers are due, too.
    void this.#send(hub(), news, nowMs).finally(() => (this.#isPublishing = false));
    return nowMs + EVERY_MS;
  }

  /** One that does not arrive is missing. */
  async #send(hub: LiveHub, news: Traffic, nowMs: number): Promise<void> {
    const { streams, settings } = this.#options;
    try {
      const isRead = this.isWatched(nowMs) || (await hub.countReaders()) > 0;
      if (!isRead) return settings.save('watched-until-ms', null);
      if (!this.isWatched(nowMs)) settings.save('watched-until-ms', String(nowMs + WATCH_MS));
      const frame: TrafficFrame = { type: 'metrics', at: new Date(nowMs).toISOString(), ...shownTraffic(news), ...(await streams()) };
      const data = JSON.stringify(frame);
      const { contentType } = STREAM;
      await hub.append({ messages: { data, lengths: [data.length] }, contentType, closes: false, producer: null, streamSeq: null });
    } catch (error) {
      logError('metrics cannot be published', error);
    }
  }
}
