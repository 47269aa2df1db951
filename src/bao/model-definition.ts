/** What the statics of a model class say, checked once and put into the shape the rest of the layer works with. */
import type { AttributeMap } from '../dynamo/types.ts';
import { MODEL_PREFIX } from './constants.ts';
import { indexKeys } from './derived-attributes.ts';
import type { DerivedAttributes } from './derived-attributes.ts';
import { ConfigurationError } from './errors.ts';
import type { Placeholders } from './expression.ts';
import { demandFeature, findFeature } from './features.ts';
import type { BaoField, KeyEncoding } from './fields/field.ts';
import type { FieldMap } from './fields/index.ts';
import type { IndexPart } from './index-projections.ts';
import type { IndexConfig, PrimaryKeyConfig } from './key-configs.ts';
import { nameOfModel } from './naming.ts';
import type { NestedParts } from './nested-parts.ts';
import type { Plugin } from './plugins.ts';
import type { Relations } from './related.ts';
import type { SearchConfig } from './search-text.ts';
import type { SoftDelete } from './soft-delete.ts';
import type { UniqueConstraintConfig, UniqueConstraints } from './unique-constraints.ts';
import type { SchemaVersions, Upcasters } from './schema-versions.ts';

/** The statics that a model class declares. */
export interface ModelStatics {
  readonly name: string;
  readonly modelName: string | null;
  readonly modelPrefix: string;
  readonly path: string | null;
  readonly keyEncoding: KeyEncoding;
  readonly fields: FieldMap;
  readonly primaryKey: PrimaryKeyConfig;
  readonly indexes: Record<string, IndexConfig | PrimaryKeyConfig>;
  readonly uniqueConstraints: Record<string, UniqueConstraintConfig>;
  readonly iterable: boolean;
  readonly iterationBuckets: number;
  readonly searchable: boolean;
  readonly searchConfig: SearchConfig | null;
  readonly defaultQueryLimit: number;
  readonly softDelete: string | null;
  readonly schemaVersion: number;
  readonly upcasters: Upcasters;
}

/** A field inside a model. */
export interface NamedField {
  readonly name: string;
  readonly field: BaoField;
}

/** Two parts of a key; null stands for the model's prefix. */
export interface KeyParts {
  readonly partition: NamedField | null;
  readonly sort: NamedField | null;
}

/** One way of listing the model: a secondary index, or the primary key (`indexId` null) under a name. */
export interface IndexDefinition extends KeyParts {
  readonly name: string;
  readonly indexId: string | null;
  /** the collection whose partitions it shares with indexes of other models, if any */
  readonly collection?: string;
  /** what the index holds of a row; absent: everything */
  readonly part?: IndexPart;
}

/** Rows that are there and do not count as objects, unless an option says so. */
export interface HidingRule {
  /** the field that hides them */
  readonly field: string;
  readonly unless: 'includeExpired' | 'includeDeleted';
  hides(row: AttributeMap): boolean;
  /** The term of a condition that leaves them out. */
  term(placeholders: Placeholders): string;
}

export interface ModelDefinition {
  readonly name: string;
  readonly prefix: string;
  readonly keyEncoding: KeyEncoding;
  readonly fields: ReadonlyMap<string, BaoField>;
  /** as an index that has the name `primary` */
  readonly primaryKey: IndexDefinition;
  /** the fields of the primary key, partition first: one or two */
  readonly keyFields: readonly NamedField[];
  /** secondary indexes and aliases of the primary key, by name; `primary` is not among them */
  readonly indexes: ReadonlyMap<string, IndexDefinition>;
  /** null: no value is unique */
  readonly unique: UniqueConstraints | null;
  /** the attributes of its rows that follow from fields: keys of indexes, search text */
  readonly derived: readonly DerivedAttributes[];
  readonly hiding: readonly HidingRule[];
  readonly defaultQueryLimit: number;
  /** how many partitions of the iteration index its objects are spread over; 0: not iterable */
  readonly iterationBuckets: number;
  readonly searchConfig: SearchConfig | null;
  /** what a filter on the search text is compared with; null: there is none */
  readonly searchText: BaoField | null;
  /** how objects are deleted by a field that says so; null: a delete removes the row */
  readonly softDelete: SoftDelete | null;
  /** null: rows have been of one form only */
  readonly versions: SchemaVersions | null;
  /** in the order of registration */
  readonly plugins: readonly Plugin[];
}

/** A definition in the making. */
export type DefinitionDraft = { -readonly [Name in keyof ModelDefinition]: ModelDefinition[Name] };

