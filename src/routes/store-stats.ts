/** A tenant's store in numbers: for the tenant itself, and for operators. */
import { READ_PRICE } from '../dynamo/index.ts';
import type { StoreStats } from '../objects/index.ts';
import { json } from './respond.ts';
import { tenantOf } from './route.ts';
import type { RequestContext, Route } from './route.ts';

const SHARED = {
  method: 'GET',
  mutates: false,
  cacheable: false,
  bodyLimitBytes: 0,
  schemas: { responses: { 200: { type: 'object', required: ['since', 'hits', 'misses', 'savedReadUnits'] } } },
} as const;

export const storeStatsRoutes: readonly Route[] = [
  {
    ...SHARED,
    path: '/v1/:tenant/store/stats',
    summary: "Tells what the tenant's store has answered from memory, asked DynamoDB for, and saved",
    access: { scope: 'models:read' },
    limit: 'read',
    handle: (context) => answer(context, tenantOf(context)),
  },
  {
    ...SHARED,
    path: '/v1/operator/tenants/:tenant/store',
    summary: "Tells the state of a tenant's store",
    access: 'operator',
    limit: 'operator',
    handle: (context) => answer(context, context.params['tenant'] ?? ''),
  },
];

async function answer({ services }: RequestContext, tenant: string): Promise<Response> {
  return json(publicStats(await services.storeOperator.stats(tenant)), 200, { 'cache-control': 'no-store' });
}

function publicStats({
  sinceMs,
  isReadOnly,
  isolateBytes: _ofAll,
  isolateMaxBytes: _forAll,
  ...counts
}: StoreStats): Record<string, unknown> {
  const { hits, misses, readCalls, keysRead, savedReadUnits } = counts;
  return {
    since: new Date(sinceMs).toISOString(),
    readOnly: isReadOnly,
    ...counts,
    hitRatio: ratio(hits, hits + misses),
    keysPerCall: ratio(keysRead, readCalls),
    savedDollars: (savedReadUnits * READ_PRICE.dollarsPerMillionReadUnits) / 1e6,
    price: READ_PRICE,
  };
}

/** Null when there is nothing to divide by. */
function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
