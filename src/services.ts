/** Wires what routes are handed: models to stores, and rooms below as interfaces. */
import { waitUntil } from 'cloudflare:workers';
import type { GuardedModel } from './access/index.ts';
import { authenticate, isServedTenant, SessionClaims, TenantConfigs, tenantIds, tenantOrigins, tenantPlan } from './accounts/index.ts';
import {
  initModels,
  ITERATION_INDEX_NAME,
  runWithBatchContext,
  runWithOperation,
  SEARCH_INDEX_NAME,
  TenantContext,
} from './bao/for-services.ts';
import type { TableProfile } from './dynamo/index.ts';
import { binding, checkEnv } from './edge/checked-env.ts';
import { readEnvironment } from './edge/env.ts';
import { analyticsSink, metricsSinks } from './edge/metrics.ts';
import { RequestCounters } from './edge/request-counters.ts';
import { isolateMemory } from './lib/memory-budget.ts';
import {
  fileLedgerStub,
  IsolateCache,
  KnownDivisions,
  ShardedStore,
  StoreOperator,
  streamDirectoryStub,
  streamHubStub,
  streamRelayStub,
  tenantStoreStub,
} from './objects/index.ts';
import type { StoreAddress } from './objects/index.ts';
import { attemptLimits } from './routes/attempt-limits.ts';
import { TenantQuotas } from './routes/tenant-quotas.ts';
import { runLimits } from './routes/run-limits.ts';
import type { FileServices, Services } from './routes/route.ts';
import { changesStreams, streamReaders } from './routes/stream-readers.ts';
import { accountServices, exportSteps } from './account-services.ts';
import { serviceLimits } from './limit-services.ts';
import { sharedAnswers, tracingOf, trafficServices } from './platform-services.ts';
import { NO_MODELS, type ServiceBindings, type ServiceOptions } from './service-options.ts';
import { type ServiceBinding, SERVICE_BINDINGS } from './wire/service-bindings.ts';
import { joinedVersion } from './wire/store-version.ts';

/** Without these there is no service; what is optional is asked for where it is used. */
const REQUIRED_BINDINGS = Object.fromEntries(
  Object.entries<ServiceBinding>(
    SERVICE_BINDINGS satisfies Record<Exclude<keyof ServiceBindings, 'AWS_CREDENTIALS' | 'EMAIL'>, ServiceBinding>,
  )
    .filter(([, { isOptional }]) => isOptional !== true)
    .map(([name, { kind }]) => [name, binding(kind)]),
);

/**
 * What the routes of a service are handed in an environment.
 *
 * @throws ServiceError `misconfigured`, naming the binding, variable or secret that is missing or none
 */
export function servicesIn(env: ServiceBindings, options: ServiceOptions, guarded: ReadonlyMap<string, GuardedModel>): Services {
  const { name = 'steamer', version = '0.1.0', models = {}, tableProfile = NO_MODELS } = options;
  checkEnv(env, REQUIRED_BINDINGS);
  const environment = readEnvironment(env);
  const requestCounters = new RequestCounters();
  const { counted, traffic } = trafficServices(env);
  const metrics = metricsSinks(requestCounters, counted, ...(env.METRICS ? [analyticsSink(env.METRICS)] : []));
  const limits = serviceLimits(env, options, metrics);
  const accounts = accountServices(env, environment, options, attemptLimits(limits));
  const shared = sharedAnswers(env, version, guarded.values());
  const nowMs = () => Date.now();
  const quotas = new TenantQuotas({ plans: options.quotas ?? {}, usedToday: (tenant) => counted.usedToday(tenant), nowMs });
  const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
  const connect = (address: StoreAddress) => tenantStoreStub(env.TENANT_STORE, address);
  const divisions = new KnownDivisions();
  const clientOf = (tenant: string) =>
    new ShardedStore({ tenant, profile: tableProfile, connect, divisions, takeTraffic: () => counted.take(tenant), nowMs, sleep });
  const isolate = new IsolateCache({
    profile: tableProfile,
    times: options.store?.isolateCache ?? {},
    memory: isolateMemory,
    nowMs,
  });
  const manager = initModels({
    models,
    db: { tableName: environment.table.name, iterationIndexName: iterationIndexOf(tableProfile) },
    cursorKeys: environment.signingKeys,
    tenancy: { enabled: true },
    store: (tenant: string | null) => isolate.inFrontOf(clientOf(tenant ?? ''), tenant ?? ''),
  });
  return {
    name,
    version,
    environment,
    inTenant: (tenant, work, bounds) =>
      TenantContext.runWithTenant(tenant, () => runWithBatchContext(work, { manager, joinVersions: joinedVersion, ...bounds })),
    metrics,
    traffic,
    tracing: tracingOf(environment, name),
    sharedAnswers: shared,
    configs: new TenantConfigs(env.DB, env.KV),
    withOperation: runWithOperation,
    requestCounters,
    limits,
    quotas,
    runLimits: runLimits(limits.ofRuns, quotas, traffic),
    tenantIds: (after, limit) => tenantIds(env.DB, after, limit),
    storeOperator: new StoreOperator({
      connect,
      key: tableProfile.key,
      divisions,
      onOutdated: (tenant) => shared.purge(tenant, waitUntil),
    }),
    authenticate: (credential, use) => authenticate(accounts, credential, use),
    claimsOf: (cookie) => (options.sessionClaims === true ? new SessionClaims(environment.signingKeys, cookie) : null),
    accounts,
    exportSteps: exportSteps(env, environment, accounts, options),
    servesTenant: (tenant) => isServedTenant(accounts, tenant, Date.now()),
    planOf: (tenant) => tenantPlan(env.DB, tenant, nowMs()),
    idempotencyKeys: clientOf,
    files: filesOf(env),
    streamDirectory: (tenant) => streamDirectoryStub(env.STREAM_DIRECTORY, tenant),
    mayReadStream: streamReaders(guarded),
    changesStreams: changesStreams(guarded, tableProfile),
    streamHub: (tenant, stream) => streamHubStub(env.STREAM_HUB, { tenant, name: stream }),
    streamRelay: (tenant, stream, index) => streamRelayStub(env.STREAM_RELAY, { tenant, name: stream, index }),
    allowsOrigin: async (origin, tenant) =>
      origin === environment.publicUrl ||
      environment.allowedOrigins.has(origin) ||
      (tenant !== null && (await tenantOrigins(env.DB, tenant, Date.now())).has(origin)),
  };
}

function filesOf({ FILE_LEDGER: ledgers, STORAGE: bucket }: ServiceBindings): FileServices | null {
  return ledgers && bucket ? { ledger: (tenant) => fileLedgerStub(ledgers, tenant), bucket } : null;
}

/** With a model that can be searched the table has the index of search, which serves every walk as well. */
function iterationIndexOf({ indexes }: TableProfile): string {
  return Object.hasOwn(indexes, SEARCH_INDEX_NAME) ? SEARCH_INDEX_NAME : ITERATION_INDEX_NAME;
}
