/** Numbers about requests and limits: into Workers Analytics Engine where it is bound, and into the counters of the isolate. */
import type { LimitPoint, MetricsSink, RequestPoint } from '../wire/metrics.ts';
import type { RequestCounters } from './request-counters.ts';

/**
 * A sink that counts everything in `counters`, and writes data points into `dataset`: one for each request (index tenant; blobs route, method, cache state; doubles status, duration in ms, DynamoDB
 * calls), and now and then one for each limit policy (index "limits"; blob policy; doubles decisions, refusals, refusals in shadow mode, decisions asked for, decisions by lease, failures).
 * Never throws: a request does not fail for its metrics.
 *
 * @see https://developers.cloudflare.com/analytics/analytics-engine/
 */
export function metricsSink(dataset: AnalyticsEngineDataset | undefined, counters: RequestCounters): MetricsSink {
  return {
    request(point: RequestPoint) {
      counters.request(point);
      dataset?.writeDataPoint({
        indexes: [point.tenant ?? ''],
        blobs: [point.route, point.method, point.cache],
        doubles: [point.status, point.durationMs, point.dynamoCalls],
      });
    },
    limit(point: LimitPoint) {
      counters.limit(point);
      const { policy, decisions, refusals, shadowRefusals, asked, leased, failures } = point;
      dataset?.writeDataPoint({
        indexes: ['limits'],
        blobs: [policy],
        doubles: [decisions, refusals, shadowRefusals, asked, leased, failures],
      });
    },
  };
}
