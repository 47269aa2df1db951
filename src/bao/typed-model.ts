/** The types of a model: code generation writes one `ModelShape` per model, and `typedModel<Shape>()` is the class to extend. */
import type { FieldMap } from './fields/index.ts';
import type { IndexConfig, PrimaryKeyConfig } from './key-configs.ts';
import type { UniqueConstraintConfig } from './unique-constraints.ts';
import type { ModelManager } from './manager.ts';
import { BaoModel } from './model.ts';
import type { DeleteOptions } from './delete-row.ts';
import type { KeyEncoding } from './fields/field.ts';
import type { BatchFindOptions, BatchFindResult, FindOptions } from './find.ts';
import type { IterateOptions, IterationPage } from './iterate.ts';
import type { JsonInput, JsonInputMode } from './json-input.ts';
import type { JsonObject } from './json-output.ts';
import type { SearchConfig } from './search-text.ts';
import type { ObjectNotFound } from './object-not-found.ts';
import type { Plugin } from './plugins.ts';
import type { ReplaceOptions, ReplaceResult } from './replace-row.ts';
import type { Filter } from './filter.ts';
import type { SortCondition } from './key-condition.ts';
import type { QueryOptions, QueryResult } from './query.ts';
import type { ScanOptions } from './scan-all.ts';
import type { SearchCall, SearchOptions } from './search.ts';
import type { WalkStatics } from './walk-statics.ts';
import type { Changes } from './update-operators.ts';
import type { UpsertOptions } from './upsert.ts';
import type { Upcasters } from './schema-versions.ts';
import type { UpdateOptions, WriteOptions } from './write-target.ts';

/** What the type system knows of one index. `sort` is the sort field's name, or null when that part is `modelPrefix`. */
export interface IndexShape {
  partition: unknown;
  sort: string | null;
  sortValue: unknown;
}

/** What the type system knows of one model. All types are native ones: `Date`, `Set<string>`, `Uint8Array`, `number | bigint`. */
export interface ModelShape {
  name: string;
  /** every field as it is read: unset optional fields are null */
  attributes: object;
  /** the parts of nested fields by path, as filters compare them */
  parts?: object;
  /** what `create`, `replace` and `new` take */
  create: object;
  /** what `update` takes: null clears an optional field */
  update: object;
  /** what identifies one object: the id, or an object of the key's fields */
  key: unknown;
  /** by index name; the primary key under its own name and as `primary` */
  indexes: Record<string, IndexShape>;
}

/** What a filter may be over: the fields, and the parts of nested ones by path. */
export type FilteredOf<Shape extends ModelShape> = Shape extends { parts: infer Parts extends object }
  ? Shape['attributes'] & Parts
  : Shape['attributes'];

/** The primary key as an index; a shape that says nothing of it takes anything. */
type PrimaryOf<Shape extends ModelShape> = Shape['indexes'] extends { primary: infer Primary extends IndexShape }
  ? Primary
  : { partition: unknown; sort: string; sortValue: unknown };

/** Any class whose instances are `Instance`; how statics learn the class they are called on, methods added by a subclass included. */
export type InstancesOf<Instance extends BaoModel> = abstract new (...parameters: never[]) => Instance;

/** Where the compiler finds the shape of a model class; there is no such property. */
export declare const SHAPE: unique symbol;

/** The statics and the constructor of a model of the given shape. */
export interface TypedModel<Shape extends ModelShape> {
  new (data?: Partial<Shape['create']>): BaoModel & Shape['attributes'];
  readonly prototype: BaoModel & Shape['attributes'];
  readonly [SHAPE]?: Shape;

  /** the stable name under which other models and stored rows know this one; default: the class name */
  modelName: string | null;
  /** what its keys begin with, in the table; never changes */
  modelPrefix: string;
  /** the last part of its REST path; default: the plural of the name in kebab-case */
  path: string | null;
  keyEncoding: KeyEncoding;
  fields: FieldMap;
  primaryKey: PrimaryKeyConfig;
  indexes: Record<string, IndexConfig | PrimaryKeyConfig>;
  uniqueConstraints: Record<string, UniqueConstraintConfig>;
  iterable: boolean;
  iterationBuckets: number;
  searchable: boolean;
  searchConfig: SearchConfig | null;
  defaultQueryLimit: number;
  softDelete: string | null;
  schemaVersion: number;
  upcasters: Upcasters;
  readonly manager: ModelManager;

