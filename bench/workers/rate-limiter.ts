/** Many decisions per request, 64 in flight: what the sample, a library and this rate limiter take for one. The path says which. */
import { DurableObject } from 'cloudflare:workers';
import RateLimiterMemory from 'rate-limiter-flexible/lib/RateLimiterMemory.js';
import { defineRateLimiter } from '../../src/objects/rate-limiter/rate-limiter.ts';
import { RateLimiterClient } from '../../src/objects/rate-limiter/rate-limiter-client.ts';
import { type LimiterNamespace, rateLimiterStub } from '../../src/objects/stubs.ts';
import { SampleRateLimiter } from './sample-rate-limiter.ts';

/** How many decisions one request makes; `benchmarks/rate-limiter.ts` divides by them. */
const THINGS = { rpc: 640, sample: 64, many: 6_400, hot: 64_000 };
const IN_FLIGHT = 64;
const KEYS = Array.from({ length: 10_000 }, (_, index) => `2f7c1e0a-9b44-4d1c-${index}`);
/** So high that nothing is refused: a refusal is cheaper. */
const LIMIT = 1_000_000_000;

export { SampleRateLimiter };

export const Limiter = defineRateLimiter({
  limits: {
    policies: {
      keys: { limits: { rate: { algorithm: 'token-bucket', limit: 100, window: '1m', burst: 10_000_000 } } },
      hot: { limits: { rate: { algorithm: 'token-bucket', limit: LIMIT, window: '1s' } } },
    },
  },
});

export class Empty extends DurableObject {
  answer(): string {
    return 'hello';
  }
}

/** The library as it is used where there is one process: one object. */
export class FlexibleLimiter extends DurableObject {
  readonly #limiter = new RateLimiterMemory({ points: LIMIT, duration: 60 });

  async check(key: string): Promise<string> {
    const { remainingPoints, msBeforeNext } = await this.#limiter.consume(key);
    return JSON.stringify([remainingPoints, msBeforeNext]);
  }
}

interface Env {
  EMPTY: DurableObjectNamespace<Empty>;
  SAMPLE: DurableObjectNamespace<SampleRateLimiter>;
  FLEXIBLE: DurableObjectNamespace<FlexibleLimiter>;
  LIMITER: LimiterNamespace;
}

let client: RateLimiterClient | undefined;
let turn = 0;

function nextKey(): string {
  turn = (turn + 1) % KEYS.length;
  return KEYS[turn]!; // within its length
}

/** `count` things, 64 of them at a time. */
async function inFlight(count: number, doOne: () => Promise<unknown>): Promise<void> {
  let left = count;
  const lane = async () => {
    while (left-- > 0) await doOne();
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
}

const WAYS: Record<string, (env: Env) => Promise<unknown>> = {
  empty: ({ EMPTY }) => inFlight(THINGS.rpc, () => EMPTY.getByName('bench').answer()),
  sample: ({ SAMPLE }) => {
    const body = JSON.stringify({ maxRequests: LIMIT, windowMs: 3_600_000 });
    return inFlight(THINGS.sample, async () => (await SAMPLE.getByName('bench').fetch('https://sample/', { method: 'POST', body })).text());
  },
  flexible: ({ FLEXIBLE }) => inFlight(THINGS.rpc, () => FLEXIBLE.getByName('bench').check(nextKey())),
  check: ({ LIMITER }) =>
    inFlight(THINGS.rpc, () => rateLimiterStub(LIMITER, { set: 'bench', shards: 1, shard: 0 }).check(0, 'keys', nextKey(), 1)),
  many: ({ LIMITER }) =>
    inFlight(THINGS.many / 64, async () => {
      const questions = JSON.stringify(Array.from({ length: 64 }, () => ['keys', nextKey(), 1]));
      return JSON.parse(await rateLimiterStub(LIMITER, { set: 'bench', shards: 1, shard: 0 }).checkMany(0, questions));
    }),
  async hot({ LIMITER }) {
    client ??= new RateLimiterClient(LIMITER, { set: 'bench', shards: 1, deadlineMs: 10_000 });
    for (let count = 0; count < THINGS.hot; count++) {
      const decision = client.check('hot', 'key');
      if (!('admitted' in decision ? decision : await decision).admitted) throw new Error('refused');
    }
  },
};

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    await WAYS[new URL(request.url).pathname.slice(1)]?.(env);
    return new Response('done');
  },
};
