/** A tenant's store in numbers: for the tenant itself, and for operators. */
import type { GuardedModel } from '../access/index.ts';
import { requireTenant } from '../accounts/index.ts';
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

/** @param models whose rules say which keys a principal may be told of */
export function storeStatsRoutes(models: ReadonlyMap<string, GuardedModel>): Route[] {
  return [
    {
      ...SHARED,
      path: '/v1/:tenant/store/stats',
      summary: "Tells what the tenant's store has answered from memory, asked DynamoDB for, and saved",
      access: { scope: 'models:read' },
      limit: 'read',
      async handle(context) {
        const stats = await context.services.storeOperator.stats(tenantOf(context));
        return answer({ ...stats, hotKeys: stats.hotKeys.filter(mayBeTold(models, context.principal)) });
      },
    },
    {
      ...SHARED,
      path: '/v1/operator/tenants/:tenant/store',
      summary: "Tells the state of a tenant's store",
      access: 'operator',
      limit: 'operator',
      async handle({ services, params }) {
        const { id } = await requireTenant(services.accounts.db, params['tenant'] ?? '');
        return answer(await services.storeOperator.stats(id));
      },
    },
  ];
}

/** A key tells of its item; and rows of no model, as those that keep values unique, of those of any. */
function mayBeTold(
  models: ReadonlyMap<string, GuardedModel>,
  principal: RequestContext['principal'],
): (key: StoreStats['hotKeys'][number]) => boolean {
  const readable = new Set([...models.values()].filter((model) => model.mayReadAll(principal)).map(({ description }) => description.name));
  return ({ model }) => (model === null ? readable.size === models.size : readable.has(model));
}

function answer(stats: StoreStats): Response {
  return json(publicStats(stats), 200, { 'cache-control': 'no-store' });
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
