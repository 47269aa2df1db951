/** What an object of a model holds: its row as DynamoDB gave it, and what the program has set since. Values are decoded when they are read. */
import { marshall, unmarshall } from '../dynamo/codec.ts';
import type { AttributeMap, AttributeValue } from '../dynamo/types.ts';
import type { BaoField } from './fields/field.ts';
import { incremented, isIncrement } from './fields/number-fields.ts';
import { trackSet } from './fields/tracked-set.ts';
import type { ModelDefinition } from './model-definition.ts';

/** The property of a model instance that holds its state; a symbol, so that no field can have its name. */
export const STATE = Symbol('bao.state');

/** Anything that holds a state: every model instance. */
export interface Stateful {
  readonly [STATE]: InstanceState;
}

/** What one operation for an object consumed. */
export interface CapacityEntry {
  type: 'read' | 'write';
  units: number;
  /** the object came out of the batch context, so another one paid */
  fromContext: boolean;
}

/** The related objects an instance has loaded, by field name. */
export type RelatedObjects = Map<string, unknown>;

/** What an object has besides its row, by field. */
class OwnValues {
  readonly related: RelatedObjects = new Map();
  /** what was set since; null clears */
  readonly assigned = new Map<string, unknown>();
  readonly sets = new Map<string, Set<unknown>>();
  /** what was read of nested fields, which may have been changed in place since */
  readonly nested = new Map<string, unknown>();
}

interface KnownValues {
  readonly assigned: ReadonlyMap<string, unknown>;
  readonly sets: ReadonlyMap<string, Set<unknown>>;
  readonly nested: ReadonlyMap<string, unknown>;
}

/** An object that is only read has no values of its own, and is spared the maps for them. */
const NONE: KnownValues = new OwnValues();

export class InstanceState {
  readonly definition: ModelDefinition;
  /** the tenant its row belongs to; of no meaning before the first save */
  tenant: string | null;
  /** the row as stored; null before the first save */
  row: AttributeMap | null;
  /** the row is a projection: it can be read, not saved */
  readonly isPartial: boolean;
  readonly capacity: CapacityEntry[] = [];
  #own: OwnValues | null = null;

  constructor(definition: ModelDefinition, tenant: string | null, row: AttributeMap | null, isPartial = false) {
    this.definition = definition;
    this.tenant = tenant;
    this.row = row;
    this.isPartial = isPartial;
  }

  /** The related objects that were loaded. */
  get related(): RelatedObjects {
    return this.#changeable.related;
  }

