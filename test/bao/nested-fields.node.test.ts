import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BaoModel, ConfigurationError, fields, initModels, PrimaryKeyConfig, QueryError, ValidationError } from '../../src/bao/index.ts';
import type { ModelManager } from '../../src/bao/index.ts';
import { whatJsonExpects } from '../../src/lib/json-value.ts';
import type { JsonValue } from '../../src/wire/json-forms.ts';
import { openTestTable } from './setup.ts';
import type { TestTable } from './setup.ts';

class Profile extends BaoModel {
  static override modelPrefix = 'pr';
  static override keyEncoding = 'ordered' as const;
  static override fields = {
    profileId: fields.StringField({ required: true }),
    name: fields.StringField(),
    emailPreferences: fields.MapField({
      notifications: fields.BooleanField({ defaultValue: true }),
      digest: fields.StringField({ enum: ['daily', 'weekly'] }),
      quiet: fields.MapField({ from: fields.IntegerField({ minimum: 0, maximum: 23 }), until: fields.DateTimeField() }),
    }),
    address: fields.MapField({ city: fields.StringField({ required: true }), zip: fields.StringField() }),
    scores: fields.ListField(fields.IntegerField(), { maxItems: 5 }),
    visits: fields.ListField(fields.MapField({ at: fields.DateTimeField({ required: true }), pages: fields.StringSetField() })),
    settings: fields.JsonField(),
  };
  static override primaryKey = PrimaryKeyConfig('profileId');
}

const MODELS = { Profile };
let table: TestTable;
let manager: ModelManager<typeof MODELS>;

beforeAll(async () => {
  table = await openTestTable();
  manager = initModels({ models: MODELS, store: table.store, db: { tableName: table.tableName }, logging: { level: 'ERROR' } });
});
beforeEach(() => void table.store.takeOperations());
afterAll(() => table.drop());

const stored = async (id: string) => (await table.row(`pr#${id}`, 'pr')) ?? {};
const load = async (id: string) => {
  const found = await manager.models.Profile.find(id);
  if (!found.exists()) throw new Error(`no ${id}`);
  return found;
};

/** So many objects inside each other. */
function nested(levels: number): object {
  return levels === 0 ? {} : { in: nested(levels - 1) };
}

