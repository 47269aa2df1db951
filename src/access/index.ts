/**
 * Access rules: what a principal may do with the items of each model, decided in one place for every entry (routes, queues, calls). Entries
 * get at items through the views of guarded models only; the linter keeps them from the model layer itself.
 */
export { normalizeSearchTerm, tokenizeSearchQuery } from '../bao/for-services.ts';
export { guardModels } from './gate.ts';
export type { GuardedModel } from './gate.ts';
export { PermittedAction } from './item-actions.ts';
export type { WalkPage, WalkWish } from './item-reads.ts';
export type { WriteCondition } from './item-writes.ts';
export { ModelView } from './model-view.ts';
export type { PermittedData } from './permitted-data.ts';
export type { ShownItem } from './shown-item.ts';
export { changeTeller } from './told-changes.ts';
