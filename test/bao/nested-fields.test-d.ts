/** What the compiler knows of nested fields. Compiled by `npm run check`, never run: each `@ts-expect-error` is about the line below it. */
import { expectTypeOf } from 'vitest';
import { z } from 'zod';
import { BaoModel, fields, PrimaryKeyConfig } from '../../src/bao/index.ts';

class Profile extends BaoModel {
  static override modelPrefix = 'p';
  static override fields = {
    profileId: fields.StringField({ required: true }),
    kind: fields.StringField({ enum: ['person', 'bot'], required: true }),
    emailPreferences: fields.MapField({
      notifications: fields.BooleanField({ defaultValue: true }),
      digest: fields.StringField({ enum: ['daily', 'weekly'] }),
    }),
    address: fields.MapField({ city: fields.StringField({ required: true }), since: fields.DateTimeField() }),
    visits: fields.ListField(fields.MapField({ at: fields.DateTimeField({ required: true }), tags: fields.StringSetField() })),
    scores: fields.ListField(fields.IntegerField(), { maxItems: 5 }),
    settings: fields.JsonField({ schema: z.object({ theme: z.string(), size: z.number().default(1) }) }),
    anything: fields.JsonField(),
  };
  static override primaryKey = PrimaryKeyConfig('profileId');
}

export async function reading(): Promise<void> {
  const profile = await Profile.find('p');
  if (!profile.exists()) return;
  expectTypeOf(profile.kind).toEqualTypeOf<'person' | 'bot'>();
  expectTypeOf(profile.emailPreferences).toEqualTypeOf<{ notifications: boolean; digest: 'daily' | 'weekly' | null }>();
  expectTypeOf(profile.address).toEqualTypeOf<{ city: string; since: Date | null } | null>();
  expectTypeOf(profile.visits).toEqualTypeOf<{ at: Date; tags: Set<string> }[]>();
  expectTypeOf(profile.scores).toEqualTypeOf<(number | bigint)[]>();
  // A value is stored as it is given, so it reads as what its schema takes.
  expectTypeOf(profile.settings).toEqualTypeOf<{ theme: string; size?: number | undefined } | null>();
  // @ts-expect-error no such member
  void profile.emailPreferences.nope;
  // @ts-expect-error may be unset
  void profile.address.city;
  // @ts-expect-error none of the words
  profile.emailPreferences.digest = 'hourly';
}

export async function writing(): Promise<void> {
  await Profile.create({ profileId: 'p', kind: 'bot', address: { city: 'x', since: '2026-01-01' }, visits: [{ at: 0, tags: ['a'] }] });
  await Profile.update('p', {
    'emailPreferences.notifications': false,
    'address.since': null,
    'visits[0].at': new Date(),
    'scores[1]': 3n,
    'anything.a[0].b': { c: 1 },
    scores: { $append: [1] },
  });
  // @ts-expect-error none of the words
  await Profile.create({ profileId: 'p', kind: 'cat' });
  // @ts-expect-error a required member is missing
  await Profile.create({ profileId: 'p', kind: 'bot', address: {} });
  // @ts-expect-error no such member
  await Profile.create({ profileId: 'p', kind: 'bot', address: { city: 'x', town: 'y' } });
  // @ts-expect-error not what the schema takes
  await Profile.create({ profileId: 'p', kind: 'bot', settings: { theme: 5 } });
  // @ts-expect-error no such path
  await Profile.update('p', { 'address.town': 'x' });
  // @ts-expect-error a value of another type
  await Profile.update('p', { 'emailPreferences.notifications': 'yes' });
  // @ts-expect-error a required member cannot be cleared
  await Profile.update('p', { 'address.city': null });
  // @ts-expect-error an element is taken out of its list by $remove
  await Profile.update('p', { 'scores[0]': null });
}

export async function filtering(): Promise<void> {
  const list = (filter: Parameters<typeof Profile.queryByPrimaryKey<typeof Profile>>[2]) => Profile.queryByPrimaryKey('p', null, filter);
  await list({ filter: { 'emailPreferences.notifications': true, 'visits[0].tags': { $contains: 'a' }, scores: { $contains: 1 } } });
  await list({ filter: { $or: [{ 'address.city': { $beginsWith: 'T' } }, { 'anything.x': 'y' }, { 'scores[0]': { $gte: 1 } }] } });
  // @ts-expect-error no such path
  await list({ filter: { 'address.town': 'x' } });
  // @ts-expect-error a value of another type
  await list({ filter: { 'address.city': 5 } });
  // @ts-expect-error an element of another type
  await list({ filter: { scores: { $contains: 'x' } } });
}
