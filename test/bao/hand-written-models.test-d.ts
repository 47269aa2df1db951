/** What the compiler knows of hand-written models. Compiled by `npm run check`, never run: each `@ts-expect-error` is about the line below it. */
import { expectTypeOf } from 'vitest';
import {
  type AttributesOf,
  BaoModel,
  type FieldOptions,
  fields,
  IndexConfig,
  initModels,
  PrimaryKeyConfig,
  UniqueConstraintConfig,
  type ModelClass,
  type ObjectNotFound,
} from '../../src/bao/index.ts';

// oxlint-disable-next-line typescript/no-unsafe-declaration-merging -- the layer defines the accessors that the interface names
class User extends BaoModel {
  static override modelPrefix = 'u';
  static override fields = {
    userId: fields.UlidField({ autoAssign: true }),
    email: fields.StringField({ required: true }),
    name: fields.StringField(),
    age: fields.IntegerField(),
    score: fields.FloatField({ defaultValue: 0 }),
    isActive: fields.BooleanField({ defaultValue: true }),
    visits: fields.CounterField(),
    tags: fields.StringSetField(),
    photo: fields.BinaryField(),
    teamId: fields.RelatedField('Team'),
    seenAt: fields.DateTimeField(),
    createdAt: fields.CreateDateField(),
    updatedAt: fields.ModifiedDateField(),
    version: fields.VersionField(),
    ttl: fields.TtlField(),
  };
  static override primaryKey = PrimaryKeyConfig('userId');
  static override indexes = {
    byTeam: IndexConfig('teamId', 'seenAt', 'gsi1'),
    all: IndexConfig('modelPrefix', 'email', 'gsi2'),
  };
  static override uniqueConstraints = { uniqueEmail: UniqueConstraintConfig('email', '_uc1') };

  /** Methods see the fields through the interface below. */
  shownName(): string {
    return this.name ?? this.email;
  }
}
interface User extends AttributesOf<typeof User> {}

class Membership extends BaoModel {
  static override modelPrefix = 'm';
  static override fields = { teamId: fields.StringField(), number: fields.IntegerField(), role: fields.StringField() };
  static override primaryKey = PrimaryKeyConfig('teamId', 'number');
}

/** A field of the application's own. */
class EmailFieldClass extends fields.StringFieldClass {}
const EmailField = (): EmailFieldClass => new EmailFieldClass();

class Contact extends BaoModel {
  static override modelPrefix = 'c';
  static override fields = { contactId: fields.StringField(), email: EmailField() };
  static override primaryKey = PrimaryKeyConfig('contactId');
}

/** Another one, with conversions of its own: they say what it takes and what it is read as. */
class MoneyFieldClass extends fields.IntegerFieldClass {
  override toDy(value: { cents: number } | string): number {
    return typeof value === 'string' ? Number(value) : value.cents;
  }
  override fromDy(value: unknown): { cents: number } | null {
    return value === null ? null : { cents: Number(value) };
  }
}

const MoneyField = <const Options extends FieldOptions>(options: Options) => Object.assign(new MoneyFieldClass(options), { options });

class Price extends BaoModel {
  static override modelPrefix = 'pr';
  static override fields = {
    priceId: fields.StringField(),
    amount: MoneyField({ required: true }),
    discount: MoneyField({ defaultValue: '0' }),
    parts: fields.ListField(fields.MapField({ of: new MoneyFieldClass() })),
  };
  static override primaryKey = PrimaryKeyConfig('priceId', 'amount');
}

export async function converting(): Promise<void> {
  const price = await Price.create({ priceId: 'p', amount: '5', parts: [{ of: { cents: 1 } }] });
  expectTypeOf(price.amount).toEqualTypeOf<{ cents: number }>();
  expectTypeOf(price.discount).toEqualTypeOf<{ cents: number } | null>();
  expectTypeOf(price.parts).toEqualTypeOf<{ of: { cents: number } | null }[]>();
  await Price.update('p', { discount: { cents: 5 } }, { condition: { amount: { $gt: { cents: 1 } } } });
  await Price.queryByPrimaryKey('p', { amount: { $between: ['1', { cents: 5 }] } });
  // @ts-expect-error what is stored, not what the field takes
  await Price.create({ priceId: 'p', amount: 5 });
  // @ts-expect-error what is stored, not what it is read as
  await Price.update('p', {}, { condition: { amount: 5 } });
}

