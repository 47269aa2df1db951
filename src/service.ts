/** The one place that wires rooms together: models to stores, routes to services, dispatch by tables. */
import { changeTeller, guardModels } from './access/index.ts';
import type { GuardedModel } from './access/index.ts';
import { authenticate, isServedTenant, TenantConfigs, tenantIds, tenantOrigins, tenantPlan } from './accounts/index.ts';
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
import {
  defineFileLedger,
  defineRateLimiter,
  defineSessionOwner,
  defineStreamDirectory,
  defineStreamHub,
  defineStreamRelay,
  defineTenantStore,
  fileLedgerStub,
  IsolateCache,
  KnownDivisions,
  LimitAdministration,
  limitChangesStub,
  RateLimiterClient,
  ShardedStore,
  StoreOperator,
  streamDirectoryStub,
  streamHubStub,
  streamRelayStub,
  tenantStoreStub,
} from './objects/index.ts';
import type { StoreAddress } from './objects/index.ts';
import { createRouter, fail } from './router.ts';
import { apiDescriptionRoutes } from './routes/api-description.ts';
import { attemptLimits } from './routes/attempt-limits.ts';
import { auditRoutes } from './routes/audit.ts';
import { authPasskeyRoutes } from './routes/auth-passkeys.ts';
import { authRecoveryRoutes } from './routes/auth-recovery.ts';
import { authSecondFactorRoutes } from './routes/auth-second-factor.ts';
import { authSessionRoutes } from './routes/auth-sessions.ts';
import { authRoutes } from './routes/auth.ts';
import { fileRoutes } from './routes/files.ts';
import { LimitCounts } from './routes/limit-counts.ts';
import { LimitRegistry } from './routes/limit-registry.ts';
import { modelRoutes } from './routes/model-routes.ts';
import { operatorConsumptionRoutes } from './routes/operator-consumption.ts';
import { operatorExportRoutes } from './routes/operator-export.ts';
import { runLimits } from './routes/run-limits.ts';
import { operatorLimitRoutes } from './routes/operator-limits.ts';
import { operatorTenantRoutes } from './routes/operator-tenants.ts';
import { operatorUsageRoutes } from './routes/operator-usage.ts';
import { outboxRoutes } from './routes/outbox.ts';
import { publishedKeyRoutes } from './routes/published-keys.ts';
import type { FileServices, Route, ServiceLimits, Services } from './routes/route.ts';
import { serviceInfoRoutes } from './routes/service-info.ts';
import { storeRoutes } from './routes/store-routes.ts';
import { changesStreams, streamReaders } from './routes/stream-readers.ts';
import { streamRoutes } from './routes/streams.ts';
import { tenantKeyRoutes } from './routes/tenant-keys.ts';
import { tenantConfigRoutes } from './routes/tenant-config.ts';
import { tenantMetricsRoutes } from './routes/tenant-metrics.ts';
import { tenantLimitRoutes } from './routes/tenant-limits.ts';
import { tenantRoutes } from './routes/tenants.ts';
import { DEFAULT_LIMITS } from './wire/limit-defaults.ts';
import { mergeLimits } from './wire/limit-document.ts';
import { isolateMemory } from './lib/memory-budget.ts';
import { defineTenantService } from './rpc/tenant-service.ts';
import type { MetricsSink } from './wire/metrics.ts';
import { MAINTENANCE_CRON, type ServiceBinding, SERVICE_BINDINGS } from './wire/service-bindings.ts';
import { joinedVersion } from './wire/store-version.ts';
import { accountServices, consumeErasures, consumeMail, exportSteps } from './account-services.ts';
import { runMaintenance, sharedAnswers, tracingOf, trafficServices } from './platform-services.ts';
import { tenantServiceOptions } from './rpc-services.ts';
import { NO_MODELS, type Service, type ServiceBindings, type ServiceOptions } from './service-options.ts';

export type { Service, ServiceBindings, ServiceOptions } from './service-options.ts';

/** Without these there is no service; what is optional is asked for where it is used. */
const REQUIRED_BINDINGS = Object.fromEntries(
  Object.entries<ServiceBinding>(SERVICE_BINDINGS satisfies Record<Exclude<keyof ServiceBindings, 'EMAIL'>, ServiceBinding>)
    .filter(([, { isOptional }]) => isOptional !== true)
    .map(([name, { kind }]) => [name, binding(kind)]),
);

