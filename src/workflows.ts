/** Workflows for a Worker: the World that the SDK finds, and the classes that run them. What an application hands to `createService`. */
import { TenantContext } from './bao/for-services.ts';
import { fromBase64 } from './lib/base64.ts';
import { ServiceError } from './lib/errors.ts';
import type { RunLimits } from './objects/workflow-run/admission.ts';
import { defineWorkflowRun } from './objects/workflow-run/workflow-run.ts';
import type { WorkflowRunOptions } from './objects/workflow-run/options.ts';
import type { WorkflowRunClass } from './objects/workflow-run/workflow-run.ts';
import { workflowConsumers, type WorkflowConsumers } from './queues/workflow-messages.ts';
import { operatorWorkflowQueueRoutes } from './routes/operator-workflow-queues.ts';
import type { Route } from './routes/route.ts';
import { webhookRoutes } from './routes/webhooks.ts';
import { workflowCommandRoutes, workflowSdkRoutes } from './routes/workflow-commands.ts';
import { workflowRunRoutes } from './routes/workflow-runs.ts';
import { workflowStartRoutes } from './routes/workflow-starts.ts';
import type { DeliveryOptions, InTenant } from './rpc/deliver-to-sdk.ts';
import { defineWorkflowRunner, type WorkflowRunnerClass } from './rpc/workflow-runner.ts';
import { findWebhooks } from './runs/run-index.ts';
import type { Hook } from './runs/entities.ts';
import type { ChunkStore } from './runs/chunk-store.ts';
import type { AppScope, RunAddress } from './runs/run-address.ts';
import type { RunHome } from './runs/run-home.ts';
import { installPublicUrl } from './sandbox/public-url.ts';
import { installJoinedTimers } from './sandbox/timers.ts';
import type { EraseStep } from './wire/erasure.ts';
import type { ExportStep } from './wire/tenant-export.ts';
import { TENANT_PATTERN, whyNotATenant } from './wire/tenant.ts';
import { bindingsOf, eraseSteps, exportSteps, indexOf, queuesOf, runOf, streamOf, type WorkflowBindings } from './workflow-bindings.ts';
import { currentApp, runInApp } from './world/app-scope.ts';
import type { World } from './world/sdk-world.ts';
import { createWorld } from './world/world.ts';

export { registerCode } from './sandbox/vm.ts';
export { runInApp };
export type { WorkflowBindings } from './workflow-bindings.ts';

/** Whose the runs are, and where they and their streams are kept. */
export interface WorkflowsOptions extends Omit<WorkflowRunOptions, 'limits'> {
  /** the app whose runs they are, apart from those of other apps of a tenant; default "default" */
  app?: string;
  /** the tenant that runs belong to where no request says so; without one they need a request of a tenant */
  tenant?: string;
  /** where runs are kept, if not each in an object of its own: `d1Home()` of `steamer/world-cloudflare` */
  home?: WorkflowHome;
  /** where streams are kept, if not each in an object of its own: `r2Streams()` of `steamer/world-cloudflare` */
  streams?: WorkflowStreams;
}

/** Another place for runs than objects. It is handed the Worker's bindings. */
export interface WorkflowHome {
  run(env: object, address: RunAddress): RunHome;
  /** what takes the messages of its queues */
  consumers(env: () => object, delivery: DeliveryOptions): WorkflowConsumers;
}

/** Another place for streams than objects. It is handed the Worker's bindings. */
export interface WorkflowStreams {
  open(env: object, scope: AppScope, name: string): ChunkStore;
  /** what goes when a tenant is erased */
  eraseSteps(env: object): readonly EraseStep[];
}

/** What `steamer workflows build` writes, as the default export of its module. */
export interface WorkflowBuild {
  world: WorkerWorld;
  /** the workflows by their names, as `start` takes them */
  workflows: Readonly<Record<string, { workflowId: string }>>;
  /** functions of the SDK */
  sdk: {
    resumeWebhook: (token: string, request: Request) => Promise<Response>;
    resumeHook: (hook: Hook, payload: unknown) => Promise<unknown>;
    /** ends the sleeps of a run, and says how many there were */
    wakeUp: (runId: string) => Promise<number>;
    /** starts a workflow with its arguments, and says which run that is */
    start: (workflowId: string, input: unknown[]) => Promise<string>;
    /** starts the workflow of a run again, with its input, and says which run that is */
    runAgain: (runId: string) => Promise<string>;
    readPayload: (payload: unknown, revivers: Record<string, (value: unknown) => unknown>, key: Uint8Array | undefined) => Promise<unknown>;
  };
}

/** Workflows as a service takes them. */
export interface Workflows {
  readonly objects: { WorkflowRun: WorkflowRunClass; WorkflowRunner: WorkflowRunnerClass };
  readonly routes: readonly Route[];
  /** what takes the messages of queues, where `dispatch` is "queues": the service's own consumer calls it, or the Worker's */
  readonly queues: WorkflowConsumers;
  /** lets steps use the models of their run's tenant: the service calls it */
  readonly useTenants: (inTenant: InTenant) => void;
  /** holds runs to the limits of the service: the service calls it */
  readonly useLimits: (limits: (env: object) => RunLimits) => void;
  /** what goes when a tenant is erased */
  readonly eraseSteps: () => readonly EraseStep[];
  /** what is exported with a tenant */
  readonly exportSteps: () => readonly ExportStep[];
}

