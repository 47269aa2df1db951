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

export class InstanceState {
  readonly definition: ModelDefinition;
  /** the tenant its row belongs to; of no meaning before the first save */
  tenant: string | null;
  /** the row as stored; null before the first save */
  row: AttributeMap | null;
  /** the row is a projection: it can be read, not saved */
  readonly isPartial: boolean;
  readonly related: RelatedObjects = new Map();
  readonly capacity: CapacityEntry[] = [];
  /** what was set since, by field; null clears */
  readonly #assigned = new Map<string, unknown>();
  readonly #sets = new Map<string, Set<unknown>>();

  constructor(definition: ModelDefinition, tenant: string | null, row: AttributeMap | null, isPartial = false) {
    this.definition = definition;
    this.tenant = tenant;
    this.row = row;
    this.isPartial = isPartial;
  }

  /** The field's native value: what was set last, else what is stored, else null (a Set of no members, a counter's initial value). */
  read(name: string): unknown {
    const field = this.#field(name);
    if (this.#assigned.has(name)) return this.#readAssigned(name, field);
    if (field.kind === 'string-set') return this.#trackedSet(name, field);
    return storedValue(field, this.row?.[name]);
  }

  /** Whether the field has a value of its own, rather than one it reads as while it is unset. */
  isSet(name: string): boolean {
    if (this.#assigned.has(name)) return (this.#assigned.get(name) ?? null) !== null;
    return this.row?.[name] !== undefined;
  }

  /** Sets a field; nothing is checked before it is saved. */
  assign(name: string, value: unknown): void {
    const field = this.#field(name);
    const isMembers = field.kind === 'string-set' && (value instanceof Set || Array.isArray(value));
    this.#assigned.set(name, isMembers ? new Set<unknown>(value) : value);
    this.related.delete(name);
  }

  /** The fields whose value differs from the stored one, with their native values. */
  changes(): Record<string, unknown> {
    const changed = [...this.#assigned].filter(([name, value]) => this.row === null || !this.#isStored(name, value));
    return Object.fromEntries(changed);
  }

  /** Takes a newly written row, in which every change is. */
  replaceRow(row: AttributeMap, tenant: string | null): void {
    this.row = row;
    this.tenant = tenant;
    this.#assigned.clear();
    this.#sets.clear();
  }

  #field(name: string): BaoField {
    const field = this.definition.fields.get(name);
    if (!field) throw new TypeError(`${this.definition.name} has no field ${name}`);
    return field;
  }

  #readAssigned(name: string, field: BaoField): unknown {
    const value = this.#assigned.get(name);
    if (value === undefined || value === null) return null;
    if (value instanceof Set) return value;
    if (field.kind === 'counter' && isIncrement(value)) return incremented(storedValue(field, this.row?.[name]), value);
    // What a field would refuse reads as it was set; saving it says what is wrong.
    return field.expectation(value) === null ? field.fromDy(field.toDy(value)) : value;
  }

  #trackedSet(name: string, field: BaoField): unknown {
    const known = this.#sets.get(name);
    if (known) return known;
    const set = storedValue(field, this.row?.[name]);
    if (!(set instanceof Set)) return set; // a custom field may be read as something else
    this.#sets.set(
      name,
      trackSet(set, () => this.#assigned.set(name, set)),
    );
    return set;
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

/** Whether two stored values are the same; the members of sets have no order. */
export function sameAttribute(left: AttributeValue | undefined, right: AttributeValue | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  if ('N' in left && 'N' in right) return left.N === right.N || Number(left.N) === Number(right.N);
  return JSON.stringify(inOrder(left)) === JSON.stringify(inOrder(right));
}

function inOrder(value: AttributeValue): AttributeValue {
  return 'SS' in value ? { SS: value.SS.toSorted() } : value;
}
