/** Numbers about the service: into Workers Analytics Engine where it is bound, and into whatever else counts them. */
import { hashOf } from '../lib/text-hash.ts';
import type { MetricEvent, MetricsSink } from '../wire/metrics.ts';

/** A sink that hands every event to all of `sinks`. */
export function metricsSinks(...sinks: readonly MetricsSink[]): MetricsSink {
  return { record: (event) => sinks.forEach((sink) => sink.record(event)) };
}

/**
 * Writes a data point for each request (index: a hash of the tenant; blobs route, method, cache state, outcome; doubles status, duration in ms, DynamoDB calls, operations), and now and then one for
 * each limit policy (index "limits"; blob policy; doubles decisions, refusals, refusals in shadow mode, decisions asked for, decisions by lease, failures);
 * one for each run of a workflow that begins (index "runs"; blob a hash of the tenant);
 * one for each job of maintenance (index "maintenance"; blobs job, outcome; doubles what was removed, duration in ms).
 *
 * @see https://developers.cloudflare.com/analytics/analytics-engine/
 */
export function analyticsSink(dataset: AnalyticsEngineDataset): MetricsSink {
  return { record: (event) => dataset.writeDataPoint(pointOf(event)) };
}

function pointOf(event: MetricEvent): AnalyticsEngineDataPoint {
  switch (event.kind) {
    case 'request': {
      const { route, method, cache, status, durationMs, cost } = event;
      return {
        indexes: [event.tenant === null ? '' : hashOf(event.tenant).toString(16)],
        blobs: [route, method, cache, outcomeOf(status)],
        doubles: [status, durationMs, cost.calls, cost.operations],
      };
    }
    case 'run':
      return { indexes: ['runs'], blobs: [hashOf(event.tenant).toString(16)] };
    case 'limit': {
      const { policy, decisions, refusals, shadowRefusals, asked, leased, failures } = event;
      return { indexes: ['limits'], blobs: [policy], doubles: [decisions, refusals, shadowRefusals, asked, leased, failures] };
    }
    case 'maintenance': {
      const { job, removed, durationMs, isFailed } = event;
      return { indexes: ['maintenance'], blobs: [job, isFailed ? 'failed' : 'done'], doubles: [removed, durationMs] };
    }
  }
}

function outcomeOf(status: number): string {
  if (status === 429) return 'limited';
  return status >= 500 ? 'failed' : status >= 400 ? 'refused' : 'answered';
}
