import { describe, expect, test } from 'vitest';
import { durationMs } from '../../src/wire/duration.ts';
import { DEFAULT_LIMITS } from '../../src/wire/limit-defaults.ts';
import { clashingOverrides, type LimitsDocument, mergeLimits, parseLimits } from '../../src/wire/limit-document.ts';
import { compileRules } from '../../src/wire/limit-rules.ts';
import { LIMIT_POLICIES } from '../../src/wire/limits.ts';

const rate = { algorithm: 'token-bucket', limit: 10, window: '1s' };
const policies = { read: { limits: { rate } } };
const others = {
  slow: { limits: { rate: { ...rate, window: '30d' } } },
  exact: { limits: { log: { algorithm: 'sliding-log', limit: 5, window: '1m' } } },
};

function issuesOf(document: unknown, base?: LimitsDocument): string[] {
  const parsed = parseLimits(document, base);
  return 'issues' in parsed ? parsed.issues.map(({ path, reason }) => `${path} ${reason}`) : [];
}

test.each([
  ['500ms', 500],
  ['10s', 10_000],
  ['15m', 900_000],
  ['24h', 86_400_000],
  ['30d', 30 * 86_400_000],
  ['0s', Number.NaN],
  ['-1s', Number.NaN],
  ['1.5s', Number.NaN],
  ['1e3s', Number.NaN],
  ['10', Number.NaN],
  ['s', Number.NaN],
  ['10 s', Number.NaN],
  ['60000', Number.NaN],
])('%j lasts %d ms', (text, ms) => {
  expect(durationMs(text)).toBe(ms);
});

