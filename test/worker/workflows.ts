/** A Worker with workflows, for the tests of their objects: what is delivered does what the test has scripted. */
import { env, WorkerEntrypoint } from 'cloudflare:workers';
import { defineRateLimiter, defineStreamDirectory, defineStreamHub, RateLimiterClient } from '../../src/objects/index.ts';
import { workflowRunStub } from '../../src/objects/stubs.ts';
import { defineWorkflowRun } from '../../src/objects/workflow-run/workflow-run.ts';
import { workflowConsumers } from '../../src/queues/workflow-messages.ts';
import { LimitCounts } from '../../src/routes/limit-counts.ts';
import { LimitRegistry } from '../../src/routes/limit-registry.ts';
import { runLimits } from '../../src/routes/run-limits.ts';
import { TenantQuotas } from '../../src/routes/tenant-quotas.ts';
import { bareAnswer, type Deliver, type DeliveryAnswer } from '../../src/runs/deliveries.ts';
import type { EventResult } from '../../src/runs/entities.ts';
import type { Delivered, Delivery } from '../../src/runs/messages.ts';
import type { RunAddress } from '../../src/runs/run-address.ts';
import { DEFAULT_LIMITS } from '../../src/wire/limit-defaults.ts';

const registry = new LimitRegistry(DEFAULT_LIMITS, async () => ({ version: 0, changes: {} }));
const limiter = new RateLimiterClient(env.RATE_LIMITER, { deadlineMs: 5_000 });
const quotas = new TenantQuotas({ plans: {}, usedToday: () => null, nowMs: Date.now });
const shared = { registry, limiter, counts: new LimitCounts(), metrics: { record: () => {} }, planOf: async () => null };
const limits = runLimits(shared, quotas, { handOver: () => null });

export class WorkflowRun extends defineWorkflowRun({ limits: () => limits }) {}
/** Runs whose messages go through queues: one in this namespace is the other's neighbour. */
export class QueuedRun extends defineWorkflowRun({ dispatch: 'queues' }) {
  constructor(ctx: DurableObjectState, bindings: typeof env) {
    super(ctx, { ...bindings, WORKFLOW_RUN: bindings.QUEUED_RUN });
  }
}
export class StreamHub extends defineStreamHub() {}
export class StreamDirectory extends defineStreamDirectory() {}
export class RateLimiter extends defineRateLimiter({ limits: DEFAULT_LIMITS }) {}

/** What a delivery is answered: its outcome alone, or with what has to be written. */
type Script = (delivery: Delivery, address: RunAddress, start: EventResult | null) => Promise<Delivered | DeliveryAnswer>;

const scripts = new Map<string, Script>();

/** What deliveries of a run do from now on. Tests run in the isolate of the Worker. */
export function script(runId: string, work: Script): void {
  scripts.set(runId, work);
}

export class WorkflowRunner extends WorkerEntrypoint implements Deliver {
  async deliver(address: RunAddress, delivery: Delivery, start: EventResult | null): Promise<DeliveryAnswer> {
    const answer = (await scripts.get(address.runId)?.(delivery, address, start)) ?? { kind: 'done' };
    return 'delivered' in answer ? answer : bareAnswer(answer);
  }
}

const consumers = workflowConsumers({ db: () => env.WORKFLOW_DB, run: (address) => workflowRunStub(env.QUEUED_RUN, address) });
/** What queues have brought, in order: the names of the queues and the bodies. */
export const brought: { queue: string; body: unknown }[] = [];

export default {
  fetch: () => new Response(null, { status: 404 }),
  async queue(batch: MessageBatch): Promise<void> {
    for (const { body } of batch.messages) brought.push({ queue: batch.queue, body });
    await consumers[batch.queue]?.(batch);
  },
};
