import { describe, expect, test } from 'vitest';
import { isOneOf, type LimitedCaller, overrideFor } from '../../src/routes/limit-callers.ts';
import { addressKey } from '../../src/lib/ip-address.ts';
import type { OverrideDefinition } from '../../src/wire/limit-document.ts';

const CALLER: LimitedCaller = { address: '203.0.113.7', tenant: 'acme', plan: 'pro', key: 'AbCd1234', route: 'GET /v1/:tenant/systems' };

function chosen(
  overrides: readonly Omit<OverrideDefinition, 'policy' | 'limits'>[],
  caller: Partial<LimitedCaller> = {},
): string | undefined {
  return overrideFor(
    overrides.map((override) => ({ policy: 'read', limits: {}, ...override })),
    { ...CALLER, ...caller },
  )?.name;
}

describe('the override for a caller', () => {
  test.each([
    ['by tenant', { tenant: 'acme' }, true],
    ['of another tenant', { tenant: 'other' }, false],
    ['by the beginning of a tenant', { tenant: 'ac*' }, true],
    ['by its end', { tenant: '*me' }, true],
    ['by its middle', { tenant: '*cm*' }, true],
    ['by beginning and end that would overlap', { tenant: 'acm*cme' }, false],
    ['by anything', { tenant: '*' }, true],
    ['by plan', { plan: 'pro' }, true],
    ['by route', { route: 'GET /v1/:tenant/systems' }, true],
    ['by the routes of a method', { route: 'GET *' }, true],
    ['by a method of other routes', { route: 'POST *' }, false],
    ['by key', { key: 'AbCd1234' }, true],
    ['by tenant and plan', { tenant: 'acme', plan: 'pro' }, true],
    ['by tenant and another plan', { tenant: 'acme', plan: 'free' }, false],
    ['by dots and stars that are no expression', { tenant: 'a.*' }, false],
  ])('is found %s: %o: %s', (_, parts, isFound) => {
    expect(chosen([{ name: 'it', ...parts }])).toBe(isFound ? 'it' : undefined);
  });

  test.each([
    ['2001:db8::1', true],
    ['2001:DB8:0:0::/64', true],
    ['20010db800000000/64', true],
    ['2001:db8:0:1::1', false],
    ['2001:db8::/32', false],
  ])('is found by an IPv6 address as people write it: %s: %s', (key, isFound) => {
    expect(chosen([{ name: 'it', key }], { key: addressKey('2001:db8::7') })).toBe(isFound ? 'it' : undefined);
  });

  test('is never one that asks for what is not known yet', () => {
    expect(chosen([{ name: 'it', tenant: '*' }], { tenant: null })).toBeUndefined();
  });

  test.each([
    [
      'a key before a tenant',
      [
        { name: 'tenant', tenant: 'acme' },
        { name: 'key', key: 'AbCd1234' },
      ],
      'key',
    ],
    [
      'a tenant before a plan and a route',
      [
        { name: 'plan', plan: 'pro', route: 'GET /v1/:tenant/systems' },
        { name: 'tenant', tenant: 'acme' },
      ],
      'tenant',
    ],
    [
      'an exact one before a pattern',
      [
        { name: 'pattern', tenant: 'acme*' },
        { name: 'exact', tenant: 'acme' },
      ],
      'exact',
    ],
    [
      'a longer pattern before a shorter',
      [
        { name: 'short', tenant: 'a*' },
        { name: 'long', tenant: 'acm*' },
      ],
      'long',
    ],
    [
      'two parts before one of them',
      [
        { name: 'one', tenant: 'acme' },
        { name: 'two', tenant: 'acme', plan: 'pro' },
      ],
      'two',
    ],
    [
      'the first of the same',
      [
        { name: 'first', plan: 'pro' },
        { name: 'second', plan: 'pro' },
      ],
      'first',
    ],
  ])('goes by %s', (_, overrides, name) => {
    expect(chosen(overrides)).toBe(name);
  });
});

test('a pattern takes time in proportion to the text, whatever it is', () => {
  const tenant = 'a'.repeat(50_000);
  expect(chosen([{ name: 'it', tenant: `${'*a'.repeat(120)}*b` }], { tenant })).toBeUndefined();
});

describe('a list of callers', () => {
  test.each([
    ['an address', [{ address: '203.0.113.0/24' }], true],
    ['another address', [{ address: '198.51.100.0/24' }], false],
    ['a tenant', [{ tenant: 'acme' }], true],
    ['a key of another tenant', [{ tenant: 'other', key: 'AbCd1234' }], false],
    ['one of several', [{ tenant: 'other' }, { key: 'AbCd*' }], true],
    ['a tenant, until later', [{ tenant: 'acme', until: '2026-01-01T00:00:01Z' }], true],
    ['a tenant, until now', [{ tenant: 'acme', until: '2026-01-01T00:00:00Z' }], false],
    ['nobody', [], false],
  ])('with %s: %s', (_, patterns, isThere) => {
    expect(isOneOf(patterns, CALLER, Date.UTC(2026, 0, 1))).toBe(isThere);
  });

  test('may be long', () => {
    const patterns = Array.from({ length: 1_000 }, (_, index) => ({ address: `198.51.${index >> 8}.${index & 255}` }));
    const startMs = performance.now();
    for (let turn = 0; turn < 200; turn++) isOneOf(patterns, CALLER, 0);
    // Far above what it takes, and far below what it takes to read each range again.
    expect((performance.now() - startMs) / 200).toBeLessThan(2);
  });
});
