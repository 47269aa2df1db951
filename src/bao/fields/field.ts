/** What every field is: how a value is checked, stored, read back and written into a key. */
import { describeValue } from '../../lib/describe-value.ts';
import { marshallScalar, unmarshallScalar } from '../../dynamo/scalars.ts';
import type { AttributeValue } from '../../dynamo/types.ts';
import type { FieldKind } from '../../wire/field-kinds.ts';
import type { FromJson } from '../../wire/json-forms.ts';
import type { JsonValue } from '../../wire/native-json.ts';
import type { JsonSchema } from '../../wire/route.ts';
import { ValidationError } from '../errors.ts';
import { demandFeature } from '../features.ts';
import type { Difference, FieldOperation } from '../field-operation.ts';
import type { HidingRule } from '../model-definition.ts';
import type { NestedParts } from '../nested-parts.ts';
import type { Relations } from '../related.ts';
import type { StandardSchema } from '../standard-schemas.ts';

/** What every field takes. Kinds of fields have more. */
export interface FieldOptions {
  /** whether the field has to have a value before it is stored */
  required?: boolean;
  /** the value of a new object that has none, or a function that makes it */
  defaultValue?: unknown;
  /** a Standard Schema that values have to satisfy besides; it is given what the field would be read as, and only checks it */
  schema?: StandardSchema;
  /** another name for `schema` */
  validate?: StandardSchema;
  /** custom fields may take options of their own */
  [option: string]: unknown;
}

/** What the type system knows of the values of a field, where its conversions do not say it; `inferred-types.ts` makes the types of a model from it. */
export interface FieldTypes {
  /** what it is read as, when it is set */
  read: unknown;
  /** what it takes */
  write: unknown;
  /**
   * `optional`: set when it is given. `default`: reads as its default value where there is one. `required`: always given.
   * `automatic`: fills itself in. `empty`: unset is an empty value. `created`: filled in once, `written`: filled in by every write.
   * A class lists its own first and then those of its subclasses.
   */
  presence: 'optional' | 'default' | 'required' | 'automatic' | 'empty' | 'created' | 'written';
  /** of a nested field, what its parts are; see `nested-types.ts` */
  parts?: unknown;
}

/** What a field is read as: what its `fromDy` says it gives, else what its `valueTypes` say. */
export type ReadTypeOf<Field extends BaoField> = Told<ReturnType<Field['fromDy']>, Field['valueTypes']['read']>;

/** What a field takes: what its `toDy` says it takes, else what its `valueTypes` say. */
export type WriteTypeOf<Field extends BaoField> = Told<Parameters<Field['toDy']>[0], Field['valueTypes']['write']>;

/** What a conversion says of values. Without types, as in JavaScript, it may be anything; `unknown`, as in the classes of the layer, says nothing. */
type Told<Type, Otherwise> = 0 extends 1 & Type ? Type : unknown extends Type ? Otherwise : NonNullable<Type>;

/** A field and the options that it was declared with, as the type system sees them. */
export type WithOptions<Field, Options> = Field & { readonly options: Options };

/** How numbers and dates become part of a key: `ordered` sorts as the numbers do, `legacy` is dynamo-bao's own (docs/design/bao-layout.md). */
export type KeyEncoding = 'ordered' | 'legacy';

/**
 * The base of all fields. A custom field extends one of the subclasses and overrides what differs.
 *
 * `Dy` in a method's name is the stored value as a JavaScript value: string, number, bigint, boolean, Uint8Array, Set.
 */
export class BaoField {
  /** Known to the type system only: there is no such property. */
  declare readonly valueTypes: FieldTypes;
  readonly options: Readonly<FieldOptions>;
  /** true also for fields of a primary key, set when the model is first used */
  required: boolean;
  readonly defaultValue: unknown;
  readonly schema: StandardSchema | null;

  /** The kind, which decides the field's form in JSON. */
  readonly kind: FieldKind = 'string';
  /** whether values of the field may be part of a key */
  readonly isKeyable: boolean = true;
  /** whether the field fills itself in when an object is created */
  readonly isAutomatic: boolean = false;
  /** whether only the layer writes it, so that inputs from outside may not name it */
  readonly isReadOnly: boolean = false;
  /** whether what it is read as can be changed in place; an object notices such changes when it is saved */
  readonly isMutable: boolean = false;
  /** how parts of its values are found and changed; null where values have no parts */
  readonly parts: NestedParts | null = null;
  /** how the objects that its values name are loaded; null where they name none */
  readonly relations: Relations | null = null;

  /** how `fromJson` is described; absent: as the kind is */
  declare readonly jsonSchema?: JsonSchema;

  constructor(options: FieldOptions = {}) {
    this.options = options;
    this.required = options.required === true;
    this.defaultValue = options.defaultValue;
    const schema = options.schema ?? options.validate ?? null;
    this.schema = schema && demandFeature('standard-schemas', 'the schema of a field').checkSchema(schema);
  }

