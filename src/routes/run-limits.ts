/** How many runs of workflows a tenant may begin, and have, held to policies of the rate limiter. */
import { waitUntil } from 'cloudflare:workers';
import { logError } from '../lib/log.ts';
import type { RunLimits } from '../objects/index.ts';
import { refused, succeeded, tooMany } from '../runs/world-error.ts';
import type { LimitedCaller } from './limit-callers.ts';
import { decideAll } from './limit-decisions.ts';
import type { TenantQuotas } from './tenant-quotas.ts';
import { limitKeyOfTenant, RUNS_POLICY, STARTS_POLICY } from './limit-keys.ts';
import type { TrafficServices } from './route.ts';
import type { SharedLimits } from './request-limits.ts';

/** The policies of runs, as a service asks for them. */
export function runLimits(
  shared: SharedLimits,
  quotas: Pick<TenantQuotas, 'refusal'>,
  traffic: Pick<TrafficServices, 'handOver'>,
): RunLimits {
  const { registry, counts, metrics } = shared;
  const callerOf = async (tenant: string): Promise<LimitedCaller> => {
    return { address: null, tenant, plan: await shared.planOf(tenant), key: null, route: null };
  };
  return {
    async admit(tenant) {
      await registry.refresh(Date.now(), waitUntil);
      const caller = await callerOf(tenant);
      const usedUp = quotas.refusal(tenant, caller.plan, ['runs']);
      if (usedUp !== null) return refused(tooMany(usedUp.message, Math.ceil((usedUp.retryAfterMs ?? 0) / 1000)));
      const { key, partition } = limitKeyOfTenant(tenant);
      const asked = [STARTS_POLICY, RUNS_POLICY].flatMap((policy) => {
        const rule = registry.ruleFor(policy, caller);
        return rule === undefined ? [] : [{ rule, key, shownAs: null }];
      });
      const { limiter } = shared;
      const decided = await decideAll(shared, asked, { partition });
      for (const event of counts.takeDue(Date.now())) metrics.record(event);
      const refusals = decided.filter(({ rule, decision }) => !rule.isShadow && !decision.admitted);
      const place = decided.find(({ rule }) => rule.policy === RUNS_POLICY);
      // A run that is refused costs nothing; and of one that begins, a place that comes too late would be kept for as long as its window.
      const isTooLate = place?.decision.by === 'failure';
      for (const { rule, decision } of refusals.length > 0 ? decided : place && isTooLate ? [place] : []) {
        const given = limiter.refund(rule.name, key, decision, { partition });
        waitUntil(given.catch((error: unknown) => logError('what a run has taken of its limits could not be given back', error)));
      }
      if (refusals.length === 0) {
        metrics.record({ kind: 'run', tenant });
        waitUntil(traffic.handOver(tenant) ?? Promise.resolve());
        return succeeded(place?.decision.by === 'object' ? await place.decision.receipt : 0);
      }
      const names = refusals.map(({ rule }) => rule.policy).join(', ');
      const retryAfterMs = Math.max(...refusals.map(({ decision }) => decision.retryAfterMs));
      return refused(tooMany(`The tenant begins too many runs at the moment (${names})`, Math.ceil(retryAfterMs / 1000)));
    },
    async giveBack(tenant, receipt) {
      const rule = registry.ruleFor(RUNS_POLICY, await callerOf(tenant));
      const { key, partition } = limitKeyOfTenant(tenant);
      const decision = { admitted: true, retryAfterMs: 0, limits: [], by: 'object' as const, receipt };
      await shared.limiter.refund(rule?.name ?? RUNS_POLICY, key, decision, { partition });
    },
  };
}
