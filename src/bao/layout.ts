/**
 * The single-table layout: which keys a row has. Every key is composed here and nowhere else.
 *
 * @see docs/design/bao-layout.md
 */
import {
  COLLECTION_KEY,
  ITERATION_PK_FIELD,
  ITERATION_SK_FIELD,
  MODEL_PREFIX,
  PRIMARY_ID_SEPARATOR,
  UNIQUE_CONSTRAINT_KEY,
} from './constants.ts';
import type { AttributeMap } from '../dynamo/types.ts';
import { DataFormatError, ValidationError } from './errors.ts';
import type { IndexDefinition, ModelDefinition, NamedField } from './model-definition.ts';
import type { UniqueConstraint } from './unique-constraints.ts';

/** Both parts of a primary key as they are encoded, without tenant and prefix; a part of `modelPrefix` is the prefix itself. */
export interface PrimaryIdParts {
  readonly pk: string;
  readonly sk: string;
}

/** The key of a row, under the names it has in the table. */
export interface RowKey {
  readonly _pk: string;
  readonly _sk: string;
}

/** Attribute names and their text: keys of indexes are always strings. */
export type KeyAttributes = Readonly<Record<string, string>>;

/** DynamoDB's limits on the parts of a key, in bytes of UTF-8. */
export const PARTITION_KEY_MAX_BYTES = 2048;
export const SORT_KEY_MAX_BYTES = 1024;

/** "[acme]#", or nothing without a tenant. */
export function tenantPrefix(tenant: string | null): string {
  return tenant === null ? '' : `[${tenant}]#`;
}

/**
 * A value as part of a key, or null when there is nothing to index: an unset value, or one whose text is empty.
 *
 * @throws ValidationError for a number that the encoding has no room for
 */
export function keyText(definition: ModelDefinition, { name, field }: NamedField, value: unknown): string | null {
  if (value === null || value === undefined) return null;
  try {
    const text = field.toKey(value, definition.keyEncoding);
    return text === '' ? null : text;
  } catch (error) {
    throw new ValidationError(error instanceof Error ? error.message : 'has no form inside a key', name, value, { cause: error });
  }
}

/**
 * The key parts of an object from its native values.
 *
 * @throws ValidationError when a field of the key is missing or no value of its field
 */
export function primaryIdParts(definition: ModelDefinition, read: (name: string) => unknown): PrimaryIdParts {
  const part = (named: NamedField | null): string => {
    if (named === null) return definition.prefix;
    const value = read(named.name);
    if (named.field.isUnset(value)) throw new ValidationError(`Field is required: ${named.name}`, named.name, value);
    named.field.validate(value);
    return keyText(definition, named, value) ?? missingKey(named.name, value);
  };
  return { pk: part(definition.primaryKey.partition), sk: part(definition.primaryKey.sort) };
}

function missingKey(name: string, value: unknown): never {
  throw new ValidationError(`${name}: a part of a key may not be empty`, name, value);
}

/** The primary id: the one part that is not the prefix, or both with the separator between. */
export function formatPrimaryId({ primaryKey }: ModelDefinition, { pk, sk }: PrimaryIdParts): string {
  if (primaryKey.sort === null) return pk;
  return primaryKey.partition === null ? sk : `${pk}${PRIMARY_ID_SEPARATOR}${sk}`;
}

/**
 * The parts of a primary id.
 *
 * @throws ValidationError when a composite id lacks its separator
 */
export function parsePrimaryId({ primaryKey, prefix, name }: ModelDefinition, id: string): PrimaryIdParts {
  if (primaryKey.sort === null) return { pk: id, sk: prefix };
  if (primaryKey.partition === null) return { pk: prefix, sk: id };
  const at = id.indexOf(PRIMARY_ID_SEPARATOR);
  if (at < 0) throw new ValidationError(`primaryId of ${name}: expected two parts joined by ${PRIMARY_ID_SEPARATOR}, got one`);
  return { pk: id.slice(0, at), sk: id.slice(at + PRIMARY_ID_SEPARATOR.length) };
}

/**
 * The key of a row. Rows of a `modelPrefix` partition carry no tenant in the `legacy` layout.
 *
 * @throws ValidationError for parts that DynamoDB would refuse, or that would read back as another id
 */
