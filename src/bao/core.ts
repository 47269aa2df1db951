/**
 * The part of the model layer that creates, reads, updates, deletes and queries, for Workers that have to be small: `steamer/bao` is all of
 * it. What is left out comes with what asks for it (kinds of fields, unique values), or by an import of its path: `features.ts` lists those
 * that models and configurations ask for, `steamer/bao/operations`, `search` and `iterate` have as functions what models here lack as statics.
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
export { IndexConfig, PrimaryKeyConfig } from './key-configs.ts';
export { UniqueConstraintConfig } from './unique-constraints.ts';
export { fields } from './fields/index.ts';
export { TenantContext } from './tenant-context.ts';
export { runWithBatchContext } from './batch-context.ts';
export type * from './index.ts';
