/** Things with any rules, what of them may be read and written in the plainest words, and calls of every route to them. */
import * as fc from 'fast-check';
import { BaoModel, fields, IndexConfig, PrimaryKeyConfig, UniqueConstraintConfig } from '../../src/bao/index.ts';
import { TABLE_KEY } from '../../src/dynamo/index.ts';
import type { Route } from '../../src/routes/route.ts';
import { createService } from '../../src/service.ts';
import type { Service } from '../../src/service.ts';
import type { AccessRules, AccessWord, FieldRules } from '../../src/wire/access-rules.ts';
import { DEFAULT_LIMITS } from '../../src/wire/limit-defaults.ts';

class Thing extends BaoModel {
  static override modelPrefix = 'xt';
  static override keyEncoding = 'ordered' as const;
  static override iterable = true;
  static override iterationBuckets = 1;
  static override searchable = true;
  static override searchConfig = { fields: ['label'] };
  static override fields = {
    thingId: fields.StringField({ required: true }),
    ownerId: fields.StringField(),
    parentId: fields.RelatedField('Thing'),
    room: fields.StringField(),
    label: fields.StringField(),
    mark: fields.StringField(),
    revision: fields.VersionField(),
  };
  static override primaryKey = PrimaryKeyConfig('thingId');
  static override indexes = {
    thingsInRoom: IndexConfig('room', 'label', 'gsi1'),
    thingsForParent: IndexConfig('parentId', 'thingId', 'gsi2'),
    thingsOfOwner: IndexConfig('ownerId', 'thingId', 'gsi3', { projection: 'KEYS_ONLY' }),
  };
  static override uniqueConstraints = { uniqueMark: UniqueConstraintConfig('mark', '_uc1') };
}

const VALUES = ['ownerId', 'parentId', 'room', 'label', 'mark'] as const;
export type Item = Record<string, string>;

const indexes = { iter_search_index: { partitionKey: '_iter_pk', sortKey: '_iter_sk', projection: ['_searchText'] } };
const tableProfile = { key: TABLE_KEY, indexes, ttlAttribute: 'ttl', models: {} };

/** The laws are asked more often than a client may ask. */
const UNLIMITED = {
  policies: Object.fromEntries(
    Object.entries(DEFAULT_LIMITS.policies).map(([name, policy]) => [name, { ...policy, mode: 'shadow' as const }]),
  ),
};

export const serviceWith = (access: AccessRules | 'read-write'): Service =>
  createService({ models: { Thing }, tableProfile, modelOptions: { Thing: { access, cacheControl: null } }, limits: UNLIMITED });

/** A kind of principal. `id` is what its own things have for an owner. */
export interface Who {
  id: string;
  name: string;
  subject: string | null;
  role: string | null;
}
export const PRINCIPALS: readonly Omit<Who, 'id'>[] = [
  { name: 'nobody', subject: null, role: null },
  { name: 'ada', subject: 'ada', role: null },
  { name: 'bob', subject: 'bob', role: null },
  { name: 'admin', subject: 'root', role: 'admin' },
  { name: 'backend', subject: null, role: null },
];

const words = fc.uniqueArray(fc.constantFrom<AccessWord>('member', 'owner', 'key', 'role:admin'), { maxLength: 3 });
const readWords = fc.oneof(words, fc.constant<AccessWord[]>(['public']));
const fieldRules = fc.record({ read: readWords, write: words }, { requiredKeys: [] });
export const anyRules: fc.Arbitrary<AccessRules> = fc.record({
  read: readWords,
  create: words,
  update: words,
  delete: words,
  owner: fc.constant('ownerId'),
  fields: fc.record({ room: fieldRules, label: fieldRules, mark: fieldRules, parentId: fieldRules }, { requiredKeys: [] }),
});

/** Whether words admit a principal to an item of this owner. */
function admits(rule: readonly AccessWord[], { id, name, subject, role }: Who, owner: string | undefined): boolean {
  const isMember = name !== 'nobody';
  return rule.some(
    (word) =>
      word === 'public' ||
      (isMember &&
        (word === 'member' ||
          (word === 'owner' && owner === id) ||
          (word === 'key' && subject === null && role === null) ||
          (word === `role:${role}` && role !== null))),
  );
}

const fieldWords = (rules: AccessRules, field: string, use: keyof FieldRules): readonly AccessWord[] =>
  rules.fields[field]?.[use] ?? ['public'];

