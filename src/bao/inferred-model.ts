/** The base class of hand-written models: `BaoModel`, whose statics infer their types from what the subclass declares. */
import type { DeleteOptions } from './delete-row.ts';
import type { BatchFindOptions, BatchFindResult, FindOptions } from './find.ts';
import type {
  AttributesOf,
  CreateOf,
  DeclaredModel,
  FilterOf,
  IndexNameOf,
  IndexShapeOf,
  KeyOf,
  UniqueNameOf,
  UniqueValueOf,
  UpdateOf,
} from './inferred-types.ts';
import type { IterateOptions, IterationPage } from './iterate.ts';
import type { SortCondition } from './key-condition.ts';
import { BaoModel as CoreModel } from './model.ts';
import type { ObjectNotFound } from './object-not-found.ts';
import type { ReplaceResult } from './replace-row.ts';
import type { QueryOptions, QueryResult } from './query.ts';
import type { SearchCall, SearchOptions } from './search.ts';
import type { ScanOptions } from './scan-all.ts';
import type { Changes } from './update-operators.ts';
import type { UpsertOptions } from './upsert.ts';
import type { UpdateOptions, WriteOptions } from './write-target.ts';

/** An object of a hand-written model: an instance of its class, with a property per field. */
export type ObjectOf<Model extends DeclaredModel> = Model['prototype'] & AttributesOf<Model>;

/** The statics whose types are inferred; every other is as `BaoModel` declares it. */
interface InferredStatics {
  new (data?: object): CoreModel;
  readonly prototype: CoreModel;

  create<Model extends DeclaredModel>(
    this: Model,
    data: CreateOf<Model>,
    options?: WriteOptions<FilterOf<Model>>,
  ): Promise<ObjectOf<Model>>;
  update<Model extends DeclaredModel>(
    this: Model,
    id: KeyOf<Model>,
    changes: Changes<UpdateOf<Model>>,
    options?: UpdateOptions<FilterOf<Model>>,
  ): Promise<ObjectOf<Model>>;
  replace<Model extends DeclaredModel>(
    this: Model,
    data: CreateOf<Model>,
    options?: WriteOptions<FilterOf<Model>>,
  ): Promise<ReplaceResult<ObjectOf<Model>>>;
  upsert<Model extends DeclaredModel>(
    this: Model,
    data: Changes<CreateOf<Model>>,
    options?: UpsertOptions<Changes<UpdateOf<Model>>, FilterOf<Model>>,
  ): Promise<ReplaceResult<ObjectOf<Model>>>;
  delete<Model extends DeclaredModel>(this: Model, id: KeyOf<Model>, options?: DeleteOptions<FilterOf<Model>>): Promise<ObjectOf<Model>>;

  find<Model extends DeclaredModel>(
    this: Model,
    id: KeyOf<Model>,
    options?: FindOptions<keyof AttributesOf<Model>>,
  ): Promise<ObjectOf<Model> | ObjectNotFound>;
  findByPrimaryKey<Model extends DeclaredModel>(
    this: Model,
    id: KeyOf<Model>,
    options?: FindOptions<keyof AttributesOf<Model>>,
  ): Promise<ObjectOf<Model> | ObjectNotFound>;
  batchFind<Model extends DeclaredModel>(
    this: Model,
    ids: readonly KeyOf<Model>[] | null,
    options?: BatchFindOptions<keyof AttributesOf<Model>>,
  ): Promise<BatchFindResult<ObjectOf<Model>>>;
  findByUniqueConstraint<Model extends DeclaredModel, Name extends UniqueNameOf<Model>>(
    this: Model,
    constraintName: Name,
    value: UniqueValueOf<Model, Name>,
    options?: FindOptions<keyof AttributesOf<Model>>,
  ): Promise<ObjectOf<Model> | ObjectNotFound>;

  queryByIndex<Model extends DeclaredModel, Name extends IndexNameOf<Model>>(
    this: Model,
    indexName: Name,
    partition?: IndexShapeOf<Model, Name>['partition'],
    sortCondition?: SortCondition<IndexShapeOf<Model, Name>> | null,
    options?: QueryOptions<FilterOf<Model>, keyof AttributesOf<Model>>,
  ): Promise<QueryResult<ObjectOf<Model>>>;
  queryByPrimaryKey<Model extends DeclaredModel>(
    this: Model,
    partition?: IndexShapeOf<Model, 'primary'>['partition'],
    sortCondition?: SortCondition<IndexShapeOf<Model, 'primary'>> | null,
    options?: QueryOptions<FilterOf<Model>, keyof AttributesOf<Model>>,
  ): Promise<QueryResult<ObjectOf<Model>>>;

  scanAll<Model extends DeclaredModel>(
    this: Model,
    options?: ScanOptions<FilterOf<Model>, keyof AttributesOf<Model>>,
  ): AsyncGenerator<ObjectOf<Model>[]>;
  iterateAll<Model extends DeclaredModel>(this: Model, options?: IterateOptions): AsyncGenerator<ObjectOf<Model>[]>;
  iterateBucket<Model extends DeclaredModel>(this: Model, bucket: number, options?: IterateOptions): AsyncGenerator<ObjectOf<Model>[]>;
  iteratePages<Model extends DeclaredModel>(this: Model, options?: IterateOptions): AsyncGenerator<IterationPage<ObjectOf<Model>>>;
  searchAll<Model extends DeclaredModel>(this: Model, terms: readonly string[], options?: SearchOptions): SearchCall<ObjectOf<Model>>;
  searchBucket<Model extends DeclaredModel>(
    this: Model,
    bucket: number,
    terms: readonly string[],
    options?: SearchOptions,
  ): SearchCall<ObjectOf<Model>>;
}

/** `BaoModel` as a base class. */
export interface InferredModel extends InferredStatics, Omit<typeof CoreModel, keyof InferredStatics> {}

/**
 * The class that models extend.
 *
 * `create`, `find`, `queryByIndex` and the others know the fields, keys and indexes that the subclass declares as statics, so that a
 * wrong name or value is an error of the compiler. At run time it is the class of `model.ts`.
 */
// The statics are those of the class; only what their types are inferred from differs.
export const BaoModel = CoreModel as unknown as InferredModel;
/** Any object of a model. */
export type BaoModel = CoreModel;
