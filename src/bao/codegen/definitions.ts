/** The models of a definitions file after reading: names, keys and options that are known to be well formed. */
import type { FieldKind } from '../../wire/field-kinds.ts';
import type { ModelOptions } from '../../wire/model-options.ts';
import type { FieldType } from './field-types.ts';
import type { Position } from './source.ts';

export type KeyEncoding = 'ordered' | 'legacy';

/** A value of YAML that goes into generated code as it is. */
export type Literal = string | number | boolean | readonly string[];

export interface FieldDefinition {
  name: string;
  at: Position;
  /** "StringField": the name of the factory */
  type: string;
  /** what holds for every field of that type */
  rules: FieldType;
  kind: FieldKind;
  required: boolean;
  /** what the factory is given besides `required`, in the order of the file */
  options: ReadonlyMap<string, Literal>;
  /** the class name that a RelatedField points to */
  model: { name: string; at: Position } | null;
  /** of a MapField, the fields of its members by name */
  members: ReadonlyMap<string, FieldDefinition> | null;
  /** of a ListField, the field of its elements */
  element: FieldDefinition | null;
}

/** Each part is the name of a field, or the word `modelPrefix`. */
export interface KeyDefinition {
  partitionKey: string;
  sortKey: string;
}

export interface IndexDefinition extends KeyDefinition {
  name: string;
  at: Position;
  /** "gsi1" … "gsi5"; null for the primary key under a name of its own */
  indexId: string | null;
  /** what the index holds of a row: everything, its keys, or the named fields too */
  projection: 'ALL' | 'KEYS_ONLY' | readonly string[];
  /** the collection whose partitions it shares with indexes of other models */
  collection?: string;
}

export interface UniqueConstraintDefinition {
  name: string;
  at: Position;
  field: string;
  /** "_uc1" … "_uc3" */
  constraintId: string;
}

export interface SearchDefinition {
  fields: string[];
  caseSensitive?: boolean;
  minTermLength?: number;
  dedupe?: boolean;
}

/** What Steamer adds to a model: the block `steamer:`. */
export interface SteamerDefinition extends ModelOptions {
  /** the model's segment in URLs, "benchmark-results" */
  path: string;
  pathAt: Position;
  /** whether `path` was given, rather than made from the class name */
  isPathGiven: boolean;
  /** how long a cached row may be served without asking DynamoDB, in seconds; 0: never cached */
  cacheSec: number;
  /** how long a row may be kept in isolates, in milliseconds; 0: not; null: as the service says */
  isolateCacheMs: number | null;
  /** whether writes are told in the tenant's stream of the model's changes */
  changes: boolean;
}

export interface ModelDefinition {
  /** the class name */
  name: string;
  at: Position;
  prefix: string;
  prefixAt: Position;
  keyEncoding: KeyEncoding;
  /** a mapping model joins two others, which get methods that skip the rows between */
  isMapping: boolean;
  /** 0: not iterable */
  iterationBuckets: number;
  search: SearchDefinition | null;
  /** the date field that says when an object was deleted; null: deleted objects are gone */
  softDelete: string | null;
  /** counts the changes of the stored form of its rows, from 1 */
  schemaVersion: number;
  /** the module whose `upcasters` bring rows of earlier versions up to date; its path is relative to the definitions file */
  upcasters: { path: string; at: Position } | null;
  fields: ReadonlyMap<string, FieldDefinition>;
  primaryKey: KeyDefinition;
  indexes: readonly IndexDefinition[];
  uniqueConstraints: readonly UniqueConstraintDefinition[];
  steamer: SteamerDefinition;
}