describe('a limits document', () => {
  test('may have every part there is', () => {
    const document = {
      policies: {
        read: {
          limits: {
            rate: { ...rate, burst: 20 },
            daily: { algorithm: 'calendar', limit: 5_000, period: 'day', timeZone: 'Europe/Berlin' },
          },
          durability: 'strict',
          failure: 'local',
          mode: 'shadow',
          priority: 'background',
          reserve: { critical: 20, normal: 10 },
          leases: false,
        },
        login: { limits: { exact: { algorithm: 'sliding-log', limit: 5, window: '15m' } } },
        upload: { limits: { places: { algorithm: 'concurrency', limit: 4, window: '1m' } } },
      },
      overrides: [{ name: 'pro', policy: 'read', plan: 'pro', limits: { rate: { limit: 100, burst: 200 } } }],
      ban: [{ address: '203.0.113.0/24', until: '2026-12-01T00:00:00Z' }],
      allow: [{ tenant: 'internal-*' }],
    };
    expect(parseLimits(document)).toEqual({ document });
  });

  test.each([
    ['is no object', 5, [' expected object, got 5']],
    ['has an unknown part', { policy: {} }, ['/policy expected no such key here']],
    [
      'has a policy of an odd name',
      { policies: { Read: { limits: { rate } } } },
      ['/policies/Read expected a name of 1 to 32 lower-case letters, digits or hyphens, got "Read"'],
    ],
    [
      'has a policy of a name that objects know',
      JSON.parse('{"policies": {"__proto__": {"limits": {}}}}'),
      ['/policies expected no "__proto__" among the names'],
    ],
    [
      'has a limit of a name that objects know',
      JSON.parse('{"policies": {"read": {"limits": {"rate": {}, "__proto__": {}}}}}'),
      ['/policies/read/limits expected no "__proto__" among the names'],
    ],
    ['has a part of a name that objects know', JSON.parse('{"__proto__": {}}'), ['/__proto__ expected no such key here']],
    [
      'has a policy that says nothing of limits',
      { policies: { read: {} } },
      ['/policies/read/limits expected limits by name, got undefined'],
    ],
    ['has no policies by name', { policies: [] }, ['/policies expected policies by name, got an array']],
    ['has a policy without limits', { policies: { read: { limits: {} } } }, ['/policies/read/limits expected 1 to 8 limits']],
    [
      'has a limit of nothing',
      { policies: { read: { limits: { rate: { ...rate, limit: 0 } } } } },
      ['/policies/read/limits/rate/limit expected 1 or more, got 0'],
    ],
    [
      'has a negative limit',
      { policies: { read: { limits: { rate: { ...rate, limit: -5 } } } } },
      ['/policies/read/limits/rate/limit expected 1 or more, got -5'],
    ],
    [
      'has part of a permit',
      { policies: { read: { limits: { rate: { ...rate, limit: 0.5 } } } } },
      ['/policies/read/limits/rate/limit expected a whole number, got 0.5'],
    ],
    [
      'has a limit beyond numbers',
      { policies: { read: { limits: { rate: { ...rate, limit: Number('1e309') } } } } },
      ['/policies/read/limits/rate/limit expected a whole number, got Infinity'],
    ],
    [
      'has a limit in text',
      { policies: { read: { limits: { rate: { ...rate, limit: '60000' } } } } },
      ['/policies/read/limits/rate/limit expected a whole number, got "60000"'],
    ],
    [
      'has a window without a unit',
      { policies: { read: { limits: { rate: { ...rate, window: 60_000 } } } } },
      ['/policies/read/limits/rate/window expected a time such as "500ms", "10s", "15m", "24h" or "30d", a year at most, got 60000'],
    ],
    [
      'has a window beyond a year',
      { policies: { read: { limits: { rate: { ...rate, window: '400d' } } } } },
      ['/policies/read/limits/rate/window expected a time such as "500ms", "10s", "15m", "24h" or "30d", a year at most, got "400d"'],
    ],
    [
      'has an algorithm that there is not',
      { policies: { read: { limits: { rate: { ...rate, algorithm: 'magic' } } } } },
      [
        '/policies/read/limits/rate/algorithm expected an algorithm out of token-bucket, fixed-window, sliding-counter, sliding-log, concurrency and calendar, got "magic"',
      ],
    ],
    [
      'has a burst of what has none',
      { policies: { read: { limits: { rate: { ...rate, algorithm: 'fixed-window', burst: 5 } } } } },
      ['/policies/read/limits/rate/burst expected no such key here'],
    ],
    [
      'has numbers that cannot be counted',
      { policies: { read: { limits: { rate: { ...rate, limit: 1_000_000_000, window: '30d' } } } } },
      [
        '/policies/read/limits/rate expected limit (or burst) times window in milliseconds of at most 2^53; state the same rate for a shorter window',
      ],
    ],
    [
      'has a zone that there is not',
      { policies: { read: { limits: { daily: { algorithm: 'calendar', limit: 5, period: 'day', timeZone: 'Mars' } } } } },
      ['/policies/read/limits/daily/timeZone expected a time zone such as "UTC" or "Europe/Berlin", got "Mars"'],
    ],
    [
      'keeps all for the critical',
      { policies: { read: { limits: { rate }, reserve: { critical: 60, normal: 40 } } } },
      ['/policies/read/reserve expected less than 100 percent together'],
    ],
    [
      'has an override for nobody',
      { policies, overrides: [{ name: 'pro', policy: 'read', limits: {} }] },
      ['/overrides/0 expected a tenant, plan, key or route'],
    ],
    [
      'has an override of nothing',
      { policies, overrides: [{ name: 'pro', policy: 'constructor', plan: 'pro', limits: {} }] },
      ['/overrides/0/policy expected a policy out of read, got "constructor"'],
    ],
    [
      'overrides a limit that there is not',
      { policies, overrides: [{ name: 'pro', policy: 'read', plan: 'pro', limits: { daily: { limit: 1 } } }] },
      ['/overrides/0/limits/daily expected a limit of read (rate), got "daily"'],
    ],
    [
      'has an override whose numbers cannot be counted',
      { policies: others, overrides: [{ name: 'pro', policy: 'slow', plan: 'pro', limits: { rate: { burst: 1_000_000_000 } } }] },
      [
        '/overrides/0/limits/rate expected limit (or burst) times window in milliseconds of at most 2^53; state the same rate for a shorter window',
      ],
    ],
    [
      'has an override that makes a log too long',
      { policies: others, overrides: [{ name: 'pro', policy: 'exact', plan: 'pro', limits: { log: { limit: 1_000_001 } } }] },
      ['/overrides/0/limits/log expected a limit of at most 1000000 for this algorithm'],
    ],
    [
      'has more places than can be remembered',
      { policies: { read: { limits: { places: { algorithm: 'concurrency', limit: 1_001, window: '1m' } } } } },
      ['/policies/read/limits/places expected at most 1000 places'],
    ],
    [
      'has two overrides of one name',
      { policies, overrides: ['a', 'b'].map((plan) => ({ name: 'pro', policy: 'read', plan, limits: {} })) },
      ['/overrides/1/name expected a name of its own, got "pro" again'],
    ],
    [
      'bans an address that is none',
      { ban: [{ address: '203.0.113.0/33' }] },
      ['/ban/0/address expected an address or a range such as "203.0.113.0/24" or "2001:db8::/32", got "203.0.113.0/33"'],
    ],
    ['bans a key of any tenant', { ban: [{ key: 'AbCd1234' }] }, ['/ban/0 expected a tenant beside the key ("*" for the keys of all)']],
    [
      'lets a key of any tenant through',
      { allow: [{ key: 'AbCd*' }] },
      ['/allow/0 expected a tenant beside the key ("*" for the keys of all)'],
    ],
    ['bans nobody', { ban: [{}] }, ['/ban/0 expected an address, tenant or key']],
    [
      'bans until no time',
      { ban: [{ tenant: 'acme', until: 'soon' }] },
      ['/ban/0/until expected an instant such as "2026-11-20T00:00:00Z", got "soon"'],
    ],
    ['bans too many', { ban: Array.from({ length: 1_001 }, () => ({ tenant: 'acme' })) }, ['/ban expected at most 1000 patterns']],
  ])('is refused when it %s', (_, document, issues) => {
    expect(issuesOf(document)).toEqual(issues);
  });

  test('may override policies of the one that it adds to', () => {
    const overrides = [{ name: 'pro', policy: 'read', plan: 'pro', limits: { rate: { limit: 100 } } }];
    expect(issuesOf({ overrides })).toHaveLength(1);
    expect(issuesOf({ overrides }, { policies } as LimitsDocument)).toEqual([]);
  });

  test('has policies that the overrides of the one that it adds to fit, or else other overrides of their names', () => {
    const pro = { name: 'pro', policy: 'read', plan: 'pro', limits: { rate: { limit: 5_000, burst: 25_000 } } };
    const base = { policies, overrides: [pro] } as LimitsDocument;
    const misfitsOf = (added: object) => clashingOverrides(base, added).map(({ path, reason }) => `${path} ${reason}`);
    const clash = (misfit: string) => [
      `/policies/read expected what fits the override "pro" of the code, or another of that name beside it (${misfit})`,
    ];
    const log = { policies: { read: { limits: { rate: { algorithm: 'sliding-log', limit: 100, window: '1m' } } } } };
    expect(misfitsOf(log)).toEqual(clash('/limits/rate/burst expected no burst: only token buckets have one'));
    expect(misfitsOf({ policies: { read: others.exact } })).toEqual(clash('/limits/rate expected a limit of read (log), got "rate"'));
    expect(misfitsOf({ ...log, overrides: [{ ...pro, limits: { rate: { limit: 200 } } }] })).toEqual([]);
    expect(misfitsOf({ policies: { read: others.slow } })).toEqual([]);
    const rules = compileRules(mergeLimits(base, log as LimitsDocument));
    expect(rules.get('read@pro')?.limits).toMatchObject([{ limit: 5_000, capacity: 5_000 }]);
  });

  test('replaces policies and overrides of the same name, and adds the rest', () => {
    const first = {
      policies: { a: policies.read, b: policies.read },
      overrides: [{ name: 'x', policy: 'a', plan: 'x', limits: {} }],
      ban: [{ tenant: 'one' }],
    };
    const second = {
      policies: { b: { ...policies.read, mode: 'shadow' } },
      overrides: [{ name: 'x', policy: 'a', plan: 'y', limits: {} }],
      ban: [{ tenant: 'two' }],
    };
    expect(mergeLimits(first as LimitsDocument, second as LimitsDocument)).toEqual({
      policies: { a: policies.read, b: { ...policies.read, mode: 'shadow' } },
      overrides: second.overrides,
      ban: [{ tenant: 'one' }, { tenant: 'two' }],
      allow: [],
    });
  });
});

