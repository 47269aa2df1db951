/**
 * The part of the model layer that creates, reads, updates, deletes and queries, for Workers that have to be small: `steamer/bao` is all of
 * it. Models lack the statics that walk, search, act in bulk, and stand in for dynamo-bao's own; everything is a function of `steamer/bao` too,
 * and what is imported from there is all that is added.
 */
export { BaoModel } from './inferred-model.ts';
export { typedModel } from './typed-model.ts';
export { findByUnique, listByIndex, listJoined, listMany, loadOne } from './generated-support.ts';
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
export { IndexConfig, PrimaryKeyConfig, UniqueConstraintConfig } from './key-configs.ts';
export { fields } from './fields/index.ts';
export { TenantContext } from './tenant-context.ts';
export { runWithBatchContext } from './batch-context.ts';
export type * from './index.ts';
