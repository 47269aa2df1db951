/** What storage needs to know of the models above it: plain data that code generation emits, so that no lower room imports a model. */
import type { FieldKind } from '../wire/field-kinds.ts';

/** The names of a key's attributes. */
export interface KeyAttributes {
  partitionKey: string;
  sortKey: string;
}

/** What a secondary index holds of a row: everything, its keys, or its keys and the named attributes. */
export type IndexProjection = 'ALL' | 'KEYS_ONLY' | readonly string[];

/** Secondary indexes by name. */
export type TableIndexes = Readonly<Record<string, KeyAttributes & { projection: IndexProjection }>>;

/** What a store has to know of the rows of a model. */
export interface ModelProfile {
  /** the class name, "BenchmarkResult" */
  name: string;
  /** the prefix that its keys start with; unique in the table */
  prefix: string;
  /** how long a cached row may be served without asking again, in seconds; 0: never cached */
  cacheSec: number;
  /** how long its rows may be kept in isolates for callers with a version token, in milliseconds; 0: not; absent: as the service says */
  isolateCacheMs?: number;
  /** whether writes are told in the tenant's stream of the model's changes */
  changes: boolean;
  /** false for a partition key of `modelPrefix`: such rows carry no tenant and are never cached */
  hasTenantPrefix: boolean;
  fields: Record<string, FieldKind>;
  /** the secondary indexes it writes, "gsi1" … "gsi5", "iter_index", "iter_search_index" */
  indexes: readonly string[];
}

/** A table as its store has to know it, as plain data: code generation writes it beside the models. */
export interface TableProfile {
  key: KeyAttributes;
  /** the secondary indexes, as they are in the table: an index that holds more or less than is said here answers wrongly after writes */
  indexes: TableIndexes;
  /** the attribute DynamoDB expires rows by, in seconds */
  ttlAttribute: string;
  /** by model prefix */
  models: Record<string, ModelProfile>;
}