/**
 * Makes a service of its parts.
 *
 * @throws TypeError for two routes with one path and for limits that are none, ConfigurationError for models that do not fit together
 */
export function createService(options: ServiceOptions = {}): Service {
  const { models = {}, tableProfile = NO_MODELS } = options;
  const scheduled: NonNullable<ServiceOptions['scheduled']> = {
    [MAINTENANCE_CRON]: (_event, env) => runMaintenance(env, servicesOf(env).metrics),
    ...options.scheduled,
  };
  const queues: NonNullable<ServiceOptions['queues']> = {
    [SERVICE_BINDINGS.MAIL_QUEUE.queue]: consumeMail,
    [SERVICE_BINDINGS.ERASURE_QUEUE.queue]: (batch, env) => consumeErasures(batch, env, options),
    ...options.queues,
  };
  const guarded = guardModels(Object.values(models), options.modelOptions);
  const limits = mergeLimits(DEFAULT_LIMITS, options.limits ?? {});
  const routes: Route[] = [
    ...serviceInfoRoutes,
    ...apiDescriptionRoutes(guarded, () => routes),
    ...publishedKeyRoutes,
    ...outboxRoutes,
    ...authRoutes,
    ...authRecoveryRoutes,
    ...authSessionRoutes,
    ...authSecondFactorRoutes,
    ...authPasskeyRoutes,
    ...tenantRoutes,
    ...tenantKeyRoutes,
    ...auditRoutes,
    ...streamRoutes(options.streams),
    ...fileRoutes,
    ...storeRoutes(guarded),
    ...operatorLimitRoutes,
    ...operatorConsumptionRoutes,
    ...operatorTenantRoutes,
    ...operatorExportRoutes,
    ...operatorUsageRoutes,
    ...tenantLimitRoutes,
    ...tenantMetricsRoutes,
    ...tenantConfigRoutes,
    ...(options.workflows?.routes ?? []),
    ...(options.routes ?? []),
    ...modelRoutes(guarded),
  ];
  const answer = createRouter(routes);
  const servicesOf = oncePerEnvironment((env) => wire(env, options, guarded));
  // What a step is called with is the Worker's environment, as a request is.
  options.workflows?.useTenants((env, tenant, work) => servicesOf(env as ServiceBindings).inTenant(tenant, work, {}));
  options.workflows?.useLimits((env) => servicesOf(env as ServiceBindings).runLimits);
  return {
    routes,
    objects: {
      TenantStore: defineTenantStore({ profile: tableProfile, teller: changeTeller(Object.values(models)), ...options.store }),
      StreamHub: defineStreamHub(options.streams),
      StreamDirectory: defineStreamDirectory(),
      StreamRelay: defineStreamRelay(),
      RateLimiter: defineRateLimiter({ limits }),
      SessionOwner: defineSessionOwner(),
      FileLedger: defineFileLedger(options.files),
    },
    entrypoints: { TenantService: defineTenantService(tenantServiceOptions(answer, servicesOf)) },
    handler: {
      async fetch(request, env, ctx) {
        try {
          return await answer(request, servicesOf(env), (work) => ctx.waitUntil(work));
        } catch (error) {
          return fail(error, { request, requestId: crypto.randomUUID() });
        }
      },
      queue: async (batch, env, ctx) => entry(queues, queueNameOf(batch, env), 'queue')(batch, env, ctx),
      scheduled: async (event, env, ctx) => entry(scheduled, event.cron, 'cron expression')(event, env, ctx),
    },
  };
}

