/** A rate limiter's object that nobody else uses, with policies for tests. */
import { env } from 'cloudflare:workers';
import { rateLimiterStub } from '../../../src/objects/index.ts';
import {
  type CheckAnswer,
  type CheckAnswers,
  type CheckRequest,
  type ManyKeysRequest,
  OUTCOME,
} from '../../../src/objects/rate-limiter/rpc.ts';
import type { LimitsDocument } from '../../../src/wire/limit-document.ts';

/** Run-time changes: objects learn policies by them that the Worker under test has not. */
export const TEST_LIMITS = {
  policies: {
    volatile: { limits: { rate: { algorithm: 'fixed-window', limit: 1, window: '1d' } }, durability: 'volatile' },
    coalesced: { limits: { rate: { algorithm: 'sliding-log', limit: 1, window: '1h' } }, durability: 'coalesced' },
    strict: { limits: { rate: { algorithm: 'sliding-log', limit: 1, window: '1h' } }, durability: 'strict' },
    hundred: { limits: { rate: { algorithm: 'token-bucket', limit: 100, window: '1h' } }, leases: true },
    'strict-hundred': { limits: { rate: { algorithm: 'token-bucket', limit: 100, window: '1h' } }, durability: 'strict', leases: true },
    'strict-window': { limits: { rate: { algorithm: 'fixed-window', limit: 5, window: '10s' } }, durability: 'strict' },
    'strict-month': { limits: { rate: { algorithm: 'calendar', limit: 5, period: 'month' } }, durability: 'strict' },
    'strict-counter': { limits: { rate: { algorithm: 'sliding-counter', limit: 5, window: '10s' } }, durability: 'strict' },
    moment: { limits: { rate: { algorithm: 'token-bucket', limit: 1, window: '1ms' } } },
    pair: {
      limits: { burst: { algorithm: 'fixed-window', limit: 3, window: '1d' }, quota: { algorithm: 'calendar', limit: 5, period: 'month' } },
    },
    share: { limits: { rate: { algorithm: 'fixed-window', limit: 100, window: '1d' } }, reserve: { critical: 20, normal: 30 } },
  },
  overrides: [
    { name: 'more', policy: 'hundred', plan: 'more', limits: { rate: { limit: 200 } } },
    { name: 'burst', policy: 'hundred', plan: 'burst', limits: { rate: { burst: 200 } } },
    { name: 'more', policy: 'strict-hundred', plan: 'more', limits: { rate: { limit: 200 } } },
    { name: 'more', policy: 'share', plan: 'more', limits: { rate: { limit: 200 } } },
  ],
} satisfies LimitsDocument;

/** An object that knows `TEST_LIMITS`. */
export class TestLimiter {
  readonly set = `test-${crypto.randomUUID()}`;

  get stub() {
    return rateLimiterStub(env.RATE_LIMITER, { set: this.set, shards: 1, shard: 0 });
  }

  /** Makes the object learn the policies first, where it does not know them. */
  async ask(requests: (CheckRequest | ManyKeysRequest)[], groups?: number[]): Promise<CheckAnswers> {
    const text = await this.stub.checkMany(1, JSON.stringify(requests), groups);
    if (text !== '') return JSON.parse(text);
    await this.stub.learn(1, TEST_LIMITS);
    return this.ask(requests, groups);
  }

  async checkMany(requests: (CheckRequest | ManyKeysRequest)[], groups?: number[]): Promise<CheckAnswer[]> {
    const [, ...answers] = await this.ask(requests, groups);
    return answers;
  }

  async check(...request: CheckRequest): Promise<CheckAnswer> {
    const [answer] = await this.checkMany([request]);
    return answer!;
  }

  /** Spends permits, and says when. */
  async spend(rule: string, key: string, cost: number): Promise<number> {
    const [atMs] = await this.ask([[rule, key, cost]]);
    return atMs;
  }

  async isAdmitted(...request: CheckRequest): Promise<boolean> {
    return (await this.check(...request))[0] === OUTCOME.ADMITTED;
  }
}
