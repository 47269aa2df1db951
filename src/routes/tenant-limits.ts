/** `GET /v1/{tenant}/limits`: what a tenant, and the principal who asks, have used of their limits. */
import { ServiceError } from '../lib/errors.ts';
import type { Rule } from '../wire/limit-rules.ts';
import type { Ask, Decision } from '../wire/limiter.ts';
import { LIMIT_POLICIES } from '../wire/limits.ts';
import { limitKeyOfPrincipal, limitKeyOfTenant, TENANT_POLICY } from './limit-keys.ts';
import { json } from './respond.ts';
import type { RequestContext, Route } from './route.ts';
import { tenantOf } from './route.ts';

const LIMIT = {
  type: 'object',
  required: ['policy', 'limit', 'of', 'capacity', 'used', 'left', 'moreInMs'],
  properties: {
    policy: { type: 'string' },
    limit: { type: 'string', description: 'its name within the policy' },
    of: { enum: ['tenant', 'principal'] },
    algorithm: { type: 'string' },
    capacity: { type: 'integer', description: 'the most that can be used at once' },
    used: { type: 'integer', description: 'what isolates have taken for the next seconds included' },
    left: { type: 'integer' },
    moreInMs: { type: 'integer', description: '0: all is there' },
  },
};

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
    schemas: { responses: { 200: { type: 'object', required: ['limits'], properties: { limits: { type: 'array', items: LIMIT } } } } },
    handle: listConsumption,
  },
];

async function listConsumption(context: RequestContext): Promise<Response> {
  const { services, principal } = context;
  const { registry, administration } = services.limits;
  const tenant = tenantOf(context);
  if (principal === null) throw new TypeError('the route is guarded by a scope');
  // Overrides for a route are left out: this is not one of the routes that they are for.
  const caller = { address: null, tenant, plan: principal.plan ?? null, key: principal.subject.id, route: null };
  const counted = [
    { policy: TENANT_POLICY, of: 'tenant', ...limitKeyOfTenant(tenant) },
    ...LIMIT_POLICIES.filter(isOfPrincipals).map((policy) => ({ policy, of: 'principal', ...limitKeyOfPrincipal(principal) })),
  ].flatMap((one) => {
    const rule = registry.ruleFor(one.policy, caller);
    return rule === undefined ? [] : [{ ...one, rule }];
  });
  const asks = counted.map(({ rule, key }): Ask => [rule.name, key]);
  const decisions = await administration.peek(asks, tenant, { priority: 'critical' }).catch((cause: unknown) => {
    throw new ServiceError('limits_unavailable', 'Limits cannot be read at the moment.', { cause });
  });
  return json({ limits: counted.flatMap(({ rule, of }, index) => consumption(rule, of, decisions[index])) });
}

function consumption({ policy, limits }: Rule, of: string, decision: Decision | undefined): object[] {
  return limits.map(({ name, algorithm, capacity }, index) => {
    const left = decision?.limits[index * 2] ?? capacity;
    const moreInMs = decision?.limits[index * 2 + 1] ?? 0;
    return { policy, limit: name, of, algorithm, capacity, used: capacity - left, left, moreInMs };
  });
}

function isOfPrincipals(policy: string): boolean {
  return policy !== 'public' && policy !== 'operator';
}
