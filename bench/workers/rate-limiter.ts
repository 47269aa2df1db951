/** Many decisions per request, 64 in flight, by one stub: what the sample, a library and this rate limiter take for one. The path says which. */
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
const SHARD = { set: 'bench', shards: 1, shard: 0 };
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
  empty({ EMPTY }) {
    const stub = EMPTY.getByName('bench');
    return inFlight(THINGS.rpc, () => stub.answer());
  },
  sample({ SAMPLE }) {
    const stub = SAMPLE.getByName('bench');
    const body = JSON.stringify({ maxRequests: LIMIT, windowMs: 3_600_000 });
    return inFlight(THINGS.sample, async () => (await stub.fetch('https://sample/', { method: 'POST', body })).text());
  },
  flexible({ FLEXIBLE }) {
    const stub = FLEXIBLE.getByName('bench');
    return inFlight(THINGS.rpc, () => stub.check(nextKey()));
  },
  check({ LIMITER }) {
    const stub = rateLimiterStub(LIMITER, SHARD);
    return inFlight(THINGS.rpc, () => stub.check(0, 'keys', nextKey(), 1));
  },
  /** One call after the other: each has 64 decisions in flight. */
  async many({ LIMITER }) {
    const stub = rateLimiterStub(LIMITER, SHARD);
    for (let count = 0; count < THINGS.many; count += IN_FLIGHT) {
      const keys = Array.from({ length: IN_FLIGHT }, nextKey);
      JSON.parse(await stub.checkMany(0, JSON.stringify([['keys', keys, 1]])));
    }
  },
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
