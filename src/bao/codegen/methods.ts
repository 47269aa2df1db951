/** Which methods a generated model gets from its indexes, constraints and relations, named as dynamo-bao names them. */
import { MODEL_PREFIX } from '../constants.ts';
import { pluralOf, relationOfField, relationOfIndex } from '../naming.ts';
import type { FieldDefinition, IndexDefinition, ModelDefinition, UniqueConstraintDefinition } from './definitions.ts';
import { capitalised, INSTANCE_MEMBERS } from './names.ts';
import type { Position } from './source.ts';

export type Method =
  /** static: lists all objects of the model by an index over `modelPrefix` */
  | { kind: 'query-all'; name: string; at: Position; origin: string; index: IndexDefinition }
  /** static: the object with a value that is unique */
  | { kind: 'find-by'; name: string; at: Position; origin: string; constraint: UniqueConstraintDefinition; field: FieldDefinition }
  /** instance: the object that a RelatedField points to */
  | { kind: 'get-one'; name: string; at: Position; origin: string; field: FieldDefinition; model: string }
  /** instance: the rows of another model whose RelatedField points here */
  | { kind: 'query-many'; name: string; at: Position; origin: string; index: IndexDefinition; model: ModelDefinition }
  /** instance: the objects at the other end of a mapping model */
  | {
      kind: 'get-many';
      name: string;
      at: Position;
      origin: string;
      index: IndexDefinition;
      model: ModelDefinition;
      target: FieldDefinition;
    };

/** The methods of `model`, statics first, in the order of the definitions. Names may clash: `checkModels` reports it. */
export function methodsOf(model: ModelDefinition, models: readonly ModelDefinition[]): Method[] {
  const named = [...queriesOfAll(model), ...findsByConstraint(model), ...relatedObjects(model), ...relatedRows(model, models)];
  return [...named, ...queriesByConvention(model, models, named)];
}

/** The indexes of all models that list by a RelatedField to `model`, the primary key under a name of its own included. */
export function indexesRelatedTo(
  model: ModelDefinition,
  models: readonly ModelDefinition[],
): { model: ModelDefinition; index: IndexDefinition }[] {
  return models.flatMap((other) =>
    other.indexes
      .filter((index) => other.fields.get(index.partitionKey)?.model?.name === model.name)
      .map((index) => ({ model: other, index })),
  );
}

function queriesOfAll(model: ModelDefinition): Method[] {
  return model.indexes
    .filter((index) => index.partitionKey === MODEL_PREFIX)
    .map((index) => ({ kind: 'query-all', name: queryName(index), at: index.at, origin: `index "${index.name}"`, index }));
}

function findsByConstraint(model: ModelDefinition): Method[] {
  return model.uniqueConstraints.flatMap((constraint) => {
    const field = model.fields.get(constraint.field);
    const name = `findBy${constraint.name.replace(/^unique/, '')}`;
    const origin = `unique constraint "${constraint.name}"`;
    return field === undefined ? [] : { kind: 'find-by', name, at: constraint.at, origin, constraint, field };
  });
}

function relatedObjects(model: ModelDefinition): Method[] {
  return [...model.fields.values()].flatMap((field) => {
    const name = `get${capitalised(relationOfField(field.name))}`;
    const origin = `field "${field.name}"`;
    return field.model === null ? [] : { kind: 'get-one', name, at: field.at, origin, field, model: field.model.name };
  });
}

function relatedRows(model: ModelDefinition, models: readonly ModelDefinition[]): Method[] {
  return indexesRelatedTo(model, models).flatMap(({ model: other, index }): Method[] => {
    const origin = `index "${index.name}" of ${other.name}`;
    const query: Method = { kind: 'query-many', name: queryName(index), at: index.at, origin, index, model: other };
    const target = other.isMapping ? otherEnd(other, index) : null;
    if (target === null) return [query];
    const name = `get${capitalised(relationOfIndex(index.name))}`;
    return [query, { kind: 'get-many', name, at: index.at, origin, index, model: other, target }];
  });
}

/**
 * `queryPosts` where nothing is called that already: for the rows of a model that are listed by an index called after `model` (`byUser`,
 * over a field that holds its ids), or by a primary key that begins with a RelatedField to it.
 */
function queriesByConvention(model: ModelDefinition, models: readonly ModelDefinition[], named: readonly Method[]): Method[] {
  const taken = new Set([...INSTANCE_MEMBERS, ...model.fields.keys(), ...named.map((method) => method.name)]);
  const methods: Method[] = [];
  for (const other of models) {
    const name = `query${pluralOf(other.name)}`;
    const index = indexByConvention(other, model);
    if (index === null || taken.has(name)) continue;
    taken.add(name);
    methods.push({ kind: 'query-many', name, at: index.at, origin: `index "${index.name}" of ${other.name}`, index, model: other });
  }
  return methods;
}

function indexByConvention(other: ModelDefinition, model: ModelDefinition): IndexDefinition | null {
  const byName = other.indexes.find((index) => index.name === `by${model.name}` && holdsIdsOf(model, other.fields.get(index.partitionKey)));
  if (byName !== undefined) return byName;
  const { partitionKey, sortKey } = other.primaryKey;
  const isListedByKey = other.fields.get(partitionKey)?.model?.name === model.name && sortKey !== MODEL_PREFIX;
  const hasName = other.indexes.some((index) => index.indexId === null);
  return isListedByKey && !hasName ? { name: 'primary', at: other.at, indexId: null, projection: 'ALL', partitionKey, sortKey } : null;
}

/** True for a RelatedField to the model, and for text under the name of the model's own and only key field. */
function holdsIdsOf(model: ModelDefinition, field: FieldDefinition | undefined): boolean {
  if (field === undefined || field.model !== null) return field?.model?.name === model.name;
  const { partitionKey, sortKey } = model.primaryKey;
  const isOnlyKey = (partitionKey === field.name && sortKey === MODEL_PREFIX) || (sortKey === field.name && partitionKey === MODEL_PREFIX);
  return isOnlyKey && (field.kind === 'string' || field.kind === 'ulid');
}

/** The RelatedField of a mapping model that `index` does not list by; null when there are several to choose from, or none. */
function otherEnd(mapping: ModelDefinition, index: IndexDefinition): FieldDefinition | null {
  const ends = [...mapping.fields.values()].filter((field) => field.model !== null && field.name !== index.partitionKey);
  return ends.find((field) => field.name === index.sortKey) ?? (ends.length === 1 ? (ends[0] ?? null) : null);
}

function queryName(index: IndexDefinition): string {
  return `query${capitalised(relationOfIndex(index.name))}`;
}
