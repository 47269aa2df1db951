/** Reads the blocks `primaryKey:`, `indexes:` and `uniqueConstraints:` of a model, and checks them against its fields. */
import { MODEL_PREFIX } from '../constants.ts';
import type { FieldDefinition, IndexDefinition, KeyDefinition, UniqueConstraintDefinition } from './definitions.ts';
import { asMap, describe, type Located, MapReader, suggestion } from './map-reader.ts';
import { whyNotAnIndexName } from './names.ts';
import type { IssueList, SourceEntry } from './source.ts';

type Fields = ReadonlyMap<string, FieldDefinition>;

/** The primary key, or null after reporting what is wrong with it. */
export function parsePrimaryKey(model: MapReader, fields: Fields, issues: IssueList): KeyDefinition | null {
  const reader = model.map('primaryKey');
  if (reader === null) {
    if (model.entry('primaryKey') === undefined) model.missing('primaryKey', 'give it a partitionKey and, if rows share one, a sortKey');
    return null;
  }
  const partition = requiredPart(reader, 'partitionKey');
  const sort = reader.text('sortKey');
  reader.finish();
  if (partition === undefined || (sort === undefined && reader.entry('sortKey') !== undefined)) return null;
  const areFields = [partition, sort]
    .filter((part) => part !== undefined)
    .map((part) => checkPart(part, 'primary', reader, fields, issues));
  if (areFields.includes(false)) return null;
  const key = { partitionKey: partition.value, sortKey: sort?.value ?? MODEL_PREFIX };
  if (key.partitionKey !== key.sortKey) return key;
  const reason = key.partitionKey === MODEL_PREFIX ? 'at least one part must be a field' : 'partitionKey and sortKey must differ';
  issues.error(reader.at, `${reader.what}: ${reason}`);
  return null;
}

/** The indexes in the order of the file. What is wrong is reported and left out. */
export function parseIndexes(model: MapReader, primaryKey: KeyDefinition | null, fields: Fields, issues: IssueList): IndexDefinition[] {
  const usedIds = new Map<string, string>();
  const indexes: IndexDefinition[] = [];
  for (const [name, entry] of namedEntries(model, 'indexes', issues)) {
    const what = `${model.what}: index "${name}"`;
    const index = isPrimaryKeyAlias(entry)
      ? primaryKey && { name, at: entry.at, indexId: null, projection: 'ALL' as const, ...primaryKey }
      : parseIndex(name, what, entry, fields, issues);
    if (index === null) continue;
    claimId(index.indexId ?? 'primaryKey', what, entry, usedIds, issues);
    indexes.push(index);
  }
  return indexes;
}

/** The unique constraints in the order of the file. What is wrong is reported and left out. */
export function parseUniqueConstraints(model: MapReader, fields: Fields, issues: IssueList): UniqueConstraintDefinition[] {
  const usedIds = new Map<string, string>();
  const constraints: UniqueConstraintDefinition[] = [];
  for (const [name, entry] of namedEntries(model, 'uniqueConstraints', issues)) {
    const what = `${model.what}: unique constraint "${name}"`;
    const reader = asMap(entry, what, issues);
    if (reader === null) continue;
    const field = requiredPart(reader, 'field');
    const id = parseId(reader, 'uniqueConstraintId', /^_?(uc[1-3])$/, 'uc1, uc2 or uc3', issues);
    reader.finish();
    if (id !== null) claimId(id, what, entry, usedIds, issues);
    if (field === undefined || id === null || !checkPart(field, 'constraint', reader, fields, issues)) continue;
    constraints.push({ name, at: entry.at, field: field.value, constraintId: `_${id}` });
  }
  return constraints;
}

function parseIndex(name: string, what: string, entry: SourceEntry, fields: Fields, issues: IssueList): IndexDefinition | null {
  if (entry.value.kind !== 'map') {
    issues.error(
      entry.value.at,
      `${what} expected "primaryKey" or a mapping with partitionKey, sortKey and indexId, got ${describe(entry.value)}`,
    );
    return null;
  }
  const reader = new MapReader(entry.value, what, issues);
  const partition = requiredPart(reader, 'partitionKey');
  const sort = requiredPart(reader, 'sortKey');
  const indexId = parseId(reader, 'indexId', /^(gsi[1-5])$/, 'gsi1, gsi2, gsi3, gsi4 or gsi5', issues);
  const projection = parseProjection(reader, fields, issues);
  const collection = parseCollection(reader, partition?.value, issues);
  reader.finish();
  if (partition === undefined || sort === undefined) return null;
  const areFields = [partition, sort].map((part) => checkPart(part, 'index', reader, fields, issues));
  if (indexId === null || areFields.includes(false)) return null;
  const shared = collection === null ? {} : { collection };
  if (collection !== null && projection !== 'ALL')
    issues.error(entry.at, `${what}: the index of a collection holds whole rows, without projection`);
  return { name, at: entry.at, partitionKey: partition.value, sortKey: sort.value, indexId, projection, ...shared };
}