  /**
   * Stores a new object.
   *
   * @returns the object as it is stored, with what was assigned to it
   * @throws ValidationError for values that fields do not take, ConditionalError where its key is taken or `condition` is not met, and
   *   for a unique value that is another's
   */
  create<Instance extends BaoModel>(
    this: InstancesOf<Instance>,
    data: Shape['create'],
    options?: WriteOptions<Filter<FilteredOf<Shape>>>,
  ): Promise<Instance>;
  /**
   * Changes fields of a stored object in one request: values, null to clear, and operators (`$add`, `$delete`, …) on what the row has.
   *
   * @returns the object as it is then
   * @throws ValidationError, ItemNotFoundError, ConditionalError where `condition` is not met or a unique value is another's
   */
  update<Instance extends BaoModel>(
    this: InstancesOf<Instance>,
    id: Shape['key'],
    changes: Changes<Shape['update']>,
    options?: UpdateOptions<Filter<FilteredOf<Shape>>>,
  ): Promise<Instance>;
  /** Creates an object or replaces all of it. @throws as `create`, but for a key that is taken */
  replace<Instance extends BaoModel>(
    this: InstancesOf<Instance>,
    data: Shape['create'],
    options?: ReplaceOptions<Filter<FilteredOf<Shape>>>,
  ): Promise<ReplaceResult<Instance>>;
  /** Creates an object, or changes fields of the one that there is. @throws as `update` */
  upsert<Instance extends BaoModel>(
    this: InstancesOf<Instance>,
    data: Changes<Shape['create']>,
    options?: UpsertOptions<Changes<Shape['update']>, Filter<FilteredOf<Shape>>>,
  ): Promise<ReplaceResult<Instance>>;
  /** Deletes an object, with its guard rows. @returns what it was @throws ItemNotFoundError, ConditionalError where `condition` is not met */
  delete<Instance extends BaoModel>(
    this: InstancesOf<Instance>,
    id: Shape['key'],
    options?: DeleteOptions<Filter<FilteredOf<Shape>>>,
  ): Promise<Instance>;

  /**
   * The object of an id; an `ObjectNotFound`, whose `exists()` is false, where there is none. In a batch context finds of one tick are one
   * request, and the same object comes for the same id.
   */
  find<Instance extends BaoModel>(
    this: InstancesOf<Instance>,
    id: Shape['key'],
    options?: FindOptions<keyof Shape['attributes']>,
  ): Promise<Instance | ObjectNotFound>;
  /** As `find`. */
  findByPrimaryKey<Instance extends BaoModel>(
    this: InstancesOf<Instance>,
    id: Shape['key'],
    options?: FindOptions<keyof Shape['attributes']>,
  ): Promise<Instance | ObjectNotFound>;
  /** Objects by their ids, 100 to a request, and the ids that are not there. @throws the first failure, unless `partial` is set */
  batchFind<Instance extends BaoModel>(
    this: InstancesOf<Instance>,
    ids: readonly Shape['key'][] | null,
    options?: BatchFindOptions<keyof Shape['attributes']>,
  ): Promise<BatchFindResult<Instance>>;
  /** The object that has a value which is unique by the named constraint; else an `ObjectNotFound`. */
  findByUniqueConstraint<Instance extends BaoModel>(
    this: InstancesOf<Instance>,
    constraintName: string,
    value: unknown,
    options?: FindOptions<keyof Shape['attributes']>,
  ): Promise<Instance | ObjectNotFound>;