  get #known(): KnownValues {
    return this.#own ?? NONE;
  }

  get #changeable(): OwnValues {
    return (this.#own ??= new OwnValues());
  }

  /** The field's native value: what was set last, else what is stored, else null (a Set of no members, a counter's initial value). */
  read(name: string): unknown {
    const field = this.#field(name);
    if (this.#known.assigned.has(name)) return this.#readAssigned(name, field);
    if (field.kind === 'string-set') return this.#trackedSet(name, field);
    if (field.isNested) return this.#nestedValue(name, field);
    return storedValue(field, this.row?.[name]);
  }

  /** Whether the field has a value of its own, rather than one it reads as while it is unset. */
  isSet(name: string): boolean {
    if (this.#known.assigned.has(name)) return (this.#known.assigned.get(name) ?? null) !== null;
    return this.row?.[name] !== undefined || (this.#known.nested.has(name) && this.#isChangedInPlace(name, this.#known.nested.get(name)));
  }

  /** Sets a field; nothing is checked before it is saved. */
  assign(name: string, value: unknown): void {
    const field = this.#field(name);
    const isMembers = field.kind === 'string-set' && (value instanceof Set || Array.isArray(value));
    this.#changeable.assigned.set(name, isMembers ? new Set<unknown>(value) : field.isNested ? ownCopy(field, value) : value);
    this.related.delete(name);
  }

  /** The fields whose value differs from the stored one, with their native values. */
  changes(): Record<string, unknown> {
    const assigned = [...this.#known.assigned].filter(([name, value]) => this.row === null || !this.#isStored(name, value));
    const inPlace = [...this.#known.nested].filter(
      ([name, value]) => !this.#known.assigned.has(name) && this.#isChangedInPlace(name, value),
    );
    return Object.fromEntries([...assigned, ...inPlace]);
  }

  /** Takes a newly written row, in which every change is. */
  replaceRow(row: AttributeMap, tenant: string | null): void {
    this.row = row;
    this.tenant = tenant;
    this.#own?.assigned.clear();
    this.#own?.sets.clear();
    this.#own?.nested.clear();
  }

  #field(name: string): BaoField {
    const field = this.definition.fields.get(name);
    if (!field) throw new TypeError(`${this.definition.name} has no field ${name}`);
    return field;
  }

  #readAssigned(name: string, field: BaoField): unknown {
    const value = this.#known.assigned.get(name);
    if (value === undefined || value === null) return null;
    if (value instanceof Set || field.isNested) return value;
    if (field.kind === 'counter' && isIncrement(value)) return incremented(storedValue(field, this.row?.[name]), value);
    // What a field would refuse reads as it was set; saving it says what is wrong.
    return field.expectation(value) === null ? field.fromDy(field.toDy(value)) : value;
  }

  #trackedSet(name: string, field: BaoField): unknown {
    const known = this.#known.sets.get(name);
    if (known) return known;
    const set = storedValue(field, this.row?.[name]);
    if (!(set instanceof Set)) return set; // a custom field may be read as something else
    this.#changeable.sets.set(
      name,
      trackSet(set, () => this.#changeable.assigned.set(name, set)),
    );
    return set;
  }

  /** The same object at every read, so that what is changed in it stays. */
  #nestedValue(name: string, field: BaoField): unknown {
    if (!this.#known.nested.has(name)) this.#changeable.nested.set(name, storedValue(field, this.row?.[name]));
    return this.#known.nested.get(name);
  }

  #isChangedInPlace(name: string, value: unknown): boolean {
    const field = this.#field(name);
    if (value === null || typeof value !== 'object') return false;
    if (field.expectation(value) !== null) return true; // saving it says what is wrong
    return !sameAttribute(attributeOf(field, value), attributeOf(field, storedValue(field, this.row?.[name])));
  }

  #isStored(name: string, value: unknown): boolean {
    const field = this.#field(name);
    if (value !== null && value !== undefined && (isIncrement(value) || field.expectation(value) !== null)) return false;
    return sameAttribute(attributeOf(field, value), this.row?.[name]);
  }
}

/** The stored form of a checked native value; undefined for a value that leaves no attribute. */
export function attributeOf(field: BaoField, value: unknown): AttributeValue | undefined {
  const stored = value === null || value === undefined ? null : field.toDy(value);
  return stored === null || stored === undefined ? undefined : marshall(stored);
}

/** The native value of a stored one. */
export function storedValue(field: BaoField, attribute: AttributeValue | undefined): unknown {
  return field.fromDy(attribute === undefined ? null : unmarshall(attribute));
}

/** Whether two stored values are the same; the members of sets and maps have no order. */
export function sameAttribute(left: AttributeValue | undefined, right: AttributeValue | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  if ('N' in left && 'N' in right) return left.N === right.N || Number(left.N) === Number(right.N);
  if ('L' in left && 'L' in right)
    return left.L.length === right.L.length && left.L.every((element, at) => sameAttribute(element, right.L[at]));
  if ('M' in left && 'M' in right) {
    const names = Object.keys(left.M);
    return names.length === Object.keys(right.M).length && names.every((name) => sameAttribute(left.M[name], right.M[name]));
  }
  return JSON.stringify(inOrder(left)) === JSON.stringify(inOrder(right));
}

function inOrder(value: AttributeValue): AttributeValue {
  return 'SS' in value ? { SS: value.SS.toSorted() } : value;
}

/** A nested value as it will be read, which the caller's own object is no part of; one that the field refuses stays as it is until it is saved. */
function ownCopy(field: BaoField, value: unknown): unknown {
  if (value === null || value === undefined || field.expectation(value) !== null) return value;
  return field.fromDy(field.toDy(value));
}
