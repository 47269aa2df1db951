/** A field whose values are objects with declared members. */
import type { FieldIssue } from '../../lib/errors.ts';
import type { FieldKind } from '../../wire/field-kinds.ts';
import type { AttributeValue } from '../../dynamo/types.ts';
import type { JsonValue } from '../../wire/native-json.ts';
import { ConfigurationError, ValidationError } from '../errors.ts';
import type { Difference } from '../field-operation.ts';
import { NESTED_PARTS } from '../nested-parts.ts';
import { isPlainObject } from '../../lib/plain-object.ts';
import type { BaoField, FieldOptions } from './field.ts';
import { invalidValue, issuesBelow } from './field-issues.ts';
import type { MapPresence, MapRead, MapWrite, MemberFields } from './nested-types.ts';
import { TypedField } from './typed-field.ts';

/** Paths are written with these: "address.city", "lines[0]". Operators begin with "$". */
const MEMBER_NAME = /^[^.[\]$][^.[\]]*$/;

/**
 * An object whose members are fields of their own, with types, limits and defaults. Stored as a map, each member in its field's own form.
 *
 * Filters and updates reach members by path (`'address.city'`), and saving an object writes the members that changed. Unset, it reads as
 * its default; without one, as the defaults of its members where that is enough for a whole value; else as null.
 */
export class MapFieldClass<Members extends MemberFields = MemberFields> extends TypedField {
  declare readonly valueTypes: {
    read: MapRead<Members>;
    write: MapWrite<Members>;
    presence: MapPresence<Members>;
    parts: { members: Members };
  };
  override readonly kind: FieldKind = 'map';
  override readonly isMutable = true;
  override readonly parts = NESTED_PARTS;
  readonly members: ReadonlyMap<string, BaoField>;

  constructor(members: Members, options: FieldOptions = {}) {
    super(options);
    this.members = new Map(Object.entries(members));
    for (const [name, field] of this.members) checkMember(name, field);
  }

  override differenceOf(name: string, loaded: AttributeValue, next: AttributeValue | undefined): Difference | null {
    return this.parts.between(this, name, loaded, next);
  }

  override toJson(native: unknown): JsonValue {
    const values = native as Readonly<Record<string, unknown>>; // what the field holds
    const set = [...this.members].filter(([name]) => values[name] !== null && values[name] !== undefined);
    return Object.fromEntries(set.map(([name, field]) => [name, field.toJson(values[name])]));
  }

  override partAt(step: string | number): BaoField | null {
    return typeof step === 'string' ? (this.members.get(step) ?? null) : null;
  }

  override getInitialValue(): unknown {
    const given = super.getInitialValue();
    if (given !== null) return given;
    const members = [...this.members.values()];
    const isWhole = members.every((field) => !field.required || hasDefault(field));
    return isWhole && members.some(hasDefault) ? {} : null;
  }

  override validate(value: unknown): void {
    if (this.isUnset(value) || !isPlainObject(value)) return super.validate(value);
    const issues = this.#issuesOf(value);
    if (issues.length > 0) throw invalidValue(issues, value);
    this.checkSchema(value);
  }

  override expectation(value: unknown): string | null {
    if (!isPlainObject(value)) return 'an object';
    return this.#issuesOf(value).length === 0 ? null : `an object of valid ${[...this.members.keys()].join(', ')}`;
  }

  override toDy(value: unknown): unknown {
    if (!isPlainObject(value)) return null;
    const stored = Array.from(this.members, ([name, field]) => [name, toDyOf(field, memberOf(value, name, field))] as const);
    return Object.fromEntries(stored.filter(([, member]) => member !== null && member !== undefined));
  }

  override fromDy(value: unknown): unknown {
    if (isPlainObject(value))
      return Object.fromEntries(Array.from(this.members, ([name, field]) => [name, field.fromDy(value[name] ?? null)]));
    const initial = this.getInitialValue();
    return initial === null ? null : this.fromDy(this.toDy(initial));
  }

  override toFilterDy(value: unknown): unknown {
    this.validate(value);
    return this.toDy(value);
  }

  #issuesOf(value: Readonly<Record<string, unknown>>): FieldIssue[] {
    const unknown = Object.keys(value).filter((name) => value[name] !== undefined && !this.members.has(name));
    const known = `unknown member; expected one of ${[...this.members.keys()].join(', ')}`;
    return [
      ...unknown.flatMap((name) => issuesBelow(name, new ValidationError(known))),
      ...Array.from(this.members, ([name, field]) => issuesOfPart(name, field, memberOf(value, name, field))).flat(),
    ];
  }
}

/** What a field finds wrong with a part of a value. */
export function issuesOfPart(step: string | number, field: BaoField, value: unknown): FieldIssue[] {
  try {
    field.validate(value);
    return [];
  } catch (error) {
    if (error instanceof ValidationError) return issuesBelow(step, error);
    throw error;
  }
}

/** The member of a value that is written: what is left out has its default, and null is none. */
function memberOf(value: Readonly<Record<string, unknown>>, name: string, field: BaoField): unknown {
  const given = Object.hasOwn(value, name) ? value[name] : undefined;
  return given === undefined ? field.getInitialValue() : given;
}

function toDyOf(field: BaoField, value: unknown): unknown {
  return value === null || value === undefined ? null : field.toDy(value);
}

function hasDefault({ defaultValue }: BaoField): boolean {
  return defaultValue !== undefined && defaultValue !== null;
}

function checkMember(name: string, field: BaoField): void {
  if (!MEMBER_NAME.test(name))
    throw new ConfigurationError(`a member of a map may have no ".", "[", "]" or leading "$" in its name: ${name}`);
  if (field.isAutomatic || field.kind === 'ttl')
    throw new ConfigurationError(`a field of kind ${field.kind} cannot be a part of another one: ${name}`);
}