const DEFAULT_APP = 'default';
const SECRET_MIN_BYTES = 32;

/** What a World is told after it was made. */
type WorldConfiguration = Pick<WorkflowsOptions, 'app' | 'tenant' | 'home' | 'streams'>;

/** What the module of `steamer workflows build` makes, before it loads the SDK. */
export interface WorkerWorld extends World {
  configure(options: WorldConfiguration): void;
  /** whether it was told where runs are kept, and whose they are */
  readonly isConfigured: boolean;
}

/**
 * Makes the World of this Worker and shows it to the SDK, which is loaded after this: it asks for its World while it is loaded.
 *
 * @param deploymentId names what has been built
 */
export function installWorld(deploymentId: string): WorkerWorld {
  installJoinedTimers();
  installPublicUrl(bindingsOf().PUBLIC_URL || null);
  let told: WorldConfiguration | null = null;
  const configured = (): WorldConfiguration => told ?? {};
  const world = createWorld({
    deploymentId,
    scope: () => currentApp() ?? scopeOf(configured()),
    run: (address) => homeOf(configured().home, address),
    stream: (scope, name) => configured().streams?.open(bindingsOf(), scope, name) ?? streamOf(scope, name),
    index: indexOf,
    secret: () => secretOf(bindingsOf()),
  });
  const installed: WorkerWorld = {
    ...world,
    configure: (options) => void (told = options),
    get isConfigured() {
      return told !== null;
    },
  };
  Object.assign(globalThis, {
    [Symbol.for('@workflow/world//cache')]: installed,
    [Symbol.for('@workflow/world//stubbedCache')]: installed,
  });
  return installed;
}

/** Workflows that were built. @throws TypeError for an app or tenant that cannot be one */
export function defineWorkflows(
  { world, workflows, sdk }: WorkflowBuild,
  { app = DEFAULT_APP, tenant, home, streams, ...options }: WorkflowsOptions = {},
): Workflows {
  for (const id of [app, ...(tenant === undefined ? [] : [tenant])])
    if (!TENANT_PATTERN.test(id)) throw new TypeError(`workflows: ${whyNotATenant(id)}`);
  world.configure({ app, ...(tenant !== undefined && { tenant }), ...(home && { home }), ...(streams && { streams }) });
  let tenants: InTenant | null = null;
  let limitsOf: ((env: object) => RunLimits) | null = null;
  const run = (address: RunAddress): RunHome => homeOf(home, address);
  const served = { app, storage: world, run };
  const delivery: DeliveryOptions = { handle: world.handle, inTenant: () => tenants };
  return {
    objects: {
      WorkflowRun: defineWorkflowRun({ ...options, limits: (bindings) => limitsOf?.(bindings) ?? null }),
      WorkflowRunner: defineWorkflowRunner(delivery),
    },
    useTenants: (inTenant) => void (tenants = inTenant),
    useLimits: (limits) => void (limitsOf = limits),
    routes: [
      ...webhookRoutes({ find: (token) => findWebhooks(indexOf(), token), resume: sdk.resumeWebhook }),
      ...workflowRunRoutes({
        ...served,
        readPayload: async (payload, revivers, runId) => sdk.readPayload(payload, revivers, await world.getEncryptionKeyForRun(runId)),
      }),
      ...workflowCommandRoutes(served),
      ...workflowSdkRoutes({ ...served, ...sdk }),
      ...workflowStartRoutes({ ...served, ...sdk, workflows }),
      ...operatorWorkflowQueueRoutes({ db: indexOf, queues: queuesOf }),
    ],
    queues: home?.consumers(bindingsOf, delivery) ?? workflowConsumers({ db: indexOf, run: runOf }),
    eraseSteps: () => [...eraseSteps(run), ...(streams?.eraseSteps(bindingsOf()) ?? [])],
    exportSteps: () => exportSteps(run),
  };
}

/** A run's home, by default its object. */
function homeOf(home: WorkflowHome | undefined, address: RunAddress): RunHome {
  return home?.run(bindingsOf(), address) ?? runOf(address);
}

/** @throws ServiceError `misconfigured` for one that is too short */
function secretOf({ WORKFLOW_SECRET: text }: WorkflowBindings): Uint8Array<ArrayBuffer> | null {
  if (!text) return null;
  const secret = fromBase64(text);
  if (secret.byteLength < SECRET_MIN_BYTES)
    throw new ServiceError(
      'misconfigured',
      `WORKFLOW_SECRET: expected base64 of ${SECRET_MIN_BYTES} bytes or more, got ${secret.byteLength}`,
    );
  return secret;
}

/** The tenant of the request, or else the one of the configuration. */
function scopeOf({ app = DEFAULT_APP, tenant }: Pick<WorkflowsOptions, 'app' | 'tenant'>): AppScope {
  const id = TenantContext.getCurrentTenant() ?? tenant;
  if (id == null) throw new ServiceError('misconfigured', 'Workflows: expected a tenant, of the request or of the configuration');
  return { tenant: id, app };
}