describe('the rules of a document', () => {
  test('are its policies, and its policies as the overrides have them', () => {
    const rules = compileRules({
      policies: {
        read: {
          limits: { rate: { algorithm: 'token-bucket', limit: 10, window: '1s', burst: 50 } },
          reserve: { critical: 20, normal: 10 },
        },
      },
      overrides: [{ name: 'pro', policy: 'read', plan: 'pro', limits: { rate: { limit: 100 } } }],
    });
    expect([...rules.keys()]).toEqual(['read', 'read@pro']);
    expect(rules.get('read')).toMatchObject({ durability: 'coalesced', failure: 'open', isShadow: false, priority: 'normal' });
    expect(rules.get('read')?.ceilings).toEqual({ critical: [50], normal: [40], background: [35] });
    expect(rules.get('read@pro')?.limits).toMatchObject([{ limit: 100, windowMs: 1_000, capacity: 50 }]);
  });

  test('keep something for others only where they leave a permit to everybody', () => {
    const one = { limits: { rate: { algorithm: 'fixed-window', limit: 1, window: '1s' } }, reserve: { critical: 20, normal: 30 } } as const;
    const three = { ...one, limits: { rate: { ...one.limits.rate, limit: 3 } } };
    const rules = compileRules({ policies: { one, three } });
    expect(rules.get('one')?.ceilings).toEqual({ critical: [1], normal: [1], background: [1] });
    expect(rules.get('three')?.ceilings).toEqual({ critical: [3], normal: [2], background: [1] });
  });

  test('has the ones that routes name, when an application states none', () => {
    expect(parseLimits(DEFAULT_LIMITS)).toEqual({ document: DEFAULT_LIMITS });
    expect(Object.keys(DEFAULT_LIMITS.policies)).toEqual(expect.arrayContaining([...LIMIT_POLICIES, 'address', 'tenant']));
  });
});
