/** What every field is: how a value is checked, stored, read back and written into a key. */
import { describeValue } from '../../lib/describe-value.ts';
import { jsonFormOf } from '../../wire/json-forms.ts';
import type { JsonForm } from '../../wire/json-forms.ts';
import type { FieldKind } from '../../wire/field-kinds.ts';
import { ValidationError } from '../errors.ts';

export interface FieldOptions {
  /** whether the field has to have a value before it is stored */
  required?: boolean;
  /** the value of a new object that has none, or a function that makes it */
  defaultValue?: unknown;
  /** custom fields may take options of their own */
  [option: string]: unknown;
}

/** How numbers and dates become part of a key: `ordered` sorts as the numbers do, `legacy` is dynamo-bao's own (docs/design/bao-layout.md). */
export type KeyEncoding = 'ordered' | 'legacy';

/**
 * The base of all fields. A custom field extends one of the subclasses and overrides what differs.
 *
 * `Dy` in a method's name is the stored value as a JavaScript value: string, number, bigint, boolean, Uint8Array, Set.
 */
export class BaoField {
  readonly options: Readonly<FieldOptions>;
  /** true also for fields of a primary key, set when the model is first used */
  required: boolean;
  readonly defaultValue: unknown;

  constructor(options: FieldOptions = {}) {
    this.options = options;
    this.required = options.required === true;
    this.defaultValue = options.defaultValue;
  }

  /** The kind, which decides the field's form in JSON. */
  get kind(): FieldKind {
    return 'string';
  }

  /** Whether values of the field may be part of a key. */
  get isKeyable(): boolean {
    return true;
  }

  /** Whether the field fills itself in when an object is created. */
  get isAutomatic(): boolean {
    return false;
  }

  /** Whether only the layer writes it, so that inputs from outside may not name it. */
  get isReadOnly(): boolean {
    return false;
  }

  /** The form of its values in JSON. */
  get jsonForm(): JsonForm {
    return jsonFormOf(this.kind);
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
    const expected = this.expectation(value);
    if (expected !== null) throw new ValidationError(`expected ${expected}, got ${describeValue(value)}`);
  }

  /** True for values that mean "nothing"; a required field refuses them. */
  isUnset(value: unknown): boolean {
    return value === null || value === undefined;
  }

  /** What the field takes, in words, when `value` (never null) is not it; else null. */
  expectation(_value: unknown): string | null {
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

  /** What to store on an update that does not name the field; undefined leaves it as it is. */
  updateBeforeSave(_value: unknown): unknown {
    return undefined;
  }
}
