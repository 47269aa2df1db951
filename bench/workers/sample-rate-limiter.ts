/** A rate limiter as guides for Durable Objects show it: one object per key, a counter that is stored at every request. */
import { DurableObject } from 'cloudflare:workers';

interface Counter {
  count: number;
  resetTime: number;
}

const ALARM_MS = 60_000;

export class SampleRateLimiter extends DurableObject<object> {
  #limit: Counter | null = null;

  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, env);
    void ctx.blockConcurrencyWhile(async () => {
      this.#limit = (await ctx.storage.get<Counter>('limit')) ?? null;
      if ((await ctx.storage.getAlarm()) === null) await ctx.storage.setAlarm(Date.now() + ALARM_MS);
    });
  }

  override async fetch(request: Request): Promise<Response> {
    const { maxRequests, windowMs }: { maxRequests: number; windowMs: number } = await request.json();
    const now = Date.now();
    if (this.#limit === null || now > this.#limit.resetTime) this.#limit = { count: 0, resetTime: now + windowMs };
    if (this.#limit.count >= maxRequests) {
      const retryAfter = Math.ceil((this.#limit.resetTime - now) / 1000);
      return new Response(JSON.stringify({ allowed: false, retryAfter }), { status: 429 });
    }
    this.#limit.count++;
    await this.ctx.storage.put('limit', this.#limit);
    return new Response(JSON.stringify({ allowed: true, remaining: maxRequests - this.#limit.count }));
  }

  override async alarm(): Promise<void> {
    const now = Date.now();
    if (this.#limit !== null && now > this.#limit.resetTime) {
      this.#limit = null;
      await this.ctx.storage.delete('limit');
    }
    await this.ctx.storage.setAlarm(now + ALARM_MS);
  }
}
