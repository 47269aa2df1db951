/** What the statics of a model class say, checked once and put into the shape the rest of the layer works with. */
import type { IndexProjection } from '../dynamo/table-profile.ts';
import { GSI_INDEX_IDS, MODEL_PREFIX, TTL_FIELD, UNIQUE_CONSTRAINT_IDS } from './constants.ts';
import { ConfigurationError } from './errors.ts';
import type { BaoField, KeyEncoding } from './fields/field.ts';
import type { FieldMap } from './fields/index.ts';
import type { IndexConfig, PrimaryKeyConfig, UniqueConstraintConfig } from './key-configs.ts';
import { pathOfModel } from './naming.ts';
import type { NestedParts } from './nested-parts.ts';
import type { Upcasters } from './upcast.ts';

/** Which text is searched, and how it is normalised. */
export interface SearchConfig {
  fields: readonly string[];
  caseSensitive?: boolean;
  minTermLength?: number;
  dedupe?: boolean;
}

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
  readonly projection?: IndexProjection;
}

export interface UniqueConstraint extends NamedField {
  readonly constraintName: string;
  readonly constraintId: string;
}

export interface ModelDefinition {
  readonly name: string;
  readonly prefix: string;
  readonly path: string;
  readonly keyEncoding: KeyEncoding;
  readonly fields: ReadonlyMap<string, BaoField>;
  readonly primaryKey: KeyParts;
  /** the fields of the primary key, partition first: one or two */
  readonly keyFields: readonly NamedField[];
  /** secondary indexes and aliases of the primary key, by name; `primary` is not among them */
  readonly indexes: ReadonlyMap<string, IndexDefinition>;
  readonly uniqueConstraints: readonly UniqueConstraint[];
  /** how many partitions of the iteration index its objects are spread over; 0: not iterable */
  readonly iterationBuckets: number;
  readonly searchConfig: SearchConfig | null;
  readonly defaultQueryLimit: number;
  /** the field that says when an object was deleted; null: a delete removes the row */
  readonly softDelete: string | null;
  /** from 1; rows of earlier versions are upcast when they are read */
  readonly schemaVersion: number;
  readonly upcasters: Upcasters;
  /** the first field of kind `version`, which entity tags are made of */
  readonly versionField: string | null;
}

/** What finds and changes parts of nested fields; null for a model that has none. */
export function nestedPartsOf({ fields }: Pick<ModelDefinition, 'fields'>): NestedParts | null {
  for (const { parts } of fields.values()) if (parts !== null) return parts;
  return null;
}

