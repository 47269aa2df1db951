/** How a model says which of its fields make up its keys. Factories without `new`, as models are written by hand and by code generation. */
import type { IndexProjection } from '../dynamo/table-profile.ts';
import { MODEL_PREFIX, PARTITION_KEY_FIELD, SORT_KEY_FIELD } from './constants.ts';

/** The primary key: two field names, or `modelPrefix` in place of either. */
export interface PrimaryKeyConfig<Pk extends string = string, Sk extends string = string> {
  readonly pk: Pk;
  readonly sk: Sk;
  getPkFieldName(): string;
  getSkFieldName(): string;
}

/** A secondary index over two fields (or `modelPrefix`), stored in the table's index `indexId`. */
export interface IndexConfig<Pk extends string = string, Sk extends string = string> {
  readonly pk: Pk;
  readonly sk: Sk;
  readonly indexId: string;
  readonly projection: IndexProjection;
  /** shared with the indexes of other models; null: the model has its partitions for itself */
  readonly collection: string | null;
  getIndexName(): string;
  getPkFieldName(): string;
  getSkFieldName(): string;
}

/**
 * The primary key of a model.
 *
 * @param pk a field name, or `modelPrefix` for one partition of all objects
 * @param sk a field name; default `modelPrefix`, a key of one part
 */
export function PrimaryKeyConfig<Pk extends string, Sk extends string = 'modelPrefix'>(pk: Pk, sk?: Sk): PrimaryKeyConfig<Pk, Sk> {
  // Without an argument, `Sk` is its default.
  return { pk, sk: sk ?? (MODEL_PREFIX as Sk), getPkFieldName: () => PARTITION_KEY_FIELD, getSkFieldName: () => SORT_KEY_FIELD };
}

/**
 * A secondary index: partition field, sort field, and the index of the table that holds it ("gsi1" to "gsi5").
 *
 * @param options `projection`: what the table's index holds of a row, when that is not everything; queries then read the rest from the table.
 *   `collection`: indexes of several models with one name, one indexId and partition values of one kind share their partitions, so that
 *   `queryCollection` reads all of them at once
 */
export function IndexConfig<Pk extends string, Sk extends string>(
  pk: Pk,
  sk: Sk,
  indexId: string,
  { projection = 'ALL', collection = null }: { projection?: IndexProjection; collection?: string | null } = {},
): IndexConfig<Pk, Sk> {
  return {
    pk,
    sk,
    indexId,
    projection,
    collection,
    getIndexName: () => indexId,
    getPkFieldName: () => `_${indexId}_pk`,
    getSkFieldName: () => `_${indexId}_sk`,
  };
}