/** The name of the collection that the index is of, if any. */
function parseCollection(reader: MapReader, partition: string | undefined, issues: IssueList): string | null {
  const collection = reader.text('collection');
  if (collection === undefined) return null;
  if (!/^[\w-]+$/.test(collection.value)) issues.error(collection.at, `${reader.what}: "collection" expected letters, digits, "-" and "_"`);
  if (partition === MODEL_PREFIX) issues.error(collection.at, `${reader.what}: a collection is partitioned by a field, not by modelPrefix`);
  return collection.value;
}

/** The most attributes besides keys that DynamoDB lets an index hold. */
const MAX_PROJECTED = 20;

/** What the index holds of a row: `all`, `keys`, or a list of fields. */
function parseProjection(reader: MapReader, fields: Fields, issues: IssueList): IndexDefinition['projection'] {
  const value = reader.entry('projection')?.value;
  if (value === undefined || (value.kind === 'scalar' && value.value === 'all')) return 'ALL';
  if (value.kind === 'scalar' && value.value === 'keys') return 'KEYS_ONLY';
  if (value.kind !== 'list' || value.items.length === 0 || value.items.length > MAX_PROJECTED) {
    issues.error(
      value.at,
      `${reader.what}: "projection" expected all, keys or a list of 1 to ${MAX_PROJECTED} fields, got ${describe(value)}`,
    );
    return 'ALL';
  }
  return value.items.flatMap((item) => {
    const name = item.kind === 'scalar' ? String(item.value) : '';
    if (fields.has(name)) return name;
    issues.error(item.at, `${reader.what}: "projection": unknown field ${describe(item)}; ${suggestion(name, [...fields.keys()])}`);
    return [];
  });
}

function namedEntries(model: MapReader, block: string, issues: IssueList): [string, SourceEntry][] {
  const entries = model.map(block)?.entries() ?? [];
  for (const [name, entry] of entries) {
    const reason = whyNotAnIndexName(name);
    if (reason !== null) issues.error(entry.at, `${model.what}: "${name}" can be no name in "${block}"; ${reason}`);
  }
  return entries.filter(([name]) => whyNotAnIndexName(name) === null);
}

function isPrimaryKeyAlias({ value }: SourceEntry): boolean {
  return value.kind === 'scalar' && value.value === 'primaryKey';
}

function requiredPart(reader: MapReader, key: string): Located<string> | undefined {
  const meaning = key === 'field' ? 'the field whose values are unique' : 'the name of a field, or modelPrefix';
  if (reader.entry(key) === undefined) reader.missing(key, meaning);
  return reader.text(key);
}

/** An id such as "gsi1"; the bare number `1` means the same, as dynamo-bao's own guide writes it. */
function parseId(reader: MapReader, key: string, pattern: RegExp, expected: string, issues: IssueList): string | null {
  const entry = reader.entry(key);
  if (entry === undefined) {
    reader.missing(key, expected);
    return null;
  }
  const { value } = entry;
  const prefix = expected.replace(/\d.*$/, '');
  const text =
    value.kind === 'scalar' && typeof value.value === 'number'
      ? `${prefix}${value.value}`
      : value.kind === 'scalar'
        ? String(value.value)
        : '';
  const id = pattern.exec(text)?.[1];
  if (id !== undefined) return id;
  issues.error(value.at, `${reader.what}: "${key}" expected ${expected}, got ${describe(value)}`);
  return null;
}

function claimId(id: string, what: string, entry: SourceEntry, usedIds: Map<string, string>, issues: IssueList): void {
  const owner = usedIds.get(id);
  if (owner === undefined) usedIds.set(id, what);
  else issues.error(entry.at, `${what}: ${id} is used already by ${owner}`);
}

/** True when `part` names a field that may stand there; reports why not otherwise. */
function checkPart(
  part: Located<string>,
  use: 'primary' | 'index' | 'constraint',
  reader: MapReader,
  fields: Fields,
  issues: IssueList,
): boolean {
  if (part.value === MODEL_PREFIX && use !== 'constraint') return true;
  const field = fields.get(part.value);
  if (field === undefined) {
    issues.error(part.at, `${reader.what}: unknown field "${part.value}"; ${suggestion(part.value, [...fields.keys()])}`);
    return false;
  }
  const { keyUse } = field.rules;
  if (keyUse === 'any' || (keyUse === 'index' && use === 'index')) return true;
  const reason =
    keyUse === 'index' ? 'writes change by themselves: it can be part of an index only' : 'can be no part of a key, index or constraint';
  issues.error(part.at, `${reader.what}: "${part.value}" is a ${field.type}, which ${reason}`);
  return false;
}
