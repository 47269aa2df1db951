/** Metrics into Workers Analytics Engine; a service without the binding writes none. */
import type { MetricsSink, RequestPoint } from '../wire/metrics.ts';

/**
 * A sink that writes one data point per request: index tenant; blobs route, method, cache state; doubles status, duration in ms, DynamoDB calls.
 * Never throws: a request does not fail for its metrics.
 *
 * @see https://developers.cloudflare.com/analytics/analytics-engine/
 */
export function metricsSink(dataset: AnalyticsEngineDataset | undefined): MetricsSink {
  return {
    request(point: RequestPoint) {
      dataset?.writeDataPoint({
        indexes: [point.tenant ?? ''],
        blobs: [point.route, point.method, point.cache],
        doubles: [point.status, point.durationMs, point.dynamoCalls],
      });
    },
  };
}
