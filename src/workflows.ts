/** Workflows for a Worker: the World that the SDK finds, and the classes that run them. What an application hands to `createService`. */
import { env } from 'cloudflare:workers';
import { TenantContext } from './bao/for-services.ts';
import { fromBase64 } from './lib/base64.ts';
import { ServiceError } from './lib/errors.ts';
import { ChunkStream } from './objects/stream-hub/chunk-stream.ts';
import { streamHubStub, workflowRunStub } from './objects/stubs.ts';
import type { StreamHubNamespace, WorkflowRunNamespace, WorkflowRunStub } from './objects/stubs.ts';
import type { RunLimits } from './objects/workflow-run/admission.ts';
import { defineWorkflowRun } from './objects/workflow-run/workflow-run.ts';
import type { WorkflowRunOptions } from './objects/workflow-run/options.ts';
import type { WorkflowRunClass } from './objects/workflow-run/workflow-run.ts';
import { eraseWorkflows } from './queues/erase-workflows.ts';
import { workflowConsumers, type WorkflowConsumers } from './queues/workflow-messages.ts';
import { exportWorkflows } from './routes/export-workflows.ts';
import { operatorWorkflowQueueRoutes } from './routes/operator-workflow-queues.ts';
import type { Route } from './routes/route.ts';
import { webhookRoutes } from './routes/webhooks.ts';
import { workflowCommandRoutes } from './routes/workflow-commands.ts';
import { workflowRunRoutes } from './routes/workflow-runs.ts';
import { defineWorkflowRunner } from './rpc/workflow-runner.ts';
import type { InTenant, WorkflowRunnerClass } from './rpc/workflow-runner.ts';
import { WORKFLOW_QUEUES, type HandedMessage } from './runs/handed-message.ts';
import { findWebhooks } from './runs/run-index.ts';
import type { Hook } from './runs/entities.ts';
import { runStreamName, type AppScope, type RunAddress } from './runs/run-address.ts';
import { installPublicUrl } from './sandbox/public-url.ts';
import { installJoinedTimers } from './sandbox/timers.ts';
import type { EraseStep } from './wire/erasure.ts';
import type { ExportStep } from './wire/tenant-export.ts';
import { TENANT_PATTERN, whyNotATenant } from './wire/tenant.ts';
import { currentApp, runInApp } from './world/app-scope.ts';
import { createWorld, type World } from './world/world.ts';

export { registerCode } from './sandbox/vm.ts';
export { runInApp };

/** The bindings that workflows need, besides those of a service. */
export interface WorkflowBindings {
  WORKFLOW_RUN: WorkflowRunNamespace;
  WORKFLOW_DB: D1Database;
  STREAM_HUB: StreamHubNamespace;
  /** where the Worker is reached, "https://app.example.com": the addresses of webhooks begin with it */
  PUBLIC_URL?: string;
  /** what payloads are encrypted with: base64 of 32 bytes or more; without it they are not */
  WORKFLOW_SECRET?: string;
  /** without it payloads are 1 MiB at most */
  WORKFLOW_PAYLOADS?: R2Bucket;
  /** both where `dispatch` is "queues" */
  WORKFLOW_QUEUE?: Queue<HandedMessage>;
  STEP_QUEUE?: Queue<HandedMessage>;
}

export interface WorkflowsOptions extends Omit<WorkflowRunOptions, 'limits'> {
  /** the app whose runs they are, apart from those of other apps of a tenant; default "default" */
  app?: string;
  /** the tenant that runs belong to where no request says so; without one they need a request of a tenant */
  tenant?: string;
}

