import { expect, test } from 'vitest';
import { LimitRegistry } from '../../src/routes/limit-registry.ts';

test('an override has no say in what is done for others while a policy cannot be checked', () => {
  const rate = { algorithm: 'token-bucket', limit: 10, window: '1s' } as const;
  const registry = new LimitRegistry(
    {
      policies: { address: { limits: { rate }, failure: 'local' } },
      overrides: [{ name: 'big', policy: 'address', key: '203.0.113.7', limits: { rate: { limit: 1_000 } } }],
    },
    async () => ({ version: 0, changes: {} }),
  );
  expect(registry.failures).toEqual({ address: { limit: 10, windowMs: 1_000 } });
});

test('changes are read again after ten seconds, and when the clock has gone back', async () => {
  let reads = 0;
  const registry = new LimitRegistry({}, async () => ({ version: (reads += 1), changes: {} }));
  for (const nowMs of [100_000, 109_999, 110_000, 100_500, 50_000, 55_000]) await registry.refresh(nowMs, () => {});
  expect(reads).toBe(3);
});
