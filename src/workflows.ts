/** Workflows for a Worker: the World that the SDK finds, and the classes that run them. What an application hands to `createService`. */
import { env } from 'cloudflare:workers';
import { TenantContext } from './bao/for-services.ts';
import { ServiceError } from './lib/errors.ts';
import { ChunkStream } from './objects/stream-hub/chunk-stream.ts';
import { streamHubStub, workflowRunStub } from './objects/stubs.ts';
import type { StreamHubNamespace, WorkflowRunNamespace } from './objects/stubs.ts';
import { defineWorkflowRun } from './objects/workflow-run/workflow-run.ts';
import type { WorkflowRunClass, WorkflowRunOptions } from './objects/workflow-run/workflow-run.ts';
import type { Route } from './routes/route.ts';
import { webhookRoutes } from './routes/webhooks.ts';
import { workflowRunRoutes } from './routes/workflow-runs.ts';
import { defineWorkflowRunner } from './rpc/workflow-runner.ts';
import type { WorkflowRunnerClass } from './rpc/workflow-runner.ts';
import { findWebhooks } from './runs/run-index.ts';
import type { AppScope } from './runs/run-address.ts';
import { installJoinedTimers } from './sandbox/timers.ts';
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
}

export interface WorkflowsOptions extends WorkflowRunOptions {
  /** the app whose runs they are, apart from those of other apps of a tenant; default "default" */
  app?: string;
  /** the tenant that runs belong to where no request says so; without one they need a request of a tenant */
  tenant?: string;
}

/** What `steamer workflows build` writes, as the default export of its module. */
export interface WorkflowBuild {
  world: WorkerWorld;
  /** the SDK's */
  resumeWebhook: (token: string, request: Request) => Promise<Response>;
}

/** Workflows as a service takes them. */
export interface Workflows {
  readonly objects: { WorkflowRun: WorkflowRunClass; WorkflowRunner: WorkflowRunnerClass };
  readonly routes: readonly Route[];
}

const DEFAULT_APP = 'default';
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
  let configured: Pick<WorkflowsOptions, 'app' | 'tenant'> = {};
  const world = createWorld({
    deploymentId,
    scope: () => currentApp() ?? scopeOf(configured),
    run: (address) => workflowRunStub(bindingsOf().WORKFLOW_RUN, address),
    stream: ({ tenant, app }, name) =>
      new ChunkStream(() => streamHubStub(bindingsOf().STREAM_HUB, { tenant, name: `runs/${app}/${segmentOf(name)}` }), STREAM_TTL_SEC),
    index: () => bindingsOf().WORKFLOW_DB,
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
  { world, resumeWebhook }: WorkflowBuild,
  { app = DEFAULT_APP, tenant, ...options }: WorkflowsOptions = {},
): Workflows {
  for (const id of [app, ...(tenant === undefined ? [] : [tenant])])
    if (!TENANT_PATTERN.test(id)) throw new TypeError(`workflows: ${whyNotATenant(id)}`);
  world.configure({ app, ...(tenant === undefined ? {} : { tenant }) });
  return {
    objects: { WorkflowRun: defineWorkflowRun(options), WorkflowRunner: defineWorkflowRunner((delivery) => world.handle(delivery)) },
    routes: [
      ...webhookRoutes({ find: (token) => findWebhooks(bindingsOf().WORKFLOW_DB, token), resume: resumeWebhook }),
      ...workflowRunRoutes({ app, storage: world, run: (address) => workflowRunStub(bindingsOf().WORKFLOW_RUN, address) }),
    ],
  };
}

function bindingsOf(): WorkflowBindings {
  return env as unknown as WorkflowBindings; // wrangler.toml has them
}

/** The tenant of the request, or else the one of the configuration. */
function scopeOf({ app = DEFAULT_APP, tenant }: Pick<WorkflowsOptions, 'app' | 'tenant'>): AppScope {
  const id = TenantContext.getCurrentTenant() ?? tenant;
  if (id == null) throw new ServiceError('misconfigured', 'Workflows: expected a tenant, of the request or of the configuration');
  return { tenant: id, app };
}

/** A stream's name as a segment of the hub's: what may not stand there is written as its code. */
function segmentOf(name: string): string {
  return name.replaceAll(/[^\w.:@-]/g, (character) => `~${character.charCodeAt(0).toString(16)}`);
}
