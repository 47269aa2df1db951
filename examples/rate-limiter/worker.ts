/** A Worker that answers each address five times a minute, wherever in the world it is asked. */
import { defineRateLimiter, RateLimiterClient, type LimiterNamespace } from 'steamer/objects';

const hello = { limits: { rate: { algorithm: 'sliding-log', limit: 5, window: '1m' } } } as const;

export class RateLimiter extends defineRateLimiter({ limits: { policies: { hello } } }) {}

let limiter: RateLimiterClient | undefined;

export default {
  async fetch(request: Request, env: { RATE_LIMITER: LimiterNamespace }): Promise<Response> {
    limiter ??= new RateLimiterClient(env.RATE_LIMITER);
    const address = request.headers.get('cf-connecting-ip') ?? 'unknown';
    const { admitted, retryAfterMs } = await limiter.check('hello', address);
    if (admitted) return new Response('Hello\n');
    const headers = { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) };
    return new Response('Too many requests\n', { status: 429, headers });
  },
};
