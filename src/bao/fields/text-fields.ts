/** Fields that are stored as strings: text, ids, versions, references. */
import { isUlid, newUlid } from '../ulids.ts';
import { BaoField } from './field.ts';
import type { FieldOptions } from './field.ts';
import type { FieldKind } from '../../wire/field-kinds.ts';

export interface StringFieldOptions extends FieldOptions {
  /** the longest value, in UTF-16 code units; default: no limit but the row's */
  maxLength?: number;
}

/** Text. The empty string can be stored unless the field is required. */
export class StringFieldClass extends BaoField {
  readonly maxLength: number | null;

  constructor(options: StringFieldOptions = {}) {
    super(options);
    this.maxLength = options.maxLength ?? null;
  }

  override isUnset(value: unknown): boolean {
    return value === null || value === undefined || (this.required && value === '');
  }

  override expectation(value: unknown): string | null {
    // DynamoDB stores UTF-8, which has no lone surrogates: such a value would come back as another one.
    if (typeof value !== 'string' || !value.isWellFormed()) return 'a string';
    return this.maxLength !== null && value.length > this.maxLength ? `at most ${this.maxLength} characters` : null;
  }
}

export interface UlidFieldOptions extends FieldOptions {
  /** mints an id for a new object that has none */
  autoAssign?: boolean;
}

/** A ULID: 26 characters that sort by the time they were made. */
export class UlidFieldClass extends BaoField {
  readonly autoAssign: boolean;

  constructor(options: UlidFieldOptions = {}) {
    super({ ...options, required: true });
    this.autoAssign = options.autoAssign === true;
  }

  override get kind(): FieldKind {
    return 'ulid';
  }

  override get isAutomatic(): boolean {
    return this.autoAssign;
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
  constructor(options: FieldOptions = {}) {
    super({ ...options, required: true });
  }

  override get kind(): FieldKind {
    return 'version';
  }

  override get isAutomatic(): boolean {
    return true;
  }

  override get isReadOnly(): boolean {
    return true;
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
  readonly modelName: string;

  constructor(modelName: string, options: FieldOptions = {}) {
    super(options);
    this.modelName = modelName;
  }

  override get kind(): FieldKind {
    return 'related';
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
