/**
 * What a service asks of the layer: `index.ts` without what only programs ask for, which are dynamo-bao's other members, the log, and what is checked of
 * models that are written by hand. Models of `steamer/bao/core` so stay small in a service too; others bring the whole layer themselves.
 */
import './attribute-types.ts';
import './cursors.ts';
import './item-limits.ts';
import './json-statics.ts';
import './operation-statics.ts';
import './walk-statics.ts';

export { actions } from './actions.ts';
export { ActionsError } from './actions-error.ts';
export { batchWrite } from './batch-write.ts';
export { getBatchContextUsage, runWithBatchContext, runWithOperation } from './batch-context.ts';
export { ITERATION_INDEX_NAME, PRIMARY_ID_SEPARATOR, SEARCH_INDEX_NAME } from './constants.ts';
export { describeModel } from './describe-model.ts';
export { ConditionalError, QueryError, ValidationError } from './errors.ts';
export { fieldNamed, filteredFields } from './filter-fields.ts';
export { BaoModel } from './inferred-model.ts';
export { jsonFormAt, jsonSchemaOf } from './json-schema.ts';
export { primaryIdOfRow, rowKeyOf } from './key-segments.ts';
export { initModels } from './manager.ts';
export { queryCollection } from './query-collection.ts';
export { normalizeSearchTerm, tokenizeSearchQuery } from './search-terms.ts';
export { TenantContext } from './tenant-context.ts';
export { transactGet } from './transact-get.ts';
export { transactWrite } from './transact-write.ts';
export type * from './index.ts';
