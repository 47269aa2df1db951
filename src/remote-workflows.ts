/** Workflows of apps that run elsewhere, in Node for example: this service keeps their runs, and calls the apps back. What an application hands to `createService`. */
import { env } from 'cloudflare:workers';
import { readEnvironment } from './edge/env.ts';
import { ServiceError } from './lib/errors.ts';
import type { RunLimits } from './objects/workflow-run/admission.ts';
import type { WorkflowRunOptions } from './objects/workflow-run/options.ts';
import { defineWorkflowRun } from './objects/workflow-run/workflow-run.ts';
import { workflowConsumers } from './queues/workflow-messages.ts';
import { operatorWorkflowQueueRoutes } from './routes/operator-workflow-queues.ts';
import { workflowCommandRoutes } from './routes/workflow-commands.ts';
import { workflowRunRoutes } from './routes/workflow-runs.ts';
import { worldCallRoutes } from './routes/world-calls.ts';
import { defineRemoteRunner } from './rpc/remote-runner.ts';
import { whyNotACallbackUrl } from './runs/callback-url.ts';
import { putDeployment } from './runs/deployments.ts';
import type { AppScope } from './runs/run-address.ts';
import { invalid } from './runs/world-error.ts';
import { senderSecret } from './wire/sender-signature.ts';
import { eraseSteps, exportSteps, indexOf, queuesOf, runOf, streamOf } from './workflow-bindings.ts';
import type { Workflows } from './workflows.ts';
import { currentApp } from './world/app-scope.ts';
import type { CalledWorld } from './world/world-calls.ts';
import { worldError } from './world/world-errors.ts';
import { createWorld } from './world/world.ts';

/** How the service keeps the runs of apps elsewhere. */
export interface RemoteWorkflowsOptions extends Omit<WorkflowRunOptions, 'limits'> {
  /** the app whose runs the routes of runs and the console show; default "default". Apps themselves say which they are */
  app?: string;
}

/** Workflows that are elsewhere. They find this service by `steamer/world`. */
export function defineRemoteWorkflows({ app = 'default', ...options }: RemoteWorkflowsOptions = {}): Workflows {
  const world = calledWorld();
  let limitsOf: ((env: object) => RunLimits) | null = null;
  const served = { app, storage: world, run: runOf };
  return {
    objects: {
      WorkflowRun: defineWorkflowRun({ ...options, limits: (bindings) => limitsOf?.(bindings) ?? null }),
      WorkflowRunner: defineRemoteRunner({ db: indexOf, signingKey: () => signingKeys()[0] }),
    },
    // Steps are elsewhere, and have no models.
    useTenants: () => undefined,
    useLimits: (limits) => void (limitsOf = limits),
    routes: [
      ...worldCallRoutes(world),
      ...workflowRunRoutes({ ...served, readPayload: () => Promise.reject(new TypeError('only the app can read its payloads')) }),
      ...workflowCommandRoutes(served),
      ...operatorWorkflowQueueRoutes({ db: indexOf, queues: queuesOf }),
    ],
    queues: workflowConsumers({ db: indexOf, run: runOf }),
    eraseSteps,
    exportSteps,
  };
}

function calledWorld(): CalledWorld {
  const world = createWorld({
    deploymentId: '',
    scope,
    run: runOf,
    stream: streamOf,
    index: indexOf,
    // Payloads are encrypted where they are made, with a secret that is the app's own.
    secret: () => null,
  });
  return {
    ...world,
    async registerDeployment(deploymentId, callbackUrl) {
      const { tenant, app } = scope();
      const reason = whyNotACallbackUrl(callbackUrl, readEnvironment(env).environment === 'development');
      if (reason !== null) throw worldError(invalid(`callbackUrl: ${reason}`));
      const deployment = { tenant, app, deploymentId, callbackUrl: callbackUrl.replace(/\/+$/, '') };
      await putDeployment(indexOf(), deployment, Date.now());
      const keys = signingKeys().map(async ({ id, secret }) => [id, await senderSecret(secret, `callbacks/${tenant}/${app}`)] as const);
      return { keys: Object.fromEntries(await Promise.all(keys)) };
    },
  };
}

function scope(): AppScope {
  const app = currentApp();
  if (app === undefined) throw new ServiceError('misconfigured', 'Workflows: expected a call for an app');
  return app;
}

type SigningKeys = ReturnType<typeof readEnvironment>['signingKeys'];

function signingKeys(): [SigningKeys[number], ...SigningKeys] {
  const [first, ...others] = readEnvironment(env).signingKeys;
  if (first === undefined) throw new ServiceError('misconfigured', 'SIGNING_KEYS: expected a key');
  return [first, ...others];
}
