/** Numbers about requests: into Workers Analytics Engine where it is bound, and into the counters of the isolate. */
import type { MetricsSink, RequestPoint } from '../wire/metrics.ts';
import type { RequestCounters } from './request-counters.ts';

/**
 * A sink that counts every request in `counters`, and writes one data point for it into `dataset`: index tenant; blobs route, method, cache state; doubles status, duration in ms, DynamoDB calls.
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
  };
}
