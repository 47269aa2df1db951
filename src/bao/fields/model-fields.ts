/**
 * The fields of generated models: `stringField` is `fields.StringField`, and so on. Such a model says its types itself, so here nothing is inferred from the options; and each factory stands
 * for itself, so that a bundle has the kinds of fields that its models have, and no other.
 */
import { CreateDateFieldClass, DateTimeFieldClass, ModifiedDateFieldClass, TtlFieldClass } from './date-fields.ts';
import type { BaoField, FieldOptions } from './field.ts';
import { JsonFieldClass } from './json-field.ts';
import { ListFieldClass } from './list-field.ts';
import type { ListFieldOptions } from './list-field.ts';
import { MapFieldClass } from './map-field.ts';
import type { MemberFields } from './nested-types.ts';
import { CounterFieldClass, FloatFieldClass, IntegerFieldClass } from './number-fields.ts';
import type { FloatFieldOptions, NumberFieldOptions } from './number-fields.ts';
import { BinaryFieldClass, BooleanFieldClass, StringSetFieldClass } from './other-fields.ts';
import type { StringSetFieldOptions } from './other-fields.ts';
import { RelatedFieldClass, StringFieldClass, UlidFieldClass, VersionFieldClass } from './text-fields.ts';
import type { StringFieldOptions, UlidFieldOptions } from './text-fields.ts';

/** Text. */
export const stringField = (options?: StringFieldOptions): BaoField => new StringFieldClass(options);
/** A whole number. */
export const integerField = (options?: NumberFieldOptions): BaoField => new IntegerFieldClass(options);
/** A double-precision number. */
export const floatField = (options?: FloatFieldOptions): BaoField => new FloatFieldClass(options);
/** True or false. */
export const booleanField = (options?: FieldOptions): BaoField => new BooleanFieldClass(options);
/** An instant, read as Date. */
export const dateTimeField = (options?: FieldOptions): BaoField => new DateTimeFieldClass(options);
/** The instant of creation. */
export const createDateField = (options?: FieldOptions): BaoField => new CreateDateFieldClass(options);
/** The instant of the last write. */
export const modifiedDateField = (options?: FieldOptions): BaoField => new ModifiedDateFieldClass(options);
/** A ULID; `autoAssign` mints one for new objects. */
export const ulidField = (options?: UlidFieldOptions): BaoField => new UlidFieldClass(options);
/** A new ULID with every write. */
export const versionField = (options?: FieldOptions): BaoField => new VersionFieldClass(options);
/** The primary id of an object of the model `modelName`. */
export const relatedField = (modelName: string, options?: FieldOptions): BaoField => new RelatedFieldClass(modelName, options);
/** A whole number that DynamoDB itself adds to. */
export const counterField = (options?: NumberFieldOptions): BaoField => new CounterFieldClass(options);
/** Bytes. */
export const binaryField = (options?: FieldOptions): BaoField => new BinaryFieldClass(options);
/** When DynamoDB may remove the row. */
export const ttlField = (options?: FieldOptions): BaoField => new TtlFieldClass(options);
/** A set of strings. */
export const stringSetField = (options?: StringSetFieldOptions): BaoField => new StringSetFieldClass(options);
/** An object whose members are fields of their own. */
export const mapField = (members: MemberFields, options?: FieldOptions): BaoField => new MapFieldClass(members, options);
/** A list of elements of one field. */
export const listField = (element: BaoField, options?: ListFieldOptions): BaoField => new ListFieldClass(element, options);
/** Any JSON. */
export const jsonField = (options?: FieldOptions): BaoField => new JsonFieldClass(options);