const filters = [{ mark: 'mark of t1' }, { $not: { room: { $exists: false } } }, { _searchText: { $contains: 'LABEL OF T1' } }];
const QUERIES: readonly Record<string, string>[] = [
  {},
  { index: 'thingsInRoom', room: 'hall' },
  { index: 'thingsInRoom', room: 'hall', 'label[gt]': 'label of t0', include: 'parent' },
  { index: 'thingsOfOwner', ownerId: 'ada' },
  { index: 'thingsOfOwner', ownerId: 'ada', fields: 'label' },
  { index: 'thingsOfOwner', ownerId: 'bob', limit: '1' },
  { index: 'thingsInRoom', room: 'hall', limit: '1' },
  { index: 'thingsInRoom', room: 'hall', limit: '1', 'label[gt]': 'label of t0', 'label[lt]': 'label of t2' },
  { index: 'thingsInRoom', room: 'hall', count: 'true' },
  { limit: '1' },
  ...filters.map((filter) => ({ index: 'thingsInRoom', room: 'hall', filter: JSON.stringify(filter) })),
  { include: 'parent' },
  { fields: 'mark,label' },
  { q: 'label of t1' },
];
const CHANGES: readonly Item[] = [
  { label: 'changed' },
  { mark: 'changed' },
  { ownerId: 'ada' },
  { ownerId: 'bob', room: 'den' },
  { parentId: 't1', room: 'den' },
];
const IDS = ['t0', 't1', 'new'];

export type Call = readonly [method: string, path: string, body?: unknown];

/** Calls of one route, made from the table: every read with every query, every write of every item with every change. */
export function callsOf({ method, path }: Route): Call[] {
  const paths = IDS.map((id) =>
    path
      .replace('/v1/:tenant', '')
      .replace(':id', id)
      .replace(':value', encodeURIComponent(`mark of ${id}`)),
  );
  const bodies = bodiesOf(method, path);
  if (method === 'GET')
    return [...new Set(paths)].flatMap((one) => QUERIES.map((query): Call => ['GET', `${one}?${new URLSearchParams(query).toString()}`]));
  const queries = method === 'PATCH' ? ['', '?upsert=true'] : [''];
  return [...new Set(paths)].flatMap((one) => queries.flatMap((query) => bodies.map((body): Call => [method, `${one}${query}`, body])));
}

function bodiesOf(method: string, path: string): unknown[] {
  if (method === 'DELETE') return [undefined];
  if (path.endsWith('/batch-get')) return [{ ids: IDS }];
  if (path.endsWith('/transact-get')) return [{ items: IDS.map((id) => ({ model: 'things', id })) }];
  if (path.endsWith('/batch-write'))
    return [{ put: CHANGES.map((change, n) => ({ thingId: n === 0 ? 'new' : `t${n % 3}`, ...change })).slice(0, 3) }, { delete: IDS }];
  if (path.endsWith('/transact'))
    return IDS.flatMap((id) => [
      ...CHANGES.flatMap((changes) => [
        { actions: [{ action: 'update', model: 'things', id, changes }] },
        { actions: [{ action: 'replace', model: 'things', item: { thingId: id, ...changes } }] },
        { actions: [{ action: 'create', model: 'things', item: { thingId: id, ...changes } }] },
      ]),
      ...['delete', 'check', 'missing'].map((action) => ({ actions: [{ action, model: 'things', id }] })),
    ]);
  return method === 'POST' ? CHANGES.map((change) => ({ thingId: 'new', ...change })) : [...CHANGES];
}

/** Whether a field of a thing may be read; without one, the thing. */
export function mayRead(rules: AccessRules, who: Who, { ownerId }: Item, field?: string): boolean {
  return admits(rules.read, who, ownerId) && (field === undefined || admits(fieldWords(rules, field, 'read'), who, ownerId));
}

/** What became of things that the rules do not allow; null: nothing. */
export function wrongChanges(
  rules: AccessRules,
  who: Who,
  before: ReadonlyMap<string, Item>,
  after: ReadonlyMap<string, Item>,
): string | null {
  for (const id of new Set([...before.keys(), ...after.keys()])) {
    const [old, now] = [before.get(id), after.get(id)];
    const isAdmitted = (rule: readonly AccessWord[], { ownerId }: Item) => admits(rule, who, ownerId);
    const maySetOwner = (rule: readonly AccessWord[]) =>
      admits(
        rule.filter((word) => word !== 'member' && word !== 'owner'),
        who,
        undefined,
      );
    if (old && !now && !isAdmitted(rules.delete, old)) return `${id} was deleted`;
    if (!old && now) {
      if (!isAdmitted(rules.create, now)) return `${id} was created`;
      if (!maySetOwner(rules.create) && now['ownerId'] !== who.id) return `${id} was created for ${now['ownerId']}`;
      const field = VALUES.find((name) => now[name] !== undefined && !isAdmitted(fieldWords(rules, name, 'write'), now));
      if (field !== undefined) return `${id} was created with ${field}`;
    }
    if (old && now && old['revision'] !== now['revision']) {
      if (!isAdmitted(rules.update, old)) return `${id} was updated`;
      if (old['ownerId'] !== now['ownerId'] && !maySetOwner(rules.update)) return `${id} went from ${old['ownerId']} to ${now['ownerId']}`;
      const field = VALUES.find((name) => old[name] !== now[name] && !isAdmitted(fieldWords(rules, name, 'write'), old));
      if (field !== undefined) return `${field} of ${id} was changed`;
    }
  }
  return null;
}
