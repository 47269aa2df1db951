/** What a change of the definitions means for a table that has rows of the former ones, and for clients. */
import { compareFields, keyFormOf } from './compare-fields.ts';
import type { IndexDefinition, KeyDefinition, ModelDefinition } from './definitions.ts';
import type { Position } from './source.ts';
import { holds, tableIndexesOf } from './table-profile.ts';

/**
 * `breaks`: rows that are there are lost, or read wrongly. `table`: the table lacks something. `backfill`: rows that are there have to be written
 * again. `clients`: programs that use what is gone have to change.
 */
export type ChangeKind = 'breaks' | 'table' | 'backfill' | 'clients';

export interface ModelChange {
  kind: ChangeKind;
  /** the class name */
  model: string;
  at: Position;
  /** what it is, why, and what to do */
  message: string;
}

/** Tells a change of the model that is compared. */
export type Tell = (kind: ChangeKind, at: Position, message: string) => void;

/** Every change that means something, in the order of the models. Models are the same by their names, or, where the name is new, by their prefixes. */
export function compareModels(before: readonly ModelDefinition[], after: readonly ModelDefinition[]): ModelChange[] {
  const changes: ModelChange[] = [];
  const tellOf =
    (model: ModelDefinition): Tell =>
    (kind, at, message) =>
      changes.push({ kind, model: model.name, at, message });
  const former = formerModels(before, after);
  for (const model of after) {
    const tell = tellOf(model);
    const same = former.get(model);
    const owner = before.find(({ prefix }) => prefix === model.prefix);
    if (owner !== undefined && owner !== same)
      tell(
        'breaks',
        model.prefixAt,
        `the prefix "${model.prefix}" was that of ${owner.name}, whose rows would be read as those of this model`,
      );
    if (same !== undefined) compareModel(same, model, tell);
  }
  const kept = new Set(former.values());
  for (const model of before)
    if (!kept.has(model)) tellOf(model)('clients', model.at, 'the model is gone: its rows stay in the table, and nothing serves them');
  compareTables(before, after, tellOf);
  return changes;
}

function formerModels(before: readonly ModelDefinition[], after: readonly ModelDefinition[]): Map<ModelDefinition, ModelDefinition> {
  const names = new Set(after.map(({ name }) => name));
  return new Map(
    after.flatMap((model) => {
      const same =
        before.find(({ name }) => name === model.name) ?? before.find(({ name, prefix }) => prefix === model.prefix && !names.has(name));
      return same === undefined ? [] : [[model, same] as const];
    }),
  );
}

function compareModel(before: ModelDefinition, after: ModelDefinition, tell: Tell): void {
  const { at } = after;
  if (before.prefix !== after.prefix)
    tell('breaks', after.prefixAt, `the prefix was "${before.prefix}": every key of the rows that are there begins with it`);
  if (before.keyEncoding !== after.keyEncoding)
    tell('breaks', at, `keyEncoding was ${before.keyEncoding}: numbers and dates in keys of the rows that are there are written so`);
  if (!isSameKey(before.primaryKey, after.primaryKey))
    tell('breaks', at, `the primary key was ${named(before.primaryKey)}: rows that are there stand under that`);
  else if (keyFormOf(before, before.primaryKey) !== keyFormOf(after, after.primaryKey))
    tell(
      'breaks',
      at,
      `fields of the primary key are of other types: its text in the rows that are there was made of ${keyFormOf(before, before.primaryKey)}`,
    );
  if (after.schemaVersion < before.schemaVersion)
    tell('breaks', at, `schemaVersion was ${before.schemaVersion}: rows of that version are refused by a lower one`);
  if (before.softDelete !== null && before.softDelete !== after.softDelete)
    tell('breaks', at, `softDelete was ${before.softDelete}: what is deleted by it would be there again`);
  compareFields(before, after, tell);
  for (const index of after.indexes) compareIndex(before, after, index, tell);
  for (const { name } of before.indexes)
    if (!after.indexes.some((index) => index.name === name)) tell('clients', at, `the index ${name} is gone`);
  compareConstraints(before, after, tell);
  compareWalks(before, after, tell);
  if (before.steamer.path !== after.steamer.path)
    tell('clients', after.steamer.pathAt, `the path was /${before.steamer.path}; "path: ${before.steamer.path}" in steamer: keeps it`);
}

function compareIndex(before: ModelDefinition, after: ModelDefinition, index: IndexDefinition, tell: Tell): void {
  if (index.indexId === null) return;
  const same = before.indexes.find(({ name }) => name === index.name);
  const isSame =
    same?.indexId === index.indexId &&
    same.collection === index.collection &&
    isSameKey(same, index) &&
    keyFormOf(before, same) === keyFormOf(after, index);
  if (isSame) return;
  const why = same === undefined ? `the index ${index.name} is new` : `the index ${index.name} has other keys`;
  tell('backfill', index.at, `${why}: rows that are there are not in it until backfill(${after.name}, { reindex: true }) has written them`);
}

function compareConstraints(before: ModelDefinition, after: ModelDefinition, tell: Tell): void {
  for (const { name, at, field, constraintId } of after.uniqueConstraints) {
    const same = before.uniqueConstraints.find((constraint) => constraint.constraintId === constraintId && constraint.field === field);
    if (same !== undefined) continue;
    const what = before.uniqueConstraints.some((constraint) => constraint.name === name) ? 'has another field or id' : 'is new';
    tell(
      'backfill',
      at,
      `the unique constraint ${name} ${what}: values of rows that are there are free to be taken until each is replaced`,
    );
  }
}

function compareWalks(before: ModelDefinition, after: ModelDefinition, tell: Tell): void {
  const { at, name } = after;
  if (after.iterationBuckets > 0 && before.iterationBuckets !== after.iterationBuckets)
    tell(
      'backfill',
      at,
      `iteration had ${before.iterationBuckets} buckets: rows that are there are missed until backfill(${name}, { reindex: true }) has written them`,
    );
  if (after.search !== null && JSON.stringify(before.search) !== JSON.stringify(after.search))
    tell('backfill', at, 'what is searched has changed: rows that are there are found by it when bao-rebuild-search-text has written them');
}

/** Indexes that the table has to have, and has not by the former definitions. */
function compareTables(
  before: readonly ModelDefinition[],
  after: readonly ModelDefinition[],
  tellOf: (model: ModelDefinition) => Tell,
): void {
  const former = tableIndexesOf(before);
  for (const [id, { projection }] of Object.entries(tableIndexesOf(after))) {
    const there = former[id];
    if (there !== undefined && holds(there.projection, projection)) continue;
    for (const model of after) {
      const index = model.indexes.find(({ indexId }) => indexId === id);
      if (there === undefined && model.search !== null)
        tellOf(model)('table', model.at, `the table needs the index ${id}: bao-update-table adds it`);
      else if (there !== undefined && index !== undefined && !holds(there.projection, index.projection))
        tellOf(model)(
          'table',
          index.at,
          `${id} holds less of a row than this asks for, and DynamoDB changes no index: delete it there, and bao-update-table makes it anew`,
        );
    }
  }
}

function isSameKey(one: KeyDefinition, other: KeyDefinition): boolean {
  return one.partitionKey === other.partitionKey && one.sortKey === other.sortKey;
}

function named({ partitionKey, sortKey }: KeyDefinition): string {
  return sortKey === 'modelPrefix' ? partitionKey : `${partitionKey} and ${sortKey}`;
}
