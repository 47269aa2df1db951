/** The fields of models: factories under dynamo-bao's names, and the classes behind them for custom fields. */
import { CreateDateFieldClass, DateTimeFieldClass, ModifiedDateFieldClass, TtlFieldClass } from './date-fields.ts';
import type { BaoField, FieldOptions } from './field.ts';
import { CounterFieldClass, FloatFieldClass, IntegerFieldClass } from './number-fields.ts';
import type { FloatFieldOptions } from './number-fields.ts';
import { BinaryFieldClass, BooleanFieldClass, StringSetFieldClass } from './other-fields.ts';
import type { StringSetFieldOptions } from './other-fields.ts';
import { RelatedFieldClass, StringFieldClass, UlidFieldClass, VersionFieldClass } from './text-fields.ts';
import type { StringFieldOptions, UlidFieldOptions } from './text-fields.ts';

/** The fields of a model by name, in the order in which they are declared. */
export type FieldMap = Record<string, BaoField>;

/** Text; `maxLength` limits it. */
export const StringField = (options?: StringFieldOptions): StringFieldClass => new StringFieldClass(options);
/** A whole number. */
export const IntegerField = (options?: FieldOptions): IntegerFieldClass => new IntegerFieldClass(options);
/** A double-precision number; `precision` keeps so many digits after the point. */
export const FloatField = (options?: FloatFieldOptions): FloatFieldClass => new FloatFieldClass(options);
/** True or false. */
export const BooleanField = (options?: FieldOptions): BooleanFieldClass => new BooleanFieldClass(options);
/** An instant, read as Date. */
export const DateTimeField = (options?: FieldOptions): DateTimeFieldClass => new DateTimeFieldClass(options);
/** The instant of creation. */
export const CreateDateField = (options?: FieldOptions): CreateDateFieldClass => new CreateDateFieldClass(options);
/** The instant of the last write. */
export const ModifiedDateField = (options?: FieldOptions): ModifiedDateFieldClass => new ModifiedDateFieldClass(options);
/** A ULID; `autoAssign` mints one for new objects. */
export const UlidField = (options?: UlidFieldOptions): UlidFieldClass => new UlidFieldClass(options);
/** A new ULID with every write. */
export const VersionField = (options?: FieldOptions): VersionFieldClass => new VersionFieldClass(options);
/** The primary id of an object of the model `modelName`. */
export const RelatedField = (modelName: string, options?: FieldOptions): RelatedFieldClass => new RelatedFieldClass(modelName, options);
/** A whole number that DynamoDB itself adds to. */
export const CounterField = (options?: FieldOptions): CounterFieldClass => new CounterFieldClass(options);
/** Bytes. */
export const BinaryField = (options?: FieldOptions): BinaryFieldClass => new BinaryFieldClass(options);
/** When DynamoDB may remove the row; the field has to be called `ttl`. */
export const TtlField = (options?: FieldOptions): TtlFieldClass => new TtlFieldClass(options);
/** A set of strings. */
export const StringSetField = (options?: StringSetFieldOptions): StringSetFieldClass => new StringSetFieldClass(options);

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
};