export async function reading(): Promise<void> {
  const found = await User.find('id');
  if (!found.exists()) {
    expectTypeOf(found).toEqualTypeOf<ObjectNotFound>();
    return;
  }
  expectTypeOf(found.userId).toEqualTypeOf<string>();
  expectTypeOf(found.email).toEqualTypeOf<string>();
  expectTypeOf(found.name).toEqualTypeOf<string | null>();
  expectTypeOf(found.age).toEqualTypeOf<number | bigint | null>();
  expectTypeOf(found.score).toEqualTypeOf<number>();
  expectTypeOf(found.isActive).toEqualTypeOf<boolean>();
  expectTypeOf(found.visits).toEqualTypeOf<number | bigint>();
  expectTypeOf(found.tags).toEqualTypeOf<Set<string>>();
  expectTypeOf(found.photo).toEqualTypeOf<Uint8Array | null>();
  expectTypeOf(found.teamId).toEqualTypeOf<string | null>();
  expectTypeOf(found.seenAt).toEqualTypeOf<Date | null>();
  expectTypeOf(found.createdAt).toEqualTypeOf<Date>();
  expectTypeOf(found.version).toEqualTypeOf<string>();
  expectTypeOf(found.ttl).toEqualTypeOf<Date | null>();
  expectTypeOf(found.shownName()).toEqualTypeOf<string>();
  // @ts-expect-error no such field
  void found.nmae;
  // @ts-expect-error a value of another type
  found.name = 7;

  const member = await Membership.find({ teamId: 't', number: 3 });
  if (member.exists()) expectTypeOf(member.number).toEqualTypeOf<number | bigint>();
  const same = await User.findByPrimaryKey('id', { consistent: true });
  if (same.exists()) expectTypeOf(same.email).toEqualTypeOf<string>();
  // @ts-expect-error half a key
  await Membership.find({ teamId: 't' });
  // @ts-expect-error a key of another type
  await User.find(7);
  // @ts-expect-error a key of other fields
  await User.batchFind([{ email: 'a@b.c' }]);

  const contact = await Contact.create({ contactId: 'c', email: 'a@b.c' });
  expectTypeOf(contact.email).toEqualTypeOf<string | null>();
}

export async function writing(): Promise<void> {
  const user = await User.create({ email: 'a@b.c', tags: ['x'], seenAt: '2026-01-01', age: null });
  expectTypeOf(user.email).toEqualTypeOf<string>();
  // @ts-expect-error a required field is missing
  await User.create({ name: 'n' });
  // @ts-expect-error no such field
  await User.create({ email: 'a@b.c', nmae: 'n' });
  // @ts-expect-error a value of another type
  await User.create({ email: 'a@b.c', age: 'old' });
  // @ts-expect-error only the layer writes it
  await User.create({ email: 'a@b.c', version: 'x' });
  // @ts-expect-error null for a required field
  await User.create({ email: null });

  await User.update('id', { name: null, visits: '+1', score: 1 }, { condition: { version: user.version, age: { $gt: 18 } } });
  // @ts-expect-error no such field
  await User.update('id', { nmae: 'n' });
  // @ts-expect-error a part of the key
  await User.update('id', { userId: 'x' });
  // @ts-expect-error only the layer writes it
  await User.update('id', { createdAt: new Date() });
  // @ts-expect-error null for a required field
  await User.update('id', { email: null });
  // @ts-expect-error an increment of what is no counter
  await User.update('id', { age: '+1' });
  // @ts-expect-error no such field in the condition
  await User.delete('id', { condition: { nmae: 'x' } });
}

