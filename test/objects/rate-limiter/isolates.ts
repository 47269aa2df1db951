/** Isolates that ask the real objects of the rate limiter, whose calls are seen and can be made to fail. */
import { env } from 'cloudflare:workers';
import { RateLimiterClient, type RateLimiterClientOptions, type RateLimiterRpc } from '../../../src/objects/index.ts';
import type { LimitChangesRpc } from '../../../src/objects/rate-limiter/rpc.ts';
import type { LimitsDocument } from '../../../src/wire/limit-document.ts';
import type { Decision } from '../../../src/wire/limiter.ts';

const LIMITS = {
  policies: {
    one: { limits: { rate: { algorithm: 'fixed-window', limit: 1, window: '1d' } } },
    ten: { limits: { rate: { algorithm: 'fixed-window', limit: 10, window: '1d' } } },
    hot: { limits: { rate: { algorithm: 'fixed-window', limit: 3_200, window: '1d' } }, leases: true },
    bucket: { limits: { rate: { algorithm: 'token-bucket', limit: 1, window: '1d', burst: 500 } }, leases: true },
    places: { limits: { places: { algorithm: 'concurrency', limit: 2, window: '1m' } } },
    share: { limits: { rate: { algorithm: 'fixed-window', limit: 10, window: '1d' } }, reserve: { critical: 20 } },
  },
} satisfies LimitsDocument;

type Stub = RateLimiterRpc & LimitChangesRpc;

/** Isolates with the real objects, of which nobody else uses any. */
export class Isolates {
  readonly set = `test-${crypto.randomUUID()}`;
  /** what was called: the object's name, the method, its arguments */
  readonly calls: { name: string; method: string; args: unknown[] }[] = [];
  /** replaces what a call would do */
  fault: ((call: () => Promise<unknown>) => Promise<unknown>) | null = null;

  isolate(options: RateLimiterClientOptions = {}): RateLimiterClient {
    const changes = () => ({ version: 1, changes: LIMITS });
    return new RateLimiterClient({ getByName: (name) => this.#observed(name) }, { set: this.set, deadlineMs: 60_000, changes, ...options });
  }

  checks(): number {
    return this.calls.filter(({ method }) => method === 'checkMany').length;
  }

  #observed(name: string): Stub {
    const stub = env.RATE_LIMITER.getByName(name);
    return new Proxy<Stub>(stub, {
      get: (target, method: keyof Stub) => {
        return (...args: never[]) => {
          this.calls.push({ name, method, args });
          // The stub's own methods, with the arguments that they were called with.
          const call = () => (target[method] as (...all: never[]) => Promise<unknown>)(...args);
          return this.fault ? this.fault(call) : call();
        };
      },
    });
  }
}

/** Which of the decisions admit. */
export const admitted = (decisions: readonly Decision[]) => decisions.map((decision) => decision.admitted);
