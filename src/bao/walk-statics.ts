/**
 * The walks over whole models as statics of `BaoModel`, for the entry that has everything. An application that has to be small leaves this
 * file out and imports the functions it needs.
 */
import { addMembers } from './add-members.ts';
import { iterateBucket, iterateModel, iteratePages } from './iterate.ts';
import type { IterateOptions, IterationPage } from './iterate.ts';
import { BaoModel } from './model.ts';
import type { ModelClass } from './model-class.ts';
import { definitionOf } from './model-registry.ts';
import type { PageKey, QueryResult } from './query.ts';
import { relatedViaMap } from './related-via-map.ts';
import type { RelatedObject } from './related.ts';
import { searchBucket, searchModel } from './search.ts';
import type { SearchCall, SearchOptions } from './search.ts';
import { normalizeSearchTerm, tokenizeSearchQuery } from './search-terms.ts';

/** The statics that this file gives to `BaoModel`. */
export interface WalkStatics {
  iterateAll<Model extends ModelClass>(this: Model, options?: IterateOptions): AsyncGenerator<Model['prototype'][]>;
  iterateBucket<Model extends ModelClass>(this: Model, bucket: number, options?: IterateOptions): AsyncGenerator<Model['prototype'][]>;
  iteratePages<Model extends ModelClass>(this: Model, options?: IterateOptions): AsyncGenerator<IterationPage<Model['prototype']>>;
  searchAll<Model extends ModelClass>(this: Model, terms: readonly string[], options?: SearchOptions): SearchCall<Model['prototype']>;
  searchBucket<Model extends ModelClass>(
    this: Model,
    bucket: number,
    terms: readonly string[],
    options?: SearchOptions,
  ): SearchCall<Model['prototype']>;
  getIterationBuckets(this: ModelClass): number;
  tokenizeSearchQuery(query: string): string[];
  normalizeSearchTerm(this: ModelClass, term: string): string;
  getRelatedObjectsViaMap(
    this: ModelClass,
    indexName: string,
    partition: string,
    targetField: string,
    mapSkCondition?: object | null,
    limit?: number | null,
    direction?: 'ASC' | 'DESC',
    startKey?: PageKey | null,
  ): Promise<QueryResult<RelatedObject>>;
}

const WALKS: WalkStatics = {
  iterateAll(options) {
    return iterateModel(this, options);
  },
  iterateBucket(bucket, options) {
    return iterateBucket(this, bucket, options);
  },
  iteratePages(options) {
    return iteratePages(this, options);
  },
  searchAll(terms, options) {
    return searchModel(this, terms, options);
  },
  searchBucket(bucket, terms, options) {
    return searchBucket(this, bucket, terms, options);
  },
  getIterationBuckets() {
    return definitionOf(this).iterationBuckets || 1;
  },
  tokenizeSearchQuery,
  normalizeSearchTerm(term) {
    return normalizeSearchTerm(term, definitionOf(this).searchConfig);
  },
  getRelatedObjectsViaMap(indexName, partition, targetField, mapSkCondition = null, limit = null, direction = 'ASC', startKey = null) {
    return relatedViaMap(this, indexName, partition, targetField, mapSkCondition, { limit, direction, startKey });
  },
};

addMembers(BaoModel, WALKS);
