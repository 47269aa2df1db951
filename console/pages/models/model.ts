/** A model as the service describes it, and how its items are named. */
import type { FieldKind } from '../../../src/wire/field-kinds.ts';

export type Item = Readonly<Record<string, unknown>>;

export interface Field {
  kind: FieldKind;
  required: boolean;
  readOnly: boolean;
  /** the model that a related field names */
  model?: string;
  defaultValue?: unknown;
  autoAssign?: boolean;
  schema: Readonly<Record<string, unknown>>;
}

export interface Keys {
  /** null: one partition of all items */
  partitionKey: string | null;
  sortKey: string | null;
}

export interface Model {
  name: string;
  path: string;
  fields: Readonly<Record<string, Field>>;
  primaryKey: Keys;
  indexes: Readonly<Record<string, Keys>>;
  uniqueConstraints: Readonly<Record<string, string>>;
  isIterable: boolean;
  search: { fields: readonly string[] } | null;
  relations: Readonly<Record<string, { kind: 'one' | 'many'; model: string }>>;
}

/** Between the parts of a composite key where it stands in one field. */
const KEY_SEPARATOR = '##__SK__##';

/** The parts of an item's key, as paths have them. */
export function keyOf({ primaryKey }: Model, item: Item): string[] {
  return keyFields(primaryKey).map((field) => textOf(item[field]));
}

export function keyFields({ partitionKey, sortKey }: Keys): string[] {
  return [partitionKey, sortKey].filter((field) => field !== null);
}

/** The parts of a key that a related field holds. */
export function keyOfRelated(value: unknown): string[] {
  return textOf(value).split(KEY_SEPARATOR);
}

/** A value on one line. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((element) => typeof element === 'string')) return value.join(', ');
  return value === undefined ? '' : JSON.stringify(value);
}

export function isNumeric({ kind }: Field): boolean {
  return kind === 'integer' || kind === 'float' || kind === 'counter';
}

export function isInstant({ kind }: Field): boolean {
  return kind === 'date-time' || kind === 'create-date' || kind === 'modified-date' || kind === 'ttl';
}
