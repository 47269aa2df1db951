/** Any model class, to code that does not know its shape: routes, managers, relations. Hand-written and generated classes are all of this type. */
import type { DeleteOptions } from './delete-row.ts';
import type { BatchFindOptions, BatchFindResult, FindOptions } from './find.ts';
import type { IterateOptions, IterationPage } from './iterate.ts';
import type { JsonInput, JsonInputMode } from './json-input.ts';
import type { JsonObject } from './json-output.ts';
import type { BaoModel } from './model.ts';
import type { ModelStatics } from './model-definition.ts';
import type { ObjectNotFound } from './object-not-found.ts';
import type { Plugin } from './plugins.ts';
import type { ReplaceOptions, ReplaceResult } from './replace-row.ts';
import type { QueryOptions, QueryResult } from './query.ts';
import type { SearchCall, SearchOptions } from './search.ts';
import type { UpsertOptions } from './upsert.ts';
import type { UpdateOptions, WriteOptions } from './write-target.ts';

/** The statics of any model; see `BaoModel` for what each does. */
export interface ModelClass extends ModelStatics {
  new (...parameters: never[]): BaoModel;
  readonly prototype: BaoModel;
  create(data: object, options?: WriteOptions): Promise<BaoModel>;
  update(id: unknown, changes: object, options?: UpdateOptions): Promise<BaoModel>;
  replace(data: object, options?: ReplaceOptions): Promise<ReplaceResult<BaoModel>>;
  delete(id: unknown, options?: DeleteOptions): Promise<BaoModel>;
  upsert(data: object, options?: UpsertOptions): Promise<ReplaceResult<BaoModel>>;
  find(id: unknown, options?: FindOptions): Promise<BaoModel | ObjectNotFound>;
  batchFind(ids: readonly unknown[] | null, options?: BatchFindOptions): Promise<BatchFindResult<BaoModel>>;
  findByUniqueConstraint(constraintName: string, value: unknown, options?: FindOptions): Promise<BaoModel | ObjectNotFound>;
  queryByIndex(
    indexName: string,
    partition?: unknown,
    sortCondition?: object | null,
    options?: QueryOptions,
  ): Promise<QueryResult<BaoModel>>;
  queryByPrimaryKey(partition?: unknown, sortCondition?: object | null, options?: QueryOptions): Promise<QueryResult<BaoModel>>;
  iterateAll(options?: IterateOptions): AsyncGenerator<BaoModel[]>;
  iterateBucket(bucket: number, options?: IterateOptions): AsyncGenerator<BaoModel[]>;
  getIterationBuckets(): number;
  iteratePages(options?: IterateOptions): AsyncGenerator<IterationPage<BaoModel>>;
  searchAll(terms: readonly string[], options?: SearchOptions): SearchCall<BaoModel>;
  searchBucket(bucket: number, terms: readonly string[], options?: SearchOptions): SearchCall<BaoModel>;
  parseJson(body: unknown, mode: JsonInputMode, optional?: ReadonlySet<string>): JsonInput;
  keyFromSegments(segments: readonly string[]): { key: Record<string, unknown> } | { reason: string };
  keyToJson(key: Readonly<Record<string, unknown>>): JsonObject;
  getPrimaryId(data: object): string;
  makePrimaryId(pk: string, sk?: string): string;
  registerPlugin(plugin: Plugin): void;
}
