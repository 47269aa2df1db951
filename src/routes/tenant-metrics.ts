/** A tenant's traffic: the last 15 minutes by the second, and 90 days. What comes is in the stream `metrics/live`. */
import { addTraffic, noTraffic, shownTraffic, type Traffic } from '../wire/traffic.ts';
import { dayOf, renewedAtMs, usedOf } from '../wire/daily-quotas.ts';
import { json } from './respond.ts';
import { tenantOf } from './route.ts';
import type { RequestContext, Route } from './route.ts';

export const tenantMetricsRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/:tenant/metrics',
    summary: "Tells the tenant's traffic of the last 15 minutes, by the second, and of the last 90 days",
    access: { scope: 'models:read' },
    limit: 'read',
    mutates: false,
    cacheable: false,
    isOutsideQuotas: true,
    bodyLimitBytes: 0,
    schemas: { responses: { 200: { type: 'object', required: ['today', 'total', 'seconds', 'days', 'sockets', 'streams'] } } },
    handle: metrics,
  },
];

async function metrics(context: RequestContext): Promise<Response> {
  const { services, principal } = context;
  const tenant = tenantOf(context);
  const { seconds, days, ...now } = await services.traffic.read(tenant);
  const nowMs = Date.now();
  const plan = principal?.plan ?? (await services.planOf(tenant));
  const body = {
    ...now,
    today: {
      used: usedOf(days.find(({ day }) => day === dayOf(nowMs))?.traffic ?? noTraffic()),
      quotas: services.quotas.of(plan),
      renewedAt: new Date(renewedAtMs(nowMs)).toISOString(),
    },
    total: shownTraffic(sumOf(seconds)),
    seconds: seconds.map((second) => ({ at: new Date(second.atSec * 1000).toISOString(), ...shownTraffic(second) })),
    days: days.map(({ day, traffic }) => ({ day, ...shownTraffic(traffic) })),
  };
  return json(body, 200, { 'cache-control': 'no-store' });
}

function sumOf(parts: readonly Traffic[]): Traffic {
  const sum = noTraffic();
  for (const part of parts) addTraffic(sum, part);
  return sum;
}
