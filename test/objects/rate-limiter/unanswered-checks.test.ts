import { describe, expect, test, vi } from 'vitest';
import type { RateLimiterClientOptions } from '../../../src/objects/index.ts';
import type { Decision } from '../../../src/wire/limiter.ts';
import { eventually } from '../../setup/eventually.ts';
import { admitted, Isolates } from './isolates.ts';

const DAY_MS = 86_400_000;

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

  test('is late by the clock, too, where the isolate was too busy for the timer', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
    try {
      const isolates = new Isolates();
      const limiter = isolates.isolate({ deadlineMs: 50, shards: 1, failures: { one: 'closed' } });
      await isolates.isolate({ shards: 1 }).check('one', 'first'); // the object is told the policies
      const decideAfter = async (ms: number, key: string) => {
        isolates.fault = async (call) => call().finally(() => vi.setSystemTime(Date.now() + ms));
        return limiter.check('one', key);
      };
      expect([await decideAfter(50, 'in time'), await decideAfter(51, 'late')]).toMatchObject([
        { admitted: true, by: 'object' },
        { admitted: false, by: 'failure' },
      ]);
    } finally {
      vi.useRealTimers();
    }
  });

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
