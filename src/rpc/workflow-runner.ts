/** Runs workflows and steps: each delivery of a run's object is an invocation of this entry, with its own limits of time and memory. */
import { WorkerEntrypoint } from 'cloudflare:workers';
import type { Deliver, DeliveryAnswer } from '../runs/deliveries.ts';
import type { EventResult } from '../runs/entities.ts';
import type { Delivery } from '../runs/messages.ts';
import type { RunAddress } from '../runs/run-address.ts';
import { deliverHeld } from '../world/held-writes.ts';
import { deliverToSdk, type DeliveryOptions } from './deliver-to-sdk.ts';

export type WorkflowRunnerClass = new (ctx: ExecutionContext, env: object) => WorkerEntrypoint<object> & Deliver;

/** Makes the class of the entry, which the Worker exports as `WorkflowRunner`. */
export function defineWorkflowRunner(options: DeliveryOptions): WorkflowRunnerClass {
  return class WorkflowRunner extends WorkerEntrypoint<object> implements Deliver {
    async deliver(address: RunAddress, delivery: Delivery, start: EventResult | null): Promise<DeliveryAnswer> {
      return deliverHeld(address.runId, delivery, start, () => deliverToSdk(options, this.env, address, delivery));
    }
  };
}
