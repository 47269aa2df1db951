import { expect, test } from 'vitest';
import { MemoryBudget } from '../../../src/lib/memory-budget.ts';
import { LimiterCore } from '../../../src/objects/rate-limiter/limiter-core.ts';
import { LocalKey } from '../../../src/objects/rate-limiter/local-key.ts';
import { type CheckAnswer, OUTCOME } from '../../../src/objects/rate-limiter/rpc.ts';
import { type Decision, NEVER_MS } from '../../../src/wire/limiter.ts';

const LIMIT = 320;
const rate = { algorithm: 'sliding-log', limit: LIMIT, window: '10s' } as const;

/** An isolate and an object, without what is between them. */
class Pair {
  nowMs = 1_764_000_000_000;
  calls = 0;
  readonly local = new LocalKey('p', 'key');
  readonly #core = new LimiterCore({
    document: { policies: { p: { limits: { rate } } } },
    ledger: { find: () => undefined, changed: () => {} },
    memory: new MemoryBudget(1e9),
    maxBytes: 1e9,
  });

  constructor() {
    this.local.address = ['key', 0];
  }

  ask(cost = 1): Decision {
    this.nowMs += 1;
    const decided = this.local.decide(cost, this.nowMs);
    if (decided) return decided;
    this.calls += 1;
    const request = this.local.question(cost, this.nowMs);
    return this.local.answer(request, this.#core.check(request, this.nowMs), this.nowMs, this.nowMs, this.nowMs);
  }
}

test('a lease never has more than it had, whatever is given back', () => {
  const pair = new Pair();
  const [, , leased] = [pair.ask(), pair.ask(), pair.ask()];
  expect(leased.by).toBe('lease');
  for (let turn = 0; turn < LIMIT; turn++) pair.local.putBack(100, leased.receipt);
  let admitted = 0;
  for (let turn = 0; turn < 2 * LIMIT; turn++) if (pair.ask().admitted) admitted += 1;
  expect(admitted).toBeLessThanOrEqual(LIMIT);
});

test('a decision that spent nothing gives nothing back', () => {
  const pair = new Pair();
  expect([pair.ask(), pair.ask(), pair.ask()].map(({ by }) => by)).toEqual(['object', 'object', 'lease']);
  // More than is left of the lease: it is returned with this question.
  pair.ask(LIMIT);
  for (let turn = 0; turn < 10; turn++) pair.local.putBack(1, 0);
  expect(pair.local.decide(1, pair.nowMs + 1)).toBeNull();
});

test('a question for a lease whose request is cancelled is not the last one', () => {
  const pair = new Pair();
  pair.ask();
  pair.local.decide(1, pair.nowMs + 1);
  pair.local.question(1, pair.nowMs + 1);
  pair.nowMs += 10_000;
  const decisions = Array.from({ length: 100 }, () => pair.ask());
  expect(decisions.filter(({ by }) => by === 'lease').length).toBeGreaterThan(80);
});

test('a cost above the limit is told every time that waiting does not help', () => {
  const pair = new Pair();
  expect([pair.ask(LIMIT + 1), pair.ask(LIMIT + 1)]).toMatchObject([
    { by: 'object', retryAfterMs: NEVER_MS },
    { by: 'hold', retryAfterMs: NEVER_MS },
  ]);
});

test('after its clock has gone back an isolate asks again, whatever it holds', () => {
  const pair = new Pair();
  expect([pair.ask(), pair.ask(), pair.ask()].map(({ by }) => by)).toEqual(['object', 'object', 'lease']);
  expect(pair.local.decide(1, pair.nowMs - 3_600_000)).toBeNull();
  expect([pair.ask(LIMIT), pair.ask(LIMIT)].map(({ admitted, by }) => [admitted, by])).toEqual([
    [false, 'object'],
    [false, 'hold'],
  ]);
  expect(pair.local.decide(LIMIT, pair.nowMs - 3_600_000)).toBeNull();
});

test.each([
  ['to before its lease', 1, -200],
  ['after it has seen its lease end', 2_000, 900],
  ['while it uses its lease', 500, 300],
])('an isolate whose clock goes back by less than a lease’s length asks again: %s', (_, seenMs, thenMs) => {
  const pair = new Pair();
  const leased = [pair.ask(), pair.ask(), pair.ask()].at(-1);
  expect(leased?.by).toBe('lease');
  const sinceMs = pair.nowMs;
  pair.local.decide(2 * LIMIT, sinceMs + seenMs);
  expect(pair.local.decide(1, sinceMs + thenMs)).toBeNull();
  expect(pair.local.decide(1, sinceMs + seenMs)).toBeNull();
});

test('an isolate whose clock goes back while it waits for a lease asks again', () => {
  const pair = new Pair();
  pair.ask();
  const request = pair.local.question(1, pair.nowMs);
  const answer: CheckAnswer = [OUTCOME.ADMITTED, LIMIT, 10_000, 0, 0, 1, 10, 1_000];
  pair.local.answer(request, answer, pair.nowMs, pair.nowMs, pair.nowMs - 500);
  expect(pair.local.decide(1, pair.nowMs - 500)).toBeNull();
});
