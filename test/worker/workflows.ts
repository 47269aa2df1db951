/** A Worker with workflows, for the tests of their objects: what is delivered does what the test has scripted. */
import { env, WorkerEntrypoint } from 'cloudflare:workers';
import { defineRateLimiter, defineStreamDirectory, defineStreamHub, RateLimiterClient } from '../../src/objects/index.ts';
import { defineWorkflowRun } from '../../src/objects/workflow-run/workflow-run.ts';
import { LimitCounts } from '../../src/routes/limit-counts.ts';
import { LimitRegistry } from '../../src/routes/limit-registry.ts';
import { runLimits } from '../../src/routes/run-limits.ts';
import type { Deliver, Delivered, Delivery } from '../../src/runs/messages.ts';
import type { RunAddress } from '../../src/runs/run-address.ts';
import { DEFAULT_LIMITS } from '../../src/wire/limit-defaults.ts';

const registry = new LimitRegistry(DEFAULT_LIMITS, async () => ({ version: 0, changes: {} }));
const limiter = new RateLimiterClient(env.RATE_LIMITER, { deadlineMs: 5_000 });
const limits = runLimits({ registry, limiter, counts: new LimitCounts(), metrics: { record: () => {} }, planOf: async () => null });

export class WorkflowRun extends defineWorkflowRun({ limits: () => limits }) {}
export class StreamHub extends defineStreamHub() {}
export class StreamDirectory extends defineStreamDirectory() {}
export class RateLimiter extends defineRateLimiter({ limits: DEFAULT_LIMITS }) {}

type Script = (delivery: Delivery, address: RunAddress) => Promise<Delivered>;

const scripts = new Map<string, Script>();

/** What deliveries of a run do from now on. Tests run in the isolate of the Worker. */
export function script(runId: string, work: Script): void {
  scripts.set(runId, work);
}

export class WorkflowRunner extends WorkerEntrypoint implements Deliver {
  async deliver(address: RunAddress, delivery: Delivery): Promise<Delivered> {
    return (await scripts.get(address.runId)?.(delivery, address)) ?? { kind: 'done' };
  }
}

export default { fetch: () => new Response(null, { status: 404 }) };
