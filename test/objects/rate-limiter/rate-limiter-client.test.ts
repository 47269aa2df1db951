import { env } from 'cloudflare:workers';
import { describe, expect, test, vi } from 'vitest';
import { RateLimiterClient, type RateLimiterClientOptions, type RateLimiterRpc } from '../../../src/objects/index.ts';
import type { LimitChangesRpc } from '../../../src/objects/rate-limiter/rpc.ts';
import type { LimitsDocument } from '../../../src/wire/limit-document.ts';
import { type Decision, NEVER_MS } from '../../../src/wire/limiter.ts';
import { eventually } from '../../setup/eventually.ts';

const DAY_MS = 86_400_000;
const LIMITS = {
  policies: {
    one: { limits: { rate: { algorithm: 'fixed-window', limit: 1, window: '1d' } } },
    ten: { limits: { rate: { algorithm: 'fixed-window', limit: 10, window: '1d' } } },
    hot: { limits: { rate: { algorithm: 'fixed-window', limit: 3_200, window: '1d' } }, leases: true },
    bucket: { limits: { rate: { algorithm: 'token-bucket', limit: 1, window: '1d', burst: 500 } }, leases: true },
    places: { limits: { places: { algorithm: 'concurrency', limit: 2, window: '1m' } } },
    share: { limits: { rate: { algorithm: 'fixed-window', limit: 10, window: '1d' } }, reserve: { critical: 20 } },
  },
} satisfies LimitsDocument;

type Stub = RateLimiterRpc & LimitChangesRpc;

/** Isolates with the real objects, of which nobody else uses any. */
class Isolates {
  readonly set = `test-${crypto.randomUUID()}`;
  /** what was called: the object's name, the method, its arguments */
  readonly calls: { name: string; method: string; args: unknown[] }[] = [];
  /** replaces what a call would do */
  fault: ((call: () => Promise<unknown>) => Promise<unknown>) | null = null;

