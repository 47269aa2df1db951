/** The fields of models: factories under dynamo-bao's names, and the classes behind them for custom fields. */
import { CreateDateFieldClass, DateTimeFieldClass, ModifiedDateFieldClass, TtlFieldClass } from './date-fields.ts';
import type { BaoField, FieldOptions, WithOptions } from './field.ts';
import { JsonFieldClass } from './json-field.ts';
import { ListFieldClass } from './list-field.ts';
import type { ListFieldOptions } from './list-field.ts';
import { MapFieldClass } from './map-field.ts';
import type { MemberFields } from './nested-types.ts';
import { CounterFieldClass, FloatFieldClass, IntegerFieldClass } from './number-fields.ts';
import type { FloatFieldOptions, NumberFieldOptions } from './number-fields.ts';
import { BinaryFieldClass, BooleanFieldClass, StringSetFieldClass } from './other-fields.ts';
import type { StringSetFieldOptions } from './other-fields.ts';
import type { SchemaInput, StandardSchema } from '../standard-schemas.ts';
import type { JsonValue } from '../../wire/native-json.ts';
import { RelatedFieldClass, StringFieldClass, UlidFieldClass, VersionFieldClass } from './text-fields.ts';
import type { StringFieldOptions, UlidFieldOptions } from './text-fields.ts';

/** The fields of a model by name, in the order in which they are declared. */
export type FieldMap = Record<string, BaoField>;

/** A factory of a field. What it is given becomes part of the field's type, which tells required fields from optional ones. */
export type FieldFactory<Field extends BaoField, Accepted extends FieldOptions> = <const Options extends Accepted>(
  options?: Options,
) => WithOptions<Field, Options>;

/** Text; `maxLength`, `pattern` and others limit it, `enum` gives it a type of its own. */
export const StringField = <const Options extends StringFieldOptions>(
  options?: Options,
): WithOptions<StringFieldClass<WordsOf<Options>>, Options> =>
  // The field keeps the options it is given.
  new StringFieldClass(options) as unknown as WithOptions<StringFieldClass<WordsOf<Options>>, Options>;
/** A whole number. */
export const IntegerField: FieldFactory<IntegerFieldClass, NumberFieldOptions> = /* @__PURE__ */ factoryOf(IntegerFieldClass);
/** A double-precision number; `precision` keeps so many digits after the point. */
export const FloatField: FieldFactory<FloatFieldClass, FloatFieldOptions> = /* @__PURE__ */ factoryOf(FloatFieldClass);
/** True or false. */
export const BooleanField: FieldFactory<BooleanFieldClass, FieldOptions> = /* @__PURE__ */ factoryOf(BooleanFieldClass);
/** An instant, read as Date. */
export const DateTimeField: FieldFactory<DateTimeFieldClass, FieldOptions> = /* @__PURE__ */ factoryOf(DateTimeFieldClass);
/** The instant of creation. */
export const CreateDateField = (options?: FieldOptions): CreateDateFieldClass => new CreateDateFieldClass(options);
/** The instant of the last write. */
export const ModifiedDateField = (options?: FieldOptions): ModifiedDateFieldClass => new ModifiedDateFieldClass(options);
/** A ULID; `autoAssign` mints one for new objects. */
export const UlidField: FieldFactory<UlidFieldClass, UlidFieldOptions> = /* @__PURE__ */ factoryOf(UlidFieldClass);
/** A new ULID with every write. */
export const VersionField = (options?: FieldOptions): VersionFieldClass => new VersionFieldClass(options);
/** The primary id of an object of the model `modelName`. */
export const RelatedField = <const Options extends FieldOptions>(
  modelName: string,
  options?: Options,
): WithOptions<RelatedFieldClass, Options> =>
  // The field keeps the options it is given.
  new RelatedFieldClass(modelName, options) as WithOptions<RelatedFieldClass, Options>;
/** A whole number that DynamoDB itself adds to. */
export const CounterField: FieldFactory<CounterFieldClass, NumberFieldOptions> = /* @__PURE__ */ factoryOf(CounterFieldClass);
/** Bytes. */
export const BinaryField: FieldFactory<BinaryFieldClass, FieldOptions> = /* @__PURE__ */ factoryOf(BinaryFieldClass);
/** When DynamoDB may remove the row; the field has to be called `ttl`. */
export const TtlField: FieldFactory<TtlFieldClass, FieldOptions> = /* @__PURE__ */ factoryOf(TtlFieldClass);
/** A set of strings. */
export const StringSetField: FieldFactory<StringSetFieldClass, StringSetFieldOptions> = /* @__PURE__ */ factoryOf(StringSetFieldClass);
/** An object whose members are fields of their own. */
export const MapField = <const Members extends MemberFields, const Options extends FieldOptions>(
  members: Members,
  options?: Options,
): WithOptions<MapFieldClass<Members>, Options> =>
  // The field keeps the options it is given.
  new MapFieldClass(members, options) as WithOptions<MapFieldClass<Members>, Options>;
/** A list of elements of one field. */
export const ListField = <Element extends BaoField, const Options extends ListFieldOptions>(
  element: Element,
  options?: Options,
): WithOptions<ListFieldClass<Element>, Options> =>
  // The field keeps the options it is given.
  new ListFieldClass(element, options) as WithOptions<ListFieldClass<Element>, Options>;
/** Any JSON; `schema` checks its shape and gives it a type. */
export const JsonField = <const Options extends FieldOptions>(options?: Options): WithOptions<JsonFieldClass<JsonOf<Options>>, Options> =>
  // What a schema takes is what is stored.
  new JsonFieldClass(options) as unknown as WithOptions<JsonFieldClass<JsonOf<Options>>, Options>;

/** The values that a text may have. */
type WordsOf<Options> = Options extends { readonly enum: readonly (infer Word extends string)[] } ? Word : string;

type JsonOf<Options> = Options extends { readonly schema: infer Schema extends StandardSchema } ? SchemaInput<Schema> : JsonValue;

/** All factories and classes in one object, as dynamo-bao exports them. */
export const fields = {
  StringField,
  IntegerField,
  FloatField,
  BooleanField,
  DateTimeField,
  CreateDateField,
  ModifiedDateField,
  UlidField,
  VersionField,
  RelatedField,
  CounterField,
  BinaryField,
  TtlField,
  StringSetField,
  MapField,
  ListField,
  JsonField,
  StringFieldClass,
  IntegerFieldClass,
  FloatFieldClass,
  BooleanFieldClass,
  DateTimeFieldClass,
  CreateDateFieldClass,
  ModifiedDateFieldClass,
  UlidFieldClass,
  VersionFieldClass,
  RelatedFieldClass,
  CounterFieldClass,
  BinaryFieldClass,
  TtlFieldClass,
  StringSetFieldClass,
  MapFieldClass,
  ListFieldClass,
  JsonFieldClass,
};

function factoryOf<Field extends BaoField, Accepted extends FieldOptions>(
  fieldClass: new (options?: Accepted) => Field,
): FieldFactory<Field, Accepted> {
  // The field keeps the options it is given.
  return <Options extends Accepted>(options?: Options) => new fieldClass(options) as WithOptions<Field, Options>;
}