describe('reading and writing', () => {
  it('stores maps, lists and JSON in the forms of their parts and reads them back', async () => {
    const visit = { at: new Date('2026-01-02'), pages: new Set(['home']) };
    await manager.models.Profile.create({
      profileId: 'a',
      emailPreferences: { digest: 'daily', quiet: { from: 22, until: '2026-01-01' } },
      scores: [1, 1, 2],
      visits: [visit, { at: 0 }],
      settings: { theme: 'dark', sizes: [1, null, 'x'], empty: {} },
    });
    expect(await stored('a')).toMatchObject({
      emailPreferences: {
        M: { notifications: { BOOL: true }, digest: { S: 'daily' }, quiet: { M: { from: { N: '22' }, until: { N: '1767225600000' } } } },
      },
      scores: { L: [{ N: '1' }, { N: '1' }, { N: '2' }] },
      visits: { L: [{ M: { at: { N: '1767312000000' }, pages: { SS: ['home'] } } }, { M: { at: { N: '0' } } }] },
      settings: { M: { theme: { S: 'dark' }, sizes: { L: [{ N: '1' }, { NULL: true }, { S: 'x' }] }, empty: { M: {} } } },
    });
    const profile = await load('a');
    expect(profile.emailPreferences.notifications).toBe(true);
    expect(profile.emailPreferences.quiet).toEqual({ from: 22, until: new Date('2026-01-01') });
    expect(profile.visits).toEqual([visit, { at: new Date(0), pages: new Set() }]);
    expect(profile.settings).toEqual({ theme: 'dark', sizes: [1, null, 'x'], empty: {} });
    expect(profile.toJSON()).toEqual({
      profileId: 'a',
      emailPreferences: { notifications: true, digest: 'daily', quiet: { from: 22, until: '2026-01-01T00:00:00.000Z' } },
      scores: [1, 1, 2],
      visits: [
        { at: '2026-01-02T00:00:00.000Z', pages: ['home'] },
        { at: '1970-01-01T00:00:00.000Z', pages: [] },
      ],
      settings: { theme: 'dark', sizes: [1, null, 'x'], empty: {} },
    });
  });

  it('reads an unset map as the defaults of its members, an unset list as none, and rows that never had the field too', async () => {
    await table.putRow({ _pk: { S: 'pr#old' }, _sk: { S: 'pr' }, profileId: { S: 'old' } });
    const profile = await load('old');
    expect(profile.emailPreferences).toEqual({ notifications: true, digest: null, quiet: null });
    expect([profile.address, profile.scores, profile.settings]).toEqual([null, [], null]);
    expect(profile.toJSON()).toEqual({ profileId: 'old' });
    expect(profile.hasChanges()).toBe(false);
  });

  it.each([
    [
      { emailPreferences: { digest: 'hourly' } },
      '/emailPreferences/digest',
      'emailPreferences.digest: expected one of daily, weekly, got "hourly"',
    ],
    [
      { emailPreferences: { quiet: { from: 24 } } },
      '/emailPreferences/quiet/from',
      'emailPreferences.quiet.from: expected at most 23, got 24',
    ],
    [{ emailPreferences: { nope: 1 } }, '/emailPreferences/nope', 'emailPreferences.nope: unknown member; expected one of notifications'],
    [{ emailPreferences: 'all' }, '/emailPreferences', 'emailPreferences: expected an object, got "all"'],
    [{ address: { zip: '1' } }, '/address/city', 'address.city: expected a value, got none'],
    [{ scores: [1, 'two'] }, '/scores/1', 'scores.1: expected a whole number, got "two"'],
    [{ scores: [1, null] }, '/scores/1', 'scores.1: expected a value, got null'],
    [{ scores: [1, 2, 3, 4, 5, 6] }, '/scores', 'scores: expected at most 5 elements, got 6'],
    [{ scores: new Set([1]) }, '/scores', 'scores: expected an array, got a Set'],
    [{ settings: { at: new Date() } }, '/settings', 'settings: expected JSON'],
    [{ settings: { n: Number.NaN } }, '/settings', 'settings: expected numbers'],
    [{ settings: [{ '': 1 }] }, '/settings', 'settings: expected members with names that are not empty'],
    [{ settings: nested(30) }, '/settings', 'settings: expected at most 30 levels'],
  ])('refuses %j, naming the part', async (data, path, message) => {
    const creating = manager.models.Profile.create({ profileId: 'x', ...data } as never);
    await expect(creating).rejects.toThrow(ValidationError);
    await expect(creating).rejects.toThrow(message);
    await expect(creating).rejects.toMatchObject({ issues: [{ path }] });
    expect(table.store.takeOperations()).toEqual([]);
  });

  it('says everything that is wrong at once', async () => {
    const creating = manager.models.Profile.create({ profileId: 'x', visits: [{ at: 'never' }, { pages: [1] }] } as never);
    await expect(creating).rejects.toMatchObject({
      issues: [{ path: '/visits/0/at' }, { path: '/visits/1/at' }, { path: '/visits/1/pages' }],
    });
  });

  it('refuses members that a part cannot have', () => {
    for (const members of [
      { 'a.b': fields.StringField() },
      { $a: fields.StringField() },
      { a: fields.CreateDateField() },
      { ttl: fields.TtlField() },
    ])
      expect(() => fields.MapField(members as never)).toThrow(ConfigurationError);
    expect(() => fields.ListField(fields.VersionField())).toThrow(ConfigurationError);
  });
});

