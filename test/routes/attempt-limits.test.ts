import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, inject, it, vi } from 'vitest';
import { type LimiterNamespace, RateLimiterClient } from '../../src/objects/index.ts';
import { OUTCOME } from '../../src/objects/rate-limiter/rpc.ts';
import { LimitCounts } from '../../src/routes/limit-counts.ts';
import { LimitRegistry } from '../../src/routes/limit-registry.ts';
import { runLimits } from '../../src/routes/run-limits.ts';
import { TenantQuotas } from '../../src/routes/tenant-quotas.ts';
import { dayOf, type PlanQuotas } from '../../src/wire/daily-quotas.ts';
import { DEFAULT_LIMITS } from '../../src/wire/limit-defaults.ts';
import type { LimitsDocument } from '../../src/wire/limit-document.ts';
import { anotherIsolate, isTried, strangersAddress } from '../setup/attempts.ts';
import '../setup/provided-context.ts';

const HOUR_MS = 3_600_000;
const newKey = () => `${crypto.randomUUID()}@example.com`;
afterEach(() => {
  vi.useRealTimers();
});

describe('guesses at one account', () => {
  it('of a botnet of thousands of places are 20 an hour and 100 in 30 days', async () => {
    const isolates = Array.from({ length: 5 }, () => anotherIsolate('botnet'));
    const key = newKey();
    const startedAtMs = Date.now();
    const triedPerHour: number[] = [];
    for (let hour = 0; hour < 10 * inject('testScale'); hour++) {
      vi.setSystemTime(startedAtMs + hour * (HOUR_MS + 60_000));
      const guesses = await Promise.all(Array.from({ length: 30 }, (_, index) => isTried(isolates[index % 5]!, key)));
      triedPerHour.push(guesses.filter(Boolean).length);
    }
    expect(triedPerHour.slice(0, 7)).toEqual([20, 20, 20, 20, 20, 0, 0]);
    expect(triedPerHour.reduce((sum, count) => sum + count, 0)).toBe(100);
    expect(await isTried(isolates[0]!, key, { address: '198.51.100.7', isKnownPlace: async () => true })).toBe(true);
  });

  it('that were too many are refused as such, also while nobody can say whether the place is known', async () => {
    const [limits, key] = [anotherIsolate(), newKey()];
    for (let guess = 0; guess < 20; guess++) expect(await isTried(limits, key)).toBe(true);
    const lost = { emailKey: key, address: strangersAddress(), isKnownPlace: async () => Promise.reject(new Error('lost')) };
    await expect(limits.admitSignIn(lost)).rejects.toMatchObject({ code: 'rate_limited' });
  });

  it('of one place are 5 a minute, 20 an hour and 50 a day', async () => {
    const limits = anotherIsolate('one-place');
    const key = newKey();
    const more = { address: strangersAddress(), isKnownPlace: async () => true };
    const startedAtMs = Date.now();
    const tried: number[] = [];
    for (let minute = 0; minute < 200; minute += 5) {
      vi.setSystemTime(startedAtMs + minute * 60_000);
      for (let guess = 0; guess < 6; guess++) if (await isTried(limits, key, more)) tried.push(minute);
    }
    expect(tried.filter((minute) => minute === 0)).toHaveLength(5);
    expect(tried.filter((minute) => minute < 60)).toHaveLength(20);
    expect(tried).toHaveLength(50);
  });

  it('are of its whole /64', async () => {
    const limits = anotherIsolate();
    const [key, prefix] = [newKey(), strangersAddress().slice(0, -1)];
    const guesses: boolean[] = [];
    for (let host = 1; host < 8; host++) guesses.push(await isTried(limits, key, { address: `${prefix}${host}` }));
    expect(guesses).toEqual([true, true, true, true, true, false, false]);
  });
});

describe('guesses of one place at many accounts', () => {
  it('are 60 at once', async () => {
    const limits = anotherIsolate();
    const address = strangersAddress();
    const guesses = await Promise.all(Array.from({ length: 100 }, () => isTried(limits, newKey(), { address })));
    expect(guesses.filter(Boolean).length).toBeLessThanOrEqual(62);
    expect(guesses.filter(Boolean).length).toBeGreaterThanOrEqual(60);
  });
});

