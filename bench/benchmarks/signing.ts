/** What a signature costs in a Worker. */
import type { Benchmark } from '../harness/benchmark.ts';

export const benchmark: Benchmark = {
  kind: 'workers',
  title: 'A hundred signatures per request, so CPU µs/req ÷ 100 is the cost of one',
  baseline: 'aws4fetch × 100',
  entries: [
    { name: 'no signature', worker: 'hello', path: '/' },
    { name: 'aws4fetch × 100', worker: 'sign-aws4fetch', path: '/' },
    { name: 'Steamer × 100', worker: 'sign-steamer', path: '/' },
  ],
  loads: [{ name: '1 client', clients: 1, keys: { kind: 'one' } }],
  goals: [],
};
