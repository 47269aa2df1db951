/** How a model says which of its fields make up its keys. Factories without `new`, as models are written by hand and by code generation. */
import { MODEL_PREFIX, PARTITION_KEY_FIELD, SORT_KEY_FIELD } from './constants.ts';

/** The primary key: two field names, or `modelPrefix` in place of either. */
export interface PrimaryKeyConfig {
  readonly pk: string;
  readonly sk: string;
  getPkFieldName(): string;
  getSkFieldName(): string;
}

/** A secondary index over two fields (or `modelPrefix`), stored in the table's index `indexId`. */
export interface IndexConfig {
  readonly pk: string;
  readonly sk: string;
  readonly indexId: string;
  getIndexName(): string;
  getPkFieldName(): string;
  getSkFieldName(): string;
}

/** At most one row of the model may have a given value of `field`; `constraintId` is "_uc1" to "_uc3". */
export interface UniqueConstraintConfig {
  readonly field: string;
  readonly constraintId: string;
}

/**
 * The primary key of a model.
 *
 * @param pk a field name, or `modelPrefix` for one partition of all objects
 * @param sk a field name; default `modelPrefix`, a key of one part
 */
export function PrimaryKeyConfig(pk: string, sk: string = MODEL_PREFIX): PrimaryKeyConfig {
  return { pk, sk, getPkFieldName: () => PARTITION_KEY_FIELD, getSkFieldName: () => SORT_KEY_FIELD };
}

/** A secondary index: partition field, sort field, and the index of the table that holds it ("gsi1" to "gsi5"). */
export function IndexConfig(pk: string, sk: string, indexId: string): IndexConfig {
  return {
    pk,
    sk,
    indexId,
    getIndexName: () => indexId,
    getPkFieldName: () => `_${indexId}_pk`,
    getSkFieldName: () => `_${indexId}_sk`,
  };
}

/** A unique constraint on one field, stored in guard rows of `constraintId`. */
export function UniqueConstraintConfig(field: string, constraintId: string): UniqueConstraintConfig {
  return { field, constraintId };
}
