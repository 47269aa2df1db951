import fc from 'fast-check';
import { type BareItem, type InnerList, type Item, parseList } from 'structured-headers';
import { describe, expect, test } from 'vitest';
import { type DecidedQuota, rateLimitHeaders, retryAfterSec, violatedLimits } from '../../src/routes/limit-headers.ts';
import { compileRules } from '../../src/wire/limit-rules.ts';
import type { LimitsDocument } from '../../src/wire/limit-document.ts';
import { type Decision, NEVER_MS } from '../../src/wire/limiter.ts';

const LIMITS = {
  policies: {
    read: {
      limits: {
        burst: { algorithm: 'token-bucket', limit: 100, window: '1m', burst: 20 },
        daily: { algorithm: 'calendar', limit: 1_000, period: 'day' },
      },
    },
    upload: { limits: { places: { algorithm: 'concurrency', limit: 4, window: '1m' } } },
    fine: { limits: { rate: { algorithm: 'fixed-window', limit: 5, window: '100ms' } } },
  },
} satisfies LimitsDocument;
const RULES = compileRules(LIMITS);

function quota(
  policy: keyof typeof LIMITS.policies,
  limits: number[],
  parts: Partial<Decision> = {},
  partition: string | null = null,
): DecidedQuota {
  return { rule: RULES.get(policy)!, decision: { admitted: true, retryAfterMs: 0, limits, by: 'object', receipt: 0, ...parts }, partition };
}

describe('the fields', () => {
  test('name every limit of every policy, what it allows, what is left, and when there is more', () => {
    const headers = rateLimitHeaders([quota('read', [19, 600, 999, 86_000_123], {}, 'acme'), quota('upload', [4, 0])], 1, false);
    expect(headers).toEqual({
      'ratelimit-policy':
        '"read.burst";q=20;w=12;pk=:YWNtZQ==:, "read.daily";q=1000;w=86400;pk=:YWNtZQ==:, "upload.places";q=4;qu="concurrent-requests"',
      ratelimit: '"read.burst";r=19;t=1;pk=:YWNtZQ==:, "read.daily";r=999;t=86001;pk=:YWNtZQ==:, "upload.places";r=4',
    });
  });

  test('are not there when nobody has counted', () => {
    expect(rateLimitHeaders([], 1, false)).toEqual({});
    expect(rateLimitHeaders([quota('read', [], { by: 'failure' })], 1, false)).toEqual({});
  });

  test('are what a strict parser of structured fields takes, and what the draft asks for', () => {
    const policies = fc.constantFrom('read', 'upload', 'fine');
    const number = fc.nat(10_000_000);
    const property = fc.property(
      fc.array(fc.tuple(policies, number, number, number, number, fc.option(fc.string())), { minLength: 1, maxLength: 4 }),
      (all) => {
        const quotas = all.map(([policy, ...rest]) => {
          const partition = rest[4];
          const limits = rest.slice(0, policy === 'read' ? 4 : 2) as number[];
          return quota(policy, limits, {}, partition);
        });
        const headers = rateLimitHeaders(quotas, 1, false);
        const parsedPolicies = itemsOf(headers['ratelimit-policy']);
        const limits = itemsOf(headers['ratelimit']);
        expect(parsedPolicies.map(({ name }) => name)).toEqual(limits.map(({ name }) => name));
        for (const { name, parameters } of parsedPolicies) {
          expect(name).toMatch(/^[\x20-\x7e]+$/);
          expect([Number.isInteger(parameters['q']), Number(parameters['q']) >= 0]).toEqual([true, true]);
          if (parameters['w'] !== undefined)
            expect([Number.isInteger(parameters['w']), Number(parameters['w']) >= 1]).toEqual([true, true]);
          expect(Object.keys(parameters).every((key) => ['q', 'w', 'qu', 'pk'].includes(key))).toBe(true);
          if (parameters['pk'] !== undefined) expect(parameters['pk']).toBeInstanceOf(ArrayBuffer);
        }
        for (const { parameters } of limits) {
          expect([Number.isInteger(parameters['r']), Number(parameters['r']) >= 0]).toEqual([true, true]);
          if (parameters['t'] !== undefined)
            expect([Number.isInteger(parameters['t']), Number(parameters['t']) >= 1]).toEqual([true, true]);
          expect(Object.keys(parameters).every((key) => ['r', 't', 'pk'].includes(key))).toBe(true);
        }
      },
    );
    fc.assert(property, { numRuns: 300 });
  });
});

