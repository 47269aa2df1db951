/** Runs workflows and steps: each delivery of a run's object is an invocation of this entry, with its own limits of time and memory. */
import { WorkerEntrypoint } from 'cloudflare:workers';
import type { Deliver, Delivered, Delivery } from '../runs/messages.ts';
import type { RunAddress } from '../runs/run-address.ts';
import { withJoinedTimers } from '../sandbox/timers.ts';
import { runInApp } from '../world/app-scope.ts';

export type WorkflowRunnerClass = new (ctx: ExecutionContext, env: object) => WorkerEntrypoint<object> & Deliver;

/** Makes the class of the entry, which the Worker exports as `WorkflowRunner`. @param handle hands a message to the SDK */
export function defineWorkflowRunner(handle: (delivery: Delivery) => Promise<Delivered>): WorkflowRunnerClass {
  return class WorkflowRunner extends WorkerEntrypoint<object> implements Deliver {
    async deliver(address: RunAddress, delivery: Delivery): Promise<Delivered> {
      return runInApp(address, () => withJoinedTimers(() => handle(delivery)));
    }
  };
}
