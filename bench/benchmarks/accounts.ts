/** What sign-ins, checks and revocations cost, and whether time tells known addresses from unknown ones. */
import type { AccountsBenchmark } from '../harness/accounts-benchmark.ts';

const SAME = ['failed sign-in', 'register', 'forgot-password', 'resend-verification'];

export const benchmark: AccountsBenchmark = {
  kind: 'accounts',
  title: 'Accounts: the whole service on Miniflare; CPU is workerd’s, with D1, KV and Queues in it',
  goals: [
    { scenario: 'password', way: 'argon2id', metric: 'CPU ms per hash', atMost: 25 },
    { scenario: 'password', way: 'argon2id', metric: 'more memory after all, MB', atMost: 64 },
    { scenario: 'sign-in', way: 'password', metric: 'CPU ms', atMost: 30 },
    { scenario: 'check', way: 'session', metric: 'CPU µs', atMost: 1.6, timesThatOf: 'empty' },
    { scenario: 'check', way: 'key', metric: 'CPU µs', atMost: 2, timesThatOf: 'empty' },
    { scenario: 'check', way: 'kv', metric: 'CPU µs', atLeast: 4, timesThatOf: 'session' },
    { scenario: 'check', way: 'd1', metric: 'CPU µs', atLeast: 9, timesThatOf: 'session' },
    ...SAME.flatMap((scenario) => [
      { scenario, way: 'known', metric: 'CPU ms', atMost: 1.05, timesThatOf: 'unknown' },
      { scenario, way: 'known', metric: 'CPU ms', atLeast: 0.95, timesThatOf: 'unknown' },
    ]),
    { scenario: 'revocations beside checks', way: 'session', metric: 'stale accepts', atMost: 0 },
  ],
};