describe('updates by path', () => {
  it('write one member in one request, and leave the others to others', async () => {
    await manager.models.Profile.create({ profileId: 'u1', emailPreferences: { digest: 'daily' }, settings: { a: { b: 1, c: 2 } } });
    table.store.takeOperations();
    await Promise.all([
      manager.models.Profile.update('u1', { 'emailPreferences.notifications': false }),
      manager.models.Profile.update('u1', { 'emailPreferences.digest': 'weekly', 'settings.a.b': 7, 'settings.a.c': null }),
    ]);
    expect(table.store.takeOperations()).toEqual(['UpdateItem', 'UpdateItem']);
    const profile = await load('u1');
    expect([profile.emailPreferences, profile.settings]).toEqual([
      { notifications: false, digest: 'weekly', quiet: null },
      { a: { b: 7 } },
    ]);
  });

  it('make the map that a member is to be in, with its defaults, also when two do so at once', async () => {
    await table.putRow({ _pk: { S: 'pr#u2' }, _sk: { S: 'pr' }, profileId: { S: 'u2' } });
    await Promise.all([
      manager.models.Profile.update('u2', { 'emailPreferences.quiet.from': 3 }),
      manager.models.Profile.update('u2', { 'emailPreferences.digest': 'daily' }),
      manager.models.Profile.update('u2', { 'settings.deep.er': [1] }),
    ]);
    const profile = await load('u2');
    expect(profile.emailPreferences).toEqual({ notifications: true, digest: 'daily', quiet: { from: 3, until: null } });
    expect(profile.settings).toEqual({ deep: { er: [1] } });
    expect((await stored('u2'))['emailPreferences']).toMatchObject({ M: { notifications: { BOOL: true } } });
  });

  it('remove a member that is not there without making anything', async () => {
    await table.putRow({ _pk: { S: 'pr#u3' }, _sk: { S: 'pr' }, profileId: { S: 'u3' } });
    await manager.models.Profile.update('u3', { 'emailPreferences.quiet.from': null, 'settings.a': null });
    expect(await stored('u3')).toEqual({ _pk: { S: 'pr#u3' }, _sk: { S: 'pr' }, profileId: { S: 'u3' } });
  });

  it('reach elements, and never append one', async () => {
    await manager.models.Profile.create({ profileId: 'u4', scores: [1, 2], visits: [{ at: 0 }] });
    await manager.models.Profile.update('u4', { 'scores[1]': 9, 'visits[0].at': new Date(5) });
    const profile = await load('u4');
    expect([profile.scores, profile.visits[0]?.at]).toEqual([[1, 9], new Date(5)]);
    await expect(manager.models.Profile.update('u4', { 'scores[2]': 1 })).rejects.toThrow('scores[2]: there is no element 2');
    await expect(manager.models.Profile.update('u4', { 'visits[4].at': 1 })).rejects.toThrow('there is no element 4');
    await expect(manager.models.Profile.update('u4', { 'scores[0]': null as never })).rejects.toThrow('$remove');
  });

  it('take operators', async () => {
    await manager.models.Profile.create({ profileId: 'u5', emailPreferences: { quiet: { from: 1 } }, scores: [1], visits: [{ at: 0 }] });
    await Promise.all([1, 1, 1].map((by) => manager.models.Profile.update('u5', { 'emailPreferences.quiet.from': { $add: by } })));
    await manager.models.Profile.update('u5', { 'visits[0].pages': { $add: ['home'] } });
    await manager.models.Profile.update('u5', { scores: { $append: [2, 3] } });
    const profile = await load('u5');
    expect([profile.emailPreferences.quiet?.from, profile.visits[0]?.pages, profile.scores]).toEqual([4, new Set(['home']), [1, 2, 3]]);
    await expect(manager.models.Profile.update('u5', { 'emailPreferences.quiet.from': { $add: 100 } })).rejects.toThrow('at most 23');
    await expect(manager.models.Profile.update('u5', { scores: { $append: [4, 5, 6] } })).rejects.toThrow('at most 5 elements');
  });

  it.each([
    [{ 'address.city': null }, 'Field is required: address.city'],
    [{ 'address.zip': '1' }, 'address.city: expected a value, got none'],
    [{ 'address.town': 'x' }, 'Unknown field: address.town'],
    [{ 'name.first': 'x' }, 'Unknown field: name.first'],
    [{ 'emailPreferences.digest': 'never' }, 'emailPreferences.digest: expected one of daily, weekly'],
    [
      { emailPreferences: {}, 'emailPreferences.digest': 'daily' },
      'emailPreferences.digest: is a part of emailPreferences, which changes too',
    ],
    [
      { 'emailPreferences.quiet': {}, 'emailPreferences.quiet.from': 1 },
      'emailPreferences.quiet.from: is a part of emailPreferences.quiet',
    ],
  ])('refuse %j', async (changes, message) => {
    await manager.models.Profile.replace({ profileId: 'u6' });
    await expect(manager.models.Profile.update('u6', changes as never)).rejects.toThrow(message);
  });
});

