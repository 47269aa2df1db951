/** What an operator asks the objects that count. */
import type { Ask, AskOptions, Decision } from '../../wire/limiter.ts';
import type { LimiterNamespace } from '../stubs.ts';
import { LocalKey } from './local-key.ts';
import { ObjectCalls, type ObjectCallsOptions } from './object-calls.ts';
import type { CheckAnswer, CheckAnswers, CheckRequest } from './rpc.ts';

/** What operators do to counters: look at them, and forget them. */
export class LimitAdministration {
  readonly #calls: ObjectCalls;

  /** @param options those of the `RateLimiterClient` whose keys are meant */
  constructor(namespace: LimiterNamespace, options: ObjectCallsOptions = {}) {
    this.#calls = new ObjectCalls(namespace, options);
  }

  /** What a check of each would decide. Spends nothing. @param partition of all the keys */
  async peek(asks: readonly Ask[], partition: string, { cost = 1, priority }: AskOptions = {}): Promise<Decision[]> {
    const addresses = await Promise.all(asks.map(([, key]) => this.#calls.address(key, partition)));
    const requests = asks.map(([rule], index): CheckRequest => [rule, addresses[index]?.[0] ?? '', cost, priority]);
    const text = await this.#calls.call(addresses[0]?.[1] ?? 0, (stub, version) => stub.peek(version, JSON.stringify(requests)));
    const [atMs, ...answers] = JSON.parse(text) as CheckAnswers; // what the object answers
    // One question and one answer for each.
    return asks.map(([rule, key], index) =>
      new LocalKey(rule, key).answer(requests[index] as CheckRequest, answers[index] as CheckAnswer, atMs, atMs, atMs),
    );
  }

  /** Forgets what a key has spent under a policy, or (null) under all of them. */
  async reset(policy: string | null, key: string, partition: string): Promise<void> {
    const [hash, shard] = await this.#calls.address(key, partition);
    await this.#calls.call(shard, (stub) => stub.reset(policy, hash));
  }
}
