import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { expect, test } from 'vitest';
import { TenantStoreClient } from '../../src/objects/index.ts';
import { settleClaim } from '../../src/objects/tenant-store/doubtful-claims.ts';
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
  expect(await keys.claimIdempotencyKey('k', 'other')).toEqual({ state: 'claimed', token: expect.stringMatching(/^.{36}$/) });
  await keys.completeIdempotencyKey('k', 'r');
  await keys.releaseIdempotencyKey('k');
  expect(await keys.claimIdempotencyKey('k', 'other')).toEqual({ state: 'done', response: 'r' });
});

test.each([
  ['a minute after its claim', { atMs: MINUTE_MS - 1 }, 'in_progress'],
  ['later than that', { atMs: MINUTE_MS }, 'doubtful'],
  ['later than that, and taken up again', { atMs: MINUTE_MS, running_since_ms: 1_000 + 1 }, 'in_progress'],
  ['later than that, without a token', { atMs: MINUTE_MS, token: null }, 'lost'],
  ['later than that, but completed', { atMs: MINUTE_MS, response: 'r' }, 'done'],
  ['doubted', { atMs: 1, is_doubted: 1 }, 'doubtful'],
  ['a day after its claim', { atMs: 24 * HOUR_MS }, 'free'],
])('a claim found %s', (_when, { atMs, ...row }, state) => {
  const claimed = { fingerprint: 'f', claimed_at_ms: 1_000, response: null, token: 't', running_since_ms: null, is_doubted: 0 };
  expect(judgeClaim({ ...claimed, ...row }, 'f', 1_000 + atMs).state).toBe(state);
});

test('of a request that was given up one claimant finds out what became of it, while the others wait', async () => {
  const { stub } = newTenant();
  await runInDurableObject(stub, async (_instance, { storage }) => {
    const ledger = new IdempotencyLedger(storage.sql);
    ledger.claim('k', 'f', 0, 'first');
    ledger.doubt('k');
    const doubtful = { key: 'k', token: 'first' };
    expect(ledger.claim('k', 'f', 1, 'x')).toEqual({ state: 'doubtful', token: 'first' });
    expect(ledger.claim('k', 'f', 2, 'x').state).toBe('in_progress');
    expect(await settleClaim(doubtful, ledger, async () => ({ state: 'running' }), 'second')).toMatchObject({ state: 'in_progress' });
    expect(ledger.claim('k', 'f', 3, 'x').state).toBe('doubtful');
    expect(await settleClaim(doubtful, ledger, async () => ({ state: 'refused' }), 'second')).toEqual({
      state: 'claimed',
      token: 'second',
    });
    expect(ledger.claim('k', 'f', 4, 'x').state).toBe('in_progress');
    ledger.doubt('k');
    expect(ledger.claim('k', 'f', 5, 'x')).toEqual({ state: 'doubtful', token: 'second' });
    expect(await settleClaim(doubtful, ledger, async () => ({ state: 'applied', rows: [] }), 'x')).toEqual({ state: 'applied', rows: [] });
    expect(ledger.claim('k', 'f', 6, 'x').state).toBe('in_progress');
  });
});

test('a request of which the object knows no write is lost', async () => {
  const keys = newTenant().newClient();
  await keys.claimIdempotencyKey('k', 'f');
  await keys.doubtIdempotencyKey('k');
  expect(await keys.claimIdempotencyKey('k', 'f')).toEqual({ state: 'lost' });
  expect(await keys.claimIdempotencyKey('k', 'f')).toEqual({ state: 'lost' });
});

test('limits of length hold at the limit and break one past it', async () => {
  const keys = newTenant().newClient();
  await expect(keys.claimIdempotencyKey('', 'f')).rejects.toMatchObject({ code: 'invalid_input' });
  await expect(keys.claimIdempotencyKey('k'.repeat(256), 'f')).rejects.toMatchObject({ code: 'invalid_input' });
  await expect(keys.claimIdempotencyKey('k', 'f'.repeat(129))).rejects.toMatchObject({ code: 'invalid_input' });
  expect(await keys.claimIdempotencyKey('k'.repeat(255), 'f'.repeat(128))).toMatchObject({ state: 'claimed' });
  await expect(keys.completeIdempotencyKey('k'.repeat(255), 'ü'.repeat(32 * 1024) + 'x')).rejects.toMatchObject({ code: 'invalid_input' });
  await keys.completeIdempotencyKey('k'.repeat(255), 'ü'.repeat(32 * 1024));
});

test('the oldest completed keys go first when there are too many, and running ones never', async () => {
  const { stub } = newTenant();
  await runInDurableObject(stub, (_instance, state) => {
    const ledger = new IdempotencyLedger(state.storage.sql, 3);
    ledger.claim('running', 'f', 0, 'token');
    ledger.claim('old', 'f', 1, 'token');
    ledger.complete('old', 'r', 2);
    ledger.claim('young', 'f', 3, 'token');
    ledger.complete('young', 'r', 4);
    expect(ledger.claim('next', 'f', 5, 'token').state).toBe('claimed');
    expect(ledger.claim('young', 'f', 6, 'token').state).toBe('done');
    expect(ledger.claim('running', 'f', 7, 'token').state).toBe('in_progress');
    ledger.claim('another', 'f', 8, 'token');
    expect(() => ledger.claim('one too many', 'f', 9, 'token')).toThrow(expect.objectContaining({ code: 'throttled' }));
    expect(ledger.claim('one too many', 'f', 2 * MINUTE_MS, 'token').state).toBe('claimed');
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