export async function querying(): Promise<void> {
  const page = await User.queryByIndex(
    'byTeam',
    't',
    { seenAt: { $gte: new Date(0), $lt: '2026-01-01' } },
    { filter: { age: { $gt: 1 } }, fields: ['name'] },
  );
  expectTypeOf(page.items[0]?.email).toEqualTypeOf<string | undefined>();
  await User.queryByIndex('all', undefined, { email: { $beginsWith: 'a' } });
  await User.queryByIndex('primary', 'id');
  await Membership.queryByPrimaryKey('t', { number: { $between: [1, 5n] } });
  // @ts-expect-error no such index
  await User.queryByIndex('byTaem', 't');
  // @ts-expect-error a partition of another type
  await User.queryByIndex('byTeam', 7);
  // @ts-expect-error not the sort field of the index
  await User.queryByIndex('byTeam', 't', { email: 'x' });
  // @ts-expect-error a value of another type
  await User.queryByIndex('byTeam', 't', { seenAt: { $gt: true } });
  // @ts-expect-error no such operator
  await User.queryByIndex('byTeam', 't', { seenAt: { $after: new Date() } });
  // @ts-expect-error the key has no sort field
  await User.queryByIndex('primary', 'id', { email: 'x' });
  // @ts-expect-error no such field
  await User.queryByIndex('all', undefined, null, { filter: { nmae: 'x' } });
  // @ts-expect-error no such operator
  await User.queryByIndex('all', undefined, null, { filter: { name: { $like: 'x' } } });
  await User.queryByIndex('all', undefined, null, {
    filter: {
      name: { $size: 3, $contains: 'x' },
      tags: { $contains: 'x', $size: { $gt: 1 } },
      photo: { $size: 2 },
      seenAt: { $lt: new Date() },
    },
  });
  // @ts-expect-error a number begins with no text
  await User.queryByIndex('all', undefined, null, { filter: { age: { $beginsWith: '5' } } });
  // @ts-expect-error a number contains no text
  await User.queryByIndex('all', undefined, null, { filter: { score: { $contains: '5' } } });
  // @ts-expect-error a date has no size
  await User.queryByIndex('all', undefined, null, { filter: { seenAt: { $size: 5 } } });
  // @ts-expect-error truth has no order
  await User.queryByIndex('all', undefined, null, { filter: { isActive: { $gt: false } } });
  // @ts-expect-error a set begins with no text
  await User.queryByIndex('all', undefined, null, { filter: { tags: { $beginsWith: 'a' } } });
  // @ts-expect-error the key of a number begins with no text
  await Membership.queryByPrimaryKey('t', { number: { $beginsWith: '5' } });
  // @ts-expect-error nor does that of a date
  await User.queryByIndex('byTeam', 't', { seenAt: { $beginsWith: '2026' } });
  // @ts-expect-error a value of another type
  await User.queryByIndex('all', undefined, null, { filter: { $or: [{ isActive: 'yes' }] } });
  // @ts-expect-error no such field to read
  await User.queryByIndex('all', undefined, null, { fields: ['nmae'] });

  await User.findByUniqueConstraint('uniqueEmail', 'a@b.c', { consistent: true, fields: ['name'] });
  // @ts-expect-error no such constraint
  await User.findByUniqueConstraint('uniqueName', 'a');
  // @ts-expect-error a value of another type
  await User.findByUniqueConstraint('uniqueEmail', 7);
  for await (const batch of User.iterateAll()) expectTypeOf(batch[0]?.email).toEqualTypeOf<string | undefined>();
}

export function managing(): void {
  const { models } = initModels({ models: { User, Membership } });
  expectTypeOf(models.User).toEqualTypeOf<typeof User>();
  expectTypeOf<typeof User>().toExtend<ModelClass>();
  expectTypeOf<typeof BaoModel>().toExtend<ModelClass>();
  // @ts-expect-error no such model
  void models.Contact;
}

/** Code that works with any model takes and gives objects whose fields it does not know. */
export async function anyModel(model: ModelClass): Promise<object> {
  return model.create({ whatever: 1 });
}
