/** Wires limits: what is counted where, and what operators change of it. */
import { tenantPlan } from './accounts/index.ts';
import { LimitAdministration, limitChangesStub, RateLimiterClient } from './objects/index.ts';
import { LimitCounts } from './routes/limit-counts.ts';
import { LimitRegistry } from './routes/limit-registry.ts';
import type { ServiceLimits } from './routes/route.ts';
import type { ServiceBindings, ServiceOptions } from './service-options.ts';
import { DEFAULT_LIMITS } from './wire/limit-defaults.ts';
import { mergeLimits } from './wire/limit-document.ts';
import type { MetricsSink } from './wire/metrics.ts';

/** A run that begins can wait a little for the limiter. */
const RUN_DEADLINE_MS = 1_000;

/** The limits that requests and runs are held to. */
export function serviceLimits(env: ServiceBindings, { limits = {}, limiter = {} }: ServiceOptions, metrics: MetricsSink): ServiceLimits {
  const changesStub = () => limitChangesStub(env.RATE_LIMITER, limiter.set ?? 'limits');
  const readChanges = () => changesStub().readChanges();
  const registry = new LimitRegistry(mergeLimits(DEFAULT_LIMITS, limits), readChanges);
  const calls = { ...limiter, changes: () => registry.changes };
  // What an isolate holds of leases and refusals is of the limits that were: other limits begin with another client.
  const clients = (options: { deadlineMs?: number }) =>
    latestOf((_version: number) => new RateLimiterClient(env.RATE_LIMITER, { ...calls, ...options, failures: registry.failures }));
  const [clientOf, runClientOf] = [clients({}), clients({ deadlineMs: Math.max(RUN_DEADLINE_MS, limiter.deadlineMs ?? 0) })];
  const planOf = (tenant: string) => tenantPlan(env.DB, tenant, Date.now()).catch(() => null);
  const shared = { registry, counts: new LimitCounts(), metrics, planOf };
  return {
    ...shared,
    get limiter() {
      return clientOf(registry.changes.version);
    },
    ofRuns: {
      ...shared,
      get limiter() {
        return runClientOf(registry.changes.version);
      },
    },
    administration: new LimitAdministration(env.RATE_LIMITER, calls),
    readChanges,
    replaceChanges: (changes, ifVersion) => changesStub().replaceChanges(changes, ifVersion),
  };
}

/** Makes something again when it is for something else. */
function latestOf<Key, Value>(make: (key: Key) => Value): (key: Key) => Value {
  let latest: { key: Key; value: Value } | null = null;
  return (key) => (latest?.key === key ? latest : (latest = { key, value: make(key) })).value;
}
