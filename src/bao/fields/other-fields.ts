/** Fields with an attribute type of their own: booleans, bytes, sets of strings. */
import { BaoField } from './field.ts';
import type { FieldOptions } from './field.ts';
import type { FieldKind } from '../../wire/field-kinds.ts';

export class BooleanFieldClass extends BaoField {
  declare readonly valueTypes: { read: boolean; write: boolean; presence: 'default' };

  override get kind(): FieldKind {
    return 'boolean';
  }

  override expectation(value: unknown): string | null {
    return typeof value === 'boolean' ? null : 'true or false';
  }

  override fromDy(value: unknown): unknown {
    return value === null || value === undefined ? this.getInitialValue() : Boolean(value);
  }

  override toGsi(value: unknown): string {
    return value === true ? '1' : '0';
  }
}

/** Bytes, as a Uint8Array. */
export class BinaryFieldClass extends BaoField {
  declare readonly valueTypes: { read: Uint8Array; write: Uint8Array; presence: 'optional' };

  override get kind(): FieldKind {
    return 'binary';
  }

  override get isKeyable(): boolean {
    return false;
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
export class StringSetFieldClass extends BaoField {
  declare readonly valueTypes: { read: Set<string>; write: ReadonlySet<string> | readonly string[]; presence: 'empty' };
  readonly maxStringLength: number | null;
  readonly maxMemberCount: number | null;

  constructor(options: StringSetFieldOptions = {}) {
    super(options);
    this.maxStringLength = options.maxStringLength ?? null;
    this.maxMemberCount = options.maxMemberCount ?? null;
  }

  override get kind(): FieldKind {
    return 'string-set';
  }

  override get changeKind(): 'set' {
    return 'set';
  }

  override get isKeyable(): boolean {
    return false;
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
