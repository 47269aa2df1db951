import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { describe, expect, test } from 'vitest';
import { type CheckRequest, OUTCOME } from '../../../src/objects/rate-limiter/rpc.ts';
import { NEVER_MS } from '../../../src/wire/limiter.ts';
import { TEST_LIMITS, TestLimiter } from './limiter-fixture.ts';

describe('one object', () => {
  test.each(['volatile', 'coalesced', 'strict'])('admits one of 100 at the same time, at a %s limit of one', async (policy) => {
    const limiter = new TestLimiter();
    await limiter.isAdmitted('hundred', 'other', 1);
    const admitted = await Promise.all(Array.from({ length: 100 }, () => limiter.isAdmitted(policy, 'key', 1)));
    expect(admitted.filter(Boolean)).toHaveLength(1);
  });

  test('counts each key by itself, whatever it is made of', async () => {
    const limiter = new TestLimiter();
    for (const key of ['a', 'b', '__proto__', 'constructor', '\0', 'ключ']) {
      expect([key, await limiter.isAdmitted('volatile', key, 1), await limiter.isAdmitted('volatile', key, 1)]).toEqual([key, true, false]);
    }
  });

  test('says what is left of each limit, when there is more, and when to come back', async () => {
    const limiter = new TestLimiter();
    const [outcome, burst, burstMs, quota, quotaMs, ...terms] = await limiter.check('pair', 'key', 2);
    expect([outcome, burst, quota, terms]).toEqual([OUTCOME.ADMITTED, 1, 3, []]);
    expect(burstMs).toBeLessThanOrEqual(24 * 3_600_000);
    expect(quotaMs).toBeLessThanOrEqual(31 * 24 * 3_600_000);
    const refused = await limiter.check('pair', 'key', 2);
    expect([refused[0], refused[1], refused[3]]).toEqual([OUTCOME.REFUSED, 1, 3]);
    expect(refused[1]).toBeGreaterThan(0);
    expect(refused[1]).toBeLessThanOrEqual(24 * 3_600_000);
  });

  test('spends nothing of any limit for what it refuses, nor for what it is only asked', async () => {
    const limiter = new TestLimiter();
    await limiter.check('pair', 'key', 2);
    for (let turn = 0; turn < 20; turn++) await limiter.check('pair', 'key', 2);
    await limiter.stub.peek(1, JSON.stringify([['pair', 'key', 1]]));
    expect(await limiter.isAdmitted('pair', 'key', 1)).toBe(true);
  });

  test('spends for all questions of a group or for none', async () => {
    const limiter = new TestLimiter();
    const ask = (first: string, second: string) =>
      limiter.checkMany(
        [
          ['volatile', first, 1],
          ['volatile', second, 1],
        ],
        [2],
      );
    expect((await ask('a', 'b')).map(([outcome]) => outcome)).toEqual([OUTCOME.ADMITTED, OUTCOME.ADMITTED]);
    expect((await ask('c', 'a')).map(([outcome]) => outcome)).toEqual([OUTCOME.PASSED_OVER, OUTCOME.REFUSED]);
    expect((await ask('d', 'd')).map(([outcome]) => outcome)).toEqual([OUTCOME.PASSED_OVER, OUTCOME.PASSED_OVER]);
    expect([await limiter.isAdmitted('volatile', 'c', 1), await limiter.isAdmitted('volatile', 'd', 1)]).toEqual([true, true]);
  });

  test('is asked about several keys at once as about each of them, alone or in a group', async () => {
    const limiter = new TestLimiter();
    const ask = async (...asked: Parameters<TestLimiter['checkMany']>) => (await limiter.checkMany(...asked)).map(([outcome]) => outcome);
    const { ADMITTED, REFUSED, PASSED_OVER, INVALID } = OUTCOME;
    expect(await ask([['volatile', ['a', 'b', 'a', ''], 1], ['volatile', 'c', 1]])).toEqual([ADMITTED, ADMITTED, REFUSED, INVALID, ADMITTED]); // prettier-ignore
    expect(await ask([['volatile', ['d', 'c'], 1]], [2])).toEqual([PASSED_OVER, REFUSED]);
    expect(await ask([['share', ['a', 'b'], 51, 'background']])).toEqual([REFUSED, REFUSED]);
  });

  test('is asked by an isolate that knows an override which is no more: the policy itself decides', async () => {
    const limiter = new TestLimiter();
    expect(await limiter.isAdmitted('volatile@gone', 'key', 1)).toBe(true);
    expect(await limiter.isAdmitted('volatile@gone', 'key', 1)).toBe(false);
    expect(await limiter.isAdmitted('volatile', 'key', 1)).toBe(false);
    expect(await limiter.check('nobody@gone', 'key', 1)).toEqual([OUTCOME.INVALID]);
  });

  test('refuses the less critical first when most of a share is used', async () => {
    const limiter = new TestLimiter();
    expect(await limiter.isAdmitted('share', 'key', 50, 'background')).toBe(true);
    expect(await limiter.isAdmitted('share', 'key', 1, 'background')).toBe(false);
    expect(await limiter.isAdmitted('share', 'key', 30, 'normal')).toBe(true);
    expect(await limiter.isAdmitted('share', 'key', 1, 'normal')).toBe(false);
    expect(await limiter.isAdmitted('share', 'key', 20, 'critical')).toBe(true);
    expect(await limiter.isAdmitted('share', 'key', 1, 'critical')).toBe(false);
  });

  test('takes back what a caller has not used after all, and nothing where that is more than was spent', async () => {
    const limiter = new TestLimiter();
    const atMs = await limiter.spend('pair', 'key', 3);
    await limiter.stub.refund('pair', 'key', 2, atMs);
    expect(await limiter.isAdmitted('pair', 'key', 3)).toBe(false);
    expect(await limiter.isAdmitted('pair', 'key', 2)).toBe(true);
    await limiter.stub.refund('pair', 'key', 1_000_000, atMs);
    expect(await limiter.isAdmitted('pair', 'key', 1)).toBe(false);
    await limiter.stub.refund('pair', 'key', 3, atMs);
    expect(await limiter.isAdmitted('pair', 'key', 3)).toBe(true);
  });

  test('lends permits without spending one, and takes back what was not used of them', async () => {
    const limiter = new TestLimiter();
    await limiter.isAdmitted('hundred', 'other', 1);
    const [outcome, left, , , , leaseId, leased, leaseMs] = JSON.parse(await limiter.stub.lease(1, 'hundred', 'key', 3))[1];
    expect([outcome, leased, leaseMs, left]).toEqual([OUTCOME.ADMITTED, 3, 5_000, 100]);
    expect((await limiter.check('hundred', 'key', 1))[1]).toBe(96);
    expect((await limiter.check('hundred', 'key', 1, undefined, 0, leaseId, 1))[1]).toBe(97);
    for (const want of [0, -1, 0.5, Number.NaN])
      expect(JSON.parse(await limiter.stub.lease(1, 'hundred', 'key', want))[1][0]).toBe(OUTCOME.INVALID);
  });

  test('forgets what a key has spent when it is reset', async () => {
    const limiter = new TestLimiter();
    for (const policy of ['volatile', 'coalesced', 'strict']) await limiter.check(policy, 'key', 1);
    await limiter.stub.reset('volatile', 'key');
    expect([await limiter.isAdmitted('volatile', 'key', 1), await limiter.isAdmitted('strict', 'key', 1)]).toEqual([true, false]);
    await limiter.stub.reset(null, 'key');
    await evictDurableObject(limiter.stub);
    expect([await limiter.isAdmitted('coalesced', 'key', 1), await limiter.isAdmitted('strict', 'key', 1)]).toEqual([true, true]);
  });

  test.each([
    ['no such policy', 'nobody', 'key', 1],
    ['the name of what every object has', '__proto__', 'key', 1],
    ['a cost of nothing', 'hundred', 'key', 0],
    ['a negative cost', 'hundred', 'key', -5],
    ['part of a permit', 'hundred', 'key', 0.5],
    ['NaN', 'hundred', 'key', Number.NaN],
    ['a cost beyond numbers', 'hundred', 'key', Number('1e309')],
    ['a cost in text', 'hundred', 'key', '60000'],
    ['no key', 'hundred', '', 1],
    ['a key of 1 MB', 'hundred', 'k'.repeat(1_000_000), 1],
    ['a key that is no text', 'hundred', { toString: 'key' }, 1],
  ])('answers that it is no question: %s', async (_, policy, key, cost) => {
    const limiter = new TestLimiter();
    // Whatever comes over the wire of a call, types do not hold it back.
    const [bad, good] = await limiter.checkMany([
      [policy, key as string, cost as number],
      ['hundred', 'key', 1],
    ]);
    expect([bad?.[0], good?.[0], good?.[1]]).toEqual([OUTCOME.INVALID, OUTCOME.ADMITTED, 99]);
    await runInDurableObject(limiter.stub, async (_instance, { storage }) =>
      expect(await storage.list({ prefix: 'strict/' })).toEqual(new Map()),
    );
  });

  test('answers that it is no question, and the others: nothing at all, a priority that there is not', async () => {
    const limiter = new TestLimiter();
    const requests = [null, ['hundred', 'key', 1, '__proto__'], ['hundred', 'key', 1, 'urgent'], ['hundred', 'key', 1]] as CheckRequest[];
    const outcomes = (await limiter.checkMany(requests)).map(([outcome]) => outcome);
    expect(outcomes).toEqual([OUTCOME.INVALID, OUTCOME.INVALID, OUTCOME.INVALID, OUTCOME.ADMITTED]);
  });

  test.each([0, -1, Number.NaN, Infinity, 1.5, '1'])('ignores a refund of %s, or of another time', async (cost) => {
    const limiter = new TestLimiter();
    const atMs = await limiter.spend('hundred', 'key', 100);
    await limiter.stub.refund('hundred', 'key', cost as number, atMs);
    await limiter.stub.refund('hundred', 'key', 1, atMs + 3_600_000);
    await limiter.stub.refund('hundred', 'key', 1, Number.NaN);
    expect(await limiter.isAdmitted('hundred', 'key', 1)).toBe(false);
  });

  test('never admits a cost above the limit, and says that waiting is no use', async () => {
    const limiter = new TestLimiter();
    const answer = await limiter.check('hundred', 'key', 101);
    expect([answer[0], answer[3]]).toEqual([OUTCOME.REFUSED, NEVER_MS]);
  });

  test.each(['share@more', 'hundred@burst'])('counts a key on under an override of how much there may be: %s', async (override) => {
    const limiter = new TestLimiter();
    const [policy = ''] = override.split('@');
    expect(await limiter.isAdmitted(policy, 'key', 100, 'critical')).toBe(true);
    expect(await limiter.isAdmitted(override, 'key', 101, 'critical')).toBe(false);
    expect(await limiter.isAdmitted(override, 'key', 100, 'critical')).toBe(true);
    expect(await limiter.isAdmitted(policy, 'key', 1, 'critical')).toBe(false);
  });

  test.each(['hundred', 'strict-hundred'])(
    'counts a key by itself where an override says how fast a bucket fills, also of a later life, and resets it with its policy: %s',
    async (policy) => {
      const limiter = new TestLimiter();
      const left = async () =>
        (await limiter.checkMany([policy, `${policy}@more`].map((rule) => [rule, 'key', 1]))).map(([, rest]) => rest);
      const atMs = await limiter.spend(`${policy}@more`, 'key', 150);
      expect(await left()).toEqual([99, 49]);
      await limiter.stub.refund(`${policy}@more`, 'key', 100, atMs);
      await limiter.check(`${policy}@more`, 'key', 1, undefined, 3);
      await runDurableObjectAlarm(limiter.stub);
      await evictDurableObject(limiter.stub);
      expect(await left()).toEqual([98, 144]);
      await limiter.stub.reset(policy, 'key');
      expect(await left()).toEqual([99, 199]);
    },
  );
});

