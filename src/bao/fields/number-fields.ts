/** Fields that are stored as numbers. */
import { describeValue } from '../../lib/describe-value.ts';
import { ValidationError } from '../errors.ts';
import { legacyFloat, legacyInteger, orderedFloat, orderedInteger } from '../key-encoding.ts';
import { BaoField } from './field.ts';
import type { FieldOptions, KeyEncoding } from './field.ts';
import type { FieldKind } from '../../wire/field-kinds.ts';

const INTEGER_IN_KEY_LIMIT = 10n ** 20n;
const INCREMENT = /^[+-]\d{1,19}$/;

/** A whole number: `number` while it is exact, `bigint` beyond 2^53, at most 20 digits. */
export class IntegerFieldClass extends BaoField {
  override get kind(): FieldKind {
    return 'integer';
  }

  override expectation(value: unknown): string | null {
    if (typeof value === 'number') return Number.isSafeInteger(value) ? null : 'a whole number (a bigint beyond 2^53)';
    if (typeof value !== 'bigint') return 'a whole number';
    return value < INTEGER_IN_KEY_LIMIT && value > -INTEGER_IN_KEY_LIMIT ? null : 'a whole number of at most 20 digits';
  }

  override fromDy(value: unknown): unknown {
    if (value === null || value === undefined) return this.getInitialValue();
    // Rows of other writers may hold fractions; dynamo-bao reads their whole part.
    return typeof value === 'bigint' ? value : Math.trunc(Number(value));
  }

  override toGsi(value: unknown): string {
    return legacyInteger(asInteger(value));
  }

  override toKey(value: unknown, encoding: KeyEncoding): string {
    return encoding === 'ordered' ? orderedInteger(asInteger(value)) : this.toGsi(value);
  }
}

export interface FloatFieldOptions extends FieldOptions {
  /** digits after the point that are kept; default: all */
  precision?: number;
}

/** A double-precision number. */
export class FloatFieldClass extends BaoField {
  readonly precision: number | null;

  constructor(options: FloatFieldOptions = {}) {
    super(options);
    this.precision = options.precision ?? null;
  }

  override get kind(): FieldKind {
    return 'float';
  }

  override expectation(value: unknown): string | null {
    if (typeof value !== 'number' || !Number.isFinite(value)) return 'a finite number';
    // DynamoDB's numbers end at 10^126 and begin at 10^-130.
    const magnitude = Math.abs(value);
    return magnitude === 0 || (magnitude < 1e126 && magnitude >= 1e-130) ? null : 'a number between 1e-130 and 1e126 in magnitude';
  }

  override toDy(value: unknown): unknown {
    if (typeof value !== 'number') return null;
    return this.precision === null ? value : Number(value.toFixed(this.precision));
  }

  override fromDy(value: unknown): unknown {
    return value === null || value === undefined ? this.getInitialValue() : Number(value);
  }

  override toGsi(value: unknown): string {
    return legacyFloat(Number(this.toDy(value)));
  }

  override toKey(value: unknown, encoding: KeyEncoding): string {
    return encoding === 'ordered' ? orderedFloat(Number(this.toDy(value))) : this.toGsi(value);
  }
}

/** A whole number that updates may add to: `"+1"` and `"-2"` are added by DynamoDB itself, any other value replaces. */
export class CounterFieldClass extends IntegerFieldClass {
  override get kind(): FieldKind {
    return 'counter';
  }

  override get isAutomatic(): boolean {
    return true;
  }

  override getInitialValue(): unknown {
    return super.getInitialValue() ?? 0;
  }

  override expectation(value: unknown): string | null {
    if (isIncrement(value)) return null;
    return super.expectation(value) === null ? null : 'a whole number, or an increment such as "+1"';
  }

  /** An increment of an object that is not stored yet counts from its initial value. */
  override toDy(value: unknown): unknown {
    if (!isIncrement(value)) return value ?? null;
    return incremented(this.getInitialValue(), value);
  }

  override toFilterDy(value: unknown): unknown {
    if (isIncrement(value)) throw new ValidationError(`expected a whole number, got ${describeValue(value)}`);
    return super.toFilterDy(value);
  }
}

/** True for the text that adds to a counter: "+1", "-20". */
export function isIncrement(value: unknown): value is string {
  return typeof value === 'string' && INCREMENT.test(value);
}

/** A stored whole number with an increment added; a bigint where a number would not be exact. */
export function incremented(stored: unknown, increment: string): number | bigint {
  const sum = BigInt(asInteger(stored)) + BigInt(increment);
  return Number.isSafeInteger(Number(sum)) ? Number(sum) : sum;
}

function asInteger(value: unknown): number | bigint {
  return typeof value === 'bigint' ? value : Number(value);
}