describe('saving', () => {
  it('writes what was changed in place, part by part', async () => {
    await manager.models.Profile.create({ profileId: 's1', emailPreferences: { digest: 'daily' }, settings: { a: 1, list: [1] } });
    const mine = await load('s1');
    const theirs = await load('s1');
    mine.emailPreferences.notifications = false;
    (mine.settings as { list: number[] }).list.push(2);
    theirs.emailPreferences.digest = 'weekly';
    mine.scores.push(5);
    expect(mine.hasChanges()).toBe(true);
    await Promise.all([mine.save(), theirs.save()]);
    const profile = await load('s1');
    expect(profile.emailPreferences).toEqual({ notifications: false, digest: 'weekly', quiet: null });
    expect([profile.settings, profile.scores]).toEqual([{ a: 1, list: [1, 2] }, [5]]);
    expect(mine.hasChanges()).toBe(false);
    await mine.save();
  });

  it('writes nothing for what was only read, also where the row has members that the field does not know', async () => {
    const emailPreferences = { M: { later: { S: 'unknown' }, digest: { S: 'daily' } } };
    await table.putRow({ _pk: { S: 'pr#s2' }, _sk: { S: 'pr' }, profileId: { S: 's2' }, emailPreferences });
    const profile = await load('s2');
    expect(profile.emailPreferences.digest).toBe('daily');
    expect(profile.hasChanges()).toBe(false);
    profile.emailPreferences.digest = 'weekly';
    await profile.save();
    expect((await stored('s2'))['emailPreferences']).toEqual({ M: { later: { S: 'unknown' }, digest: { S: 'weekly' } } });
  });

  it('keeps what an object is given apart from the object it was given', async () => {
    const given = { city: 'Turin' };
    const profile = new manager.models.Profile({ profileId: 's3', address: given }) as Awaited<ReturnType<typeof load>>;
    given.city = 'Rome';
    expect(profile.address?.city).toBe('Turin');
    if (profile.address) profile.address.city = 'Oslo';
    await profile.save();
    expect((await load('s3')).address).toEqual({ city: 'Oslo', zip: null });
  });

  it('stores any JSON in place of any other, whole or in parts', async () => {
    const json = fc
      .jsonValue({ maxDepth: 3 })
      .map((value) => JSON.parse(JSON.stringify(value)) as JsonValue)
      .filter((value) => value !== null && whatJsonExpects(value) === null);
    let count = 0;
    const property = fc.asyncProperty(json, json, async (before, after) => {
      count += 1;
      await manager.models.Profile.create({ profileId: `json${count}`, settings: before });
      const profile = await load(`json${count}`);
      profile.settings = after;
      await profile.save();
      expect((await load(`json${count}`)).settings).toEqual(after);
    });
    await fc.assert(property, { numRuns: 40 });
    await manager.models.Profile.create({ profileId: 'deep', settings: nested(29) as JsonValue });
    expect((await load('deep')).settings).toEqual(nested(29));
  });

  it('says what is wrong with what was changed in place', async () => {
    await manager.models.Profile.create({ profileId: 's4', scores: [1] });
    const profile = await load('s4');
    (profile.scores as unknown[]).push('two');
    await expect(profile.save()).rejects.toThrow('scores.1: expected a whole number, got "two"');
  });

  it('does not share a default value between objects', async () => {
    const [one, other] = [
      new manager.models.Profile({ profileId: '1' }),
      new manager.models.Profile({ profileId: '2' }),
    ] as never[] as Awaited<ReturnType<typeof load>>[];
    one?.scores.push(1);
    expect(other?.scores).toEqual([]);
  });
});

