/** A service of its parts: the handlers of its Worker, and the classes of its objects. */
import { waitUntil } from 'cloudflare:workers';
import { changeTeller, guardModels } from './access/index.ts';
import { readEnvironment } from './edge/env.ts';
import {
  defineFileLedger,
  defineRateLimiter,
  defineSessionOwner,
  defineStreamDirectory,
  defineStreamHub,
  defineStreamRelay,
  defineTenantStore,
} from './objects/index.ts';
import { consumeErasures, consumeMail } from './account-services.ts';
import { purgingWhatIsWritten, runMaintenance } from './platform-services.ts';
import { createRouter, fail } from './router.ts';
import type { Services } from './routes/route.ts';
import { tenantServiceOptions } from './rpc-services.ts';
import { defineTenantService } from './rpc/tenant-service.ts';
import { NO_MODELS, type Service, type ServiceBindings, type ServiceOptions } from './service-options.ts';
import { serviceRoutes } from './service-routes.ts';
import { servicesIn } from './services.ts';
import { checkQuotas } from './wire/daily-quotas.ts';
import { DEFAULT_LIMITS } from './wire/limit-defaults.ts';
import { mergeLimits } from './wire/limit-document.ts';
import { MAINTENANCE_CRON, SERVICE_BINDINGS } from './wire/service-bindings.ts';

export type { Service, ServiceBindings, ServiceOptions } from './service-options.ts';

/**
 * Makes a service of its parts.
 *
 * @throws TypeError for two routes with one path and for limits or quotas that are none, ConfigurationError for models that do not fit together
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
    ...options.workflows?.queues,
    ...options.queues,
  };
  const guarded = guardModels(Object.values(models), options.modelOptions);
  checkQuotas(options.quotas ?? {});
  const limits = mergeLimits(DEFAULT_LIMITS, options.limits ?? {});
  const routes = serviceRoutes(options, guarded);
  const answer = createRouter(routes);
  const servicesOf = oncePerEnvironment((env) => servicesIn(env, options, guarded));
  // What a step is called with is the Worker's environment, as a request is.
  options.workflows?.useTenants((env, tenant, work) => inRun(servicesOf(env as ServiceBindings), tenant, work));
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

/** Work of a run for its tenant. */
function inRun<Result>({ inTenant, sharedAnswers }: Services, tenant: string, work: () => Promise<Result>): Promise<Result> {
  return inTenant(tenant, () => purgingWhatIsWritten(sharedAnswers, tenant, waitUntil, work), {});
}

/** The queues of an environment of wrangler.toml end with its name. */
function queueNameOf({ queue }: MessageBatch, env: ServiceBindings): string {
  const { environment } = readEnvironment(env);
  return queue.endsWith(`-${environment}`) ? queue.slice(0, -environment.length - 1) : queue;
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
