import { describe, expect, test, vi } from 'vitest';
import { NEVER_MS } from '../../../src/wire/limiter.ts';
import { admitted, Isolates } from './isolates.ts';

const DAY_MS = 86_400_000;

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
    await expect(new Isolates().isolate().check('none', 'key')).rejects.toThrow('expected a policy, got none');
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
