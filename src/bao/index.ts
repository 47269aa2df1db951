/** The model layer: fields, models, keys, queries, filters, batch and tenant contexts over any `ItemStore`. */
export { BaoModel } from './model.ts';
export { typedModel, type IndexShape, type InstancesOf, type ModelShape, type TypedModel } from './typed-model.ts';
export { initModels, ModelManager } from './manager.ts';
export type { BaoConfig, StoreSource } from './configuration.ts';
export type { ModelClass } from './model-class.ts';
export { IndexConfig, PrimaryKeyConfig, UniqueConstraintConfig } from './key-configs.ts';
export * as constants from './constants.ts';

export {
  BinaryField,
  BooleanField,
  CounterField,
  CreateDateField,
  DateTimeField,
  fields,
  FloatField,
  IntegerField,
  ModifiedDateField,
  RelatedField,
  StringField,
  StringSetField,
  TtlField,
  UlidField,
  VersionField,
  type FieldMap,
} from './fields/index.ts';
export { BaoField, type FieldOptions, type KeyEncoding } from './fields/field.ts';

export { TenantContext } from './tenant-context.ts';
export {
  getBatchContextCapacity,
  getBatchContextUsage,
  runWithBatchContext,
  type BatchContextOptions,
  type BatchContextUsage,
} from './batch-context.ts';

export type { BatchFindOptions, BatchFindResult, FindOptions } from './find.ts';
export { ObjectNotFound } from './object-not-found.ts';
export type { QueryOptions, QueryResult, PageKey } from './query.ts';
export type { Filter, FilterOperators } from './filter.ts';
export { FILTER_MAX_DEPTH, FILTER_MAX_OPERANDS } from './filter-size.ts';
export type { SortCondition, SortOperators } from './key-condition.ts';
export type { DeleteOptions } from './delete-row.ts';
export type { ReplaceResult } from './put-row.ts';
export type { UpdateOptions, WriteOptions } from './write-target.ts';
export type { IterateOptions } from './iterate.ts';
export type { HookOptions, Plugin } from './plugins.ts';
export { relatedModel, type RelatedObject } from './related.ts';
export { relatedViaMap, type ViaMapOptions } from './related-via-map.ts';

export {
  describeModel,
  type FieldDescription,
  type KeyDescription,
  type ModelDescription,
  type RelationDescription,
} from './describe-model.ts';
export type { JsonInput, JsonInputMode } from './json-input.ts';
export { openCursor, sealCursor, type CursorKey } from './cursor.ts';
export {
  BaoError,
  ConditionalError,
  ConfigurationError,
  DataFormatError,
  ItemNotFoundError,
  QueryError,
  ValidationError,
} from './errors.ts';

export type { TableProfile } from '../dynamo/table-profile.ts';
export type { ModelOptions } from '../wire/model-options.ts';