describe('an attempt that was right', () => {
  it('is given back', async () => {
    const limits = anotherIsolate();
    const attempt = { emailKey: newKey(), address: '198.51.100.8', isKnownPlace: async () => false };
    for (let index = 0; index < 8; index++) (await limits.admitSignIn(attempt))();
  });

  it.each(['hangs', 'fails'])('is right all the same when the object that has counted it %s', async (how) => {
    const hanging = Promise.withResolvers<void>();
    const refund = async () => (how === 'fails' ? Promise.reject(new Error('lost')) : hanging.promise);
    const namespace = {
      getByName: (name: string) => {
        const stub = env.RATE_LIMITER.getByName(name);
        return { checkMany: (...args: Parameters<typeof stub.checkMany>) => stub.checkMany(...args), refund };
      },
    } as unknown as LimiterNamespace; // what is called of it
    const giveBack = await anotherIsolate('limits', { namespace }).admitSignIn({
      emailKey: newKey(),
      address: strangersAddress(),
      isKnownPlace: async () => false,
    });
    expect(giveBack).not.toThrow();
    hanging.resolve();
  });
});

describe('a policy of attempts', () => {
  const { policies } = DEFAULT_LIMITS;

  it('in shadow mode refuses nobody, and counts whom it would have refused', async () => {
    const counts = new LimitCounts();
    const limits = { policies: { ...policies, 'sign-in-pair': { ...policies['sign-in-pair'], mode: 'shadow' } } } as const;
    const isolate = anotherIsolate('limits', { limits, counts });
    const [key, address] = [newKey(), strangersAddress()];
    const tried: boolean[] = [];
    for (let guess = 0; guess < 7; guess++) tried.push(await isTried(isolate, key, { address }));
    expect(tried).not.toContain(false);
    const [, , pair] = counts.takeDue(Date.now());
    expect(pair).toMatchObject({ policy: 'sign-in-pair', decisions: 7, refusals: 0, shadowRefusals: 2 });
  });

  it('that the objects of an earlier release do not know refuses nobody', async () => {
    const namespace = {
      getByName: () => ({
        checkMany: async (_: number, text: string) => JSON.stringify([1, ...JSON.parse(text).map(() => [OUTCOME.INVALID])]),
      }),
    } as unknown as LimiterNamespace;
    expect(await isTried(anotherIsolate('limits', { namespace }), newKey())).toBe(true);
  });
});

