/** Fields with an attribute type of their own: booleans, bytes, sets of strings. */
import type { AttributeValue } from '../../dynamo/types.ts';
import type { FieldKind } from '../../wire/field-kinds.ts';
import { bytesToJson, stringSetToJson } from '../../wire/native-json.ts';
import type { JsonValue } from '../../wire/native-json.ts';
import type { Difference, FieldOperation } from '../field-operation.ts';
import { changeMembers, memberDifference } from '../update-operators.ts';
import { BaoField } from './field.ts';
import { TypedField } from './typed-field.ts';
import type { FieldOptions } from './field.ts';

export class BooleanFieldClass extends BaoField {
  declare readonly valueTypes: { read: boolean; write: boolean; presence: 'default' };
  override readonly kind: FieldKind = 'boolean';

  override expectation(value: unknown): string | null {
    return typeof value === 'boolean' ? null : 'true or false';
  }

  override fromDy(value: unknown): unknown {
    return value === null || value === undefined ? this.getInitialValue() : Boolean(value);
  }

  override toGsi(value: unknown): string {
    return this.toDy(value) === true ? '1' : '0';
  }
}

/** Bytes, as a Uint8Array. */
export class BinaryFieldClass extends TypedField {
  declare readonly valueTypes: { read: Uint8Array; write: Uint8Array; presence: 'optional' };
  override readonly kind: FieldKind = 'binary';

  override toJson(native: unknown): JsonValue {
    return bytesToJson(native);
  }

  override expectation(value: unknown): string | null {
    return value instanceof Uint8Array ? null : 'bytes (a Uint8Array)';
  }
}

export interface StringSetFieldOptions extends FieldOptions {
  maxStringLength?: number;
  maxMemberCount?: number;
}

/** A set of strings, read as a Set. DynamoDB has no empty sets: an empty one is stored as no attribute. */
export class StringSetFieldClass extends TypedField {
  declare readonly valueTypes: { read: Set<string>; write: ReadonlySet<string> | readonly string[]; presence: 'empty' };
  override readonly kind: FieldKind = 'string-set';
  override readonly isMutable = true;
  readonly maxStringLength: number | null;
  readonly maxMemberCount: number | null;

  constructor(options: StringSetFieldOptions = {}) {
    super(options);
    this.maxStringLength = options.maxStringLength ?? null;
    this.maxMemberCount = options.maxMemberCount ?? null;
  }

  override operationOf(name: string, operator: string | null, operand: unknown): FieldOperation | null {
    if (operator === '$add') return changeMembers(name, this, 'add', operand);
    return operator === '$delete' ? changeMembers(name, this, 'delete', operand) : null;
  }

  override differenceOf(_name: string, loaded: AttributeValue, next: AttributeValue | undefined): Difference | null {
    return 'SS' in loaded && next && 'SS' in next ? memberDifference(loaded.SS, next.SS) : null;
  }

  override toJson(native: unknown): JsonValue {
    return stringSetToJson(native);
  }

  override getInitialValue(): unknown {
    return new Set(super.getInitialValue() as Iterable<string> | null); // a default is checked like any value before it is stored
  }

  override isUnset(value: unknown): boolean {
    return value === null || value === undefined || (this.required && membersOf(value)?.size === 0);
  }

  override expectation(value: unknown): string | null {
    const members = membersOf(value);
    if (members === null) return 'a Set or an array of strings';
    const { maxMemberCount, maxStringLength } = this;
    if (maxMemberCount !== null && members.size > maxMemberCount) return `at most ${maxMemberCount} members`;
    for (const member of members) {
      if (typeof member !== 'string' || !member.isWellFormed()) return 'members that are strings';
      if (maxStringLength !== null && member.length > maxStringLength) return `members of at most ${maxStringLength} characters`;
    }
    return null;
  }

  override toDy(value: unknown): unknown {
    const members = membersOf(value);
    return members === null || members.size === 0 ? null : new Set(members);
  }

  override fromDy(value: unknown): unknown {
    return new Set(membersOf(value) ?? []);
  }

  /** `$contains` names one member, everything else a whole set. */
  override toFilterDy(value: unknown): unknown {
    return typeof value === 'string' ? value : super.toFilterDy(value);
  }
}

function membersOf(value: unknown): ReadonlySet<unknown> | null {
  if (value instanceof Set) return value;
  return Array.isArray(value) ? new Set<unknown>(value) : null;
}
