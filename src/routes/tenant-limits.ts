/** `GET /v1/{tenant}/limits`: what a tenant, and the principal who asks, have used of their limits. */
import { CONSUMPTION, consumptionOf } from './limit-consumption.ts';
import { json } from './respond.ts';
import type { RequestContext, Route } from './route.ts';
import { tenantOf } from './route.ts';

export const tenantLimitRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/:tenant/limits',
    summary: 'What the tenant, and the principal who asks, have used of their limits',
    access: { scope: 'models:read' },
    limit: 'read',
    mutates: false,
    cacheable: false,
    bodyLimitBytes: 0,
    schemas: { responses: { 200: CONSUMPTION } },
    handle: listConsumption,
  },
];

async function listConsumption(context: RequestContext): Promise<Response> {
  const { services, principal } = context;
  if (principal === null) throw new TypeError('the route is guarded by a scope');
  const { subject, plan = null, keyId } = principal;
  const holder = { kind: 'principal', tenant: tenantOf(context), subject, plan } as const;
  return json(await consumptionOf(services.limits, keyId === undefined ? holder : { ...holder, keyId }));
}
