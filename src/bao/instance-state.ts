/** What an object of a model holds: its row as DynamoDB gave it, and what the program has set since. Values are decoded when they are read. */
import type { AttributeMap } from '../dynamo/types.ts';
import type { BaoField } from './fields/field.ts';
import { keyOfRow, partsOfRowKey, primaryIdParts } from './layout.ts';
import type { PrimaryIdParts } from './layout.ts';
import type { ModelDefinition } from './model-definition.ts';
import { attributeOf, sameAttribute, storedValue } from './stored-values.ts';

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
  /** what was read of sets and nested fields, which may have been changed in place since */
  readonly kept = new Map<string, unknown>();
}

interface KnownValues {
  readonly assigned: ReadonlyMap<string, unknown>;
  readonly kept: ReadonlyMap<string, unknown>;
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
  #own: OwnValues | null = null;
  #capacity: CapacityEntry[] | null = null;

  constructor(definition: ModelDefinition, tenant: string | null, row: AttributeMap | null, isPartial = false) {
    this.definition = definition;
    this.tenant = tenant;
    this.row = row;
    this.isPartial = isPartial;
  }

  /** What operations for the object consumed. */
  get capacity(): readonly CapacityEntry[] {
    return this.#capacity ?? [];
  }

  /** Adds what one operation consumed. */
  consume(type: CapacityEntry['type'], units: number): void {
    const entry: CapacityEntry = { type, units, fromContext: false };
    if (this.#capacity === null) this.#capacity = [entry];
    else this.#capacity.push(entry);
  }

  clearCapacity(): void {
    this.#capacity = null;
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
    const stored = () => storedValue(field, this.row?.[name]);
    if (this.#known.assigned.has(name)) return this.#readAssigned(name, field, stored);
    if (!field.isMutable) return stored();
    // The same object at every read, so that what is changed in it stays.
    if (!this.#known.kept.has(name)) this.#changeable.kept.set(name, stored());
    return this.#known.kept.get(name);
  }

  /** Whether the field has a value of its own, rather than one it reads as while it is unset. */
  isSet(name: string): boolean {
    if (this.#known.assigned.has(name)) return (this.#known.assigned.get(name) ?? null) !== null;
    return this.row?.[name] !== undefined || (this.#known.kept.has(name) && this.#isChangedInPlace(name, this.#known.kept.get(name)));
  }

  /** The parts of its primary id: of its row, before the first save of its values. @throws ValidationError when one is missing */
  get parts(): PrimaryIdParts {
    const { definition, row, tenant } = this;
    return row ? partsOfRowKey(definition, tenant, keyOfRow(row)) : primaryIdParts(definition, (name) => this.read(name));
  }

  /** Sets a field; nothing is checked before it is saved. */
  assign(name: string, value: unknown): void {
    const field = this.#field(name);
    this.#changeable.assigned.set(name, field.isMutable ? ownCopy(field, value) : value);
    this.related.delete(name);
  }

  /** The fields whose value differs from the stored one, with their native values. */
  changes(): Record<string, unknown> {
    const assigned = [...this.#known.assigned].filter(([name, value]) => this.row === null || !this.#isStored(name, value));
    const inPlace = [...this.#known.kept].filter(([name, value]) => !this.#known.assigned.has(name) && this.#isChangedInPlace(name, value));
    return Object.fromEntries([...assigned, ...inPlace]);
  }

  /** Takes a newly written row, in which every change is. */
  replaceRow(row: AttributeMap, tenant: string | null): void {
    this.row = row;
    this.tenant = tenant;
    this.#own?.assigned.clear();
    this.#own?.kept.clear();
  }

  #field(name: string): BaoField {
    const field = this.definition.fields.get(name);
    if (!field) throw new TypeError(`${this.definition.name} has no field ${name}`);
    return field;
  }

  #readAssigned(name: string, field: BaoField, stored: () => unknown): unknown {
    const value = this.#known.assigned.get(name);
    if (value === undefined || value === null) return null;
    return field.isMutable ? value : field.readAssigned(value, stored);
  }

  #isChangedInPlace(name: string, value: unknown): boolean {
    const field = this.#field(name);
    if (value === null || typeof value !== 'object') return false;
    if (field.expectation(value) !== null) return true; // saving it says what is wrong
    return !sameAttribute(attributeOf(field, value), attributeOf(field, storedValue(field, this.row?.[name])));
  }

  #isStored(name: string, value: unknown): boolean {
    const field = this.#field(name);
    if (value !== null && value !== undefined && (field.expectation(value) !== null || field.operationOf(name, null, value) !== null))
      return false;
    return sameAttribute(attributeOf(field, value), this.row?.[name]);
  }
}

/** A set or nested value as it will be read, which the caller's own object is no part of; one that the field refuses stays as it is until it is saved. */
function ownCopy(field: BaoField, value: unknown): unknown {
  if (value === null || value === undefined || field.expectation(value) !== null) return value;
  return field.fromDy(field.toDy(value));
}
