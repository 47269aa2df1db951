/** Counts the requests that this isolate has answered, in its memory: one of many isolates, and gone with it. */
import type { MetricFamily, MetricSample } from '../lib/prometheus-text.ts';
import type { MetricEvent, MetricsSink, RequestEvent } from '../wire/metrics.ts';
import { LimitCounters } from './limit-counters.ts';

/** Upper bounds of the durations that are counted together. */
const BUCKETS_SEC = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

interface RouteCount {
  /** by status */
  statuses: Map<number, number>;
  /** by the place of the bucket; the last one has no bound */
  durations: number[];
  durationSec: number;
}

interface Counted {
  labels: { route: string; method: string };
  count: RouteCount;
}

/** Counts the requests of an isolate, for `/metrics`. */
export class RequestCounters implements MetricsSink {
  readonly #routes = new Map<string, Counted>();
  readonly #answers = new Map<string, number>();
  readonly #limits = new LimitCounters();
  readonly #removed = new Map<string, number>();
  #dynamoCalls = 0;

  record(event: MetricEvent): void {
    switch (event.kind) {
      case 'request':
        return this.#addRequest(event);
      case 'limit':
        return this.#limits.add(event);
      case 'run':
        return;
      case 'maintenance':
        return void this.#removed.set(event.job, (this.#removed.get(event.job) ?? 0) + event.removed);
    }
  }

  #addRequest({ route, method, status, durationMs, cost, cache }: RequestEvent): void {
    const { count } = this.#counted(route, method);
    count.statuses.set(status, (count.statuses.get(status) ?? 0) + 1);
    const bucket = BUCKETS_SEC.findIndex((bound) => durationMs / 1000 <= bound);
    const place = bucket === -1 ? BUCKETS_SEC.length : bucket;
    count.durations[place] = (count.durations[place] ?? 0) + 1;
    count.durationSec += durationMs / 1000;
    this.#dynamoCalls += cost.calls;
    this.#answers.set(cache, (this.#answers.get(cache) ?? 0) + 1);
  }

  get families(): MetricFamily[] {
    const counted = [...this.#routes.values()];
    return [
      {
        name: 'steamer_requests_total',
        help: 'Requests answered by this isolate.',
        kind: 'counter',
        samples: counted.flatMap(({ labels, count }) =>
          Array.from(count.statuses, ([status, value]) => ({ labels: { ...labels, status: String(status) }, value })),
        ),
      },
      {
        name: 'steamer_request_duration_seconds',
        help: 'Time to the answer; the clock of a Worker stands still while it computes.',
        kind: 'histogram',
        samples: counted.flatMap(histogram),
      },
      {
        name: 'steamer_request_dynamodb_calls_total',
        help: 'HTTP requests to DynamoDB that the requests of this isolate caused.',
        kind: 'counter',
        samples: [{ labels: {}, value: this.#dynamoCalls }],
      },
      {
        name: 'steamer_request_cache_total',
        help: 'Requests by what answered their reads: hit, miss, partial, bypass, or none where storage was not needed.',
        kind: 'counter',
        samples: Array.from(this.#answers, ([cache, value]) => ({ labels: { cache }, value })),
      },
      {
        name: 'steamer_maintenance_removed_total',
        help: 'What maintenance has removed, by job.',
        kind: 'counter',
        samples: Array.from(this.#removed, ([job, value]) => ({ labels: { job }, value })),
      },
      ...this.#limits.families,
    ];
  }

  #counted(route: string, method: string): Counted {
    const name = `${method} ${route}`;
    const known = this.#routes.get(name);
    if (known !== undefined) return known;
    const count: RouteCount = { statuses: new Map(), durations: [], durationSec: 0 };
    const counted: Counted = { labels: { route, method }, count };
    this.#routes.set(name, counted);
    return counted;
  }
}

function histogram({ labels, count }: Counted): MetricSample[] {
  let sum = 0;
  const buckets = [...BUCKETS_SEC.map(String), '+Inf'].map((le, place) => {
    sum += count.durations[place] ?? 0;
    return { suffix: '_bucket', labels: { ...labels, le }, value: sum };
  });
  return [...buckets, { suffix: '_sum', labels, value: count.durationSec }, { suffix: '_count', labels, value: sum }];
}
