import { expect, inject, test } from 'vitest';
import { MemoryBudget } from '../../../src/lib/memory-budget.ts';
import { LimiterCore } from '../../../src/objects/rate-limiter/limiter-core.ts';
import { type CheckRequest, OUTCOME } from '../../../src/objects/rate-limiter/rpc.ts';
import type { LimitsDocument } from '../../../src/wire/limit-document.ts';

const MB = 1024 * 1024;
const ledger = { find: () => undefined, changed: () => {} };
const LIMITS = {
  policies: {
    address: { limits: { rate: { algorithm: 'token-bucket', limit: 10, window: '1m' } } },
    paying: { limits: { quota: { algorithm: 'calendar', limit: 100, period: 'month' } } },
    moment: { limits: { rate: { algorithm: 'token-bucket', limit: 10, window: '10ms' } } },
    read: { limits: { rate: { algorithm: 'token-bucket', limit: 500, window: '1s', burst: 2_000 } } },
    log: { limits: { rate: { algorithm: 'sliding-log', limit: 1_000, window: '10m' } } },
  },
  overrides: [{ name: 'export', policy: 'read', route: 'GET /v1/:tenant/export', limits: { rate: { limit: 1, burst: 5 } } }],
} satisfies LimitsDocument;

function newCore(maxBytes: number, memory = new MemoryBudget(64 * MB)) {
  const core = new LimiterCore({ document: LIMITS, ledger, memory, maxBytes });
  return { core, memory, ask: (atMs: number, ...request: CheckRequest) => core.check(request, atMs) };
}

test('a flood of made-up keys stays within the bound, and takes nothing from the keys of other policies nor from those in use', () => {
  const { core, memory, ask } = newCore(16 * MB);
  for (let payer = 0; payer < 1_000; payer++) ask(0, 'paying', `payer-${payer}`, 60);
  ask(0, 'address', 'in use', 9);
  const flood = Math.ceil(50_000 * inject('testScale'));
  for (let turn = 0; turn < flood; turn++) {
    ask(turn / 1_000, 'address', `made-up-${turn}-${'x'.repeat(16)}`, 1);
    if (turn % 1_000 === 0) ask(turn / 1_000, 'address', 'in use', 10);
  }
  expect(memory.usedBytes).toBeLessThanOrEqual(16 * MB);
  expect(core.keys.bytes).toBe(memory.usedBytes);
  for (let payer = 0; payer < 1_000; payer++) expect(ask(flood / 1_000, 'paying', `payer-${payer}`, 41)[0]).toBe(OUTCOME.REFUSED);
  expect(ask(flood / 1_000, 'address', 'in use', 9 + Math.ceil(flood / 6_000_000))[0]).toBe(OUTCOME.REFUSED);
}, 120_000);

test('what a key is counted as is what it takes', () => {
  const before = process.memoryUsage().heapUsed;
  const { core, ask } = newCore(64 * MB);
  for (let key = 0; key < 50_000; key++) ask(0, 'address', `${key}`.padStart(30, 'k'), 1);
  const taken = process.memoryUsage().heapUsed - before;
  expect(core.keys.bytes).toBeLessThanOrEqual(64 * MB);
  // The heap has waste in it that no collection has taken yet.
  expect(core.keys.bytes).toBeGreaterThan(taken / 3);
});

test('keys that count no more are dropped while others are added', () => {
  const { core, ask } = newCore(16 * MB);
  for (let turn = 0; turn < 10_000; turn++) ask(turn, 'moment', `key-${turn}`, 1);
  expect([...core.keys.entries()].length).toBeLessThan(20);
});

test('logs are counted by their length', () => {
  const { core, ask } = newCore(1 * MB);
  for (let turn = 0; turn < 50_000; turn++) ask(turn, 'log', `key-${turn % 100}`, 1);
  expect(core.keys.bytes).toBeLessThanOrEqual(1 * MB);
  expect([...core.keys.entries()].reduce((sum, [, , state]) => sum + state.bytes, 0)).toBe(core.keys.bytes);
});

test('several objects of an isolate stay within its bound together', () => {
  const memory = new MemoryBudget(4 * MB);
  const cores = [1, 2, 3].map(() => newCore(16 * MB, memory));
  for (let turn = 0; turn < 30_000; turn++) for (const { ask } of cores) ask(0, 'address', `key-${turn}`, 1);
  expect(memory.usedBytes).toBeLessThanOrEqual(4 * MB);
});

test('a clock that goes back stands still', () => {
  const { ask } = newCore(MB);
  ask(100_000, 'address', 'key', 10);
  expect(ask(0, 'address', 'key', 1)[3]).toBe(6_000);
  expect(ask(Number.NaN, 'address', 'key', 1)[0]).toBe(OUTCOME.REFUSED);
  expect(ask(106_000, 'address', 'key', 1)[0]).toBe(OUTCOME.ADMITTED);
});

test('a flood of keys whose log takes memory is counted as what it takes, and leaves the others of the isolate theirs', () => {
  const { core, memory, ask } = newCore(MB / 4);
  for (let turn = 0; turn < 50_000; turn++) ask(turn / 100, 'log', `key-${turn}`, 1);
  const bytes = [...core.keys.entries()].reduce((sum, [, , state]) => sum + state.bytes, 0);
  expect([core.keys.bytes, memory.usedBytes]).toEqual([bytes, bytes]);
  expect(bytes).toBeGreaterThan(MB / 8);
});

test('the bucket of an override fills as slowly as it says, whatever else of its policy is asked for in between', () => {
  const { ask } = newCore(MB);
  let admitted = 0;
  for (let atMs = 0; atMs < 10_000; atMs++) {
    if (ask(atMs, 'read@export', 'key', 1)[0] === OUTCOME.ADMITTED) admitted += 1;
    else if (atMs % 10 === 0) ask(atMs, 'read', 'key', 1);
  }
  expect([admitted >= 14, admitted <= 15]).toEqual([true, true]);
});
