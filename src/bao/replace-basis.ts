/** What a replace may depend on: the object that is there already, as it is at the moment of the write. */
import type { AttributeMap } from '../dynamo/types.ts';
import type { BaoField } from './fields/field.ts';
import type { ModelDefinition } from './model-definition.ts';
import { attributeOf, sameAttribute, storedValue } from './stored-values.ts';

/** What a replace depends on besides its data: what there is already. */
export interface Basis {
  /** the fields that it depends on: the write demands that they are still as they were when it was decided */
  readonly fields: readonly string[];
  /**
   * The values to write in place of those in the data, or an error instead of a write. Called anew when another write came between.
   *
   * @param stored null: there is no such object
   */
  decide(stored: StoredObject | null): Readonly<Record<string, unknown>>;
}

/** An object as it is stored. */
export interface StoredObject {
  /** the native value of a field */
  get(name: string): unknown;
  /** whether a field has this native value */
  holds(name: string, value: unknown): boolean;
}

/** A row as a basis sees it. */
export function storedObject({ fields, name: model }: ModelDefinition, row: AttributeMap): StoredObject {
  const fieldOf = (name: string): BaoField => {
    const field = fields.get(name);
    if (field) return field;
    throw new TypeError(`${model} has no field ${name}`);
  };
  return {
    get: (name) => storedValue(fieldOf(name), row[name]),
    holds: (name, value) => sameAttribute(attributeOf(fieldOf(name), value), row[name]),
  };
}