  /**
   * A page of an index: the objects of a partition, in order of the sort key; `lastEvaluatedKey`, given back as `startKey`, goes on behind it.
   *
   * @param partition the value of the index's partition key, its parts where it has several
   * @param sortCondition on the sort key: `{ name: { $gt: 'm' } }`
   * @throws QueryError for an index, field or operator that there is not
   */
  queryByIndex<Instance extends BaoModel, Name extends string & keyof Shape['indexes']>(
    this: InstancesOf<Instance>,
    indexName: Name,
    partition: Shape['indexes'][Name]['partition'],
    sortCondition?: SortCondition<Shape['indexes'][Name]> | null,
    options?: QueryOptions<Filter<FilteredOf<Shape>>, keyof Shape['attributes']>,
  ): Promise<QueryResult<Instance>>;
  /** As `queryByIndex`, by the primary key. */
  queryByPrimaryKey<Instance extends BaoModel>(
    this: InstancesOf<Instance>,
    partition: PrimaryOf<Shape>['partition'],
    sortCondition?: SortCondition<PrimaryOf<Shape>> | null,
    options?: QueryOptions<Filter<FilteredOf<Shape>>, keyof Shape['attributes']>,
  ): Promise<QueryResult<Instance>>;

  /** Everything of the model by reading the whole table, page by page: for what has no index. */
  scanAll<Instance extends BaoModel>(
    this: InstancesOf<Instance>,
    options?: ScanOptions<Filter<FilteredOf<Shape>>, keyof Shape['attributes']>,
  ): AsyncGenerator<Instance[]>;
  /** All objects of an iterable model, page by page, in no particular order. */
  iterateAll<Instance extends BaoModel>(this: InstancesOf<Instance>, options?: IterateOptions): AsyncGenerator<Instance[]>;
  /** Those of one of its buckets, which several workers share among them. */
  iterateBucket<Instance extends BaoModel>(
    this: InstancesOf<Instance>,
    bucket: number,
    options?: IterateOptions,
  ): AsyncGenerator<Instance[]>;
  /** As `iterateAll`, with a cursor for each page, from which another process goes on. */
  iteratePages<Instance extends BaoModel>(this: InstancesOf<Instance>, options?: IterateOptions): AsyncGenerator<IterationPage<Instance>>;
  /** Objects of a searchable model that have all these words. */
  searchAll<Instance extends BaoModel>(
    this: InstancesOf<Instance>,
    terms: readonly string[],
    options?: SearchOptions,
  ): SearchCall<Instance>;
  /** Those of one of its buckets. */
  searchBucket<Instance extends BaoModel>(
    this: InstancesOf<Instance>,
    bucket: number,
    terms: readonly string[],
    options?: SearchOptions,
  ): SearchCall<Instance>;
  /** The words of what somebody typed, as they are searched for. */
  tokenizeSearchQuery(query: string): string[];
  /** A word as it is compared: without punctuation, in lower case unless case counts. */
  normalizeSearchTerm(term: string): string;
  getRelatedObjectsViaMap: WalkStatics['getRelatedObjectsViaMap'];
  /** Among how many buckets its objects are divided. */
  getIterationBuckets(): number;

  /** A body in JSON as values of the fields, or what is wrong with each. */
  parseJson(body: unknown, mode: JsonInputMode, optional?: ReadonlySet<string>): JsonInput;
  /** The key that segments of a path name. */
  keyFromSegments(segments: readonly string[]): { key: Record<string, unknown> } | { reason: string };
  /** A key as JSON has it. */
  keyToJson(key: Readonly<Record<string, unknown>>): JsonObject;
  /** The id of an object, of one text also where its key has two parts. */
  getPrimaryId(data: object): string;
  /** The same, of the values of its key. */
  makePrimaryId(pk: string, sk?: string): string;
  /** Whether finds are joined at this place. */
  isInsideBatchContext(): boolean;
  /** Adds hooks and methods to the model. */
  registerPlugin(plugin: Plugin): void;
}

/**
 * The class that a typed model extends: `class System extends typedModel<SystemShape>() { … }`.
 * At run time it is `BaoModel` itself.
 */
export function typedModel<Shape extends ModelShape>(): TypedModel<Shape> {
  // BaoModel defines one accessor per field when a class is first used, which no type of a class can say.
  return BaoModel as unknown as TypedModel<Shape>;
}