/** Says what is wrong with a model. @throws ConfigurationError */
export type Fail = (message: string) => never;

/** What finds and changes parts of nested fields; null for a model that has none. */
export function nestedPartsOf({ fields }: Pick<ModelDefinition, 'fields'>): NestedParts | null {
  for (const { parts } of fields.values()) if (parts !== null) return parts;
  return null;
}

/** What loads related objects; null for a model that has no relations. */
export function relationsIn({ fields }: ModelDefinition): Relations | null {
  for (const { relations } of fields.values()) if (relations !== null) return relations;
  return null;
}

/** What loads the related object of a field. @throws ConfigurationError for one that is no RelatedField */
export function relationsOf({ fields, name: model }: ModelDefinition, name: string): Relations {
  const relations = fields.get(name)?.relations;
  if (relations) return relations;
  throw new ConfigurationError(`${name} is not a RelatedField`, model);
}

/** @throws ConfigurationError */
export function unknownConstraint({ name }: ModelDefinition, constraintName: string): never {
  throw new ConfigurationError(`Unknown unique constraint: ${constraintName}`, name);
}

// `#` separates the parts of a key and `[` begins the tenant's, so a prefix with either could name rows of another model or tenant.
const PREFIX_PATTERN = /^[^#[\]_][^#[\]]*$/;

/**
 * Checks the statics of a model.
 *
 * @param isReserved true for names that instances have already and a field would hide
 * @throws ConfigurationError naming the model and what is wrong
 */
export function defineModel(model: ModelStatics, isReserved: (name: string) => boolean): ModelDefinition {
  const name = nameOfModel(model);
  const fail: Fail = (message) => {
    throw new ConfigurationError(message, name);
  };
  if (typeof model.modelPrefix !== 'string' || !PREFIX_PATTERN.test(model.modelPrefix)) {
    fail('modelPrefix has to be a string without "#", "[", "]" that does not begin with "_"');
  }
  findFeature('model-checks')?.(model, isReserved, fail);
  const fields = new Map(Object.entries(model.fields));
  const part = (fieldName: string): NamedField | null => {
    if (fieldName === MODEL_PREFIX) return null;
    const field = fields.get(fieldName) ?? fail(`a key names the field ${fieldName}, which the model does not have`);
    return { name: fieldName, field };
  };
  const parts = ({ pk, sk }: { pk: string; sk: string }): KeyParts => ({ partition: part(pk), sort: part(sk) });
  const primaryKey = { name: 'primary', indexId: null, ...parts(model.primaryKey) };
  const keyFields = [primaryKey.partition, primaryKey.sort].filter((one) => one !== null);
  for (const { field } of keyFields) field.required = true;
  const indexes = new Map(
    Object.entries(model.indexes ?? {}).map(([indexName, config]) => [indexName, defineIndex(indexName, config, parts(config))]),
  );
  const draft: DefinitionDraft = {
    name,
    prefix: model.modelPrefix,
    keyEncoding: model.keyEncoding,
    fields,
    primaryKey,
    keyFields,
    indexes,
    unique: null,
    derived: [...indexes.values()].filter(({ indexId }) => indexId !== null).map(indexKeys),
    hiding: [...fields].flatMap(([fieldName, field]) => field.hidingRule(fieldName) ?? []),
    defaultQueryLimit: model.defaultQueryLimit,
    iterationBuckets: 0,
    searchConfig: null,
    searchText: null,
    softDelete: null,
    versions: null,
    plugins: [],
  };
  const [unique] = Object.values(model.uniqueConstraints ?? {});
  if (unique) draft.unique = unique.together(model.uniqueConstraints, fields, fail);
  if (model.searchable) demandFeature('search-text', `the static searchable of ${name}`)(draft, model, fail);
  if (model.iterable) demandFeature('iteration-keys', `the static iterable of ${name}`)(draft, model, fail);
  if (model.softDelete) demandFeature('soft-delete', `the static softDelete of ${name}`)(draft, model, fail);
  if (model.schemaVersion !== 1) demandFeature('schema-versions', `the static schemaVersion of ${name}`)(draft, model, fail);
  return draft;
}

function defineIndex(name: string, config: IndexConfig | PrimaryKeyConfig, parts: KeyParts): IndexDefinition {
  if (!('indexId' in config)) return { name, indexId: null, ...parts };
  const { indexId, collection, projection } = config;
  const index = { name, indexId, ...(collection === null ? {} : { collection }), ...parts };
  return projection === 'ALL'
    ? index
    : { ...index, part: demandFeature('index-projections', `the projection of the index ${name}`)(index, projection) };
}
