/** Counts what limits have decided in this isolate, by policy. */
import type { MetricFamily } from '../lib/prometheus-text.ts';
import type { LimitEvent } from '../wire/metrics.ts';

export class LimitCounters {
  readonly #policies = new Map<string, LimitEvent>();

  add(point: LimitEvent): void {
    const sum = this.#policies.get(point.policy);
    if (sum === undefined) return void this.#policies.set(point.policy, { ...point });
    for (const name of ['decisions', 'refusals', 'shadowRefusals', 'asked', 'leased', 'failures'] as const) sum[name] += point[name];
  }

  get families(): MetricFamily[] {
    const points = [...this.#policies.values()];
    return [
      {
        name: 'steamer_limit_decisions_total',
        help: 'Decisions of limits by what made them: the object that counts, a lease, a refusal of a moment ago, or the failure to ask.',
        kind: 'counter',
        samples: points.flatMap(({ policy, decisions, asked, leased, failures }) => [
          { labels: { policy, by: 'object' }, value: asked },
          { labels: { policy, by: 'lease' }, value: leased },
          { labels: { policy, by: 'hold' }, value: decisions - asked - leased - failures },
          { labels: { policy, by: 'failure' }, value: failures },
        ]),
      },
      {
        name: 'steamer_limit_refusals_total',
        help: 'Requests that limits have refused, or in shadow mode would have.',
        kind: 'counter',
        samples: points.flatMap(({ policy, refusals, shadowRefusals }) => [
          { labels: { policy, mode: 'enforce' }, value: refusals },
          { labels: { policy, mode: 'shadow' }, value: shadowRefusals },
        ]),
      },
    ];
  }
}
