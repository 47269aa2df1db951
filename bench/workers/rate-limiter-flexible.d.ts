/** The part of the package that needs no cluster; it has no types of its own. */
declare module 'rate-limiter-flexible/lib/RateLimiterMemory.js' {
  export default class RateLimiterMemory {
    constructor(options: { points: number; duration: number });
    consume(key: string): Promise<{ remainingPoints: number; msBeforeNext: number }>;
  }
}
