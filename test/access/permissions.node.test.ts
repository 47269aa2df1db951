import { describe, expect, it } from 'vitest';
import { Permissions } from '../../src/access/permissions.ts';
import { reachOf } from '../../src/access/reach.ts';
import { createdValues, replaceBasis, updateReach } from '../../src/access/written-values.ts';
import type { StoredObject } from '../../src/bao/index.ts';
import { isServiceError } from '../../src/lib/errors.ts';
import { accessRules, ITEM_OPERATIONS } from '../../src/wire/access-rules.ts';
import type { AccessRules, AccessWord } from '../../src/wire/access-rules.ts';
import type { Principal } from '../../src/wire/principal.ts';

const principal = (kind: Principal['subject']['kind'], id: string, role?: string): Principal => ({
  tenant: kind === 'operator' ? null : 'acme',
  subject: { kind, id },
  scopes: ['models:read', 'models:write'],
  ...(role === undefined ? {} : { role }),
  via: 'api-key',
  authenticatedAtMs: 0,
});

const WHO = {
  nobody: null,
  user: principal('user', 'u1'),
  admin: principal('user', 'u9', 'admin'),
  editor: principal('user', 'u5', 'editor'),
  key: principal('key', 'k1'),
  service: principal('service', 's1'),
  'key in a role': principal('key', 'k2', 'admin'),
  operator: principal('operator', 'o1'),
};
type Who = keyof typeof WHO;

/** Of every principal and rule: to which items it extends. */
const REACH: [rule: AccessWord[], reach: Record<Who, 'all' | 'own' | 'none'>][] = [
  [
    [],
    {
      nobody: 'none',
      user: 'none',
      admin: 'none',
      editor: 'none',
      key: 'none',
      service: 'none',
      'key in a role': 'none',
      operator: 'none',
    },
  ],
  [
    ['public'],
    { nobody: 'all', user: 'all', admin: 'all', editor: 'all', key: 'all', service: 'all', 'key in a role': 'all', operator: 'all' },
  ],
  [
    ['member'],
    { nobody: 'none', user: 'all', admin: 'all', editor: 'all', key: 'all', service: 'all', 'key in a role': 'all', operator: 'none' },
  ],
  [
    ['owner'],
    { nobody: 'none', user: 'own', admin: 'own', editor: 'own', key: 'own', service: 'own', 'key in a role': 'own', operator: 'none' },
  ],
  [
    ['key'],
    { nobody: 'none', user: 'none', admin: 'none', editor: 'none', key: 'all', service: 'all', 'key in a role': 'none', operator: 'none' },
  ],
  [
    ['role:admin'],
    { nobody: 'none', user: 'none', admin: 'all', editor: 'none', key: 'none', service: 'none', 'key in a role': 'all', operator: 'none' },
  ],
  [
    ['owner', 'role:admin'],
    { nobody: 'none', user: 'own', admin: 'all', editor: 'own', key: 'own', service: 'own', 'key in a role': 'all', operator: 'none' },
  ],
  [
    ['owner', 'key'],
    { nobody: 'none', user: 'own', admin: 'own', editor: 'own', key: 'all', service: 'all', 'key in a role': 'own', operator: 'none' },
  ],
];

describe.each(REACH)('a rule for %j', (rule, expected) => {
  it.each(Object.entries(expected))('lets %s to %s items', (who, reach) => {
    expect(reachOf(rule, WHO[who as Who])).toBe(reach); // the table's own names
  });

  it('is the same for every operation, and for fields', () => {
    for (const [who, reach] of Object.entries(expected)) {
      const rules: AccessRules = { ...accessRules('none'), owner: 'userId', fields: { note: { read: rule, write: rule } } };
      for (const operation of ITEM_OPERATIONS) {
        const permissions = new Permissions({ ...rules, [operation]: rule }, WHO[who as Who]);
        expect(ITEM_OPERATIONS.map((other) => permissions.reach(other))).toEqual(
          ITEM_OPERATIONS.map((other) => (other === operation ? reach : 'none')),
        );
        expect([permissions.fieldReach('note', 'read'), permissions.fieldReach('note', 'write')]).toEqual([reach, reach]);
        expect(permissions.fieldReach('other', 'read')).toBe('all');
      }
    }
  });
});