export function rowKey(definition: ModelDefinition, tenant: string | null, parts: PrimaryIdParts): RowKey {
  const { primaryKey } = definition;
  const isComposite = primaryKey.partition !== null && primaryKey.sort !== null;
  if (isComposite && parts.pk.includes(PRIMARY_ID_SEPARATOR))
    throw new ValidationError(`the first part of a key may not hold ${PRIMARY_ID_SEPARATOR}`);
  const partition = partitionText(definition, tenant, primaryKey, parts.pk);
  if (primaryKey.partition !== null) checkKeyPart(parts.pk, partition, PARTITION_KEY_MAX_BYTES);
  checkKeyPart(parts.sk, parts.sk, SORT_KEY_MAX_BYTES);
  return { _pk: partition, _sk: parts.sk };
}

/** The partition of the table or of an index that holds a text. */
function partitionText({ prefix, keyEncoding }: ModelDefinition, tenant: string | null, index: IndexDefinition, text: string): string {
  const { indexId, partition, collection } = index;
  if (indexId === null && partition === null) return `${keyEncoding === 'legacy' ? '' : tenantPrefix(tenant)}${prefix}`;
  const owner = collection === undefined ? prefix : `${COLLECTION_KEY}#${collection}`;
  return `${tenantPrefix(tenant)}${owner}#${indexId === null ? '' : `${indexId}#`}${text}`;
}

function checkKeyPart(part: string, key: string, maxBytes: number): void {
  if (part === '') throw new ValidationError('a primary id may not be empty');
  // Lone surrogates become U+FFFD in UTF-8: two ids would name one row.
  if (!part.isWellFormed()) throw new ValidationError('a primary id has to be well-formed Unicode');
  checkKeySize(key, maxBytes, null);
}

/** @throws ValidationError when a key is longer than DynamoDB takes */
export function checkKeySize(key: string, maxBytes: number, fieldName: string | null): void {
  // Three bytes is the most a UTF-16 code unit takes, so most keys need no counting.
  if (key.length * 3 <= maxBytes || new TextEncoder().encode(key).byteLength <= maxBytes) return;
  const owner = fieldName === null ? 'a primary id' : `${fieldName}: a value inside an index`;
  throw new ValidationError(`${owner} may have at most ${maxBytes} bytes with its prefixes`, fieldName);
}

/** A row's key as attribute values. */
export function keyAttributeMap({ _pk, _sk }: RowKey): AttributeMap {
  return { _pk: { S: _pk }, _sk: { S: _sk } };
}

/** One text per row, for maps by row. U+0000 sorts nothing here; it only cannot be confused with the parts. */
export function rowIdentity({ _pk, _sk }: RowKey): string {
  return `${_pk}\u0000${_sk}`;
}

/** The key of a row as DynamoDB gave it. */
export function keyOfRow(row: AttributeMap): RowKey {
  const { _pk, _sk } = row;
  if (!_pk || !_sk || !('S' in _pk) || !('S' in _sk)) throw new DataFormatError('a row has no key', row, '_pk and _sk as strings');
  return { _pk: _pk.S, _sk: _sk.S };
}

/** The parts of a primary id from a row's own key. */
export function partsOfRowKey(definition: ModelDefinition, tenant: string | null, { _pk, _sk }: RowKey): PrimaryIdParts {
  if (definition.primaryKey.partition === null) return { pk: definition.prefix, sk: _sk };
  return { pk: _pk.slice(`${tenantPrefix(tenant)}${definition.prefix}#`.length), sk: _sk };
}

/** What the partition keys of all rows of a model and tenant begin with, or, where they share one partition, are. */
export function rowPartitions(definition: ModelDefinition, tenant: string | null): { text: string; isWhole: boolean } {
  const { primaryKey } = definition;
  return { text: partitionText(definition, tenant, primaryKey, ''), isWhole: primaryKey.partition === null };
}

/** Whether a row with this partition key is one of the model and tenant. */
export function isPartitionOf(definition: ModelDefinition, tenant: string | null, partition: string): boolean {
  const { text, isWhole } = rowPartitions(definition, tenant);
  return isWhole ? partition === text : partition.startsWith(text);
}

