/** `GET /metrics`: for operators, in the text format of Prometheus. */
import { isServiceError, ServiceError } from '../lib/errors.ts';
import { PROMETHEUS_CONTENT_TYPE, prometheusText } from '../lib/prometheus-text.ts';
import type { MetricFamily } from '../lib/prometheus-text.ts';
import type { StoreStats } from '../objects/index.ts';
import { METRICS_MAX_TENANTS } from '../wire/limits.ts';
import { TENANT_PATTERN, whyNotATenant } from '../wire/tenant.ts';
import type { RequestContext, Route } from './route.ts';

export const metricsRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/metrics',
    summary: 'Metrics of this isolate, and of the stores of the tenants that are named, for Prometheus',
    access: 'operator',
    limit: 'operator',
    mutates: false,
    cacheable: false,
    bodyLimitBytes: 0,
    schemas: {
      query: { tenant: { type: 'array', items: { type: 'string' }, maxItems: METRICS_MAX_TENANTS } },
      responses: { 200: { contentMediaType: 'text/plain', type: 'string' } },
    },
    handle: metrics,
  },
];

/** A family of a number that every store has. */
interface StoreMetric {
  name: string;
  help: string;
  kind: 'counter' | 'gauge';
  valueOf: (stats: StoreStats) => number | null;
}

const STORE_METRICS: readonly StoreMetric[] = [
  counter('hits_total', 'Keys answered from memory.', ({ hits }) => hits),
  counter('misses_total', 'Keys that were not in memory.', ({ misses }) => misses),
  counter('stale_answers_total', 'Keys answered after their time, since DynamoDB could not be asked.', ({ staleAnswers }) => staleAnswers),
  counter('query_hits_total', 'Queries answered from memory.', ({ queryHits }) => queryHits),
  counter('query_misses_total', 'Queries that were not in memory.', ({ queryMisses }) => queryMisses),
  counter('dynamodb_read_calls_total', 'HTTP requests to DynamoDB that read.', ({ readCalls }) => readCalls),
  counter('dynamodb_write_calls_total', 'HTTP requests to DynamoDB that wrote.', ({ writeCalls }) => writeCalls),
  counter('dynamodb_keys_read_total', 'Keys in the requests that read.', ({ keysRead }) => keysRead),
  counter('dynamodb_read_units_total', 'Read units consumed.', ({ readUnits }) => readUnits),
  counter('dynamodb_write_units_total', 'Write units consumed.', ({ writeUnits }) => writeUnits),
  counter(
    'saved_read_units_total',
    'Read units that hits would have cost as single eventual reads.',
    ({ savedReadUnits }) => savedReadUnits,
  ),
  counter('journal_commits_total', 'Rows written for writes before they leave; writes share them.', ({ journalCommits }) => journalCommits),
  counter('evictions_total', 'Cached items and answers that made room for others.', ({ evictions }) => evictions),
  gauge('cached_items', 'Items in memory.', ({ cachedItems }) => cachedItems),
  gauge('cached_queries', 'Answers to queries in memory.', ({ cachedQueries }) => cachedQueries),
  gauge('cached_bytes', 'Bytes of items and answers in memory.', ({ cachedBytes }) => cachedBytes),
  gauge('requests_in_flight', 'Requests to DynamoDB under way.', ({ requestsInFlight }) => requestsInFlight),
  gauge('requests_waiting', 'Requests that wait for a connection.', ({ requestsWaiting }) => requestsWaiting),
  gauge('open_circuits', 'Ranges of keys that DynamoDB is not asked for as ever.', ({ openCircuits }) => openCircuits),
  gauge('held_keys', 'Keys of which a write may still be applied.', ({ heldKeys }) => heldKeys),
  gauge('stream_lag_seconds', 'Age of the latest change of the table’s stream when it came.', ({ streamLagMs }) =>
    streamLagMs === null ? null : streamLagMs / 1000,
  ),
  gauge('read_only', '1 while an operator has made the tenant read-only.', ({ isReadOnly }) => Number(isReadOnly)),
  gauge('start_time_seconds', 'When the counts of the store began.', ({ sinceMs }) => sinceMs / 1000),
];

async function metrics({ url, services }: RequestContext): Promise<Response> {
  const tenants = tenantsOf(url);
  const stores = await Promise.all(tenants.map((tenant) => storeOf(tenant, services)));
  const families = [...services.requestCounters.families, ...storeFamilies(stores.flat())];
  return new Response(prometheusText(families), { headers: { 'content-type': PROMETHEUS_CONTENT_TYPE, 'cache-control': 'no-store' } });
}

interface NamedStore {
  tenant: string;
  stats: StoreStats;
}

/** None of a tenant that there is not, or is erased: the others are told all the same, and no store is made for it. */
async function storeOf(tenant: string, services: RequestContext['services']): Promise<NamedStore[]> {
  if ((await services.planOf(tenant)) === null) return [];
  try {
    return [{ tenant, stats: await services.storeOperator.stats(tenant) }];
  } catch (error) {
    if (isServiceError(error) && error.code === 'not_found') return [];
    throw error;
  }
}

/** Named ones only: to ask a store is to wake its object, so that nobody asks all of them every few seconds. */
function tenantsOf({ searchParams }: URL): string[] {
  const other = [...searchParams.keys()].find((name) => name !== 'tenant');
  if (other !== undefined) throw new ServiceError('invalid_input', `?${other.slice(0, 80)}: is not a parameter here; expected tenant.`);
  const tenants = [...new Set(searchParams.getAll('tenant'))];
  if (tenants.length > METRICS_MAX_TENANTS)
    throw new ServiceError('invalid_input', `?tenant: expected at most ${METRICS_MAX_TENANTS} of them, got ${tenants.length}.`);
  const wrong = tenants.find((tenant) => !TENANT_PATTERN.test(tenant));
  if (wrong !== undefined) throw new ServiceError('invalid_input', `?tenant: ${whyNotATenant(wrong)}.`);
  return tenants;
}

function storeFamilies(stores: readonly NamedStore[]): MetricFamily[] {
  return STORE_METRICS.map(({ name, help, kind, valueOf }) => ({
    name: `steamer_store_${name}`,
    help,
    kind,
    samples: stores.flatMap(({ tenant, stats }) => {
      const value = valueOf(stats);
      return value === null ? [] : [{ labels: { tenant }, value }];
    }),
  }));
}

function counter(name: string, help: string, valueOf: StoreMetric['valueOf']): StoreMetric {
  return { name, help, kind: 'counter', valueOf };
}

function gauge(name: string, help: string, valueOf: StoreMetric['valueOf']): StoreMetric {
  return { name, help, kind: 'gauge', valueOf };
}
