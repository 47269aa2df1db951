/** Fields that are stored as strings: text, ids, versions, references. */
import { isUlid, newUlid } from '../../lib/ulid.ts';
import { ConfigurationError } from '../errors.ts';
import { RELATIONS } from '../related.ts';
import { BaoField } from './field.ts';
import type { FieldOptions } from './field.ts';
import type { FieldKind } from '../../wire/field-kinds.ts';

export interface StringFieldOptions extends FieldOptions {
  /** the shortest value, in UTF-16 code units; default: 0, or 1 where the field is required */
  minLength?: number;
  /** the longest value, in UTF-16 code units; default: no limit but the row's */
  maxLength?: number;
  /** what values match somewhere, unless it has anchors: a regular expression or its source, read with the flag `u` */
  pattern?: RegExp | string;
  /** the values there are */
  enum?: readonly string[];
}

/** Text. The empty string can be stored unless the field is required. */
export class StringFieldClass<Value extends string = string> extends BaoField {
  declare readonly valueTypes: { read: Value; write: Value; presence: 'optional' };
  readonly minLength: number;
  readonly maxLength: number | null;
  readonly pattern: RegExp | null;
  readonly values: readonly string[] | null;

  constructor(options: StringFieldOptions = {}) {
    super(options);
    this.minLength = options.minLength ?? 0;
    this.maxLength = options.maxLength ?? null;
    this.pattern = options.pattern === undefined ? null : patternOf(options.pattern);
    this.values = options.enum ?? null;
  }

  override isUnset(value: unknown): boolean {
    return value === null || value === undefined || (this.required && value === '');
  }

  override expectation(value: unknown): string | null {
    // DynamoDB stores UTF-8, which has no lone surrogates: such a value would come back as another one.
    return typeof value !== 'string' || !value.isWellFormed() ? 'a string' : null;
  }

  override brokenLimit(value: unknown): string | null {
    const text = String(value);
    const { minLength, maxLength, pattern, values } = this;
    if (text.length < minLength) return `at least ${minLength} characters`;
    if (maxLength !== null && text.length > maxLength) return `at most ${maxLength} characters`;
    if (values !== null && !values.includes(text)) return `one of ${values.join(', ')}`;
    return pattern !== null && !pattern.test(text) ? `text that matches ${pattern.source}` : null;
  }
}

/** A pattern that has no memory of the text before: a global or sticky one would match every second time. */
function patternOf(pattern: RegExp | string): RegExp {
  try {
    return typeof pattern === 'string' ? new RegExp(pattern, 'u') : new RegExp(pattern.source, pattern.flags.replaceAll(/[gy]/g, ''));
  } catch (cause) {
    throw new ConfigurationError(`pattern: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

export interface UlidFieldOptions extends FieldOptions {
  /** mints an id for a new object that has none */
  autoAssign?: boolean;
}

/** A ULID: 26 characters that sort by the time they were made. */
export class UlidFieldClass extends BaoField {
  declare readonly valueTypes: { read: string; write: string; presence: 'required' };
  override readonly kind: FieldKind = 'ulid';
  override readonly isAutomatic: boolean;
  readonly autoAssign: boolean;

  constructor(options: UlidFieldOptions = {}) {
    super({ ...options, required: true });
    this.autoAssign = options.autoAssign === true;
    this.isAutomatic = this.autoAssign;
  }

  override getInitialValue(): unknown {
    return this.autoAssign ? newUlid() : super.getInitialValue();
  }

  override isUnset(value: unknown): boolean {
    return value === null || value === undefined || value === '';
  }

  override expectation(value: unknown): string | null {
    return isUlid(value) ? null : 'a ULID (26 characters)';
  }
}

/** A new ULID with every write: the value that optimistic locking and entity tags compare. */
export class VersionFieldClass extends BaoField {
  declare readonly valueTypes: { read: string; write: string; presence: 'written' };
  override readonly kind: FieldKind = 'version';
  override readonly isAutomatic = true;
  override readonly isReadOnly = true;

  constructor(options: FieldOptions = {}) {
    super({ ...options, required: true });
  }

  override getInitialValue(): unknown {
    return super.getInitialValue() ?? newUlid();
  }

  override expectation(value: unknown): string | null {
    return typeof value === 'string' && value.length === 26 ? null : 'a version (26 characters)';
  }

  /** Any string may be compared with a version: one that is none simply matches nothing. */
  override toFilterDy(value: unknown): unknown {
    return String(value);
  }

  override updateBeforeSave(_value: unknown): unknown {
    return newUlid();
  }
}

/** The primary id of an object of another model. */
export class RelatedFieldClass extends BaoField {
  declare readonly valueTypes: { read: string; write: string | { getPrimaryId(): string }; presence: 'optional' };
  override readonly kind: FieldKind = 'related';
  override readonly relations = RELATIONS;
  readonly modelName: string;

  constructor(modelName: string, options: FieldOptions = {}) {
    super(options);
    this.modelName = modelName;
  }

  override isUnset(value: unknown): boolean {
    return value === null || value === undefined || value === '';
  }

  override expectation(value: unknown): string | null {
    if (typeof value === 'string') return value.isWellFormed() ? null : `the id of a ${this.modelName}`;
    return hasPrimaryId(value) ? null : `the id of a ${this.modelName}`;
  }

  override toDy(value: unknown): unknown {
    if (this.isUnset(value)) return null;
    return hasPrimaryId(value) ? value.getPrimaryId() : value;
  }
}

function hasPrimaryId(value: unknown): value is { getPrimaryId(): string } {
  return typeof value === 'object' && value !== null && 'getPrimaryId' in value && typeof value.getPrimaryId === 'function';
}
