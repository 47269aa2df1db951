/** Changes that DynamoDB makes itself, to the value that a row has at that moment: nothing is read first, and nothing that others add is lost. */
import { marshall } from '../dynamo/codec.ts';
import type { AttributeMap } from '../dynamo/types.ts';
import { describeValue } from '../lib/describe-value.ts';
import type { Assumptions } from './assumptions.ts';
import { ValidationError } from './errors.ts';
import type { BaoField } from './fields/field.ts';
import { isIncrement } from './fields/number-fields.ts';
import { attributeOf } from './instance-state.ts';
import { isPlainObject } from './plain-object.ts';
import type { AttributeChange } from './update-plan.ts';

/** What a number takes in an update: `$add` counts from the field's default, or 0, where there is none yet. */
export interface NumberOperators {
  $add: number | bigint;
}

/** What a set takes in an update: members that come, or members that go. */
export type SetOperators = { $add: Iterable<string> } | { $delete: Iterable<string> };

/** What a list takes in an update: elements at its end, at its beginning, or positions that go. */
export type ListOperators<Element> = { $append: readonly Element[] } | { $prepend: readonly Element[] } | { $remove: readonly number[] };

/** The operators that a field with values of this type takes. */
export type ChangeOperators<Value> =
  | (Value extends number | bigint ? NumberOperators : never)
  | ([Extract<Value, ReadonlySet<string>>] extends [never] ? ElementOperators<Value> : SetOperators);

type ElementOperators<Value> = Value extends readonly (infer Element)[] ? ListOperators<Element> : never;

/** The changes of a model: its values, or operators in their place. */
export type Changes<Update extends object> = {
  readonly [Name in keyof Update]: Update[Name] | ChangeOperators<NonNullable<Update[Name]>>;
};

/** One operator of a change, checked. */
export class FieldOperation {
  readonly change: AttributeChange;
  /** the whole value has to be known before it is changed: a limit depends on it */
  readonly needsRow: boolean;
  /** the native value afterwards, from the one before */
  readonly after: (stored: unknown) => unknown;

  constructor(change: AttributeChange, after: (stored: unknown) => unknown, needsRow: boolean) {
    this.change = change;
    this.after = after;
    this.needsRow = needsRow;
  }

  /** What of the change there is to do in this row; null: nothing. */
  reducedTo(_row: AttributeMap): FieldOperation | null {
    return this;
  }

  /** Whether the change can be made to this row as it is; else the whole value is written. */
  fits(_row: AttributeMap): boolean {
    return true;
  }

  /** Adds what the change takes for granted of the row. */
  assume(_assumptions: Assumptions): void {
    // a change of a whole field takes nothing for granted
  }
}

/**
 * The operation that a value of a change asks for; null for an ordinary value.
 *
 * @throws ValidationError for an operator that the field does not have, or an operand of another kind
 */
export function readOperation(name: string, field: BaoField, value: unknown): FieldOperation | null {
  if (value instanceof FieldOperation) return value;
  if (field.kind === 'counter' && isIncrement(value)) return increment(name, field, BigInt(value));
  // An object that the field takes as it is, is its value, whatever its properties are called.
  if (!isPlainObject(value) || !Object.keys(value).some((key) => key.startsWith('$')) || field.expectation(value) === null) return null;
  const [operator, ...others] = Object.keys(value);
  if (operator === undefined || others.length > 0)
    throw new ValidationError(`${name}: expected one operator, got ${others.length + 1}`, name, value);
  const operand = value[operator];
  switch (`${field.changeKind} ${operator}`) {
    case 'number $add':
      return increment(name, field, operand);
    case 'set $add':
    case 'set $delete':
      return changeMembers(name, field, operator === '$add' ? 'add' : 'delete', operand);
    case 'list $append':
    case 'list $prepend':
      return extend(name, field, operator === '$append' ? 'append' : 'prepend', operand);
    case 'list $remove':
      return removeAt(name, field, operand);
    default:
      throw new ValidationError(`Invalid operator ${operator.slice(0, 80)} for field ${name}`, name, value);
  }
}