describe('a refused client', () => {
  const refused = (limits: number[], retryAfterMs: number) => quota('read', limits, { admitted: false, retryAfterMs });

  test('is told which limits it ran into', () => {
    expect(violatedLimits(refused([0, 600, 500, 80_000_000], 600), 1)).toEqual(['read.burst']);
    expect(violatedLimits(refused([0, 600, 0, 80_000_000], 80_000_000), 1)).toEqual(['read.burst', 'read.daily']);
    expect(violatedLimits(refused([3, 600, 500, 80_000_000], 600), 5)).toEqual(['read.burst']);
    expect(violatedLimits(refused([], 600), 1)).toEqual(['read.burst', 'read.daily']);
  });

  test('is told to come back when there is more of those, not of others', () => {
    expect(retryAfterSec([refused([0, 600, 500, 80_000_000], 600)], 1, 0)).toBe(1);
    expect(retryAfterSec([refused([0, 600, 0, 80_000_000], 80_000_000)], 1, 0)).toBe(80_000);
    expect(retryAfterSec([refused([0, 600, 500, 80_000_000], NEVER_MS)], 1, 0)).toBeNull();
  });

  test('is told no later time than that, of whatever limit', () => {
    const property = fc.property(fc.array(fc.tuple(fc.nat(2), fc.nat(100_000_000)), { minLength: 2, maxLength: 4 }), (limits) => {
      const [short = [0, 1], ...others] = limits;
      const asked = [
        refused([0, short[1], ...(others[0] ?? [])], short[1]),
        ...others.slice(1).map(([left, moreInMs]) => quota('fine', [left, moreInMs])),
      ];
      const times = itemsOf(rateLimitHeaders(asked, 1, true)['ratelimit']).map(({ parameters }) => Number(parameters['t'] ?? 0));
      expect(retryAfterSec(asked.slice(0, 1), 1, 0)).toBeGreaterThanOrEqual(Math.max(...times));
    });
    fc.assert(property);
    expect(rateLimitHeaders([refused([0, 600, 500, 80_000_000], 600)], 1, true)['ratelimit']).toBe(
      '"read.burst";r=0;t=1, "read.daily";r=500',
    );
  });

  test('is told no time of limits that were not short, when something else has refused it', () => {
    expect(rateLimitHeaders([quota('read', [19, 600, 999, 86_059_000])], 1, true)['ratelimit']).toBe(
      '"read.burst";r=19, "read.daily";r=999',
    );
  });

  test('is never told to come back before there is more, nor much later, and not all in the same second', () => {
    const property = fc.property(
      fc.nat(100_000_000),
      fc.nat(100_000_000),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (moreInMs, retryAfterMs, random) => {
        const asked = refused([0, moreInMs, 0, moreInMs], retryAfterMs);
        const seconds = retryAfterSec([asked], 1, random) ?? 0;
        const t = itemsOf(rateLimitHeaders([asked], 1, true)['ratelimit'])[0]?.parameters['t'] ?? 0;
        expect(seconds).toBeGreaterThanOrEqual(Number(t));
        expect(seconds * 1_000).toBeGreaterThanOrEqual(retryAfterMs);
        expect(seconds).toBeLessThanOrEqual(Math.ceil(Math.max(1, moreInMs, retryAfterMs) / 1_000) + 30);
      },
    );
    fc.assert(property);
    const asked = refused([0, 600, 500, 0], 600);
    expect(new Set([0, 0.4, 0.9].map((random) => retryAfterSec([asked], 1, random))).size).toBeGreaterThan(1);
  });
});

/** A list of strings with parameters, by the parser of RFC 9651; fails for anything else. */
function itemsOf(field: string | undefined): { name: string; parameters: Record<string, BareItem> }[] {
  return parseList(field ?? '').map((member: Item | InnerList) => {
    const [value, parameters] = member;
    if (typeof value !== 'string') throw new TypeError(`expected a string, got ${String(value)}`);
    return { name: value, parameters: Object.fromEntries(parameters) };
  });
}