describe('filters by path', () => {
  const ids = async (filter: object) => {
    const found = await Promise.all(
      ['f1', 'f2', 'f3'].map(async (id) => {
        const page = await manager.models.Profile.queryByPrimaryKey(id, null, { filter });
        return page.items.map((profile) => profile.profileId);
      }),
    );
    return found.flat();
  };

  beforeAll(async () => {
    await manager.models.Profile.create({
      profileId: 'f1',
      emailPreferences: { notifications: true, quiet: { from: 5, until: 1000 } },
      scores: [1, 2],
      visits: [{ at: 1000, pages: ['a'] }],
      settings: { theme: { name: 'dark' }, tags: ['x'] },
    });
    await manager.models.Profile.create({ profileId: 'f2', emailPreferences: { notifications: false, digest: 'daily' }, scores: [3] });
    await table.putRow({ _pk: { S: 'pr#f3' }, _sk: { S: 'pr' }, profileId: { S: 'f3' } });
  });

  it.each([
    [{ 'emailPreferences.notifications': true }, ['f1']],
    [{ 'emailPreferences.notifications': { $ne: true } }, ['f2', 'f3']],
    [{ 'emailPreferences.digest': null }, ['f1', 'f3']],
    [{ 'emailPreferences.quiet.from': { $gte: 5, $lt: 6 } }, ['f1']],
    [{ 'emailPreferences.quiet.until': { $between: [new Date(0), '1970-01-02'] } }, ['f1']],
    [{ emailPreferences: { $exists: true } }, ['f1', 'f2']],
    [{ emailPreferences: { $eq: { notifications: false, digest: 'daily' } } }, ['f2']],
    [{ 'scores[0]': { $in: [1, 3] } }, ['f1', 'f2']],
    [{ scores: { $contains: 2 } }, ['f1']],
    [{ scores: { $size: { $gt: 1 } } }, ['f1']],
    [{ 'visits[0].pages': { $contains: 'a' } }, ['f1']],
    [{ 'visits[0].at': new Date(1000) }, ['f1']],
    [{ 'settings.theme.name': { $beginsWith: 'da' } }, ['f1']],
    [{ 'settings.tags': { $contains: 'x' } }, ['f1']],
    [{ $not: { 'settings.theme.name': 'dark' } }, ['f2', 'f3']],
  ])('%j', async (filter, expected) => {
    expect(await ids(filter)).toEqual(expected);
  });

  it.each([
    [{ 'emailPreferences.nope': 1 }, QueryError, 'Unknown field in filter: emailPreferences.nope'],
    [{ 'emailPreferences.notifications': 'yes' }, ValidationError, 'emailPreferences.notifications: expected true or false, got "yes"'],
    [{ emailPreferences: { digest: 'daily' } }, QueryError, 'expected a part by its path ("emailPreferences.digest")'],
    [{ scores: { $contains: 'x' } }, ValidationError, 'scores: expected a whole number'],
  ])('refuses %j', async (filter, error, message) => {
    await expect(ids(filter)).rejects.toThrow(error);
    await expect(ids(filter)).rejects.toThrow(message);
  });

  it('are conditions of writes, too', async () => {
    const update = (from: number) =>
      manager.models.Profile.update('f1', { name: 'x' }, { condition: { 'emailPreferences.quiet.from': from } });
    await expect(update(4)).rejects.toMatchObject({ code: 'precondition_failed' });
    expect((await update(5)).name).toBe('x');
  });
});
