/** Runs workflows and steps: each delivery of a run's object is an invocation of this entry, with its own limits of time and memory. */
import { WorkerEntrypoint } from 'cloudflare:workers';
import { kindOf, type Deliver, type Delivered, type Delivery } from '../runs/messages.ts';
import type { RunAddress } from '../runs/run-address.ts';
import { withJoinedTimers } from '../sandbox/timers.ts';
import { runInApp } from '../world/app-scope.ts';

export type WorkflowRunnerClass = new (ctx: ExecutionContext, env: object) => WorkerEntrypoint<object> & Deliver;

/** Runs work as a tenant, whose models it may use. */
export type InTenant = <Result>(env: object, tenant: string, work: () => Promise<Result>) => Promise<Result>;

export interface WorkflowRunnerOptions {
  /** hands a message to the SDK */
  handle: (delivery: Delivery) => Promise<Delivered>;
  /** the service's; null: there is none, and so there are no models */
  inTenant: () => InTenant | null;
}

/** Makes the class of the entry, which the Worker exports as `WorkflowRunner`. */
export function defineWorkflowRunner({ handle, inTenant }: WorkflowRunnerOptions): WorkflowRunnerClass {
  return class WorkflowRunner extends WorkerEntrypoint<object> implements Deliver {
    async deliver(address: RunAddress, delivery: Delivery): Promise<Delivered> {
      return runInApp(address, async () => {
        if (kindOf({ ...delivery, idempotencyKey: null }).kind === 'flow') return withJoinedTimers(() => handle(delivery));
        const asTenant = inTenant();
        return asTenant === null ? handle(delivery) : asTenant(this.env, address.tenant, () => handle(delivery));
      });
    }
  };
}