describe('what outlives the object', () => {
  const isRefusedAfter = async (policy: string, event: (limiter: TestLimiter) => Promise<unknown>) => {
    const limiter = new TestLimiter();
    await limiter.check(policy, 'key', 1);
    await event(limiter);
    return !(await limiter.isAdmitted(policy, 'key', 1));
  };
  const evict = ({ stub }: TestLimiter) => evictDurableObject(stub);
  const flush = async ({ stub }: TestLimiter) => expect(await runDurableObjectAlarm(stub)).toBe(true);

  test('volatile: nothing, and nothing is ever written', async () => {
    expect(await isRefusedAfter('volatile', evict)).toBe(false);
    const limiter = new TestLimiter();
    await limiter.check('volatile', 'key', 1);
    await runInDurableObject(limiter.stub, async (_, { storage }) =>
      expect([await storage.getAlarm(), [...(await storage.list())]]).toEqual([null, []]),
    );
  });

  test('coalesced: what was flushed', async () => {
    expect(await isRefusedAfter('coalesced', evict)).toBe(false);
    const flushAndEvict = async (limiter: TestLimiter) => {
      await flush(limiter);
      await evict(limiter);
    };
    expect(await isRefusedAfter('coalesced', flushAndEvict)).toBe(true);
  });

  test('strict: everything', async () => {
    expect(await isRefusedAfter('strict', evict)).toBe(true);
    expect(await isRefusedAfter('strict', flush)).toBe(true);
  });

  test('what was spent since a policy has become strict, before what was flushed until then', async () => {
    const limiter = new TestLimiter();
    await limiter.check('hundred', 'key', 1);
    await flush(limiter);
    const hundred = { ...TEST_LIMITS.policies.hundred, durability: 'strict' } as const;
    await limiter.stub.learn(2, { ...TEST_LIMITS, policies: { ...TEST_LIMITS.policies, hundred } });
    await limiter.check('hundred', 'key', 98);
    await evict(limiter);
    expect((await limiter.check('hundred', 'key', 1))[1]).toBe(0);
  });

  test('permits that are out on lease', async () => {
    for (const policy of ['hundred', 'strict-hundred']) {
      const limiter = new TestLimiter();
      await limiter.check(policy, 'key', 1, undefined, 3);
      if (policy === 'hundred') await flush(limiter);
      await evict(limiter);
      expect([policy, (await limiter.check(policy, 'key', 1))[1]]).toEqual([policy, 95]);
    }
  });

  test('the run-time changes that keys were counted by', async () => {
    const limiter = new TestLimiter();
    await limiter.check('hundred', 'key', 1);
    await flush(limiter);
    await evict(limiter);
    expect(JSON.parse(await limiter.stub.check(1, 'hundred', 'key', 1))[1]).toMatchObject({ 0: OUTCOME.ADMITTED, 1: 98 });
  });
});

