/** The class that models extend: statics to find and write objects, and what every object can do. */
import type { BaoMembers, BaoStatics } from './bao-members.ts';
import { deleteObject } from './delete-row.ts';
import type { DeleteOptions } from './delete-row.ts';
import type { KeyEncoding } from './fields/field.ts';
import type { FieldMap } from './fields/index.ts';
import { findById, findByIds } from './find.ts';
import type { BatchFindOptions, BatchFindResult, FindOptions } from './find.ts';
import { InstanceState, STATE } from './instance-state.ts';
import { instanceToJson } from './json-output.ts';
import type { JsonObject } from './json-output.ts';
import type { JsonStatics } from './json-statics.ts';
import type { IndexConfig, PrimaryKeyConfig } from './key-configs.ts';
import type { UniqueConstraintConfig } from './unique-constraints.ts';
import { formatPrimaryId, primaryIdParts } from './layout.ts';
import type { ModelManager } from './manager.ts';
import type { ModelClass } from './model-class.ts';
import { relationsIn, relationsOf, unknownConstraint } from './model-definition.ts';
import { definitionOf, managerOf } from './model-registry.ts';
import type { OperationStatics } from './operation-statics.ts';
import type { PluginStatics } from './plugin-statics.ts';
import type { ObjectNotFound } from './object-not-found.ts';
import { createObject } from './put-row.ts';
import { queryIndex } from './query.ts';
import type { QueryOptions, QueryResult } from './query.ts';
import type { RelatedObject } from './related.ts';
import { saveObject } from './save.ts';
import type { SaveOptions } from './save-constraints.ts';
import { updateObject } from './update-row.ts';
import type { Upcasters } from './schema-versions.ts';
import type { SearchConfig } from './search-text.ts';
import type { WalkStatics } from './walk-statics.ts';
import type { UpdateOptions, WriteOptions } from './write-target.ts';

export class BaoModel {
  /** The name under which other models and stored rows know this one; null: the class's own name. */
  static modelName: string | null = null;
  /** Goes into every key. Unique in the table, and never changed. */
  static modelPrefix = '';
  /** The segment of its REST path; null: the plural of the name in kebab-case. */
  static path: string | null = null;
  /** How numbers are written into keys; `legacy` is dynamo-bao's. */
  static keyEncoding: KeyEncoding = 'legacy';
  static fields: FieldMap = {};
  static primaryKey: PrimaryKeyConfig;
  static indexes: Record<string, IndexConfig | PrimaryKeyConfig> = {};
  static uniqueConstraints: Record<string, UniqueConstraintConfig> = {};
  static iterable = false;
  static iterationBuckets = 100;
  static searchable = false;
  static searchConfig: SearchConfig | null = null;
  static defaultQueryLimit = 100;
  /** The DateTimeField that a delete sets instead of removing the row; null: it removes it. */
  static softDelete: string | null = null;
  /** Counted up when the stored form of objects changes. */
  static schemaVersion = 1;
  /** What makes rows of an earlier version into rows of the next one, when they are read. */
  static upcasters: Upcasters = {};

  readonly [STATE]: InstanceState;

  /** An object that is not stored yet: given values, defaults for the others. Names that are no fields are ignored. */
  constructor(data: object = {}) {
    if (data instanceof InstanceState) {
      this[STATE] = data;
      return;
    }
    const definition = definitionOf(new.target);
    const values: Readonly<Record<string, unknown>> = { ...data };
    const state = new InstanceState(definition, null, null);
    for (const [name, field] of definition.fields) state.assign(name, values[name] ?? field.getInitialValue());
    this[STATE] = state;
  }

  /** The manager its statics use. @throws ConfigurationError before `initModels` */
  static get manager(): ModelManager {
    return managerOf(this);
  }

  /** Stores a new object. @throws ConditionalError when there is one with its key, or a unique value is taken */
  static create<Model extends ModelClass>(this: Model, data: object, options?: WriteOptions): Promise<Model['prototype']> {
    return createObject(this, data, options);
  }