it.each([
  ['read-write', ['all', 'all', 'all', 'all']],
  ['read-only', ['all', 'none', 'none', 'none']],
  ['none', ['none', 'none', 'none', 'none']],
] as const)('the word %s is a rule for members', (word, expected) => {
  expect(ITEM_OPERATIONS.map((operation) => new Permissions(accessRules(word), WHO.user).reach(operation))).toEqual(expected);
  expect(new Permissions(accessRules(word), null).reach('read')).toBe('none');
});

const NOTES: AccessRules = {
  read: ['member'],
  create: ['member', 'role:admin'],
  update: ['owner', 'role:admin', 'role:editor'],
  delete: ['owner'],
  owner: 'userId',
  fields: {
    salary: { read: ['owner', 'role:admin'], write: ['role:admin'] },
    nickname: { write: ['owner'] },
    token: { read: [], write: ['key'] },
  },
};
const may = (who: Who, rules = NOTES): Permissions => new Permissions(rules, WHO[who]);

/** "forbidden", or "forbidden /a /b" with issues; else what is returned. */
function outcome(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return isServiceError(error) ? [error.code, ...error.issues.map(({ path }) => path)].join(' ') : error;
  }
}

describe('a field', () => {
  it.each<[Who, boolean, string[]]>([
    ['user', true, ['token']],
    ['user', false, ['salary', 'token']],
    ['admin', false, ['token']],
    ['key', false, ['salary', 'token']],
    ['nobody', false, ['salary', 'token']],
  ])('is hidden from %s, of an own item (%s): %j', (who, isOwn, hidden) => {
    expect(may(who).hiddenFields(isOwn)).toEqual(hidden);
  });

  it('may be asked about where it may be read in every item that may be', () => {
    expect(['salary', 'nickname', 'token'].map((field) => may('user').mayAskAbout(field))).toEqual([false, true, false]);
    expect(may('admin').mayAskAbout('salary')).toBe(true);
    const own = may('user', { ...NOTES, read: ['owner'] });
    expect(['salary', 'token'].map((field) => own.mayAskAbout(field))).toEqual([true, false]);
  });

  it('of the name of something that every object has, has no rule', () => {
    expect(may('user').fieldReach('constructor', 'read')).toBe('all');
  });
});

describe('a new item', () => {
  it.each<[string, Who, Record<string, unknown>, unknown]>([
    ['is its maker’s', 'user', { title: 'x' }, { title: 'x', userId: 'u1' }],
    ['may be said to be its maker’s', 'user', { userId: 'u1' }, { userId: 'u1' }],
    ['is nobody else’s', 'user', { userId: 'u2' }, 'forbidden /userId'],
    ['of a role may be anybody’s', 'admin', { userId: 'u2' }, { userId: 'u2' }],
    ['of a role may be nobody’s', 'admin', {}, {}],
    ['of a role that the rule does not name is its own', 'editor', { userId: 'u2' }, 'forbidden /userId'],
    ['of a backend that the rule does not name is its own', 'key', {}, { userId: 'k1' }],
    ['has fields of its owner', 'user', { nickname: 'n' }, { nickname: 'n', userId: 'u1' }],
    ['of another has none of its owner’s fields', 'admin', { userId: 'u2', nickname: 'n' }, 'forbidden /nickname'],
    ['has no fields that others write', 'user', { salary: 1, token: 't' }, 'forbidden /salary /token'],
    ['is made by nobody without credentials', 'nobody', {}, 'unauthenticated'],
  ])('%s', (_, who, given, expected) => {
    expect(outcome(() => createdValues('Note', may(who), given))).toEqual(expected);
  });

  it('of a model without owners is what is given', () => {
    const free = { ...accessRules('read-write') };
    expect(outcome(() => createdValues('Note', may('user', free), { userId: 'u2' }))).toEqual({ userId: 'u2' });
    expect(may('user', free).writesFreely).toBe(true);
    expect(may('user').writesFreely).toBe(false);
  });
});

