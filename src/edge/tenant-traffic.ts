/**
 * Counts the requests of each tenant in this isolate, until they are handed over to the tenant's store: with a call that goes there anyway, or else by a
 * call of their own now and then, and after every request while somebody watches. What a lost call has carried is not counted.
 */
import { addDuration } from '../lib/durations.ts';
import { SoleWork } from '../lib/sole-work.ts';
import { addUsed, dayOf, usedOf, type UsedOfDay } from '../wire/daily-quotas.ts';
import type { MetricEvent, MetricsSink, RequestEvent } from '../wire/metrics.ts';
import { noTraffic, type TrafficSecond } from '../wire/traffic.ts';

/** Where what was counted goes. */
export interface TenantTrafficOptions {
  /** Hands over to a tenant's store, which tells what the tenant has used today. */
  send: (tenant: string, seconds: TrafficSecond[]) => Promise<{ isWatched: boolean; today: UsedOfDay }>;
  nowMs: () => number;
}

interface Waiting {
  seconds: Map<number, TrafficSecond>;
  handedOverAtMs: number;
  isWatched: boolean;
  sending: SoleWork;
  /** as the store has told, and what was handed over since then */
  today: UsedOfDay | null;
}

/** What no other call carries is handed over as often. */
const HAND_OVER_EVERY_MS = 10_000;
/** Of more tenants at once the longest known is forgotten. */
const MAX_TENANTS = 1_000;

/** Counts the traffic of tenants in an isolate by the second, and hands it to their stores. */
export class TenantTraffic implements MetricsSink {
  readonly #options: TenantTrafficOptions;
  readonly #tenants = new Map<string, Waiting>();

  constructor(options: TenantTrafficOptions) {
    this.#options = options;
  }

  record(event: MetricEvent): void {
    if ((event.kind !== 'request' && event.kind !== 'run') || event.tenant === null) return;
    const { seconds } = this.#of(event.tenant);
    const atSec = Math.floor(this.#options.nowMs() / 1000);
    const second = seconds.get(atSec) ?? { ...noTraffic(), atSec };
    seconds.set(atSec, second);
    if (event.kind === 'run') second.runs += 1;
    else count(second, event);
  }

  /** What the tenant has used today, as far as it is known here: what other isolates have counted is some seconds old. Null: nothing is known. */
  usedToday(tenant: string): UsedOfDay | null {
    const { today = null, seconds = null } = this.#tenants.get(tenant) ?? {};
    return today && seconds && withMore(today, seconds.values());
  }

  /** What waits, for a call that goes to the tenant's store: it is handed over with that. */
  take(tenant: string): TrafficSecond[] {
    const waiting = this.#tenants.get(tenant);
    if (waiting === undefined) return [];
    const taken = [...waiting.seconds.values()];
    waiting.today &&= withMore(waiting.today, taken);
    waiting.seconds.clear();
    return taken;
  }

  /** Somebody watches the tenant. */
  watched(tenant: string): void {
    this.#of(tenant).isWatched = true;
  }

  /** To be called when a request was counted. @returns what is to be waited for, null when nothing has to be done now */
  handOver(tenant: string): Promise<void> | null {
    const waiting = this.#of(tenant);
    const nowMs = this.#options.nowMs();
    const isDue = waiting.isWatched || nowMs >= waiting.handedOverAtMs + HAND_OVER_EVERY_MS;
    if (!isDue || waiting.sending.underWay(nowMs) !== null) return null;
    waiting.handedOverAtMs = nowMs;
    return waiting.sending.begin(nowMs, () => this.#send(tenant, waiting));
  }

  async #send(tenant: string, waiting: Waiting): Promise<void> {
    try {
      do {
        const { isWatched, today } = await this.#options.send(tenant, this.take(tenant));
        Object.assign(waiting, { isWatched, today });
      } while (waiting.isWatched && waiting.seconds.size > 0);
    } catch {
      // The next one says more of it: a store that cannot be reached fails the requests that need it.
    }
  }

  #of(tenant: string): Waiting {
    const known = this.#tenants.get(tenant);
    if (known !== undefined) return known;
    const waiting: Waiting = { seconds: new Map(), handedOverAtMs: -Infinity, isWatched: false, sending: new SoleWork(), today: null };
    this.#tenants.set(tenant, waiting);
    const [oldest] = this.#tenants.keys();
    if (this.#tenants.size > MAX_TENANTS && oldest !== undefined) this.#tenants.delete(oldest);
    return waiting;
  }
}

function withMore(used: UsedOfDay, seconds: Iterable<TrafficSecond>): UsedOfDay {
  const sum = { ...used };
  for (const second of seconds) if (dayOf(second.atSec * 1000) === used.day) addUsed(sum, usedOf(second));
  return sum;
}

function count(second: TrafficSecond, { status, cost, durationMs, bytesIn, bytesOut }: RequestEvent): void {
  second.requests += 1;
  if (status >= 500) second.failures += 1;
  if (status === 429) second.refusals += 1;
  if (status === 101) second.socketsOpened += 1;
  second.hits += cost.hits;
  second.misses += cost.misses;
  second.isolateHits += cost.isolateHits;
  second.dynamoCalls += cost.calls;
  second.operations += cost.operations;
  second.readUnits += cost.readUnits;
  second.writeUnits += cost.writeUnits;
  second.bytesIn += bytesIn;
  second.bytesOut += bytesOut;
  addDuration(second.durations, durationMs);
}