  /** Changes fields of an object and returns it as it is afterwards. @throws ItemNotFoundError, ConditionalError, ValidationError */
  static update<Model extends ModelClass>(this: Model, id: unknown, changes: object, options?: UpdateOptions): Promise<Model['prototype']> {
    return updateObject(this, id, changes, options);
  }

  /** Deletes an object and returns it as it was. @throws ItemNotFoundError, ConditionalError */
  static delete<Model extends ModelClass>(this: Model, id: unknown, options?: DeleteOptions): Promise<Model['prototype']> {
    return deleteObject(this, id, options);
  }

  /** The object with an id, or ObjectNotFound: ask `exists()`. */
  static find<Model extends ModelClass>(this: Model, id: unknown, options?: FindOptions): Promise<Model['prototype'] | ObjectNotFound> {
    return findById(this, id, options);
  }

  /** The objects with the given ids, in as few requests as DynamoDB allows; ids without an object are missing in `items`. */
  static batchFind<Model extends ModelClass>(
    this: Model,
    ids: readonly unknown[] | null,
    options?: BatchFindOptions,
  ): Promise<BatchFindResult<Model['prototype']>> {
    return findByIds(this, ids, options);
  }

  /** The object with a unique value, or ObjectNotFound. @throws ConfigurationError for an unknown constraint, ValidationError without a value */
  static findByUniqueConstraint<Model extends ModelClass>(
    this: Model,
    constraintName: string,
    value: unknown,
    options?: FindOptions,
  ): Promise<Model['prototype'] | ObjectNotFound> {
    const { unique } = definitionOf(this);
    return unique ? unique.find(this, constraintName, value, options) : unknownConstraint(definitionOf(this), constraintName);
  }

  /** A page of the objects in one partition of an index; the primary key is the index `primary`. @throws QueryError, ValidationError */
  static queryByIndex<Model extends ModelClass>(
    this: Model,
    indexName: string,
    partition?: unknown,
    sortCondition: object | null = null,
    options: QueryOptions = {},
  ): Promise<QueryResult<Model['prototype']>> {
    return queryIndex(this, indexName, partition, sortCondition, options);
  }

  /** A page of the objects in one partition of the primary key. */
  static queryByPrimaryKey<Model extends ModelClass>(
    this: Model,
    partition?: unknown,
    sortCondition: object | null = null,
    options: QueryOptions = {},
  ): Promise<QueryResult<Model['prototype']>> {
    return queryIndex(this, 'primary', partition, sortCondition, options);
  }

  /** Every object of an iterable model, in batches. These statics are there when `walk-statics.ts` is, as in `index.ts`. */
  declare static iterateAll: WalkStatics['iterateAll'];
  /** The objects in one bucket of an iterable model, in batches. */
  declare static iterateBucket: WalkStatics['iterateBucket'];
  /** Every object of an iterable model page by page, with cursors to go on after each. */
  declare static iteratePages: WalkStatics['iteratePages'];
  /** The objects that have terms in their search text: a page when awaited, all pages with `for await`. */
  declare static searchAll: WalkStatics['searchAll'];
  /** The same in one bucket. */
  declare static searchBucket: WalkStatics['searchBucket'];
  /** The terms of what a user typed; phrases in double quotes stay whole. */
  declare static tokenizeSearchQuery: WalkStatics['tokenizeSearchQuery'];
  /** A term in the form in which the model's rows hold their text. */
  declare static normalizeSearchTerm: WalkStatics['normalizeSearchTerm'];
  /** How many buckets the objects of an iterable model are spread over; 1 for a model that is not. */
  declare static getIterationBuckets: WalkStatics['getIterationBuckets'];
  /** The related objects that the rows of a mapping model name, in the order of the rows. */
  declare static getRelatedObjectsViaMap: WalkStatics['getRelatedObjectsViaMap'];

  /** Changes an object, or creates it where there is none. Such statics are there when `operation-statics.ts` is, as in `index.ts`. */
  declare static upsert: OperationStatics['upsert'];
  /** Stores an object whether or not there is one with its key; nothing of an old one stays but its creation date. */
  declare static replace: OperationStatics['replace'];
  /** Every object of the model by reading the whole table, in segments side by side. */
  declare static scanAll: OperationStatics['scanAll'];