function wire(env: ServiceBindings, options: ServiceOptions, guarded: ReadonlyMap<string, GuardedModel>): Services {
  const { name = 'steamer', version = '0.1.0', models = {}, tableProfile = NO_MODELS } = options;
  checkEnv(env, REQUIRED_BINDINGS);
  const environment = readEnvironment(env);
  const requestCounters = new RequestCounters();
  const { counted, traffic } = trafficServices(env);
  const metrics = metricsSinks(requestCounters, counted, ...(env.METRICS ? [analyticsSink(env.METRICS)] : []));
  const limits = serviceLimits(env, options, metrics);
  const accounts = accountServices(env, environment, options, attemptLimits(limits));
  const nowMs = () => Date.now();
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
    sharedAnswers: sharedAnswers(env, version, guarded.values()),
    configs: new TenantConfigs(env.DB, env.KV),
    withOperation: runWithOperation,
    requestCounters,
    limits,
    runLimits: runLimits(limits.ofRuns),
    tenantIds: (after, limit) => tenantIds(env.DB, after, limit),
    storeOperator: new StoreOperator({ connect, key: tableProfile.key, divisions }),
    authenticate: (credential, use) => authenticate(accounts, credential, use),
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

/** The queues of an environment of wrangler.toml end with its name. */
function queueNameOf({ queue }: MessageBatch, env: ServiceBindings): string {
  const { environment } = readEnvironment(env);
  return queue.endsWith(`-${environment}`) ? queue.slice(0, -environment.length - 1) : queue;
}

function filesOf({ FILE_LEDGER: ledgers, STORAGE: bucket }: ServiceBindings): FileServices | null {
  return ledgers && bucket ? { ledger: (tenant) => fileLedgerStub(ledgers, tenant), bucket } : null;
}

/** A run that begins can wait a little for the limiter. */
const RUN_DEADLINE_MS = 1_000;

function serviceLimits(env: ServiceBindings, { limits = {}, limiter = {} }: ServiceOptions, metrics: MetricsSink): ServiceLimits {
  const changesStub = () => limitChangesStub(env.RATE_LIMITER, limiter.set ?? 'limits');
  const readChanges = () => changesStub().readChanges();
  const registry = new LimitRegistry(mergeLimits(DEFAULT_LIMITS, limits), readChanges);
  const calls = { ...limiter, changes: () => registry.changes };
  // What an isolate holds of leases and refusals is of the limits that were: other limits begin with another client.
  const clients = (options: { deadlineMs?: number }) =>
    latestOf((_version: number) => new RateLimiterClient(env.RATE_LIMITER, { ...calls, ...options, failures: registry.failures }));
  const [clientOf, runClientOf] = [clients({}), clients({ deadlineMs: Math.max(RUN_DEADLINE_MS, limiter.deadlineMs ?? 0) })];
  const planOf = (tenant: string) => tenantPlan(env.DB, tenant, Date.now()).catch(() => null);
  const shared = { registry, counts: new LimitCounts(), metrics, planOf };
  return {
    ...shared,
    get limiter() {
      return clientOf(registry.changes.version);
    },
    ofRuns: {
      ...shared,
      get limiter() {
        return runClientOf(registry.changes.version);
      },
    },
    administration: new LimitAdministration(env.RATE_LIMITER, calls),
    readChanges,
    replaceChanges: (changes, ifVersion) => changesStub().replaceChanges(changes, ifVersion),
  };
}

/** Makes something again when it is for something else. */
function latestOf<Key, Value>(make: (key: Key) => Value): (key: Key) => Value {
  let latest: { key: Key; value: Value } | null = null;
  return (key) => (latest?.key === key ? latest : (latest = { key, value: make(key) })).value;
}

/** With a model that can be searched the table has the index of search, which serves every walk as well. */
function iterationIndexOf({ indexes }: TableProfile): string {
  return Object.hasOwn(indexes, SEARCH_INDEX_NAME) ? SEARCH_INDEX_NAME : ITERATION_INDEX_NAME;
}

/** Bindings are the same objects for all requests of an isolate; a test may bring others. */
function oncePerEnvironment(make: (env: ServiceBindings) => Services): (env: ServiceBindings) => Services {
  const made = new WeakMap<ServiceBindings, Services>();
  return (env) => {
    const services = made.get(env) ?? make(env);
    made.set(env, services);
    return services;
  };
}

function entry<T>(table: Record<string, T>, name: string, kind: string): T {
  const found = Object.hasOwn(table, name) ? table[name] : undefined;
  if (found === undefined)
    throw new TypeError(`no handler for the ${kind} "${name}"; createService has ${Object.keys(table).join(', ') || 'none'}`);
  return found;
}
