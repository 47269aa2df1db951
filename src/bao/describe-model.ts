/** What routes and the API description need to know of a model, as plain data. */
import type { FieldKind } from '../wire/field-kinds.ts';
import type { JsonSchema } from '../wire/route.ts';
import { MODEL_PREFIX } from './constants.ts';
import { ConfigurationError } from './errors.ts';
import type { BaoField, KeyEncoding } from './fields/field.ts';
import { schemaOfField } from './fields/json-forms.ts';
import { RelatedFieldClass, UlidFieldClass } from './fields/text-fields.ts';
import { isNeeded } from './json-input.ts';
import type { KeyParts, ModelDefinition } from './model-definition.ts';
import { definitionOf, managerOf } from './model-registry.ts';
import type { ModelClass } from './model-class.ts';
import type { SearchConfig } from './search-text.ts';
import { pathOfModel, relationOfField, relationOfIndex } from './naming.ts';

/** A field as others see it, without code. */
export interface FieldDescription {
  kind: FieldKind;
  /** whether an object cannot be created without a value for it */
  required: boolean;
  /** in JSON; absent where there is none, or a function makes it */
  defaultValue?: unknown;
  autoAssign?: boolean;
  /** the model that a related field names */
  model?: string;
  /** only the service writes it */
  readOnly: boolean;
  schema: JsonSchema;
}

/** The fields of a key. */
export interface KeyDescription {
  /** a field, or `modelPrefix` for one partition of all objects */
  partitionKey: string;
  /** null: the key has one part */
  sortKey: string | null;
}

export interface IndexDescription extends KeyDescription {
  /** null: the primary key under a name of its own */
  indexId: string | null;
  /** the collection whose partitions it shares with indexes of other models; null: none */
  collection: string | null;
}

/** `one`: the object a field names; `many`: the objects of `model` that `index` lists by this one. */
export type RelationDescription = { kind: 'one'; field: string; model: string } | { kind: 'many'; model: string; index: string };

/** A model as others see it, without code: what routes, schemas and clients are made of. */
export interface ModelDescription {
  name: string;
  prefix: string;
  path: string;
  keyEncoding: KeyEncoding;
  fields: Record<string, FieldDescription>;
  primaryKey: KeyDescription;
  indexes: Record<string, IndexDescription>;
  /** the field of each unique constraint */
  uniqueConstraints: Record<string, string>;
  /** whether its objects can be walked over */
  isIterable: boolean;
  /** what searches look at, and how; null: it cannot be searched */
  search: Required<Omit<SearchConfig, 'dedupe'>> | null;
  relations: Record<string, RelationDescription>;
  /** the field that entity tags are made of */
  versionField: string | null;
}

/**
 * Describes a model.
 *
 * @param others the models it may be related to; default: those it is configured with
 * @throws ConfigurationError when two relations would have one name, or without `others` before `initModels`
 */
export function describeModel(model: ModelClass, others: Iterable<ModelClass> = managerOf(model).getModels()): ModelDescription {
  const definition = definitionOf(model);
  const { name, prefix, keyEncoding, fields, searchConfig, unique } = definition;
  const isIterable = definition.iterationBuckets > 0;
  return {
    name,
    prefix,
    path: model.path ?? pathOfModel(name),
    keyEncoding,
    fields: Object.fromEntries(Array.from(fields, ([field, value]) => [field, describeField(value)])),
    primaryKey: describeKey(definition.primaryKey),
    indexes: Object.fromEntries(
      Array.from(definition.indexes, ([index, parts]) => [
        index,
        { ...describeKey(parts), indexId: parts.indexId, collection: parts.collection ?? null },
      ]),
    ),
    uniqueConstraints: { ...unique?.fieldsByName },
    isIterable,
    search: isIterable && searchConfig !== null ? describeSearch(searchConfig) : null,
    relations: describeRelations(definition, Array.from(others, definitionOf)),
    versionField: [...fields].find(([, { kind }]) => kind === 'version')?.[0] ?? null,
  };
}

function describeField(field: BaoField): FieldDescription {
  const { kind, defaultValue } = field;
  const isPlain = defaultValue !== undefined && defaultValue !== null && typeof defaultValue !== 'function';
  return {
    kind,
    required: isNeeded(field),
    ...(isPlain ? { defaultValue: field.toJson(defaultValue) } : {}),
    ...(field instanceof UlidFieldClass && field.autoAssign ? { autoAssign: true } : {}),
    ...(field instanceof RelatedFieldClass ? { model: field.modelName } : {}),
    readOnly: field.isReadOnly,
    schema: schemaOfField(field),
  };
}

function describeSearch({ fields, caseSensitive = false, minTermLength = 1 }: SearchConfig): ModelDescription['search'] {
  return { fields, caseSensitive, minTermLength };
}

function describeKey({ partition, sort }: KeyParts): KeyDescription {
  return { partitionKey: partition?.name ?? MODEL_PREFIX, sortKey: sort?.name ?? null };
}

function describeRelations(definition: ModelDefinition, others: readonly ModelDefinition[]): Record<string, RelationDescription> {
  const relations = new Map<string, { source: string; relation: RelationDescription }>();
  const add = (name: string, source: string, relation: RelationDescription) => {
    const other = relations.get(name);
    if (other)
      throw new ConfigurationError(`${other.source} and ${source} both make a relation "${name}"; rename one of them`, definition.name);
    relations.set(name, { source, relation });
  };
  for (const [field, value] of definition.fields) {
    if (value instanceof RelatedFieldClass)
      add(relationOfField(field), `the field ${field}`, { kind: 'one', field, model: value.modelName });
  }
  for (const other of others) {
    for (const { name, partition } of other.indexes.values()) {
      if (!(partition?.field instanceof RelatedFieldClass) || partition.field.modelName !== definition.name) continue;
      add(relationOfIndex(name), `the index ${name} of ${other.name}`, { kind: 'many', model: other.name, index: name });
    }
  }
  return Object.fromEntries(Array.from(relations, ([name, { relation }]) => [name, relation]));
}