describe('a refusal', () => {
  it('says of what there is no more, when to come back, and that there is another way', async () => {
    const limits = anotherIsolate();
    const attempt = { emailKey: newKey(), address: strangersAddress(), isKnownPlace: async () => false };
    for (let index = 0; index < 5; index++) await limits.admitSignIn(attempt);
    const error = await limits.admitSignIn(attempt).catch((refusal: unknown) => refusal);
    expect(error).toMatchObject({
      code: 'rate_limited',
      message: expect.stringContaining('by mail'),
      violatedPolicies: ['sign-in-pair.minute'],
    });
    expect((error as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(0);
    expect((error as { retryAfterMs: number }).retryAfterMs).toBeLessThanOrEqual(70_000);
  });
});

describe('requests for mail', () => {
  it('are 5 an hour by one place for an address, and 30 for all', async () => {
    const limits = anotherIsolate();
    const address = strangersAddress();
    const ask = async (emailKey: string) =>
      limits.admitMail({ emailKey, address }).then(
        () => true,
        () => false,
      );
    const one = newKey();
    const toOne: boolean[] = [];
    for (let index = 0; index < 7; index++) toOne.push(await ask(one));
    expect(toOne.filter(Boolean)).toHaveLength(5);
    const toAll: boolean[] = [];
    for (let index = 0; index < 30; index++) toAll.push(await ask(newKey()));
    expect(toAll.filter(Boolean)).toHaveLength(23);
  });
});

describe('runs of workflows', () => {
  const { policies } = DEFAULT_LIMITS;
  const newTenant = () => `t-${crypto.randomUUID()}`;
  const quotasOf = (plans: PlanQuotas, runs = 0) => {
    const used = { requests: 0, readUnits: 0, writeUnits: 0, bytes: 0, sockets: 0, runs };
    return new TenantQuotas({ plans, usedToday: () => ({ day: dayOf(Date.now()), ...used }), nowMs: Date.now });
  };
  const service = (changes: LimitsDocument, namespace: LimiterNamespace = env.RATE_LIMITER, deadlineMs = 10_000, quotas = quotasOf({})) => {
    const registry = new LimitRegistry(DEFAULT_LIMITS, async () => ({ version: 1, changes }));
    registry.adopt({ version: 1, changes });
    const calls = {
      set: `runs-${crypto.randomUUID()}`,
      shards: 1,
      deadlineMs,
      failures: registry.failures,
      changes: () => registry.changes,
    };
    const [limiter, counts] = [new RateLimiterClient(namespace, calls), new LimitCounts()];
    const shared = { registry, limiter, counts, metrics: { record: () => {} }, planOf: async () => null };
    return { counts, ...runLimits(shared, quotas, { handOver: () => null }) };
  };
  const one = { limits: { runs: { algorithm: 'concurrency', limit: 1, window: '30d' } }, leases: false } as const;
  const refusal = { ok: false, error: { name: 'ThrottleError', message: expect.stringContaining('workflow-runs') } };

  it('are so many of a tenant at a time, as an override for it says', async () => {
    const [tenant, other] = [newTenant(), newTenant()];
    const overrides = [{ name: 'two', policy: 'workflow-runs', tenant, limits: { runs: { limit: 2 } } }];
    const { admit, giveBack } = service({ policies: { 'workflow-runs': one }, overrides });
    expect([await admit(other), await admit(other)]).toMatchObject([{ ok: true }, refusal]);
    const [first] = [await admit(tenant), await admit(tenant)];
    expect(await admit(tenant)).toMatchObject(refusal);
    await giveBack(tenant, first?.ok ? first.value : 0);
    expect(await admit(tenant)).toMatchObject({ ok: true });
  });

  it('begin while the day has some left for the plan of their tenant', async () => {
    const admitted = async (plans: PlanQuotas) => service({}, undefined, undefined, quotasOf(plans, 5)).admit(newTenant());
    expect(await admitted({ '*': { runs: 6 } })).toMatchObject({ ok: true });
    const message = expect.stringMatching(/has used its 5 runs of workflows of today; they are renewed at .+T00:00:00.000Z/);
    expect(await admitted({ '*': { runs: 5 }, pro: {} })).toMatchObject({ ok: false, error: { message, retryAfter: expect.any(Number) } });
  });

  it('in shadow mode are refused to nobody, and what would have been is counted', async () => {
    const { admit, counts } = service({ policies: { 'workflow-runs': { ...one, mode: 'shadow' } } });
    const tenant = newTenant();
    await admit(tenant);
    expect([await admit(tenant), await admit(tenant)]).toMatchObject([
      { ok: true, value: 0 },
      { ok: true, value: 0 },
    ]);
    expect(counts.takeDue(Infinity).find(({ policy }) => policy === 'workflow-runs')).toMatchObject({ refusals: 0, shadowRefusals: 2 });
  });

  it('begin while limits cannot be checked, unless their policy says closed', async () => {
    const failing = {
      getByName: () => ({ checkMany: () => Promise.reject(new Error('lost')), learn: async () => {} }),
    } as unknown as LimiterNamespace; // what is called of it
    expect(await service({}, failing).admit(newTenant())).toEqual({ ok: true, value: 0 });
    const closed = service({ policies: { 'workflow-runs': { ...policies['workflow-runs'], failure: 'closed' } } }, failing);
    expect(await closed.admit(newTenant())).toMatchObject(refusal);
  });

  it('give back a place that they are given too late', async () => {
    const [answers, given] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const namespace = {
      getByName: (name: string) => {
        const stub = env.RATE_LIMITER.getByName(name);
        return {
          learn: (...args: Parameters<typeof stub.learn>) => stub.learn(...args),
          checkMany: async (...args: Parameters<typeof stub.checkMany>) => {
            const counted = await stub.checkMany(...args);
            await answers.promise;
            return counted;
          },
          refund: async (...args: Parameters<typeof stub.refund>) => stub.refund(...args).then(given.resolve, given.reject),
        };
      },
    } as unknown as LimiterNamespace; // what is called of it
    const tenant = newTenant();
    const { admit } = service({ policies: { 'workflow-runs': one } }, namespace, 1);
    expect(await admit(tenant)).toEqual({ ok: true, value: 0 });
    answers.resolve();
    await given.promise;
  });
});
