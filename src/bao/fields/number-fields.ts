/** Fields that are stored as numbers. */
import { fromDecimal } from '../../dynamo/dynamo-number.ts';
import type { AttributeValue } from '../../dynamo/types.ts';
import { describeValue } from '../../lib/describe-value.ts';
import { ValidationError } from '../errors.ts';
import { legacyFloat, legacyInteger, orderedFloat, orderedInteger } from '../key-encoding.ts';
import { BaoField } from './field.ts';
import type { FieldOptions, KeyEncoding } from './field.ts';
import type { FieldKind } from '../../wire/field-kinds.ts';
import { integerToJson } from '../../wire/native-json.ts';
import type { JsonValue } from '../../wire/native-json.ts';
import type { FieldOperation } from '../field-operation.ts';
import { increment } from '../update-operators.ts';

export interface NumberFieldOptions extends FieldOptions {
  /** the least value */
  minimum?: number;
  /** the greatest value */
  maximum?: number;
}

const INTEGER_IN_KEY_LIMIT = 100_000_000_000_000_000_000n;
const INCREMENT = /^[+-]\d{1,19}$/;

/** What numbers have in common: limits, and that DynamoDB adds to them. */
export class NumberFieldClass extends BaoField {
  declare readonly options: Readonly<NumberFieldOptions>;

  override operationOf(name: string, operator: string | null, operand: unknown): FieldOperation | null {
    return operator === '$add' ? increment(name, this, operand) : null;
  }

  override brokenLimit(value: unknown): string | null {
    const { minimum, maximum } = this.options;
    // Numbers and bigints compare by value.
    if (minimum !== undefined && (value as number | bigint) < minimum) return `at least ${minimum}`; // checked to be a number before
    return maximum !== undefined && (value as number | bigint) > maximum ? `at most ${maximum}` : null; // as above
  }
}

/** A whole number: `number` while it is exact, `bigint` beyond 2^53, at most 20 digits. */
export class IntegerFieldClass extends NumberFieldClass {
  declare readonly valueTypes: { read: number | bigint; write: number | bigint; presence: 'default' | 'automatic' };
  override readonly kind: FieldKind = 'integer';

  override toJson(native: unknown): JsonValue {
    return integerToJson(native);
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

  override unmarshall(attribute: AttributeValue): unknown {
    return 'N' in attribute ? fromDecimal(attribute.N) : super.unmarshall(attribute);
  }

  override toGsi(value: unknown): string {
    return legacyInteger(asInteger(this.toDy(value)));
  }

  override toKey(value: unknown, encoding: KeyEncoding): string {
    return encoding === 'ordered' ? orderedInteger(asInteger(this.toDy(value))) : this.toGsi(value);
  }
}

export interface FloatFieldOptions extends NumberFieldOptions {
  /** digits after the point that are kept; default: all */
  precision?: number;
}

/** A double-precision number. */
export class FloatFieldClass extends NumberFieldClass {
  declare readonly valueTypes: { read: number; write: number; presence: 'default' };
  declare readonly options: Readonly<FloatFieldOptions>;
  override readonly kind: FieldKind = 'float';
  readonly precision: number | null;

  constructor(options: FloatFieldOptions = {}) {
    super(options);
    this.precision = options.precision ?? null;
  }

  override expectation(value: unknown): string | null {
    if (typeof value !== 'number' || !Number.isFinite(value)) return 'a finite number';
    // DynamoDB's numbers end at 10^126 and begin at 10^-130.
    const magnitude = Math.abs(value);
    return magnitude === 0 || (magnitude < 1e126 && magnitude >= 1e-130) ? null : 'a number between 1e-130 and 1e126 in magnitude';
  }

  /** What is added has no more digits than what is kept. */
  override operationOf(name: string, operator: string | null, operand: unknown): FieldOperation | null {
    return super.operationOf(name, operator, this.expectation(operand) === null ? this.toDy(operand) : operand);
  }

  override toDy(value: unknown): unknown {
    if (typeof value !== 'number') return null;
    return this.precision === null ? value : Number(value.toFixed(this.precision));
  }

  override fromDy(value: unknown): unknown {
    return value === null || value === undefined ? this.getInitialValue() : Number(value);
  }

  override unmarshall(attribute: AttributeValue): unknown {
    return 'N' in attribute ? Number(attribute.N) : super.unmarshall(attribute);
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
  declare readonly valueTypes: { read: number | bigint; write: number | bigint; presence: 'automatic' };

  override readonly kind: FieldKind = 'counter';
  override readonly isAutomatic = true;

  override operationOf(name: string, operator: string | null, operand: unknown): FieldOperation | null {
    if (operator === null) return isIncrement(operand) ? increment(name, this, BigInt(operand)) : null;
    return super.operationOf(name, operator, operand);
  }

  override readAssigned(value: unknown, stored: () => unknown): unknown {
    return isIncrement(value) ? incremented(stored(), value) : super.readAssigned(value, stored);
  }

  override getInitialValue(): unknown {
    return super.getInitialValue() ?? 0;
  }

  override expectation(value: unknown): string | null {
    if (isIncrement(value)) return null;
    return super.expectation(value) === null ? null : 'a whole number, or an increment such as "+1"';
  }

  /** What an increment makes of the stored value only the store knows. */
  override validate(value: unknown): void {
    if (!isIncrement(value)) super.validate(value);
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
function isIncrement(value: unknown): value is string {
  return typeof value === 'string' && INCREMENT.test(value);
}

/** A stored whole number with an increment added; a bigint where a number would not be exact. */
function incremented(stored: unknown, by: string): number | bigint {
  const sum = BigInt(asInteger(stored)) + BigInt(by);
  return Number.isSafeInteger(Number(sum)) ? Number(sum) : sum;
}

function asInteger(value: unknown): number | bigint {
  return typeof value === 'bigint' ? value : Number(value);
}
