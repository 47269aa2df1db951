/** What storage has to know of the models, as plain data. */
import { SEARCH_INDEX, TABLE_INDEXES } from '../../dynamo/create-table.ts';
import type { IndexProjection, ModelProfile, TableIndexes, TableProfile } from '../../dynamo/table-profile.ts';
import { ITERATION_INDEX_NAME, MODEL_PREFIX, PARTITION_KEY_FIELD, SEARCH_INDEX_NAME, SORT_KEY_FIELD, TTL_FIELD } from '../constants.ts';
import type { ModelDefinition } from './definitions.ts';

/** The profile of the layout's table and of all models in it. */
export function tableProfileOf(models: readonly ModelDefinition[]): TableProfile {
  const iterationIndexes = iterationIndexesOf(models);
  return {
    key: { partitionKey: PARTITION_KEY_FIELD, sortKey: SORT_KEY_FIELD },
    indexes: tableIndexesOf(models),
    ttlAttribute: TTL_FIELD,
    models: Object.fromEntries(models.map((model) => [model.prefix, modelProfileOf(model, iterationIndexes)])),
  };
}

/**
 * The secondary indexes of the table, that of search where a model can be searched. Models share them: each holds what any of its models
 * asks for, and everything where none says otherwise.
 */
export function tableIndexesOf(models: readonly ModelDefinition[]): TableIndexes {
  const projections = projectionsOf(models);
  const indexes = isAnySearchable(models) ? { ...TABLE_INDEXES, ...SEARCH_INDEX } : TABLE_INDEXES;
  return Object.fromEntries(
    Object.entries(indexes).map(([id, index]) => [id, { ...index, projection: projections.get(id) ?? index.projection }]),
  );
}

/** Rows of iterable models stand in all of them. */
function iterationIndexesOf(models: readonly ModelDefinition[]): string[] {
  return [ITERATION_INDEX_NAME, ...(isAnySearchable(models) ? [SEARCH_INDEX_NAME] : [])];
}

function isAnySearchable(models: readonly ModelDefinition[]): boolean {
  return models.some(({ search }) => search !== null);
}

function projectionsOf(models: readonly ModelDefinition[]): Map<string, IndexProjection> {
  const projections = new Map<string, IndexProjection>();
  for (const { indexId, projection } of models.flatMap(({ indexes }) => indexes)) {
    if (indexId === null) continue;
    const other = projections.get(indexId);
    projections.set(indexId, other === undefined ? projection : wider(other, projection));
  }
  return projections;
}

function wider(one: IndexProjection, other: IndexProjection): IndexProjection {
  if (one === 'ALL' || other === 'ALL') return 'ALL';
  if (one === 'KEYS_ONLY') return other;
  return other === 'KEYS_ONLY' ? one : [...new Set([...one, ...other])];
}

/** Whether an index that holds the one of a row holds the other, too. */
export function holds(one: IndexProjection, other: IndexProjection): boolean {
  if (one === 'ALL' || other === 'KEYS_ONLY') return true;
  return one !== 'KEYS_ONLY' && other !== 'ALL' && other.every((field) => one.includes(field));
}

function modelProfileOf(model: ModelDefinition, iterationIndexes: readonly string[]): ModelProfile {
  const indexIds = model.indexes.flatMap(({ indexId }) => indexId ?? []);
  return {
    name: model.name,
    prefix: model.prefix,
    cacheSec: model.steamer.cacheSec,
    ...(model.steamer.isolateCacheMs === null ? {} : { isolateCacheMs: model.steamer.isolateCacheMs }),
    changes: model.steamer.changes,
    hasTenantPrefix: hasTenantPrefix(model),
    fields: Object.fromEntries([...model.fields.values()].map(({ name, kind }) => [name, kind])),
    indexes: model.iterationBuckets > 0 ? [...indexIds, ...iterationIndexes] : indexIds,
  };
}

/** Only dynamo-bao's own encoding leaves the tenant out, and only of the one partition that all objects share (docs/design/bao-layout.md). */
function hasTenantPrefix(model: ModelDefinition): boolean {
  return model.keyEncoding === 'ordered' || model.primaryKey.partitionKey !== MODEL_PREFIX;
}
