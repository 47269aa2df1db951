/** The model layer: fields, models, keys, queries, filters, batch and tenant contexts over any `ItemStore`. */
import './bao-members.ts';
import './drop-in.ts';
import './json-statics.ts';
import './plugin-statics.ts';
// Every part that `steamer/bao/core` leaves to its programs.
import './attribute-types.ts';
import './cursors.ts';
import './index-projections.ts';
import './item-limits.ts';
import './iteration-keys.ts';
import './logging.ts';
import './middleware.ts';
import './model-checks.ts';
import './save-constraints.ts';
import './schema-versions.ts';
import './search-text.ts';
import './soft-delete.ts';
import './standard-schemas.ts';

export { BaoModel, type ObjectOf } from './inferred-model.ts';
export type { AttributesOf, CreateOf, KeyOf, UpdateOf } from './inferred-types.ts';
export { typedModel, type IndexShape, type InstancesOf, type ModelShape, type TypedModel } from './typed-model.ts';
export { findByUnique, listByIndex, listJoined, listMany, loadOne, type InputOf, type ValueOf } from './generated-support.ts';
export {
  binaryField,
  booleanField,
  counterField,
  createDateField,
  dateTimeField,
  floatField,
  integerField,
  jsonField,
  listField,
  mapField,
  modifiedDateField,
  relatedField,
  stringField,
  stringSetField,
  ttlField,
  ulidField,
  versionField,
} from './fields/model-fields.ts';
export { initModels, ModelManager } from './manager.ts';
export type { BaoConfig, BaoSettings, StoreSource } from './configuration.ts';
export type { LogLevel, LogSink } from './logging.ts';
export type { ModelClass } from './model-class.ts';
export { IndexConfig, PrimaryKeyConfig } from './key-configs.ts';
export { UniqueConstraintConfig } from './unique-constraints.ts';
export * as constants from './constants.ts';
export * as exceptions from './errors.ts';
export { models } from './no-models.ts';

export {
  BinaryField,
  BooleanField,
  CounterField,
  CreateDateField,
  DateTimeField,
  fields,
  FloatField,
  IntegerField,
  JsonField,
  ListField,
  MapField,
  ModifiedDateField,
  RelatedField,
  StringField,
  StringSetField,
  TtlField,
  UlidField,
  VersionField,
  type FieldMap,
} from './fields/index.ts';
export { BaoField, BaoField as BaoBaseField, type FieldOptions, type KeyEncoding } from './fields/field.ts';

export { TenantContext } from './tenant-members.ts';
export {
  getBatchContextCapacity,
  getBatchContextUsage,
  runWithBatchContext,
  runWithOperation,
  type BatchContextOptions,
  type BatchContextUsage,
} from './batch-context.ts';

export type { BatchFindOptions, BatchFindResult, FindOptions } from './find.ts';
export { ObjectNotFound } from './object-not-found.ts';
export type { QueryOptions, QueryResult, PageKey } from './query.ts';
export type { Filter, FilterOperators } from './filter.ts';
export { FilterExpressionBuilder, type FilterExpression } from './filter-expression-builder.ts';
export { fieldNamed, filteredFields } from './filter-fields.ts';
export { FILTER_MAX_DEPTH, FILTER_MAX_OPERANDS } from './filter-size.ts';
export type { SortCondition, SortOperators } from './key-condition.ts';
export type { SaveConstraints, SaveOptions } from './save-constraints.ts';
export type { DeleteOptions } from './delete-row.ts';
export type { ReplaceOptions, ReplaceResult } from './replace-row.ts';
export type { Basis, StoredObject } from './replace-basis.ts';
export type { UpdateOptions, WriteOptions } from './write-target.ts';
import './walk-statics.ts';
export { iterateBucket, iterateModel, iteratePages, type IterateOptions, type IterationPage } from './iterate.ts';
export { searchBucket, searchModel, type SearchCall, type SearchOptions, type SearchPage } from './search.ts';
export { normalizeSearchTerm, tokenizeSearchQuery, type SearchOperator } from './search-terms.ts';
import './operation-statics.ts';
export { actions, type ActionOptions, type BatchAction, type ReadAction, type ResultsOf, type TransactionAction } from './actions.ts';
export { ActionsError } from './actions-error.ts';
export { batchWrite, type BatchWriteOptions, type BatchWriteResult } from './batch-write.ts';
export type { CallOptions } from './call-bounds.ts';
export { dryRun, type DryRunOptions, type PlannedRequest } from './dry-run.ts';
export type { Middleware, StoreAnswer, StoreRequest } from './middleware.ts';
export { queryCollection, type CollectionOptions, type CollectionResult } from './query-collection.ts';
export { scanAll, type ScanOptions } from './scan-all.ts';
export { transactGet } from './transact-get.ts';
export { transactWrite, type TransactionOptions } from './transact-write.ts';
export type { ChangeOperators, Changes, ListOperators, NumberOperators, SetOperators } from './update-operators.ts';
export type { UpsertOptions } from './upsert.ts';
export { restore } from './soft-delete.ts';
export type { OnlyOption, VisibilityOptions } from './visibility.ts';
export type { Upcaster, Upcasters } from './schema-versions.ts';
export type { StandardSchema } from './standard-schemas.ts';
export type { HookOptions, Plugin } from './plugins.ts';
export { relatedModel } from './model-registry.ts';
export type { RelatedObject } from './related.ts';
export { relatedViaMap, type ViaMapOptions } from './related-via-map.ts';

export {
  describeModel,
  type FieldDescription,
  type KeyDescription,
  type ModelDescription,
  type RelationDescription,
} from './describe-model.ts';
export { primaryIdOfRow, rowKeyOf } from './key-segments.ts';
export type { JsonInput, JsonInputMode } from './json-input.ts';
export { jsonFormAt, jsonSchemaOf, type JsonSchemaUse } from './json-schema.ts';
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

export type { DropInMembers, DropInStatics } from './drop-in.ts';
export type { DocumentClient, DocumentCommand } from './document-client.ts';
export type { TableProfile } from '../dynamo/table-profile.ts';
export type { ModelOptions } from '../wire/model-options.ts';