describe('the alarm', () => {
  test('writes one row for all keys, whatever their number, and is set again once', async () => {
    const limiter = new TestLimiter();
    await limiter.checkMany(Array.from({ length: 10_000 }, (_, index) => ['hundred', `key-${index}`, 1]));
    await runDurableObjectAlarm(limiter.stub);
    await runInDurableObject(limiter.stub, async (_, { storage }) => {
      expect([...(await storage.list()).keys()]).toEqual(['learned', 'packed/0']);
      expect(await storage.getAlarm()).not.toBeNull();
    });
    await evictDurableObject(limiter.stub);
    expect((await limiter.check('hundred', 'key-9999', 1))[1]).toBe(98);
  });

  test('spreads keys over rows that fit', async () => {
    const limiter = new TestLimiter();
    for (let part = 0; part < 6; part++) {
      await limiter.checkMany(Array.from({ length: 5_000 }, (_, index) => ['hundred', `key-${part}-${index}`.padEnd(40, '-'), 1]));
    }
    await runDurableObjectAlarm(limiter.stub);
    await runInDurableObject(limiter.stub, async (_, { storage }) =>
      expect([...(await storage.list({ prefix: 'packed/' })).keys()]).toEqual(['packed/0', 'packed/1']),
    );
    await evictDurableObject(limiter.stub);
    expect((await limiter.check('hundred', 'key-5-4999'.padEnd(40, '-'), 1))[1]).toBe(98);
  });

  test('removes everything, itself included, when no key counts any more', async () => {
    const limiter = new TestLimiter();
    await limiter.check('moment', 'key', 1);
    await limiter.stub.learn(2, { policies: { ...TEST_LIMITS.policies, strict: TEST_LIMITS.policies.moment } });
    await runDurableObjectAlarm(limiter.stub);
    await runInDurableObject(limiter.stub, async (_, { storage }) =>
      expect([await storage.getAlarm(), [...(await storage.list())]]).toEqual([null, []]),
    );
    expect(await limiter.isAdmitted('hundred', 'key', 1)).toBe(true);
    await runInDurableObject(limiter.stub, async (_, { storage }) => expect(await storage.getAlarm()).not.toBeNull());
  });

  test('sleeps until the last key counts no more, when nothing has changed', async () => {
    const limiter = new TestLimiter();
    await limiter.check('hundred', 'key', 1);
    await limiter.check('strict', 'key', 1);
    await runDurableObjectAlarm(limiter.stub);
    await runDurableObjectAlarm(limiter.stub);
    await runInDurableObject(limiter.stub, async (_, { storage }) => {
      expect(await storage.getAlarm()).toBeGreaterThan(Date.now() + 3_500_000);
      expect([...(await storage.list()).keys()].map((name) => name.split('/')[0])).toEqual(['learned', 'packed', 'strict']);
    });
  });
});