function increment(name: string, field: BaoField, by: unknown): FieldOperation {
  const expected = field.expectation(by);
  if (expected !== null || (typeof by !== 'number' && typeof by !== 'bigint'))
    throw new ValidationError(`${name}: $add expects ${expected ?? 'a number'}, got ${describeValue(by)}`, name, by);
  const initial = numberOf(field.getInitialValue());
  const after = (stored: unknown) => sumOf(stored === null || stored === undefined ? initial : numberOf(stored), by);
  return new FieldOperation({ kind: 'increment', by: marshall(by), initial: marshall(initial) }, after, dependsOnWhole(field));
}

function numberOf(value: unknown): number | bigint {
  return typeof value === 'bigint' ? value : Number(value ?? 0);
}

/** Exact for whole numbers; a bigint where a number would not be. */
function sumOf(left: number | bigint, right: number | bigint): number | bigint {
  if (typeof left === 'number' && typeof right === 'number') {
    const sum = left + right;
    if (Number.isSafeInteger(sum) || !Number.isInteger(left) || !Number.isInteger(right)) return sum;
  }
  const sum = BigInt(left) + BigInt(right);
  return Number.isSafeInteger(Number(sum)) ? Number(sum) : sum;
}

function changeMembers(name: string, field: BaoField, kind: 'add' | 'delete', operand: unknown): FieldOperation {
  const members = operand instanceof Set || Array.isArray(operand) ? new Set<unknown>(operand) : null;
  const expected = members === null || members.size === 0 ? 'members as a Set or an array' : field.expectation(members);
  const value = expected === null ? attributeOf(field, members) : undefined;
  if (members === null || value === undefined)
    throw new ValidationError(`${name}: $${kind} expects ${expected ?? 'members'}, got ${describeValue(operand)}`, name, operand);
  const after = (stored: unknown): unknown => {
    const before: unknown[] = stored instanceof Set ? Array.from<unknown>(stored) : [];
    return new Set(kind === 'add' ? [...before, ...members] : before.filter((member) => !members.has(member)));
  };
  return new FieldOperation({ kind, value }, after, dependsOnWhole(field) || (kind === 'delete' && field.required));
}

function extend(name: string, field: BaoField, kind: 'append' | 'prepend', operand: unknown): FieldOperation {
  const expected = Array.isArray(operand) ? field.expectation(operand) : 'an array';
  const value = expected === null ? attributeOf(field, operand) : undefined;
  if (!Array.isArray(operand) || value === undefined)
    throw new ValidationError(`${name}: $${kind} expects ${expected ?? 'elements'}, got ${describeValue(operand)}`, name, operand);
  const added: readonly unknown[] = operand;
  const after = (stored: unknown) => (kind === 'append' ? [...listOf(stored), ...added] : [...added, ...listOf(stored)]);
  return new FieldOperation({ kind, value }, after, dependsOnWhole(field));
}

function removeAt(name: string, field: BaoField, operand: unknown): FieldOperation {
  const positions: readonly unknown[] = Array.isArray(operand) ? operand : [];
  const isPosition = (position: unknown): position is number => Number.isSafeInteger(position) && Number(position) >= 0;
  if (positions.length === 0 || !positions.every(isPosition))
    throw new ValidationError(`${name}: $remove expects an array of positions from 0, got ${describeValue(operand)}`, name, operand);
  const gone = new Set(positions);
  const after = (stored: unknown) => listOf(stored).filter((_, at) => !gone.has(at));
  return new FieldOperation({ kind: 'remove-elements', positions: [...gone] }, after, dependsOnWhole(field));
}

function listOf(stored: unknown): readonly unknown[] {
  return Array.isArray(stored) ? stored : [];
}

/** Whether the field limits its value as a whole, which DynamoDB does not check. */
function dependsOnWhole({ options }: BaoField): boolean {
  return ['maxMemberCount', 'minItems', 'maxItems', 'minimum', 'maximum', 'validate', 'schema'].some(
    (option) => options[option] !== undefined,
  );
}