/** What `steamer workflows build` writes, as the default export of its module. */
export interface WorkflowBuild {
  world: WorkerWorld;
  /** functions of the SDK */
  sdk: {
    resumeWebhook: (token: string, request: Request) => Promise<Response>;
    resumeHook: (hook: Hook, payload: unknown) => Promise<unknown>;
    /** ends the sleeps of a run, and says how many there were */
    wakeUp: (runId: string) => Promise<number>;
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
const STREAM_TTL_SEC = 30 * 86_400;

/** What the module of `steamer workflows build` makes, before it loads the SDK. */
export interface WorkerWorld extends World {
  configure(options: Pick<WorkflowsOptions, 'app' | 'tenant'>): void;
}

/**
 * Makes the World of this Worker and shows it to the SDK, which is loaded after this: it asks for its World while it is loaded.
 *
 * @param deploymentId names what has been built
 */
export function installWorld(deploymentId: string): WorkerWorld {
  installJoinedTimers();
  installPublicUrl(bindingsOf().PUBLIC_URL || null);
  let configured: Pick<WorkflowsOptions, 'app' | 'tenant'> = {};
  const world = createWorld({
    deploymentId,
    scope: () => currentApp() ?? scopeOf(configured),
    run: runOf,
    stream: ({ tenant, app }, name) =>
      new ChunkStream(() => streamHubStub(bindingsOf().STREAM_HUB, { tenant, name: runStreamName(app, name) }), STREAM_TTL_SEC),
    index: indexOf,
    secret: () => secretOf(bindingsOf()),
  });
  const installed = { ...world, configure: (options: typeof configured) => void (configured = options) };
  Object.assign(globalThis, {
    [Symbol.for('@workflow/world//cache')]: installed,
    [Symbol.for('@workflow/world//stubbedCache')]: installed,
  });
  return installed;
}

/** Workflows that were built. @throws TypeError for an app or tenant that cannot be one */
export function defineWorkflows(
  { world, sdk }: WorkflowBuild,
  { app = DEFAULT_APP, tenant, ...options }: WorkflowsOptions = {},
): Workflows {
  for (const id of [app, ...(tenant === undefined ? [] : [tenant])])
    if (!TENANT_PATTERN.test(id)) throw new TypeError(`workflows: ${whyNotATenant(id)}`);
  world.configure({ app, ...(tenant === undefined ? {} : { tenant }) });
  let tenants: InTenant | null = null;
  let limitsOf: ((env: object) => RunLimits) | null = null;
  const served = { app, storage: world, run: runOf };
  return {
    objects: {
      WorkflowRun: defineWorkflowRun({ ...options, limits: (bindings) => limitsOf?.(bindings) ?? null }),
      WorkflowRunner: defineWorkflowRunner({ handle: world.handle, inTenant: () => tenants }),
    },
    useTenants: (inTenant) => void (tenants = inTenant),
    useLimits: (limits) => void (limitsOf = limits),
    routes: [
      ...webhookRoutes({ find: (token) => findWebhooks(indexOf(), token), resume: sdk.resumeWebhook }),
      ...workflowRunRoutes({
        ...served,
        readPayload: async (payload, revivers, runId) => sdk.readPayload(payload, revivers, await world.getEncryptionKeyForRun(runId)),
      }),
      ...workflowCommandRoutes({ ...served, ...sdk }),
      ...operatorWorkflowQueueRoutes({ db: indexOf, queues: queuesOf }),
    ],
    queues: workflowConsumers({ db: indexOf, run: runOf }),
    eraseSteps: () => {
      const { WORKFLOW_DB: db, WORKFLOW_PAYLOADS: bucket } = bindingsOf();
      return eraseWorkflows({ db, bucket, run: runOf });
    },
    exportSteps: () => [exportWorkflows({ db: bindingsOf().WORKFLOW_DB, run: runOf })],
  };
}

function runOf(address: RunAddress): WorkflowRunStub {
  return workflowRunStub(bindingsOf().WORKFLOW_RUN, address);
}

function indexOf(): D1Database {
  return bindingsOf().WORKFLOW_DB;
}

function queuesOf(): Record<string, Queue | undefined> {
  const { WORKFLOW_QUEUE, STEP_QUEUE } = bindingsOf();
  return { [WORKFLOW_QUEUES.flow]: WORKFLOW_QUEUE, [WORKFLOW_QUEUES.step]: STEP_QUEUE };
}

function bindingsOf(): WorkflowBindings {
  return env as unknown as WorkflowBindings; // wrangler.toml has them
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