describe('run-time changes', () => {
  test('are asked for by an object that does not know them, which has done nothing then', async () => {
    const limiter = new TestLimiter();
    expect(await limiter.stub.checkMany(1, JSON.stringify([['read', 'key', 1]]))).toBe('');
    expect([await limiter.stub.check(1, 'read', 'key', 1), await limiter.stub.lease(1, 'read', 'key', 1)]).toEqual(['', '']);
    await limiter.stub.learn(1, TEST_LIMITS);
    expect(JSON.parse(await limiter.stub.check(1, 'volatile', 'key', 1))[1][0]).toBe(OUTCOME.ADMITTED);
    expect(JSON.parse(await limiter.stub.check(0, 'volatile', 'key', 1))[1][0]).toBe(OUTCOME.REFUSED);
  });

  test('do not go back to older ones', async () => {
    const limiter = new TestLimiter();
    await limiter.stub.learn(2, TEST_LIMITS);
    await limiter.stub.learn(1, {});
    expect(JSON.parse(await limiter.stub.check(2, 'volatile', 'key', 1))[1][0]).toBe(OUTCOME.ADMITTED);
  });

  test('are replaced from the version that they were made from only', async () => {
    const { stub } = new TestLimiter();
    expect(await stub.readChanges()).toEqual({ version: 0, changes: {} });
    expect(await Promise.all([stub.replaceChanges(TEST_LIMITS, 0), stub.replaceChanges({}, 0)])).toEqual([1, null]);
    await evictDurableObject(stub);
    expect(await stub.readChanges()).toEqual({ version: 1, changes: TEST_LIMITS });
  });
});