const MAX_ITERATION_BUCKETS = 1000;
const COLLECTION_PATTERN = /^[\w-]+$/;
// `#` separates the parts of a key and `[` begins the tenant's, so a prefix with either could name rows of another model or tenant.
const PREFIX_PATTERN = /^[^#[\]_][^#[\]]*$/;

/**
 * Checks the statics of a model.
 *
 * @param isReserved true for names that instances have already and a field would hide
 * @throws ConfigurationError naming the model and what is wrong
 */
export function defineModel(model: ModelStatics, isReserved: (name: string) => boolean): ModelDefinition {
  const name = model.modelName ?? model.name;
  const fail = (message: string): never => {
    throw new ConfigurationError(message, name);
  };
  if (typeof model.modelPrefix !== 'string' || !PREFIX_PATTERN.test(model.modelPrefix)) {
    fail('modelPrefix has to be a string without "#", "[", "]" that does not begin with "_"');
  }
  const fields = checkFields(model.fields, isReserved, fail);
  const parts = (key: { pk: string; sk: string }, owner: string): KeyParts => ({
    partition: keyPart(fields, key.pk, owner, fail),
    sort: keyPart(fields, key.sk, owner, fail),
  });
  if (!model.primaryKey) fail('primaryKey is missing');
  const primaryKey = parts(model.primaryKey, 'primaryKey');
  const keyFields = [primaryKey.partition, primaryKey.sort].filter((part) => part !== null);
  if (keyFields.length === 0) fail('primaryKey needs at least one field');
  for (const { field } of keyFields) field.required = true;
  return {
    name,
    prefix: model.modelPrefix,
    path: model.path ?? pathOfModel(name),
    keyEncoding: model.keyEncoding,
    fields,
    primaryKey,
    keyFields,
    indexes: checkIndexes(model, parts, fail),
    uniqueConstraints: checkUniqueConstraints(model, fields, fail),
    iterationBuckets: checkIteration(model, fail),
    searchConfig: checkSearch(model, fields, fail),
    defaultQueryLimit: model.defaultQueryLimit,
    softDelete: checkSoftDelete(model, fields, keyFields, fail),
    ...checkVersions(model, fail),
    versionField: [...fields].find(([, field]) => field.kind === 'version')?.[0] ?? null,
  };
}

type Fail = (message: string) => never;

function checkFields(declared: FieldMap, isReserved: (name: string) => boolean, fail: Fail): Map<string, BaoField> {
  const fields = new Map(Object.entries(declared ?? {}));
  for (const [name, field] of fields) {
    if (name.startsWith('_')) fail(`field names may not begin with "_": ${name}`);
    if (isReserved(name)) fail(`a field may not be called "${name}", as every object has a member of that name`);
    if (typeof field?.toDy !== 'function') fail(`field ${name} is not a field; use one of the factories in \`fields\``);
    if (field.kind === 'ttl' && name !== TTL_FIELD) fail(`a TtlField has to be called "${TTL_FIELD}", got ${name}`);
  }
  return fields;
}

function keyPart(fields: ReadonlyMap<string, BaoField>, name: string, owner: string, fail: Fail): NamedField | null {
  if (name === MODEL_PREFIX) return null;
  const field = fields.get(name) ?? fail(`${owner} names the field ${name}, which the model does not have`);
  if (!field.isKeyable) fail(`${owner}: a field of kind ${field.kind} cannot be part of a key: ${name}`);
  return { name, field };
}

function checkIndexes(
  model: ModelStatics,
  parts: (key: { pk: string; sk: string }, owner: string) => KeyParts,
  fail: Fail,
): Map<string, IndexDefinition> {
  const indexes = new Map<string, IndexDefinition>();
  const usedIds = new Map<string, string>();
  for (const [name, config] of Object.entries(model.indexes ?? {})) {
    if (name.startsWith('_')) fail(`index names may not begin with "_": ${name}`);
    const indexId = 'indexId' in config ? config.indexId : null;
    if (indexId === null) {
      if (config.pk !== model.primaryKey.pk || config.sk !== model.primaryKey.sk)
        fail(`index ${name} needs an IndexConfig, or the model's own primaryKey`);
    } else {
      if (!GSI_INDEX_IDS.some((id) => id === indexId))
        fail(`index ${name}: expected an indexId of ${GSI_INDEX_IDS.join(', ')}, got ${indexId}`);
      const other = usedIds.get(indexId);
      if (other !== undefined) fail(`indexes ${other} and ${name} both use ${indexId}`);
      usedIds.set(indexId, name);
    }
    const projection = 'projection' in config ? config.projection : 'ALL';
    const collection = checkCollection(name, config, fail);
    indexes.set(name, {
      name,
      indexId,
      ...(projection === 'ALL' ? {} : { projection }),
      ...(collection === null ? {} : { collection }),
      ...parts(config, `index ${name}`),
    });
  }
  return indexes;
}

function checkCollection(name: string, config: IndexConfig | PrimaryKeyConfig, fail: Fail): string | null {
  const collection = 'collection' in config ? config.collection : null;
  if (collection === null) return null;
  if (!COLLECTION_PATTERN.test(collection))
    fail(`index ${name}: a collection is called by letters, digits, "-" and "_", got ${collection}`);
  if (config.pk === MODEL_PREFIX) fail(`index ${name}: a collection is partitioned by a field, not by the models' prefixes`);
  if ('projection' in config && config.projection !== 'ALL')
    fail(`index ${name}: the index of a collection holds whole rows, without projection`);
  return collection;
}

function checkUniqueConstraints(model: ModelStatics, fields: ReadonlyMap<string, BaoField>, fail: Fail): UniqueConstraint[] {
  const usedIds = new Set<string>();
  return Object.entries(model.uniqueConstraints ?? {}).map(([constraintName, { field: name, constraintId }]) => {
    const field = fields.get(name) ?? fail(`unique constraint ${constraintName} names the field ${name}, which the model does not have`);
    if (!field.isKeyable || field.kind === 'counter')
      fail(`unique constraint ${constraintName}: a field of kind ${field.kind} cannot be unique`);
    if (!UNIQUE_CONSTRAINT_IDS.some((id) => id === constraintId)) {
      fail(`unique constraint ${constraintName}: expected an id of ${UNIQUE_CONSTRAINT_IDS.join(', ')}, got ${constraintId}`);
    }
    if (usedIds.has(constraintId)) fail(`two unique constraints use ${constraintId}`);
    usedIds.add(constraintId);
    return { constraintName, constraintId, name, field };
  });
}

function checkSoftDelete(
  { softDelete }: ModelStatics,
  fields: ReadonlyMap<string, BaoField>,
  keyFields: readonly NamedField[],
  fail: Fail,
): string | null {
  if (softDelete === null || softDelete === undefined) return null;
  const field = fields.get(softDelete) ?? fail(`softDelete names the field ${softDelete}, which the model does not have`);
  if (field.kind !== 'date-time' || field.required || keyFields.some(({ name }) => name === softDelete))
    fail(`softDelete needs an optional DateTimeField outside of the key: ${softDelete}`);
  return softDelete;
}

function checkVersions({ schemaVersion, upcasters }: ModelStatics, fail: Fail): Pick<ModelDefinition, 'schemaVersion' | 'upcasters'> {
  if (!Number.isSafeInteger(schemaVersion) || schemaVersion < 1)
    fail(`schemaVersion has to be a whole number from 1, got ${String(schemaVersion)}`);
  for (let from = 1; from < schemaVersion; from += 1)
    if (typeof upcasters[from] !== 'function') fail(`upcasters has none from version ${from} to ${from + 1}`);
  return { schemaVersion, upcasters };
}

function checkIteration({ iterable, iterationBuckets }: ModelStatics, fail: Fail): number {
  if (!iterable) return 0;
  if (Number.isInteger(iterationBuckets) && iterationBuckets >= 1 && iterationBuckets <= MAX_ITERATION_BUCKETS) return iterationBuckets;
  return fail(`iterationBuckets has to be a whole number from 1 to ${MAX_ITERATION_BUCKETS}, got ${String(iterationBuckets)}`);
}

function checkSearch({ searchable, searchConfig }: ModelStatics, fields: ReadonlyMap<string, BaoField>, fail: Fail): SearchConfig | null {
  if (!searchable) return null;
  if (!searchConfig) return fail('has searchable: true but no `searchConfig`');
  const names: unknown = searchConfig.fields;
  if (!Array.isArray(names) || names.length === 0) return fail('searchConfig.fields must be a non-empty array');
  for (const name of searchConfig.fields) {
    if (!fields.has(name)) fail(`searchConfig.fields references "${name}" but that field is not defined`);
  }
  return searchConfig;
}