  /** Data of the model from JSON that came from outside, or what is wrong with it. Such members are there when `json-statics.ts` is, as in `index.ts`. */
  declare static parseJson: JsonStatics['parseJson'];
  /** The key that the segments of a path name, as native values by field. */
  declare static keyFromSegments: JsonStatics['keyFromSegments'];
  /** A key's native values in JSON. */
  declare static keyToJson: JsonStatics['keyToJson'];

  /** The primary id of an object from its native values. @throws ValidationError when a part of the key is missing */
  static getPrimaryId(data: object): string {
    const values: Readonly<Record<string, unknown>> = { ...data };
    const definition = definitionOf(this);
    return formatPrimaryId(
      definition,
      primaryIdParts(definition, (name) => values[name]),
    );
  }

  /** Adds hooks around the writes of the model, and methods to its objects; there when `plugin-statics.ts` is, as in `index.ts`. */
  declare static registerPlugin: PluginStatics['registerPlugin'];
  /** The same as `find`. Such members are there when `bao-members.ts` is, as in `index.ts`. */
  declare static findByPrimaryKey: BaoStatics['findByPrimaryKey'];
  /** The primary id of two parts that are encoded already. */
  declare static makePrimaryId: BaoStatics['makePrimaryId'];
  declare static isInsideBatchContext: BaoStatics['isInsideBatchContext'];
  /** Capacity units that operations for this object consumed. @throws ValidationError for another type */
  declare getNumericConsumedCapacity: BaoMembers['getNumericConsumedCapacity'];
  declare getConsumedCapacity: BaoMembers['getConsumedCapacity'];
  declare clearConsumedCapacity: BaoMembers['clearConsumedCapacity'];

  /** Stores the object: creates a new one, writes the changed fields of a loaded one. @throws as `create` and `update` */
  async save(options?: SaveOptions): Promise<this> {
    await saveObject(this, options);
    return this;
  }

  hasChanges(): boolean {
    return Object.keys(this[STATE].changes()).length > 0;
  }

  /** Whether it has a row: loaded, or saved. */
  isLoaded(): boolean {
    return this[STATE].row !== null;
  }

  /** Always true; tells it from ObjectNotFound. */
  exists(): this is this {
    return true;
  }

  /** The native value of a field by its name. @throws TypeError when there is no such field */
  get(fieldName: string): unknown {
    return this[STATE].read(fieldName);
  }

  getPrimaryId(): string {
    const { definition, parts } = this[STATE];
    return formatPrimaryId(definition, parts);
  }

  /** The segments of its path; `keyFromSegments` reads them back. */
  declare keySegments: () => string[];

  /** Its fields in JSON, in the order of declaration; unset ones are absent. */
  toJSON(): JsonObject {
    return instanceToJson(this[STATE]);
  }

  /** The object that a RelatedField names, loaded once; null when the field is unset. @throws ConfigurationError for another field */
  async getOrLoadRelatedField(fieldName: string, loaderContext?: object | null, options?: FindOptions): Promise<RelatedObject | null> {
    return relationsOf(this[STATE].definition, fieldName).load(this, fieldName, readOptions(loaderContext, options));
  }

  /** Loads the named related objects, or all. With many objects in one batch context they are loaded together. */
  async loadRelatedData(fieldNames: readonly string[] | null = null, loaderContext?: object | null, options?: FindOptions): Promise<this> {
    await relationsIn(this[STATE].definition)?.loadAll([this], fieldNames, readOptions(loaderContext, options));
    return this;
  }

  /** A related object that was loaded before. @throws ConfigurationError for a field that is no RelatedField */
  getRelated(fieldName: string): RelatedObject | undefined {
    relationsOf(this[STATE].definition, fieldName);
    return this[STATE].related.get(fieldName) as RelatedObject | undefined; // only relations put objects there
  }

  /** Forgets a loaded related object, so that it is looked up again. */
  clearRelatedCache(fieldName: string): void {
    this[STATE].related.delete(fieldName);
  }
}

/** dynamo-bao takes the loader context by itself. */
function readOptions(loaderContext: object | null | undefined, options: FindOptions = {}): FindOptions {
  return loaderContext ? { ...options, loaderContext } : options;
}