  /** The kind of what is stored, which says what operators can hold: its own, unless a field of an application stores what another kind does. */
  get storedKind(): FieldKind {
    return this.kind;
  }

  /** The field of a part of its values: of a member by its name, of an element by its position; null where there is no such part. */
  partAt(_step: string | number): BaoField | null {
    return null;
  }

  /**
   * The change that an operator of an update asks for, or a value that is one by itself (`operator` null); null for any other.
   *
   * @throws ValidationError for an operand of another kind
   */
  operationOf(_name: string, _operator: string | null, _operand: unknown): FieldOperation | null {
    return null;
  }

  /** How a stored value becomes the next one by parts, so that what others change beside them survives; null: it is written as a whole. */
  differenceOf(_name: string, _loaded: AttributeValue, _next: AttributeValue | undefined): Difference | null {
    return null;
  }

  /** A value that was set, as it reads before it is saved; one that the field refuses reads as it was set, and saving it says what is wrong. */
  readAssigned(value: unknown, _stored: () => unknown): unknown {
    return this.expectation(value) === null ? this.fromDy(this.toDy(value)) : value;
  }

  /** A native value, never null, in JSON. */
  toJson(native: unknown): JsonValue {
    return native as JsonValue; // what most fields hold is JSON
  }

  /** A native value from JSON that came from outside, for a field whose JSON is not that of its kind. */
  fromJson?(json: unknown): FromJson;

  /** The rule by which a value of the field, as the model calls it, hides an object; null: it hides none. */
  hidingRule(_name: string): HidingRule | null {
    return null;
  }

  /** The value of a new object, or null. */
  getInitialValue(): unknown {
    return (typeof this.defaultValue === 'function' ? (this.defaultValue as () => unknown)() : this.defaultValue) ?? null;
  }

  /**
   * Checks a value that is about to be stored.
   *
   * @throws ValidationError saying what was expected and what came
   */
  validate(value: unknown): void {
    if (this.isUnset(value)) {
      if (this.required) throw new ValidationError('expected a value, got none');
      return;
    }
    const expected = this.expectation(value) ?? this.brokenLimit(value);
    if (expected !== null) throw new ValidationError(`expected ${expected}, got ${describeValue(value)}`);
    this.checkSchema(value);
  }

  /** Has the field's schema check a value that the field itself takes. @throws ValidationError with the schema's issues */
  checkSchema(value: unknown): void {
    const { schema } = this;
    if (schema) demandFeature('standard-schemas', 'the schema of a field').validate(schema, this.fromDy(this.toDy(value)), value);
  }

  /** True for values that mean "nothing"; a required field refuses them. */
  isUnset(value: unknown): boolean {
    return value === null || value === undefined;
  }

  /** What the field takes, in words, when `value` (never null) is of another kind; else null. */
  expectation(_value: unknown): string | null {
    return null;
  }

  /** The limit of this field that a value of its kind breaks, in words; else null. What is compared with values need not keep it. */
  brokenLimit(_value: unknown): string | null {
    return null;
  }

  /** The value as it is stored; null removes the attribute. Called with validated values only. */
  toDy(value: unknown): unknown {
    return value ?? null;
  }

  /** The value as the program sees it; `value` is null when the row has none. */
  fromDy(value: unknown): unknown {
    return value ?? null;
  }

  /** The attribute of a stored value. @throws TypeError for what DynamoDB cannot hold */
  marshall(stored: unknown): AttributeValue {
    return marshallScalar(stored) ?? demandFeature('attribute-types', 'a value of another type').marshall(stored);
  }

  /** The stored value of an attribute. */
  unmarshall(attribute: AttributeValue): unknown {
    const value = unmarshallScalar(attribute);
    return value === undefined ? demandFeature('attribute-types', 'a row with a value of another type').unmarshall(attribute) : value;
  }

  /** The value inside a key, in dynamo-bao's encoding. */
  toGsi(value: unknown): string {
    return String(this.toDy(value));
  }

  /** The value inside a key of the given encoding. */
  toKey(value: unknown, encoding: KeyEncoding): string {
    void encoding; // only numbers and dates have two encodings
    return this.toGsi(value);
  }

  /** The operand of a filter or condition as it is compared with stored values. */
  toFilterDy(value: unknown): unknown {
    const expected = this.expectation(value);
    if (expected !== null) throw new ValidationError(`expected ${expected}, got ${describeValue(value)}`);
    return this.toDy(value);
  }

  /** The text operand of `$contains` and `$beginsWith`, which need not be a whole value of the field. */
  toFilterText(value: string): string {
    return value;
  }

  /** What to store on an update that does not name the field; undefined leaves it as it is. */
  updateBeforeSave(_value: unknown): unknown {
    return undefined;
  }
}
