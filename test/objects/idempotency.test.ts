import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { expect, test } from 'vitest';
import { TenantStoreClient } from '../../src/objects/index.ts';
import { IdempotencyLedger, judgeClaim } from '../../src/objects/tenant-store/idempotency-ledger.ts';
import { stubOf } from './tenant-store-fixture.ts';

function newTenant() {
  const name = `i-${crypto.randomUUID()}`;
  return { stub: stubOf(name), newClient: () => new TenantStoreClient(() => stubOf(name), name) };
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

test('one of 100 concurrent claims of a key wins', async () => {
  const { newClient } = newTenant();
  const claims = await Promise.all(Array.from({ length: 100 }, () => newClient().claimIdempotencyKey('k', 'f')));
  expect(claims.filter(({ state }) => state === 'claimed')).toHaveLength(1);
  expect(claims.filter(({ state }) => state === 'in_progress')).toHaveLength(99);
});

test('a completed key answers with its response, also after eviction', async () => {
  const { stub, newClient } = newTenant();
  const keys = newClient();
  await keys.claimIdempotencyKey('k', 'f');
  await keys.completeIdempotencyKey('k', '{"status":201,"text":"größer"}');
  await evictDurableObject(stub);
  expect(await newClient().claimIdempotencyKey('k', 'f')).toEqual({ state: 'done', response: '{"status":201,"text":"größer"}' });
  expect(await newClient().claimIdempotencyKey('k', 'other')).toEqual({ state: 'mismatch' });
});

test('a claim survives eviction, and the same key of another request is refused', async () => {
  const { stub, newClient } = newTenant();
  await newClient().claimIdempotencyKey('k', 'f');
  await evictDurableObject(stub);
  expect(await newClient().claimIdempotencyKey('k', 'f')).toMatchObject({ state: 'in_progress' });
  expect(await newClient().claimIdempotencyKey('k', 'other')).toEqual({ state: 'mismatch' });
});

test('a released key can be claimed again, a completed one cannot be released', async () => {
  const { newClient } = newTenant();
  const keys = newClient();
  await keys.claimIdempotencyKey('k', 'f');
  await keys.releaseIdempotencyKey('k');
  expect(await keys.claimIdempotencyKey('k', 'other')).toEqual({ state: 'claimed' });
  await keys.completeIdempotencyKey('k', 'r');
  await keys.releaseIdempotencyKey('k');
  expect(await keys.claimIdempotencyKey('k', 'other')).toEqual({ state: 'done', response: 'r' });
});

test.each([
  ['a minute after its claim', MINUTE_MS - 1, null, 'in_progress'],
  ['later than that', MINUTE_MS, null, 'lost'],
  ['later than that, but completed', MINUTE_MS, 'r', 'done'],
  ['a day after its claim', 24 * HOUR_MS, null, 'claimed'],
])('a claim found %s', (_when, ageMs, response, state) => {
  expect(judgeClaim({ fingerprint: 'f', claimed_at_ms: 1_000, response }, 'f', 1_000 + ageMs).state).toBe(state);
});

test('limits of length hold at the limit and break one past it', async () => {
  const keys = newTenant().newClient();
  await expect(keys.claimIdempotencyKey('', 'f')).rejects.toMatchObject({ code: 'invalid_input' });
  await expect(keys.claimIdempotencyKey('k'.repeat(256), 'f')).rejects.toMatchObject({ code: 'invalid_input' });
  await expect(keys.claimIdempotencyKey('k', 'f'.repeat(129))).rejects.toMatchObject({ code: 'invalid_input' });
  expect(await keys.claimIdempotencyKey('k'.repeat(255), 'f'.repeat(128))).toEqual({ state: 'claimed' });
  await expect(keys.completeIdempotencyKey('k'.repeat(255), 'ü'.repeat(32 * 1024) + 'x')).rejects.toMatchObject({ code: 'invalid_input' });
  await keys.completeIdempotencyKey('k'.repeat(255), 'ü'.repeat(32 * 1024));
});

test('the oldest completed keys go first when there are too many, and running ones never', async () => {
  const { stub } = newTenant();
  await runInDurableObject(stub, (_instance, state) => {
    const ledger = new IdempotencyLedger(state.storage.sql, 3);
    ledger.claim('running', 'f', 0);
    ledger.claim('old', 'f', 1);
    ledger.complete('old', 'r', 2);
    ledger.claim('young', 'f', 3);
    ledger.complete('young', 'r', 4);
    expect(ledger.claim('next', 'f', 5).state).toBe('claimed');
    expect(ledger.claim('young', 'f', 6).state).toBe('done');
    expect(ledger.claim('running', 'f', 7).state).toBe('in_progress');
    ledger.claim('another', 'f', 8);
    expect(() => ledger.claim('one too many', 'f', 9)).toThrow(expect.objectContaining({ code: 'throttled' }));
    expect(ledger.claim('one too many', 'f', 2 * MINUTE_MS).state).toBe('claimed');
  });
});

test('an alarm removes what has expired, and then itself', async () => {
  const { stub, newClient } = newTenant();
  await newClient().claimIdempotencyKey('k', 'f');
  await runInDurableObject(stub, async (_instance, state) => {
    expect(await state.storage.getAlarm()).toBeGreaterThan(Date.now() + 23 * HOUR_MS);
    state.storage.sql.exec('UPDATE idempotency_keys SET claimed_at_ms = 0; UPDATE timers SET at_ms = 0');
  });
  expect(await runDurableObjectAlarm(stub)).toBe(true);
  await runInDurableObject(stub, async (_instance, state) => {
    expect(state.storage.sql.exec('SELECT * FROM idempotency_keys').toArray()).toEqual([]);
    expect(await state.storage.getAlarm()).toBeNull();
  });
});
