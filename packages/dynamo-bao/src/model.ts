/** What models that dynamo-bao has generated import as `dynamo-bao/src/model.js`. */
export { BaoModel, IndexConfig, PrimaryKeyConfig, UniqueConstraintConfig } from 'steamer/bao';

/** How long dynamo-bao waited for a batch, in milliseconds; of no effect here, where every request has a deadline. */
export const BATCH_REQUEST_TIMEOUT = 10_000;
/** Always undefined, as in dynamo-bao. */
export const BATCH_REQUESTS = undefined;