describe('an update', () => {
  it.each<[string, Who, Record<string, unknown>, unknown]>([
    ['is for the owner’s items', 'user', { title: 'x' }, 'own'],
    ['in a role is for all', 'editor', { title: 'x' }, 'all'],
    ['of an owner’s field is for the own ones', 'editor', { nickname: 'n' }, 'own'],
    ['of a field of another role is refused', 'editor', { salary: 1, title: 'x' }, 'forbidden /salary'],
    ['in that role is not', 'admin', { salary: 1 }, 'all'],
    ['of the owner is refused', 'user', { userId: 'u2' }, 'forbidden /userId'],
    ['of the owner to itself changes nothing', 'user', { userId: 'u1' }, 'own'],
    ['of the owner is a role’s', 'editor', { userId: 'u2' }, 'all'],
    ['is refused to nobody', 'nobody', { title: 'x' }, 'unauthenticated'],
  ])('%s', (_, who, given, expected) => {
    expect(outcome(() => updateReach('Note', may(who), new Set(Object.keys(given)), given))).toBe(expected);
  });
});

describe('a replace', () => {
  const stored = (values: Record<string, unknown>): StoredObject => ({
    get: (name) => values[name] ?? null,
    holds: (name, value) => values[name] === value,
  });
  const mine = stored({ userId: 'u1', salary: 5, nickname: 'n', token: 't' });
  const theirs = stored({ userId: 'u2', salary: 5, nickname: 'n', token: 't' });
  const decide = (who: Who, given: Record<string, unknown>, found: StoredObject | null, rules = NOTES, hasCondition = false) =>
    outcome(() => replaceBasis('Note', may(who, rules), given, hasCondition).decide(found));

  it.each<[string, Who, Record<string, unknown>, StoredObject | null, unknown]>([
    ['of an own item keeps what its owner may not write', 'user', { title: 'x' }, mine, { salary: 5, token: 't', userId: 'u1' }],
    ['takes what was read as it was', 'user', { salary: 5, userId: 'u1' }, mine, { salary: 5, token: 't', userId: 'u1' }],
    ['takes nothing else for it', 'user', { salary: 6 }, mine, 'forbidden /salary'],
    ['does not say whether an unreadable field was guessed', 'user', { token: 't' }, mine, 'forbidden /token'],
    ['does not give an item away', 'user', { userId: 'u2' }, mine, 'forbidden /userId'],
    ['of a foreign item that may be read is refused', 'user', { title: 'x' }, theirs, 'forbidden'],
    ['in a role keeps what is the owner’s to write', 'editor', { userId: 'u3' }, theirs, { salary: 5, nickname: 'n', token: 't' }],
    ['in a role takes the owner’s field as it was read', 'editor', { nickname: 'n' }, theirs, { salary: 5, nickname: 'n', token: 't' }],
    ['in a role writes no field that its owner alone may read', 'editor', { salary: 5 }, theirs, 'forbidden /salary'],
    ['of nothing makes an own item', 'user', { title: 'x' }, null, { title: 'x', userId: 'u1' }],
    ['of nothing makes nobody else’s', 'user', { userId: 'u2' }, null, 'forbidden /userId'],
  ])('%s', (_, who, given, found, expected) => {
    expect(decide(who, given, found)).toEqual(expected);
  });

  it('answers an item that may not be read as none, as far as a new one could be in its place', () => {
    const secret: AccessRules = { ...NOTES, read: ['owner'] };
    expect(decide('user', {}, theirs, secret)).toBe('conflict');
    for (const found of [theirs, null]) {
      expect(decide('user', { userId: 'u2' }, found, secret)).toBe('forbidden /userId');
      expect(decide('user', {}, found, { ...secret, create: [] })).toBe('forbidden');
      expect(decide('user', {}, found, secret, true)).toBe('precondition_failed');
    }
  });

  it('depends on the owner and on what it keeps', () => {
    expect(replaceBasis('Note', may('user'), {}, false).fields).toEqual(expect.arrayContaining(['userId', 'salary', 'token']));
  });
});
