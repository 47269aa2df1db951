/** The limits of attempts as the Worker under test counts them, without the hash behind them. */
import { env } from 'cloudflare:workers';
import { type LimiterNamespace, RateLimiterClient } from '../../src/objects/index.ts';
import { attemptLimits } from '../../src/routes/attempt-limits.ts';
import { LimitCounts } from '../../src/routes/limit-counts.ts';
import { LimitRegistry } from '../../src/routes/limit-registry.ts';
import type { AttemptLimits, SignInAttempt } from '../../src/wire/attempts.ts';
import type { LimitsDocument } from '../../src/wire/limit-document.ts';
import { DEFAULT_LIMITS } from '../../src/wire/limit-defaults.ts';

export interface IsolateOptions {
  namespace?: LimiterNamespace;
  limits?: LimitsDocument;
  counts?: LimitCounts;
}

/**
 * Of an isolate by itself: it shares what objects count with others, and nothing that it holds.
 *
 * @param set names the objects; default: those of the Worker under test. The time of an object does not go back
 */
export function anotherIsolate(set = 'limits', options: IsolateOptions = {}): AttemptLimits {
  const { namespace = env.RATE_LIMITER, limits = DEFAULT_LIMITS, counts = new LimitCounts() } = options;
  const registry = new LimitRegistry(limits, async () => ({ version: 0, changes: {} }));
  const limiter = new RateLimiterClient(namespace, { set, failures: registry.failures, deadlineMs: 10_000 });
  return attemptLimits({ registry, limiter, counts });
}

let last = 0;
const run = crypto.randomUUID().slice(0, 4);

/** An address that nobody has used in this run, each of another /64. */
export function strangersAddress(): string {
  last += 1;
  return `2001:db8:${run}:${last.toString(16)}::1`;
}

/** Whether a guess of a stranger is let through. */
export async function isTried(limits: AttemptLimits, emailKey: string, more: Partial<SignInAttempt> = {}): Promise<boolean> {
  return limits.admitSignIn({ emailKey, address: strangersAddress(), isKnownPlace: async () => false, ...more }).then(
    () => true,
    () => false,
  );
}
