/** Operations beyond those of `steamer/bao/core`, as functions: a bundle has those that are imported. */
export { actions, type ActionOptions, type BatchAction, type ReadAction, type ResultsOf, type TransactionAction } from './actions.ts';
export { ActionsError } from './actions-error.ts';
export { batchWrite, type BatchWriteOptions, type BatchWriteResult } from './batch-write.ts';
export { dryRun, type DryRunOptions, type PlannedRequest } from './dry-run.ts';
export { queryCollection, type CollectionOptions, type CollectionResult } from './query-collection.ts';
export { replaceObject, type ReplaceOptions, type ReplaceResult } from './replace-row.ts';
export { scanAll, type ScanOptions } from './scan-all.ts';
export { transactGet } from './transact-get.ts';
export { transactWrite, type TransactionOptions } from './transact-write.ts';
export { upsertObject, type UpsertOptions } from './upsert.ts';