/** The names of the attributes that hold an index's keys; of the table itself for an alias of the primary key. */
export function indexAttributes(index: { indexId: string | null }): { partition: string; sort: string } {
  const prefix = index.indexId === null ? '' : `_${index.indexId}`;
  return { partition: `${prefix}_pk`, sort: `${prefix}_sk` };
}

/**
 * The partition of an index that holds the given value.
 *
 * @param value a native value of the partition's field; not used where the partition is the model itself
 */
export function indexPartition(definition: ModelDefinition, tenant: string | null, index: IndexDefinition, value: unknown): string | null {
  const text = index.partition === null ? definition.prefix : keyText(definition, index.partition, value);
  return text === null ? null : partitionText(definition, tenant, index, text);
}

/** What the sort keys of the model begin with in an index: in the partitions of a collection the rows of each model stand together. */
export function indexSortPrefix({ prefix }: ModelDefinition, { collection }: { collection?: string }): string {
  return collection === undefined ? '' : `${prefix}#`;
}

/** The key attributes of an index, or none when a part is unset: an index holds a row only under a whole key. */
export function indexKeyOf(
  definition: ModelDefinition,
  tenant: string | null,
  index: IndexDefinition,
  read: (name: string) => unknown,
): KeyAttributes {
  const partition = indexPartition(definition, tenant, index, index.partition && read(index.partition.name));
  const ownSort = index.sort === null ? definition.prefix : keyText(definition, index.sort, read(index.sort.name));
  if (partition === null || ownSort === null) return {};
  const sort = `${indexSortPrefix(definition, index)}${ownSort}`;
  checkKeySize(partition, PARTITION_KEY_MAX_BYTES, index.partition?.name ?? null);
  checkKeySize(sort, SORT_KEY_MAX_BYTES, index.sort?.name ?? null);
  const attributes = indexAttributes(index);
  return { [attributes.partition]: partition, [attributes.sort]: sort };
}

/** Which of `buckets` partitions of the iteration index a primary id is in. */
export function iterationBucket(primaryId: string, buckets: number): number {
  let hash = 0;
  for (let at = 0; at < primaryId.length; at += 1) hash = (Math.imul(hash, 31) + primaryId.charCodeAt(at)) | 0;
  return Math.abs(hash) % buckets;
}

/** The partition of one bucket of the iteration index. */
export function iterationPartition({ prefix, iterationBuckets }: ModelDefinition, tenant: string | null, bucket: number): string {
  const base = `${tenantPrefix(tenant)}${prefix}#iter`;
  return iterationBuckets === 1 ? base : `${base}#${String(bucket).padStart(3, '0')}`;
}

/** The attributes that put a row into the iteration index; none for a model that is not iterable. */
export function iterationKeys(definition: ModelDefinition, tenant: string | null, parts: PrimaryIdParts): KeyAttributes {
  if (definition.iterationBuckets === 0) return {};
  const id = formatPrimaryId(definition, parts);
  const bucket = iterationBucket(id, definition.iterationBuckets);
  return { [ITERATION_PK_FIELD]: iterationPartition(definition, tenant, bucket), [ITERATION_SK_FIELD]: id };
}

/** The key of the guard row of a unique value, which is the stored value as text. */
export function guardKey({ prefix }: ModelDefinition, tenant: string | null, constraint: UniqueConstraint, value: unknown): RowKey {
  const text = String(constraint.field.toDy(value));
  const partition = `${tenantPrefix(tenant)}${UNIQUE_CONSTRAINT_KEY}#${constraint.constraintId}#${prefix}#${constraint.name}:${text}`;
  checkKeyPart(UNIQUE_CONSTRAINT_KEY, partition, PARTITION_KEY_MAX_BYTES);
  return { _pk: partition, _sk: UNIQUE_CONSTRAINT_KEY };
}

/** True for the word that stands for the model's prefix where a value is asked for. */
export function isModelPrefix(definition: ModelDefinition, value: unknown): boolean {
  return value === undefined || value === null || value === MODEL_PREFIX || value === definition.prefix;
}
