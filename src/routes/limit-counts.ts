/** What an isolate has decided, by policy, since it was last written. */
import type { LimitEvent } from '../wire/metrics.ts';
import type { DecidedQuota } from './limit-headers.ts';

/** One point for each policy and this long, however many decisions. What an isolate counts in its last moments is lost with it. */
const WRITE_EVERY_MS = 10_000;

export class LimitCounts {
  #points = new Map<string, LimitEvent>();
  #sinceMs = 0;

  count({ rule, decision }: DecidedQuota): void {
    const point = this.#points.get(rule.policy) ?? none(rule.policy);
    this.#points.set(rule.policy, point);
    point.decisions += 1;
    if (!decision.admitted) point[rule.isShadow ? 'shadowRefusals' : 'refusals'] += 1;
    if (decision.by === 'object') point.asked += 1;
    if (decision.by === 'lease') point.leased += 1;
    if (decision.by === 'failure') point.failures += 1;
  }

  /** What is to be written now; most of the time nothing. */
  takeDue(nowMs: number): LimitEvent[] {
    if (nowMs < this.#sinceMs + WRITE_EVERY_MS) return [];
    const due = [...this.#points.values()];
    this.#points = new Map();
    this.#sinceMs = nowMs;
    return due;
  }
}

function none(policy: string): LimitEvent {
  return { kind: 'limit', policy, decisions: 0, refusals: 0, shadowRefusals: 0, asked: 0, leased: 0, failures: 0 };
}