  isolate(options: RateLimiterClientOptions = {}): RateLimiterClient {
    const changes = () => ({ version: 1, changes: LIMITS });
    return new RateLimiterClient({ getByName: (name) => this.#observed(name) }, { set: this.set, deadlineMs: 60_000, changes, ...options });
  }

  checks(): number {
    return this.calls.filter(({ method }) => method === 'checkMany').length;
  }

  #observed(name: string): Stub {
    const stub = env.RATE_LIMITER.getByName(name);
    return new Proxy<Stub>(stub, {
      get: (target, method: keyof Stub) => {
        return (...args: never[]) => {
          this.calls.push({ name, method, args });
          // The stub's own methods, with the arguments that they were called with.
          const call = () => (target[method] as (...all: never[]) => Promise<unknown>)(...args);
          return this.fault ? this.fault(call) : call();
        };
      },
    });
  }
}

const admitted = (decisions: readonly Decision[]) => decisions.map((decision) => decision.admitted);

describe('a decision', () => {
  test('is made by the object, which says what is left', async () => {
    const limiter = new Isolates().isolate();
    expect(await limiter.check('ten', 'key', { cost: 4 })).toMatchObject({
      admitted: true,
      retryAfterMs: 0,
      by: 'object',
      limits: [6, expect.any(Number)],
    });
    expect(await limiter.check('ten', 'other', { cost: 11 })).toMatchObject({ admitted: false, retryAfterMs: NEVER_MS });
    const refused = await limiter.check('ten', 'key', { cost: 7 });
    expect(refused).toMatchObject({ admitted: false, by: 'object', limits: [6, expect.any(Number)] });
    expect(refused.retryAfterMs).toBeLessThanOrEqual(DAY_MS);
  });

  test('is the same whichever isolate asks, and for nobody but the key', async () => {
    const isolates = new Isolates();
    const decisions = await Promise.all(Array.from({ length: 20 }, async () => isolates.isolate().check('one', 'key')));
    expect(decisions.filter((decision) => decision.admitted)).toHaveLength(1);
    expect((await isolates.isolate().check('one', 'other')).admitted).toBe(true);
  });

  test('of one tick is asked for with all others, in one call of each object', async () => {
    const isolates = new Isolates();
    const limiter = isolates.isolate({ shards: 4 });
    const keys = Array.from({ length: 64 }, (_, index) => `key-${index}`);
    await Promise.all(keys.map(async (key) => limiter.check('ten', key)));
    const before = isolates.calls.length;
    const decisions = await Promise.all(keys.map(async (key) => limiter.check('ten', key)));
    expect(decisions.every((decision) => decision.admitted && decision.limits[0] === 8)).toBe(true);
    expect(isolates.calls.length - before).toBe(4);
  });

  test('is asked for of as many objects as there are shards, however many keys are made up', async () => {
    const isolates = new Isolates();
    const limiter = isolates.isolate();
    isolates.fault = async () => Promise.reject(new Error('Nobody has to count these.'));
    for (let part = 0; part < 20; part++) {
      await Promise.all(Array.from({ length: 500 }, async (_, index) => limiter.check('ten', `${part}-${index}`)));
    }
    expect(new Set(isolates.calls.map(({ name }) => name)).size).toBe(16);
  });

  test('is refused here for as long as a refusal holds, for the same cost or more', async () => {
    const isolates = new Isolates();
    const limiter = isolates.isolate();
    await limiter.check('ten', 'key', { cost: 8 });
    await limiter.check('ten', 'key', { cost: 3 });
    const calls = isolates.calls.length;
    const held = await limiter.check('ten', 'key', { cost: 3 });
    expect(held).toMatchObject({ admitted: false, by: 'hold' });
    expect(held.retryAfterMs).toBeGreaterThan(0);
    expect(isolates.calls.length).toBe(calls);
    expect((await limiter.check('ten', 'key', { cost: 2 })).admitted).toBe(true);
  });

  test('keeps keys of different priorities apart', async () => {
    const limiter = new Isolates().isolate();
    expect((await limiter.check('share', 'key', { cost: 8, priority: 'normal' })).admitted).toBe(true);
    expect((await limiter.check('share', 'key', { priority: 'normal' })).admitted).toBe(false);
    expect((await limiter.check('share', 'key', { priority: 'critical' })).admitted).toBe(true);
  });

  test.each([0, -1, 0.5, Number.NaN, Number('1e309'), '60000'])('is refused to a cost of %s, without asking', async (cost) => {
    const isolates = new Isolates();
    expect(() => isolates.isolate().check('ten', 'key', { cost: cost as number })).toThrow(TypeError);
    expect(isolates.calls).toEqual([]);
  });

  test.each([
    ['', 'no key'],
    ['k'.repeat(1_025), 'a key that is too long'],
  ])('is refused to %#', async (key) => {
    expect(() => new Isolates().isolate().check('ten', key)).toThrow(TypeError);
  });

  test('is nobody’s under a policy that there is not', async () => {
    await expect(new Isolates().isolate().check('none', 'key')).rejects.toThrow('expected a limit policy, got none');
  });

  test.each(['__proto__', 'constructor', '\0', 'k'.repeat(1_024), '\ud800'])('counts the key %j as any other', async (key) => {
    const limiter = new Isolates().isolate();
    expect(
      admitted([await limiter.check('one', key), await limiter.check('one', key), await limiter.check('one', `${key.slice(1)}.`)]),
    ).toEqual([true, false, true]);
  });

  test('sends no key, and makes no name of one', async () => {
    const isolates = new Isolates();
    await isolates.isolate().check('ten', '203.0.113.77', { partition: 'secret-tenant' });
    expect(JSON.stringify(isolates.calls)).not.toMatch(/203\.0\.113|secret/);
    expect(isolates.calls[0]?.name).toMatch(/^test-[\w-]+\/16\/\d+$/);
  });
});

describe('a hot key', () => {
  test('is decided here, and admits exactly its limit over all isolates', async () => {
    const isolates = new Isolates();
    const limiters = Array.from({ length: 4 }, () => isolates.isolate());
    let sum = 0;
    for (let turn = 0; turn < 1_000; turn++) {
      for (const limiter of limiters) if ((await limiter.check('hot', 'key')).admitted) sum += 1;
    }
    expect(sum).toBeGreaterThan(2_800);
    expect(sum).toBeLessThanOrEqual(3_200);
    expect(isolates.checks()).toBeLessThan(sum / 5);
    // What is out on lease comes back with the next question of its isolate, and is there for the others.
    for (let round = 0; round < 50; round++)
      for (const limiter of limiters) if ((await limiter.check('hot', 'key', { cost: 101 })).admitted) sum += 101;
    expect(sum).toBeLessThanOrEqual(3_200);
  });

  test('is answered at once, and counts down what is left', async () => {
    const limiter = new Isolates().isolate();
    await limiter.check('hot', 'key');
    await limiter.check('hot', 'key');
    const decisions = [limiter.check('hot', 'key'), limiter.check('hot', 'key')];
    expect(decisions).toMatchObject([
      { admitted: true, by: 'lease', limits: [3_197, expect.any(Number)] },
      { admitted: true, by: 'lease', limits: [3_196, expect.any(Number)] },
    ]);
  });

  test.each(['alone', 'with another'])('is admitted as long as there are permits, asked for %s by many at a time', async (company) => {
    const limiter = new Isolates().isolate();
    const options = { partition: 'tenant' };
    const asks = ['bucket', ...(company === 'alone' ? [] : ['hot'])].map((rule) => [rule, 'key'] as const);
    const isAdmitted = async () => {
      const decisions = asks.length === 1 ? [await limiter.check('bucket', 'key', options)] : await limiter.checkAll(asks, options);
      return decisions.every((decision) => decision.admitted);
    };
    let sum = 0;
    for (let turn = 0; turn < 10; turn++) {
      const parallel = await Promise.all(Array.from({ length: 60 }, isAdmitted));
      sum += parallel.filter(Boolean).length;
    }
    expect(sum).toBe(500);
  });

  test('is given back to its lease', async () => {
    const limiter = new Isolates().isolate();
    await limiter.check('hot', 'key');
    await limiter.check('hot', 'key');
    const decision = await limiter.check('hot', 'key', { cost: 5 });
    await limiter.refund('hot', 'key', decision, { cost: 5 });
    expect(limiter.check('hot', 'key')).toMatchObject({ by: 'lease', limits: [3_197, expect.any(Number)] });
  });
});

describe('several keys together', () => {
  test('are all spent, or none', async () => {
    const limiter = new Isolates().isolate();
    const ask = (cost: number) =>
      limiter.checkAll(
        [
          ['ten', 'tenant'],
          ['one', 'user'],
        ],
        { partition: 'tenant', cost },
      );
    expect(admitted(await ask(1))).toEqual([true, true]);
    expect(admitted(await ask(1))).toEqual([true, false]);
    expect((await limiter.check('ten', 'tenant', { partition: 'tenant', cost: 9 })).admitted).toBe(true);
  });

  test('are no failure where nobody was asked, since one of them is refused already', async () => {
    const limiter = new Isolates().isolate();
    const options = { partition: 'tenant' };
    await limiter.check('one', 'user', options);
    await limiter.check('one', 'user', options);
    const decisions = await limiter.checkAll(
      [
        ['ten', 'tenant'],
        ['one', 'user'],
      ],
      options,
    );
    expect(decisions).toMatchObject([
      { admitted: true, by: 'hold', receipt: 0 },
      { admitted: false, by: 'hold' },
    ]);
  });

  test('give back what a lease has given when another is refused', async () => {
    const limiter = new Isolates().isolate();
    const options = { partition: 'tenant' };
    await limiter.check('hot', 'tenant', options);
    await limiter.check('hot', 'tenant', options);
    await limiter.check('one', 'user', options);
    for (let turn = 0; turn < 40; turn++) {
      expect(
        admitted(
          await limiter.checkAll(
            [
              ['hot', 'tenant'],
              ['one', 'user'],
            ],
            options,
          ),
        ),
      ).toEqual([true, false]);
    }
    expect(limiter.check('hot', 'tenant', options)).toMatchObject({ by: 'lease', limits: [3_197, expect.any(Number)] });
  });
});

describe('a refund', () => {
  test('frees a place of a concurrency limit', async () => {
    const isolates = new Isolates();
    const limiter = isolates.isolate();
    const [first] = [await limiter.check('places', 'key'), await limiter.check('places', 'key')];
    expect((await limiter.check('places', 'key')).admitted).toBe(false);
    await limiter.refund('places', 'key', first);
    await limiter.refund('places', 'key', first);
    const others = [await isolates.isolate().check('places', 'key'), await isolates.isolate().check('places', 'key')];
    expect(admitted(others)).toEqual([true, false]);
  });

  test('of one place twice leaves the place that another took in the same moment', async () => {
    const isolates = new Isolates();
    const limiter = isolates.isolate();
    const [first] = await Promise.all([limiter.check('places', 'key'), limiter.check('places', 'key')]);
    await limiter.refund('places', 'key', first);
    await limiter.refund('places', 'key', first);
    expect(isolates.calls.filter(({ method }) => method === 'refund')).toHaveLength(1);
    expect(admitted([await limiter.check('places', 'key'), await limiter.check('places', 'key')])).toEqual([true, false]);
  });

  test.each([
    ['object', 'ten', 7],
    ['lease', 'hot', 3_195],
  ])('gives back what its decision has spent, whatever it is asked for: by %s', async (by, rule, left) => {
    const limiter = new Isolates().isolate();
    await limiter.check(rule, 'key');
    await limiter.check(rule, 'key');
    if (by === 'lease') await limiter.check(rule, 'key', { cost: 2 });
    const decision = await limiter.check(rule, 'key');
    await limiter.refund(rule, 'key', decision, { cost: 2 });
    expect([decision.by, (await limiter.check(rule, 'key')).limits[0]]).toEqual([by, left]);
  });

  test('of a refusal, or of a decision that nobody counted, is nothing', async () => {
    const isolates = new Isolates();
    const limiter = isolates.isolate();
    await limiter.check('ten', 'key', { cost: 10 });
    await limiter.refund('ten', 'key', await limiter.check('ten', 'key'));
    expect(isolates.calls.filter(({ method }) => method === 'refund')).toEqual([]);
  });
});

describe('when limits cannot be checked', () => {
  const failures = { ten: 'closed', hot: { limit: 2, windowMs: DAY_MS } } as const;
  const hanging = () => new Promise<never>(() => {});
  const failing = () => Promise.reject(new Error('Network connection lost.'));
  const garbling = () => Promise.resolve('<html>');
  const overloaded = () => Promise.reject(Object.assign(new Error('Durable Object is overloaded.'), { overloaded: true, retryable: true }));

  test.each([
    ['does not answer', hanging],
    ['fails', failing],
    ['is overloaded', overloaded],
    ['says what is no answer', garbling],
  ])('since the object %s, each policy decides what is done, in 50 ms and after one call', async (_, fault) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const isolates = new Isolates();
      const limiter = isolates.isolate({ failures, deadlineMs: 50 });
      isolates.fault = fault;
      const decide = async (rule: string) => {
        const before = isolates.calls.length;
        const decision = limiter.check(rule, 'key');
        await eventually(() => expect(isolates.calls.length).toBe(before + 1));
        await vi.advanceTimersByTimeAsync(50);
        return decision;
      };
      expect(await decide('one')).toMatchObject({ admitted: true, by: 'failure' });
      expect(await decide('ten')).toMatchObject({ admitted: false, by: 'failure', retryAfterMs: 1_000 });
      expect(admitted([await decide('hot'), await decide('hot@override'), await decide('hot'), await decide('hot')])).toEqual([
        true,
        true,
        true,
        false,
      ]);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  test('goes on as before when the object is back', async () => {
    const isolates = new Isolates();
    const limiter = isolates.isolate();
    isolates.fault = failing;
    await limiter.check('one', 'key');
    isolates.fault = null;
    expect(admitted([await limiter.check('one', 'key'), await limiter.check('one', 'key')])).toEqual([true, false]);
  });
});

describe('an answer that comes too late for its decision', () => {
  /** An isolate that decides without the object, whose answers come when `answer` is called. */
  function lateIsolate(options: RateLimiterClientOptions = {}) {
    const isolates = new Isolates();
    const limiter = isolates.isolate({ deadlineMs: 0, ...options });
    const gate = Promise.withResolvers<void>();
    isolates.fault = async (call) => gate.promise.then(call);
    const answer = () => {
      isolates.fault = null;
      gate.resolve();
    };
    return { isolates, limiter, answer };
  }
  /** Another isolate, which waits. */
  const isFree = async (isolates: Isolates, rule: string, cost = 1) => (await isolates.isolate().check(rule, 'key', { cost })).admitted;

  test.each(['before', 'after'])('has taken a place, which is given back %s it comes', async (when) => {
    const { isolates, limiter, answer } = lateIsolate();
    const decision = await limiter.check('places', 'key', { cost: 2 });
    expect(decision).toMatchObject({ admitted: true, by: 'failure' });
    if (when === 'after') {
      answer();
      await decision.receipt;
      expect(await isFree(isolates, 'places')).toBe(false);
    }
    const refund = limiter.refund('places', 'key', decision, { cost: 2 });
    answer();
    await refund;
    expect(await isFree(isolates, 'places', 2)).toBe(true);
  });

  test('has counted what was refused meanwhile, and takes it back', async () => {
    const { isolates, limiter, answer } = lateIsolate({ failures: { ten: 'closed' } });
    const decision = await limiter.check('ten', 'key', { cost: 10 });
    expect(decision).toMatchObject({ admitted: false, by: 'failure' });
    const refund = limiter.refund('ten', 'key', decision, { cost: 10 });
    answer();
    await refund;
    expect(await isFree(isolates, 'ten', 10)).toBe(true);
  });

  test('gives back what it has spent, whatever it is asked for', async () => {
    const { isolates, limiter, answer } = lateIsolate();
    const [, second] = [await limiter.check('ten', 'key', { cost: 6 }), await limiter.check('ten', 'key', { cost: 2 })];
    const refund = limiter.refund('ten', 'key', second, { cost: 6 });
    answer();
    await refund;
    expect([await isFree(isolates, 'ten', 5), await isFree(isolates, 'ten', 4)]).toEqual([false, true]);
  });

  test('brings a lease for the next decisions, or the refusal that holds', async () => {
    const { isolates, limiter, answer } = lateIsolate();
    const late: Decision[] = [];
    for (const rule of ['hot', 'hot', 'one', 'one']) late.push(await limiter.check(rule, 'key'));
    answer();
    for (const { receipt } of late) await receipt;
    const calls = isolates.calls.length;
    expect([limiter.check('hot', 'key'), limiter.check('one', 'key')]).toMatchObject([
      { admitted: true, by: 'lease' },
      { admitted: false, by: 'hold' },
    ]);
    expect(isolates.calls.length).toBe(calls);
  });

  test.each([
    ['says that there is no such policy', 'none', () => {}],
    ['is an error after all', 'ten', () => Promise.reject(new Error('Network connection lost.'))],
  ])('gives nothing back when it %s', async (_, rule, before) => {
    const isolates = new Isolates();
    const gate = Promise.withResolvers<void>();
    isolates.fault = async (call) => gate.promise.then(before).then(call);
    const limiter = isolates.isolate({ deadlineMs: 0 });
    const decision = await limiter.check(rule, 'key');
    gate.resolve();
    await limiter.refund(rule, 'key', decision);
    expect(isolates.calls.map(({ method }) => method)).not.toContain('refund');
  });
});

test('an isolate remembers the keys of lately, and forgets those that were not asked for since five thousand others', async () => {
  vi.useFakeTimers({ toFake: ['Date'] }); // a refusal holds for a second
  try {
    const limiter = new Isolates().isolate();
    const isHeld = async (key: string) => (await limiter.check('one', key)).by === 'hold';
    const askForOthers = (turn: number) =>
      Promise.all(Array.from({ length: 5_000 }, async (_, index) => limiter.check('ten', `${turn} ${index}`)));
    for (const key of ['a', 'b', 'a', 'b']) await limiter.check('one', key);
    await askForOthers(1);
    expect(await isHeld('b')).toBe(true);
    await askForOthers(2);
    expect([await isHeld('b'), await isHeld('a')]).toEqual([true, false]);
  } finally {
    vi.useRealTimers();
  }
});
