/** The operators that updates take in place of values: what they are called, and what they do to a number, a set, a list. */
import type { AttributeValue } from '../dynamo/types.ts';
import { describeValue } from '../lib/describe-value.ts';
import { setTo } from './attribute-change.ts';
import type { AttributeChange } from './attribute-change.ts';
import { ValidationError } from './errors.ts';
import { dependsOnWhole, FieldOperation } from './field-operation.ts';
import type { Difference } from './field-operation.ts';
import type { BaoField } from './fields/field.ts';
import { attributeOf } from './stored-values.ts';

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

/** `$add` of a number: counts from the field's initial value where there is none yet. */
export function increment(name: string, field: BaoField, by: unknown): FieldOperation {
  const expected = field.expectation(by);
  if (expected !== null || (typeof by !== 'number' && typeof by !== 'bigint'))
    throw new ValidationError(`${name}: $add expects ${expected ?? 'a number'}, got ${describeValue(by)}`, name, by);
  const initial = numberOf(field.getInitialValue());
  const after = (stored: unknown) => {
    const sum = sumOf(stored === null || stored === undefined ? initial : numberOf(stored), by);
    return field.kind === 'float' ? Number(sum) : sum;
  };
  return new FieldOperation(
    {
      addTo({ SET }, attribute, placeholders) {
        const old = `if_not_exists(${attribute}, ${placeholders.attributeValue(field.marshall(initial))})`;
        SET.push(`${attribute} = ${old} + ${placeholders.attributeValue(field.marshall(by))}`);
      },
    },
    after,
    dependsOnWhole(field),
  );
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

/** `$add` and `$delete` of a set. */
export function changeMembers(name: string, field: BaoField, kind: 'add' | 'delete', operand: unknown): FieldOperation {
  const members = operand instanceof Set || Array.isArray(operand) ? new Set<unknown>(operand) : null;
  const expected = members === null || members.size === 0 ? 'members as a Set or an array' : field.expectation(members);
  const value = expected === null ? attributeOf(field, members) : undefined;
  if (members === null || value === undefined)
    throw new ValidationError(`${name}: $${kind} expects ${expected ?? 'members'}, got ${describeValue(operand)}`, name, operand);
  const after = (stored: unknown): unknown => {
    const before: unknown[] = stored instanceof Set ? Array.from<unknown>(stored) : [];
    return new Set(kind === 'add' ? [...before, ...members] : before.filter((member) => !members.has(member)));
  };
  const change = membersChanged(kind, value);
  return new FieldOperation(change, after, dependsOnWhole(field) || (kind === 'delete' && field.required));
}

/** The change of members that come to a stored set, or go. */
function membersChanged(kind: 'add' | 'delete', value: AttributeValue): AttributeChange {
  return {
    value,
    addTo: ({ ADD, DELETE }, attribute, placeholders) =>
      (kind === 'add' ? ADD : DELETE).push(`${attribute} ${placeholders.attributeValue(value)}`),
  };
}

/** How one set becomes another: by the members that come or go; all of them where both do, as DynamoDB takes one change of an attribute. */
export function memberDifference(before: readonly string[], after: readonly string[]): Difference {
  const added = after.filter((member) => !before.includes(member));
  const removed = before.filter((member) => !after.includes(member));
  const isBoth = added.length > 0 && removed.length > 0;
  const some =
    added.length > 0 ? membersChanged('add', { SS: added }) : removed.length > 0 ? membersChanged('delete', { SS: removed }) : null;
  return { change: isBoth ? setTo({ SS: [...after] }) : some, fits: () => true, assume: () => undefined };
}

/** `$append` and `$prepend` of a list. */
export function extend(name: string, field: BaoField, kind: 'append' | 'prepend', operand: unknown): FieldOperation {
  const expected = Array.isArray(operand) ? field.expectation(operand) : 'an array';
  const value = expected === null ? attributeOf(field, operand) : undefined;
  if (!Array.isArray(operand) || value === undefined)
    throw new ValidationError(`${name}: $${kind} expects ${expected ?? 'elements'}, got ${describeValue(operand)}`, name, operand);
  const added: readonly unknown[] = operand;
  const after = (stored: unknown) => (kind === 'append' ? [...listOf(stored), ...added] : [...added, ...listOf(stored)]);
  const change: AttributeChange = {
    value,
    addTo({ SET }, attribute, placeholders) {
      const old = `if_not_exists(${attribute}, ${placeholders.attributeValue({ L: [] })})`;
      const more = placeholders.attributeValue(value);
      SET.push(`${attribute} = list_append(${kind === 'append' ? `${old}, ${more}` : `${more}, ${old}`})`);
    },
  };
  return new FieldOperation(change, after, dependsOnWhole(field));
}

/** `$remove` of a list. */
export function removeAt(name: string, field: BaoField, operand: unknown): FieldOperation {
  const positions: readonly unknown[] = Array.isArray(operand) ? operand : [];
  const isPosition = (position: unknown): position is number => Number.isSafeInteger(position) && Number(position) >= 0;
  if (positions.length === 0 || !positions.every(isPosition))
    throw new ValidationError(`${name}: $remove expects an array of positions from 0, got ${describeValue(operand)}`, name, operand);
  const gone = new Set(positions);
  const after = (stored: unknown) => listOf(stored).filter((_, at) => !gone.has(at));
  const change: AttributeChange = {
    addTo: ({ REMOVE }, attribute) => REMOVE.push(...Array.from(gone, (position) => `${attribute}[${position}]`)),
  };
  return new FieldOperation(change, after, dependsOnWhole(field));
}

function listOf(stored: unknown): readonly unknown[] {
  return Array.isArray(stored) ? stored : [];
}
